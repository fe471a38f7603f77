"""Importing this module registers the functions behind every operation."""

from __future__ import annotations

from . import (
    _bounces,
    _bulk,
    _domains,
    _inbound,
    _removals,
    _rules,
    _searches,
    _senders,
    _sending,
    _server,
    _stats,
    _streams,
    _suppressions,
    _templates,
    _webhooks,
)

__all__ = [
    "_bounces",
    "_bulk",
    "_domains",
    "_inbound",
    "_removals",
    "_rules",
    "_searches",
    "_senders",
    "_sending",
    "_server",
    "_stats",
    "_streams",
    "_suppressions",
    "_templates",
    "_webhooks",
]
