"""One HTTP post of a webhook, with the standard library only."""

from __future__ import annotations

import asyncio
import base64
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_REDIRECTS = 10
_KEPT_ANSWER = 2048
_READ_ANSWER = 65_536
_REDIRECTS = {301, 302, 303, 307, 308}
_KEEP_METHOD = {307, 308}
_ELSEWHERE = "is not this machine; start the emulator with --allow-webhook-host"


@dataclass(frozen=True)
class Outcome:
    """What came back."""

    status: int | None
    """None if nothing did."""
    milliseconds: float
    answer: str
    error: str | None
    out_of_reach: bool = False
    """Whether nothing was posted because the address is not one that may be called."""


class _Refused(Exception):  # noqa: N818 - a decision, not a fault
    """This is not to be called."""


class _OutOfReach(_Refused):
    """Not this machine, and no host that was allowed."""


async def post(url: str, headers: dict[str, str], body: bytes, *, timeout: float, allowed: Collection[str]) -> Outcome:
    """Post, following redirects; whatever goes wrong is part of the outcome.

    It happens in a daemon thread of its own: the threads of an executor would keep a process that is to end waiting
    for the slowest receiver. After ``timeout`` seconds it is over, also for a receiver that sends a byte now and then.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Outcome] = loop.create_future()
    started = time.monotonic()
    attempt = _Attempt(timeout, allowed)

    def run() -> None:
        outcome = _outcome(attempt, url, headers, body)
        with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
            loop.call_soon_threadsafe(_settle, done, outcome)

    threading.Thread(target=run, name="postmark-emulator-webhook", daemon=True).start()
    try:
        return await asyncio.wait_for(done, timeout)
    except asyncio.TimeoutError:
        text = f"no complete answer within {timeout:g} seconds"
        return Outcome(None, _since(started), "", attempt.lost or text, out_of_reach=attempt.lost is not None)
    finally:
        attempt.cut()


def _settle(done: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not done.done():
        done.set_result(outcome)


def _outcome(attempt: _Attempt, url: str, headers: dict[str, str], body: bytes) -> Outcome:
    started = time.monotonic()
    try:
        status, answer = attempt.follow(url, headers, body)
    except Exception as error:  # noqa: BLE001 - whatever a receiver or its address brings about
        text = str(error) or type(error).__name__
        return Outcome(None, _since(started), "", text, out_of_reach=isinstance(error, _OutOfReach))
    return Outcome(status, _since(started), answer, None)


def _since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 3)


class _Attempt:
    """A post with its redirects, that another thread can end at any point."""

    def __init__(self, timeout: float, allowed: Collection[str]) -> None:
        self._timeout = timeout
        self._allowed = allowed
        self._lock = threading.Lock()
        self._over = False
        self._socket: socket.socket | None = None
        self.lost: str | None = None
        """What to say of a host that nobody has allowed, while its name is looked up: without a network for long."""

    def cut(self) -> None:
        """Nothing more is posted or waited for."""
        with self._lock:
            self._over = True
            if self._socket is not None:
                with suppress(OSError):
                    # Past ssl, whose own method would pull the ground from under the thread that reads.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def follow(self, url: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """Status and answer of the last address that redirects lead to."""
        method, payload, sent = "POST", body, dict(headers)
        for _ in range(MAX_REDIRECTS + 1):
            status, location, answer = self._once(method, url, sent, payload)
            if status not in _REDIRECTS or not location:
                return status, answer
            target = urljoin(url, location)
            if urlsplit(target).netloc != urlsplit(url).netloc:
                sent.pop("Authorization", None)
            if status not in _KEEP_METHOD:
                method, payload = "GET", b""
            url = target
        message = f"more than {MAX_REDIRECTS} redirects"
        raise _Refused(message)

    def _once(self, method: str, url: str, headers: dict[str, str], body: bytes) -> tuple[int, str | None, str]:
        parts = urlsplit(url)
        connection = self._connect(parts)
        try:
            target = parts.path or "/"
            if parts.query:
                target += f"?{parts.query}"
            connection.request(method, target, body or None, {"Host": _host_header(parts), **_auth(parts), **headers})
            response = connection.getresponse()
            answer = response.read(_READ_ANSWER).decode("utf-8", "replace")
            return response.status, response.getheader("Location"), answer[:_KEPT_ANSWER]
        finally:
            connection.close()

    def _connect(self, parts: SplitResult) -> http.client.HTTPConnection:
        host = parts.hostname
        if parts.scheme not in {"http", "https"} or not host:
            message = f"not an http address: {parts.scheme}"
            raise _Refused(message)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        connection = http.client.HTTPConnection(host, port, timeout=self._timeout)
        plain = self._open(host, port)
        connection.sock = self._encrypted(plain, host) if parts.scheme == "https" else plain
        return connection

    def _open(self, host: str, port: int) -> socket.socket:
        """Connect to an address that was checked, so that no second look-up can name another."""
        failure: OSError | None = None
        everything = "*" in self._allowed or host.lower() in self._allowed
        self.lost = None if everything else f"{host} {_ELSEWHERE} {host}"
        addresses = _addresses(host, port, everything=everything)
        self.lost = None
        for address in addresses:
            try:
                opened = socket.create_connection((address, port), self._timeout)
            except OSError as error:
                failure = error
                continue
            # Head and body leave one after the other; the body would wait for the answer to the head.
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return self._taken(opened)
        raise failure or OSError("no address")

    def _encrypted(self, plain: socket.socket, host: str) -> Any:
        try:
            context = ssl.create_default_context()
            wrapped = context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        except BaseException:
            plain.close()
            raise
        self._taken(wrapped)
        try:
            wrapped.do_handshake()
        except BaseException:
            wrapped.close()
            raise
        return wrapped

    def _taken(self, opened: socket.socket) -> socket.socket:
        with self._lock:
            if not self._over:
                self._socket = opened
                return opened
        opened.close()
        message = "too late"
        raise _Refused(message)


def _host_header(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _auth(parts: SplitResult) -> dict[str, str]:
    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _addresses(host: str, port: int, *, everything: bool) -> list[str]:
    """Where to connect to, each once; refused unless it is this machine or a host that was allowed."""
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError:
        if everything:
            raise
        found = []
    usable = [address for address in found if everything or ipaddress.ip_address(address).is_loopback]
    if not usable:
        message = f"{host} {_ELSEWHERE} {host}"
        raise _OutOfReach(message)
    return list(dict.fromkeys(usable))
