"""What an exception inside a try means: the transport failed, or somebody else wants the call to end."""

from __future__ import annotations

import functools
import signal
import socket
import ssl
import sys
import threading
from typing import TYPE_CHECKING, Any

from .outcome import Failure
from .pooling.connections import NoConnectionError
from .pooling.library import kinds_of
from .transport import MAX_ANSWER_BYTES, AnswerTooLargeError, AnswerTooSlowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

_NOT_SENT = frozenset(
    {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol", "InvalidURL"}
)
_AIOHTTP_NOT_SENT = frozenset(
    {
        "ClientConnectorCertificateError",
        "ClientConnectorDNSError",
        "ClientConnectorError",
        "ClientConnectorSSLError",
        "ClientProxyConnectionError",
        "ConnectionTimeoutError",
        "InvalidUrlClientError",
        "NonHttpUrlClientError",
        "UnixClientConnectorError",
    }
)
_NEVER_BETTER = frozenset({"UnsupportedProtocol", "InvalidURL", "LocalProtocolError"})

_REASONS = {
    "ConnectTimeout": "no connection in time",
    "PoolTimeout": "no free connection in the pool in time",
    "ConnectError": "no connection",
    "ProxyError": "the proxy refused the connection",
    "WriteTimeout": "sending the request took too long",
    "ReadTimeout": "no answer in time",
    "DecodingError": "the answer's compression is broken, or was not asked for",
    "RemoteProtocolError": "the connection was closed in the middle, or the answer is not HTTP",
    "NetworkError": "the connection was lost",
}
_OWN_REASONS = {
    AnswerTooSlowError: "the answer began but did not end in time",
    AnswerTooLargeError: f"the answer is larger than {MAX_ANSWER_BYTES} bytes",
}


def failure_of(error: Exception, handled: BaseException | None = None) -> Failure:
    """What an exception of the HTTP library means for the call; ``handled`` as for :func:`without_frames`."""
    if isinstance(error, NoConnectionError):
        return Failure(str(error), sent=False, timed_out=True, error=without_frames(error, handled), repeatable=False)
    kinds = kinds_of(error)
    unmocked = _is_unmocked(error)
    sent = not (unmocked or _never_left(error, kinds))
    failure = Failure(
        reason=f"no mock answers it: {_first_line(error)}" if unmocked else _reason(error, kinds, sent=sent),
        sent=sent,
        timed_out=not unmocked and ("TimeoutException" in kinds or isinstance(error, AnswerTooSlowError)),
        error=without_frames(error, handled),
        repeatable=kinds.isdisjoint(_NEVER_BETTER) and not (unmocked or isinstance(error, AnswerTooLargeError)),
    )
    for each in _chain(error, handled):
        _forget_request(each)
    return failure


def _never_left(error: Exception, kinds: frozenset[str]) -> bool:
    """Whether certainly nothing of the request was written.

    A transport of the caller's names its errors as it likes: httpx-aiohttp calls a connection that was lost after the
    request a timeout of connecting. So it is the error behind it that counts, and one that nobody knows proves nothing.
    """
    cause = error.__cause__
    library = type(cause).__module__.partition(".")[0]
    if library == "aiohttp":
        return type(cause).__name__ in _AIOHTTP_NOT_SENT
    known = (
        cause is None
        or getattr(cause, "origin", None) is error  # as respx raises what a test told it to
        or library in {"httpcore", "httpcore2"}
        or isinstance(cause, socket.gaierror | ConnectionRefusedError)
    )
    return known and not kinds.isdisjoint(_NOT_SENT)


def _is_unmocked(error: Exception) -> bool:
    """Whether a test mocks HTTP, with respx or pytest-httpx, and forgot this request."""
    kind = type(error)
    if kind.__name__ == "TimeoutException":  # the base class, which no connection raises
        return str(error).startswith("No response can be found for ")
    return kind.__name__ == "AllMockedAssertionError" and kind.__module__.startswith("respx.")


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")


def _reason(error: Exception, kinds: frozenset[str], *, sent: bool) -> str:
    if sent and not kinds.isdisjoint(_NOT_SENT):
        return "the connection was lost"
    general = _OWN_REASONS.get(type(error)) or next((text for kind, text in _REASONS.items() if kind in kinds), None)
    if general is None:
        return f"the call failed ({type(error).__name__})"
    particular = None if sent else _why_not_connected(error, kinds)
    return general if particular is None else f"{general}: {particular}"


def _why_not_connected(error: Exception, kinds: frozenset[str]) -> str | None:
    """Which of the many reasons: a queue, a log and a developer see nothing but the text."""
    if "ProxyError" in kinds:
        status = str(error).partition(" ")[0]
        return f"it answered {status}" if status.isdecimal() else None
    causes = list(_chain(error, None))
    texts = (told(each) for kind, told in _CAUSES.items() for each in causes if isinstance(each, kind))
    return next(filter(None, texts), None)


_CAUSES: dict[type[BaseException], Callable[[Any], str | None]] = {
    socket.gaierror: lambda error: f"the name of the host was not found ({error.strerror})",
    ssl.SSLCertVerificationError: lambda error: f"the certificate is not to be trusted ({error.verify_message})",
    ssl.SSLError: lambda error: f"TLS failed ({error.reason or 'no reason given'})",
    ConnectionRefusedError: lambda _: "refused, nobody listens there",
    OSError: lambda error: error.strerror,
}
"""The first that is found counts, so the particular ones come first."""


def _chain(error: BaseException, handled: BaseException | None) -> Iterator[BaseException]:
    """An exception and what led to it, but for what the caller was handling when it made the call."""
    seen = {id(handled)}
    left: list[BaseException | None] = [error]
    while left:
        each = left.pop(0)
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            left += [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]


def without_frames(error: BaseException, handled: BaseException | None) -> BaseException:
    """The exception and what led to it, without tracebacks.

    Their frames hold the request with its token for whoever prints local variables, and the connection in a cycle.
    What the caller was handling when it made the call is the caller's own and stays whole.
    """
    for each in _chain(error, handled):
        each.__traceback__ = None
    return error


_REQUEST_NAMES = ("_request", "request", "request_info", "response", "_response", "history")


def _forget_request(error: BaseException) -> None:
    """Whoever stores or prints an exception with its cause must not get the token."""
    own = vars(error)
    for name in _REQUEST_NAMES:
        if name in own:
            own[name] = None


def stranger_in(error: Exception, handled: BaseException | None, *, lent: bool) -> BaseException | None:
    """What a signal handler or another thread raised inside a try: a time limit of a task runner, for example.

    The HTTP library may have taken it for a failure of its own, so the causes are looked at, too.

    Args:
        error: What came out of the try.
        handled: As for :func:`without_frames`.
        lent: Whether the transport is the caller's, which may raise what it likes.
    """
    handlers = _signal_handlers()
    for each in _chain(error, handled):
        frames = list(_frames(each))
        if any(code in handlers for code, _ in frames):
            return each
        thrown_in = not lent or (bool(frames) and _is_known(frames[-1][1]))
        if thrown_in and _is_unknown(type(each)):
            return each
    return None


_STACK = frozenset(
    {
        *("aiohttp", "anyio", "certifi", "h11", "h2", "hpack", "httpcore", "httpcore2", "httpx", "httpx2"),
        *("httpx_aiohttp", "idna", "respx", "sniffio", "socksio", "trio", "truststore", "uvloop", "yarl"),
    }
)
"""Whose exceptions are failures of a transport, beside the standard library's and our own."""


_OURS = __name__.partition("_core")[0]


def _is_known(module: str) -> bool:
    package = module.partition(".")[0]
    return f"{module}.".startswith(_OURS) or package in _STACK or package in sys.stdlib_module_names


def _is_unknown(kind: type[BaseException]) -> bool:
    return not any(_is_known(cls.__module__) for cls in kind.__mro__ if cls not in {BaseException, Exception, object})


def _frames(error: BaseException) -> Iterator[tuple[CodeType, str]]:
    entry = error.__traceback__
    while entry is not None:
        yield entry.tb_frame.f_code, str(entry.tb_frame.f_globals.get("__name__"))
        entry = entry.tb_next


def _signal_handlers() -> set[CodeType]:
    """The code of the handlers that may run in this thread."""
    if threading.current_thread() is not threading.main_thread():
        return set()
    found = {_code_of(signal.getsignal(number)) for number in signal.valid_signals()}
    return {code for code in found if code is not None}


def _code_of(handler: Any) -> CodeType | None:
    while isinstance(handler, functools.partial):
        handler = handler.func
    function = handler if hasattr(handler, "__code__") else type(handler).__dict__.get("__call__")
    code: CodeType | None = getattr(function, "__code__", None)
    return code
