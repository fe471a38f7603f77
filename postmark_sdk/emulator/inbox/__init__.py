"""The inbox of the emulator in the browser."""

from __future__ import annotations

from ._app import routes

__all__ = ["routes"]
