"""A webhook endpoint as an ASGI application; needs nothing but a server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias

from .._core.schema.lazy import public
from .._webhooks.errors import WebhookError
from .._webhooks.parsing import too_large
from .._webhooks.router import WebhookAnswer, WebhookRouter
from ..errors import ConfigurationError

__all__ = ["WebhookApp"]
__dir__: Callable[[], list[str]] = public(__name__)

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


class WebhookApp:
    """Answers the calls of webhooks, on whatever path it is mounted.

    The body is counted while it arrives: it is never read beyond ``max_bytes`` of the router. Timing a slow one is left
    to the server.

    Args:
        router: What handles the events.
    """

    def __init__(self, router: WebhookRouter) -> None:
        self._router = router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, or follow the server's life."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            answer = await answer_call(self._router, scope, receive)
            if answer is not None:
                await _send(answer, send)
        else:
            raise ValueError(f"webhooks are HTTP calls, not {scope['type']}")


async def answer_call(router: WebhookRouter, scope: Scope, receive: Receive) -> WebhookAnswer | None:
    """For adapters on top of ASGI: what to answer; None if the caller is gone."""
    headers = _joined(scope["headers"])
    client = scope.get("client")
    refused = router.refusal(scope["method"], headers, client[0] if client else None)
    if refused is not None:
        return refused
    try:
        body = await _body(receive, router.max_bytes)
    except WebhookError as error:
        return router.refused(error)
    return None if body is None else await router.dispatch_async(body, headers)


def checked_path(path: str) -> str:
    """For adapters on top of ASGI: a path that a call can match.

    Raises:
        ConfigurationError: It begins with no slash, as every path of a call does.
    """
    if not path.startswith("/"):
        raise ConfigurationError(f"path: {path!r} would match no call; begin it with a slash, as in '/postmark'")
    return path


def _joined(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers as text; those that repeat are one list, in their order: the last word is that of the nearest proxy."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


async def _body(receive: Receive, limit: int) -> bytes | None:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            raise too_large(limit)
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _send(answer: WebhookAnswer, send: Send) -> None:
    body = answer.body
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **answer.headers}
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return
