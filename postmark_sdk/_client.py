"""The two clients: tokens, options, lifetime. What they can do is in the resources."""

from __future__ import annotations

from . import _types as _t
from ._core.call.link import Link, Shared
from ._core.call.resource import own_errors
from ._core.call.settings import (
    Settings,
    changed_settings,
    checked_http_client,
    checked_transport,
    new_settings,
)
from ._generated.client_base import AsyncResources, Resources

__all__ = ["AsyncPostmarkClient", "PostmarkClient"]


def make_sync_core(settings: Settings, shared: Shared) -> _t.SyncCore:
    """The shell of a sync client; the HTTP library is imported with it."""
    from ._core.call.sync import SyncCore  # noqa: PLC0415 - building a client must not cost an HTTP library
    from ._core.http.pooling.pool import SyncPool  # noqa: PLC0415
    from ._core.mail.trace import Marks  # noqa: PLC0415

    core = SyncCore(settings, shared.pool(SyncPool, settings.base_url))
    core.marks = shared.marks(Marks)
    core.sandboxes = shared.sandboxes
    return core


def make_async_core(settings: Settings, shared: Shared) -> _t.AsyncCore:
    """The shell of an async client; the HTTP library is imported with it."""
    from ._core.call.aio import AsyncCore  # noqa: PLC0415 - building a client must not cost an HTTP library
    from ._core.http.pooling.pool import AsyncPool  # noqa: PLC0415
    from ._core.mail.trace import Marks  # noqa: PLC0415

    core = AsyncCore(settings, shared.pool(AsyncPool, settings.base_url))
    core.marks = shared.marks(Marks)
    core.sandboxes = shared.sandboxes
    return core


class _Client:
    """What both clients have alike."""

    _link: Link

    def with_options(
        self,
        *,
        server_token: str | None = None,
        account_token: str | None = None,
        timeout: float | _t.httpx.Timeout | None = None,
        retries: int | None = None,
        max_elapsed: float | None = None,
        defaults: _t.Defaults | None = None,
        guard: _t.Guard | None = None,
        on_event: _t.Listener | None = None,
        http_headers: _t.Mapping[str, str] | None = None,
    ) -> _t.Self:
        """A light copy with other options that shares the connections. What is None stays as it is.

        It costs little enough to be made for one call. ``http_headers`` are added to those of the client.

        The connections belong to the client that was made first: closing a copy leaves them open.
        """
        try:
            settings = changed_settings(
                self._link.settings,
                server_token=server_token,
                account_token=account_token,
                timeout=timeout,
                retries=retries,
                max_elapsed=max_elapsed,
                on_event=on_event,
                defaults=defaults,
                guard=guard,
                http_headers=http_headers,
            )
        except own_errors() as error:
            del server_token, account_token, defaults, http_headers  # as in __init__
            raise error.with_traceback(None)  # noqa: B904 - as in __init__
        copy = type(self).__new__(type(self))
        copy._link = self._link.copy(settings)  # noqa: SLF001 - of the same class
        return copy

    def sandbox(self) -> _t.Self:
        """A light copy, like that of ``with_options``, whose messages Postmark checks and never sends.

        It has the token ``POSTMARK_API_TEST``, which is for sending alone: other calls of it raise
        ``AuthenticationError``, and so may messages from templates.
        """
        from .constants import TEST_TOKEN  # noqa: PLC0415 - few clients need it

        return self.with_options(server_token=TEST_TOKEN)

    def __repr__(self) -> str:
        """Without tokens."""
        link = getattr(self, "_link", None)  # a client that could not be made has none
        return f"{type(self).__name__}({'' if link is None else f'base_url={link.settings.base_url!r}'})"


