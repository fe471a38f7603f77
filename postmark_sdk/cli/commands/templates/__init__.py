"""``postmark templates``: templates as files, a module a command.

``folder`` is what they have of files and ``server`` what they have of a server. What is decided is decided in
``postmark_sdk.templates``.
"""

from __future__ import annotations

from . import check, diff, preview, pull, push, types
from .app import app

__all__ = ["app"]

del check, diff, preview, pull, push, types  # they added themselves
