"""The inbox in the browser: one module of ``pages`` for each section, and beside them what pages share.

What it shows and does is asked of ``control``; no rule of Postmark's is written here. May use every other room.
"""

from __future__ import annotations

from .app import routes

__all__ = ["routes"]
