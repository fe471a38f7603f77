"""Nothing reaches the real Postmark while this is on: looking its name up, or asking a proxy for it, raises."""

from __future__ import annotations

import http.client
import importlib.util
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_REAL = "postmarkapp.com"


class RealHostError(BaseException):
    """The code under test was about to call the real Postmark.

    Not an ``Exception``, so that no ``except Exception`` on the way turns it into a line of a log.
    """


def is_real(host: object) -> bool:
    """Whether a host name is one of Postmark's."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not isinstance(text, str):
        return False
    name = text.lower().rstrip(".")
    return name == _REAL or name.endswith("." + _REAL)


class _Watch:
    """Who was stopped; shared by all threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.entered = 0
        self.originals: list[tuple[Any, str, Any]] = []
        self.stopped: list[str] = []

    def check(self, host: object) -> None:
        if is_real(host):
            name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
            self.stopped.append(name)
            raise RealHostError(
                f"stopped before it reached {name}: tests talk to the emulator. Make the client after the fixture "
                "`postmark` began, or let it read POSTMARK_BASE_URL."
            )


_watch = _Watch()


@contextmanager
def guard() -> Iterator[None]:
    """On until the outermost block ends."""
    with _watch.lock:
        _watch.entered += 1
        if _watch.entered == 1:
            _install()
    try:
        yield
    finally:
        with _watch.lock:
            _watch.entered -= 1
            if _watch.entered == 0:
                _remove()


def take_stopped() -> list[str]:
    """The hosts that were stopped since the last call, also where the error was swallowed."""
    with _watch.lock:
        found, _watch.stopped = _watch.stopped, []
    return found


def _install() -> None:
    # The resolver covers every client that connects by itself; behind a proxy the name is only in the request.
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        _replace(socket, name, _first_argument)
    _replace(http.client.HTTPConnection, "set_tunnel", _second_argument)
    for library in _libraries():
        _replace(library.HTTPTransport, "handle_request", _request_argument)
        _replace(library.AsyncHTTPTransport, "handle_async_request", _request_argument)
    _install_where_names_are_looked_up_apart()


def _install_where_names_are_looked_up_apart() -> None:
    """Aiohttp may ask aiodns or a proxy, and uvloop has a resolver of its own."""
    if importlib.util.find_spec("aiohttp"):
        _replace(importlib.import_module("aiohttp").BaseConnector, "connect", _request_argument)
    if importlib.util.find_spec("uvloop"):
        loop = importlib.import_module("uvloop").Loop
        _replace(loop, "getaddrinfo", _second_argument)
        _replace(loop, "create_connection", _host_argument)


def _libraries() -> list[Any]:
    """httpx, and its successor where it is installed: the code under test may import it later."""
    found = [importlib.import_module(name) for name in ("httpx", "httpx2") if importlib.util.find_spec(name)]
    return list(dict.fromkeys(found))  # one, where the name of httpx stands for httpx2


def _replace(owner: Any, name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    original = getattr(owner, name)
    _watch.originals.append((owner, name, original))
    setattr(owner, name, wrap(original))


def _remove() -> None:
    while _watch.originals:
        owner, name, original = _watch.originals.pop()
        setattr(owner, name, original)


def _first_argument(original: Callable[..., Any]) -> Callable[..., Any]:
    def checked(host: Any, *args: Any, **kwargs: Any) -> Any:
        _watch.check(host)
        return original(host, *args, **kwargs)

    return checked


def _second_argument(original: Callable[..., Any]) -> Callable[..., Any]:
    def checked(self: Any, host: Any, *args: Any, **kwargs: Any) -> Any:
        _watch.check(host)
        return original(self, host, *args, **kwargs)

    return checked


def _host_argument(original: Callable[..., Any]) -> Callable[..., Any]:
    def checked(self: Any, factory: Any, host: Any = None, *args: Any, **kwargs: Any) -> Any:
        _watch.check(host)
        return original(self, factory, host, *args, **kwargs)

    return checked


def _request_argument(original: Callable[..., Any]) -> Callable[..., Any]:
    # Of an async method too: checking comes before the awaitable is made.
    def checked(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        _watch.check(request.url.host)
        return original(self, request, *args, **kwargs)

    return checked