class PostmarkClient(_Client, Resources):
    """Synchronous client of the Postmark API.

    Resources are attributes: ``client.emails``, ``client.bounces``, ``client.templates`` and so on. Connections are
    made on first use and kept; use it as a context manager, or call ``close()``.

    Args:
        server_token: Token of one server. None: ``POSTMARK_SERVER_TOKEN`` from the environment.
        account_token: Token of the account. None: ``POSTMARK_ACCOUNT_TOKEN`` from the environment.
        base_url: Where to call. None: ``POSTMARK_BASE_URL`` from the environment, else Postmark itself.
        timeout: Seconds to wait for the server in one try (connecting gets at most 5), or an ``httpx.Timeout``.
            None: 30 s for single calls, 120 s for batches and bulk.
        retries: Repeats after the first try, of what may be repeated. A send is repeated only when Postmark certainly
            did not take it. Rate limits are repeated up to 5 times, unless this is 0.
        max_elapsed: Seconds after which no further try begins, pauses included. A call so takes at most this long and
            one more try.
        http_client: Your own ``httpx.Client``, for proxies, TLS settings or transports. It is never closed here. A
            timeout that it was made with counts where none is given here. One of httpx2 does as well.
        transport: Makes an ``httpx.BaseTransport``, such as the class itself or a lambda. It is called once in each
            process, so that the client survives a fork, and what it made is closed with the client.
        allow_http: Accept a plain ``http`` base URL that is not this machine, as ``POSTMARK_ALLOW_HTTP=1`` does. The
            token travels unencrypted then.
        defaults: Sender, stream, tracking, tag, metadata and headers for every mail that does not name its own.
        guard: Who may get mail from this client, for use outside production. None: as ``POSTMARK_ALLOW_RECIPIENTS``
            (patterns, separated by commas) and ``POSTMARK_REDIRECT_TO`` in the environment say, else everybody.
        on_event: Called with an ``AttemptEvent`` for each try and a ``CallEvent`` for each call, in the thread or event
            loop of the call.
        http_headers: HTTP headers for every call, besides those that make it one: ``traceparent``, say, or another
            ``User-Agent``. Headers of mails are not these; they go into ``headers`` of a mail.

    Raises:
        ConfigurationError: A malformed token, address or option. A token that is missing is reported by the first call
            that needs it.
    """

    def __init__(
        self,
        server_token: str | None = None,
        *,
        account_token: str | None = None,
        base_url: str | None = None,
        timeout: float | _t.httpx.Timeout | None = None,
        retries: int = 2,
        max_elapsed: float = 60.0,
        http_client: _t.httpx.Client | None = None,
        transport: _t.Callable[[], _t.httpx.BaseTransport] | None = None,
        allow_http: bool = False,
        defaults: _t.Defaults | None = None,
        guard: _t.Guard | None = None,
        on_event: _t.Listener | None = None,
        http_headers: _t.Mapping[str, str] | None = None,
    ) -> None:
        try:
            settings = new_settings(
                server_token=server_token,
                account_token=account_token,
                base_url=base_url,
                timeout=timeout,
                retries=retries,
                max_elapsed=max_elapsed,
                allow_http=allow_http,
                on_event=on_event,
                defaults=defaults,
                guard=guard,
                http_headers=http_headers,
            )
            given = checked_http_client(http_client, asynchronous=False)
            self._link = Link(settings, make_sync_core, Shared(given, checked_transport(transport, given)))
        except own_errors() as error:
            del server_token, account_token, base_url, defaults, http_headers  # tools print a traceback's variables
            raise error.with_traceback(None)  # noqa: B904 - the same error, without the frames that hold them

    def request(
        self,
        method: str,
        path: str,
        *,
        query: _t.Mapping[str, _t.Any] | None = None,
        json: _t.Any = None,
        account: bool = False,
        idempotent: bool | None = None,
        timeout: _t.Timeout = None,
    ) -> _t.RawResponse:
        """Call any endpoint, with the same token handling, retries and errors as everything else.

        Args:
            method: HTTP method.
            path: Path from the root, such as ``/bounces``; without a query.
            query: Query parameters, under their wire names.
            json: A value to send as JSON body.
            account: Use the account token.
            idempotent: Whether it may be repeated after an unknown outcome. None: as the description says of this
                endpoint, else true unless the method is POST or PATCH.
            timeout: Seconds to wait for the server, or an ``httpx.Timeout``.

        Raises:
            PostmarkError: As for every other call.
        """
        core: _t.SyncCore = self._link.core()
        call = core.prepare_raw(
            method, path, query=query, json=json, account=account, idempotent=idempotent, timeout=timeout
        )
        return core.answer(call, core.finish_raw)

    def close(self) -> None:
        """Close the connections that were made here. Calls after it raise ``ConfigurationError``."""
        self._link.close()

    def __enter__(self) -> _t.Self:
        """Itself.

        Raises:
            ConfigurationError: It was closed.
        """
        self._link.enter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: _t.TracebackType | None,  # noqa: PYI036 - it is that
    ) -> None:
        """Close."""
        self.close()

    def _core(self) -> _t.SyncCore:
        core: _t.SyncCore = self._link.core()
        return core


