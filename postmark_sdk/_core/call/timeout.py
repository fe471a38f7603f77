"""The type of a time limit. Annotations name it; whoever evaluates one imports this module, and the HTTP library."""

from __future__ import annotations

from typing import TypeAlias

import httpx

Timeout: TypeAlias = float | httpx.Timeout | None
"""Seconds, an ``httpx.Timeout``, or None for the client's or the operation's own."""
