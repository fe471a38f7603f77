"""What each operation of the API does, one module for a group of them; importing the room registers them all.

What is more than one group's, such as accepting a mail, belongs into ``mail``, ``webhooks`` or ``state``. May use these
and ``http`` and ``reference``.
"""

from __future__ import annotations

from . import (
    bounces,
    bulk,
    domains,
    inbound,
    removals,
    rules,
    searches,
    senders,
    sending,
    server,
    stats,
    streams,
    suppressions,
    templates,
    webhooks,
)

__all__ = [
    "bounces",
    "bulk",
    "domains",
    "inbound",
    "removals",
    "rules",
    "searches",
    "senders",
    "sending",
    "server",
    "stats",
    "streams",
    "suppressions",
    "templates",
    "webhooks",
]