class AsyncPostmarkClient(_Client, AsyncResources):
    """Asynchronous client of the Postmark API.

    Resources are attributes: ``client.emails``, ``client.bounces``, ``client.templates`` and so on. Connections are
    made on first use and kept; use it as a context manager, or call ``aclose()``.
    It follows the event loop it is called in, asyncio's or trio's.

    Args:
        server_token: Token of one server. None: ``POSTMARK_SERVER_TOKEN`` from the environment.
        account_token: Token of the account. None: ``POSTMARK_ACCOUNT_TOKEN`` from the environment.
        base_url: Where to call. None: ``POSTMARK_BASE_URL`` from the environment, else Postmark itself.
        timeout: Seconds to wait for the server in one try (connecting gets at most 5), or an ``httpx.Timeout``.
            None: 30 s for single calls, 120 s for batches and bulk.
        retries: Repeats after the first try, of what may be repeated. A send is repeated only when Postmark certainly
            did not take it. Rate limits are repeated up to 5 times, unless this is 0.
        max_elapsed: Seconds after which no further try begins, pauses included. A call so takes at most this long and
            one more try.
        http_client: Your own ``httpx.AsyncClient``, for proxies, TLS settings or transports. It is never closed here. A
            timeout that it was made with counts where none is given here. One of httpx2 does as well.
        transport: Makes an ``httpx.AsyncBaseTransport``, such as the class itself or a lambda. It is called once in
            each process and event loop, and what it made is closed with the client.
        allow_http: Accept a plain ``http`` base URL that is not this machine, as ``POSTMARK_ALLOW_HTTP=1`` does. The
            token travels unencrypted then.
        defaults: Sender, stream, tracking, tag, metadata and headers for every mail that does not name its own.
        guard: Who may get mail from this client, for use outside production. None: as ``POSTMARK_ALLOW_RECIPIENTS``
            (patterns, separated by commas) and ``POSTMARK_REDIRECT_TO`` in the environment say, else everybody.
        on_event: Called with an ``AttemptEvent`` for each try and a ``CallEvent`` for each call, in the thread or event
            loop of the call.
        http_headers: HTTP headers for every call, besides those that make it one: ``traceparent``, say, or another
            ``User-Agent``. Headers of mails are not these; they go into ``headers`` of a mail.

    Raises:
        ConfigurationError: A malformed token, address or option. A token that is missing is reported by the first call
            that needs it.
    """

    def __init__(
        self,
        server_token: str | None = None,
        *,
        account_token: str | None = None,
        base_url: str | None = None,
        timeout: float | _t.httpx.Timeout | None = None,
        retries: int = 2,
        max_elapsed: float = 60.0,
        http_client: _t.httpx.AsyncClient | None = None,
        transport: _t.Callable[[], _t.httpx.AsyncBaseTransport] | None = None,
        allow_http: bool = False,
        defaults: _t.Defaults | None = None,
        guard: _t.Guard | None = None,
        on_event: _t.Listener | None = None,
        http_headers: _t.Mapping[str, str] | None = None,
    ) -> None:
        try:
            settings = new_settings(
                server_token=server_token,
                account_token=account_token,
                base_url=base_url,
                timeout=timeout,
                retries=retries,
                max_elapsed=max_elapsed,
                allow_http=allow_http,
                on_event=on_event,
                defaults=defaults,
                guard=guard,
                http_headers=http_headers,
            )
            given = checked_http_client(http_client, asynchronous=True)
            self._link = Link(settings, make_async_core, Shared(given, checked_transport(transport, given)))
        except own_errors() as error:
            del server_token, account_token, base_url, defaults, http_headers  # tools print a traceback's variables
            raise error.with_traceback(None)  # noqa: B904 - the same error, without the frames that hold them

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: _t.Mapping[str, _t.Any] | None = None,
        json: _t.Any = None,
        account: bool = False,
        idempotent: bool | None = None,
        timeout: _t.Timeout = None,
    ) -> _t.RawResponse:
        """Call any endpoint, with the same token handling, retries and errors as everything else.

        Args:
            method: HTTP method.
            path: Path from the root, such as ``/bounces``; without a query.
            query: Query parameters, under their wire names.
            json: A value to send as JSON body.
            account: Use the account token.
            idempotent: Whether it may be repeated after an unknown outcome. None: as the description says of this
                endpoint, else true unless the method is POST or PATCH.
            timeout: Seconds to wait for the server, or an ``httpx.Timeout``.

        Raises:
            PostmarkError: As for every other call.
        """
        core: _t.AsyncCore = self._link.core()
        call = core.prepare_raw(
            method, path, query=query, json=json, account=account, idempotent=idempotent, timeout=timeout
        )
        return await core.answer(call, core.finish_raw)

    async def aclose(self) -> None:
        """Close the connections that were made here. Calls after it raise ``ConfigurationError``."""
        closing = self._link.close()
        if closing is not None:
            await closing

    async def __aenter__(self) -> _t.Self:
        """Itself.

        Raises:
            ConfigurationError: It was closed.
        """
        self._link.enter()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: _t.TracebackType | None,  # noqa: PYI036 - it is that
    ) -> None:
        """Close."""
        await self.aclose()

    def _core(self) -> _t.AsyncCore:
        core: _t.AsyncCore = self._link.core()
        return core
