"""Tells open pages that something changed, by server-sent events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import anyio
from starlette.responses import Response, StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from .inbox import Inbox

POLL_SECONDS = 0.2
KEEP_ALIVE_SECONDS = 15.0
RECONNECT_MILLISECONDS = 1000


class Changing(Protocol):
    """What pages follow."""

    closing: bool

    @property
    def revision(self) -> int:
        """Grows with every change."""
        ...


async def changes(inbox: Inbox, request: Request) -> Response:
    """``GET /inbox/events``: news of the emulator."""
    del request
    return events(inbox.state)


def events(source: Changing) -> Response:
    """One ``change`` event per revision seen, until browser or server goes away."""
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_stream(source), media_type="text/event-stream", headers=headers)


async def _stream(source: Changing) -> AsyncIterator[str]:
    yield f"retry: {RECONNECT_MILLISECONDS}\n\n"
    seen, silent = -1, 0.0
    while not source.closing:
        revision = source.revision
        if revision != seen:
            seen, silent = revision, 0.0
            yield f"event: change\nid: {revision}\ndata: {revision}\n\n"
        elif silent >= KEEP_ALIVE_SECONDS:
            silent = 0.0
            # A write is how a dead connection is noticed.
            yield ": still here\n\n"
        await anyio.sleep(POLL_SECONDS)
        silent += POLL_SECONDS
