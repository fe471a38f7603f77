"""``postmark webhooks``: what Postmark keeps (``setup``), a receiver on this machine (``listening``), and ``replay``.

Uses what commands may use; no other command uses it.
"""

from __future__ import annotations

import typer

from ...frame.command import group
from . import listening, replay, setup

__all__ = ["app"]

app: typer.Typer = group(help="List, set up and verify webhooks; receive events here; post them again.")

for _module in (setup, listening, replay):
    _module.register(app)
