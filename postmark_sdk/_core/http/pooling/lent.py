"""What the caller brings in place of our connections: an HTTP client, or a factory of transports. Of either library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....errors import ConfigurationError
from ..transport import translated
from .connections import AsyncConnections, Connections
from .leftover import close_answered, transports_of, watch
from .library import kinds_of, library_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx


class _LentClient:
    """An HTTP client, in place of a connection. It is used as it is, and never closed."""

    is_lent = True

    def __init__(self, client: Any) -> None:
        self._client = client
        self.library = library_of(client)

    def check(self) -> None:
        """Refuse to send with a closed client: the HTTP library's error would leave open whether anything was sent."""
        if getattr(self._client, "is_closed", False):
            raise ConfigurationError(
                "the http_client that was given is closed: keep it open for as long as this client"
            )

    @property
    def timeout(self) -> Any:
        """Its timeouts, None where they are those that every client has of whom nothing was asked."""
        chosen = getattr(self._client, "timeout", None)
        usual = (self.library.Client.__init__.__kwdefaults__ or {}).get("timeout")
        return None if chosen == usual else chosen


class LentClient(_LentClient):
    """For the sync client."""

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send, and read the head of the answer."""
        response: httpx.Response = self._client.send(
            translated(request, self.library), stream=True, follow_redirects=False
        )
        watch(response, self.library)
        return response


class AsyncLentClient(_LentClient):
    """For the async client."""

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send, and read the head of the answer."""
        close_answered(transports_of(self._client))
        response: httpx.Response = await self._client.send(
            translated(request, self.library), stream=True, follow_redirects=False
        )
        watch(response, self.library)
        return response


class _Turn:
    """One call's turn on a transport that has connections of its own."""

    is_lent = True
    is_open = False

    def __init__(self, transport: Any, library: Any) -> None:
        self._transport = transport
        self._library = library

    def is_fit(self) -> bool:
        """The transport knows."""
        return True

    def is_exact(self) -> bool:
        """There is nothing to keep."""
        return False


class _SyncTurn(_Turn):
    def send(self, request: httpx.Request) -> httpx.Response:
        response: httpx.Response = self._transport.handle_request(translated(request, self._library))
        watch(response, self._library)
        return response

    def close(self) -> None:
        """Leave the transport open for others."""


class _AsyncTurn(_Turn):
    async def send(self, request: httpx.Request) -> httpx.Response:
        close_answered([self._transport])
        response: httpx.Response = await self._transport.handle_async_request(translated(request, self._library))
        watch(response, self._library)
        return response

    async def aclose(self) -> None:
        """Leave the transport open for others."""


def _made(factory: Callable[[], Any], base: str) -> Any:
    transport = factory()
    if base not in kinds_of(transport):
        raise ConfigurationError(f"transport: it made {type(transport).__name__}; it must make an httpx.{base}")
    return transport


class SharedTransport(Connections):
    """One transport of the caller's making for all calls of a process, so many of them at a time."""

    def __init__(self, factory: Callable[[], Any]) -> None:
        transport = self._transport = _made(factory, "BaseTransport")
        library = library_of(transport)
        super().__init__(lambda: _SyncTurn(transport, library))

    def close(self) -> None:
        """Close it now, or with the last call."""
        super().close()
        if not self.is_used and self._transport is not None:
            transport, self._transport = self._transport, None
            transport.close()

    def leave(self) -> object:
        """In a forked child: it is the parent's."""
        return self


class AsyncSharedTransport(AsyncConnections):
    """The same for an event loop."""

    def __init__(
        self, factory: Callable[[], Any], later: Callable[[float, Callable[[], Awaitable[None]]], None]
    ) -> None:
        transport = self._transport = _made(factory, "AsyncBaseTransport")
        library = library_of(transport)
        super().__init__(lambda: _AsyncTurn(transport, library), later)

    async def close(self) -> None:
        """Close it now, or with the last call."""
        await super().close()
        if not self.is_used and self._transport is not None:
            transport, self._transport = self._transport, None
            await transport.aclose()
