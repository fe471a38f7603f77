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


@dataclass(frozen=True)
class Outcome:
    """What came back."""

    status: int | None
    """None if nothing did."""
    milliseconds: float
    answer: str
    error: str | None


class _Refused(Exception):  # noqa: N818 - a decision, not a fault
    """This address is not to be called."""


async def post(url: str, headers: dict[str, str], body: bytes, *, timeout: float, allowed: Collection[str]) -> Outcome:
    """Post, following redirects; whatever goes wrong is part of the outcome.

    It happens in a daemon thread of its own: the threads of an executor would keep a process that is to end waiting
    for the slowest receiver.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Outcome] = loop.create_future()

    def run() -> None:
        outcome = _post(url, headers, body, timeout, allowed)
        with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
            loop.call_soon_threadsafe(_settle, done, outcome)

    threading.Thread(target=run, name="postmark-emulator-webhook", daemon=True).start()
    return await done


def _settle(done: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not done.done():
        done.set_result(outcome)


def _post(url: str, headers: dict[str, str], body: bytes, timeout: float, allowed: Collection[str]) -> Outcome:
    started = time.monotonic()
    try:
        status, answer = _follow(url, headers, body, timeout, allowed)
    except Exception as error:  # noqa: BLE001 - whatever a receiver or its address brings about
        text = str(error) or type(error).__name__
        return Outcome(None, _since(started), "", text)
    return Outcome(status, _since(started), answer, None)


def _since(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 3)


def _follow(
    url: str, headers: dict[str, str], body: bytes, timeout: float, allowed: Collection[str]
) -> tuple[int, str]:
    method, payload, sent = "POST", body, dict(headers)
    for _ in range(MAX_REDIRECTS + 1):
        status, location, answer = _once(method, url, sent, payload, timeout, allowed)
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


def _once(
    method: str, url: str, headers: dict[str, str], body: bytes, timeout: float, allowed: Collection[str]
) -> tuple[int, str | None, str]:
    parts = urlsplit(url)
    connection = _connect(parts, timeout, allowed)
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


def _host_header(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _auth(parts: SplitResult) -> dict[str, str]:
    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _connect(parts: SplitResult, timeout: float, allowed: Collection[str]) -> http.client.HTTPConnection:
    host = parts.hostname
    if parts.scheme not in {"http", "https"} or not host:
        message = f"not an http address: {parts.scheme}"
        raise _Refused(message)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    plain = _open(host, port, timeout, allowed)
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    connection.sock = _wrapped(plain, host) if parts.scheme == "https" else plain
    return connection


def _wrapped(plain: socket.socket, host: str) -> Any:
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


def _open(host: str, port: int, timeout: float, allowed: Collection[str]) -> socket.socket:
    """Connect to an address that was checked, so that no second look-up can name another."""
    everything = "*" in allowed or host.lower() in allowed
    addresses = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    usable = [address for address in addresses if everything or ipaddress.ip_address(address).is_loopback]
    if not usable:
        message = f"{host} is not this machine; start the emulator with --allow-webhook-host {host}"
        raise _Refused(message)
    failure: OSError | None = None
    for address in dict.fromkeys(usable):
        try:
            return socket.create_connection((address, port), timeout)
        except OSError as error:  # noqa: PERF203 - each address is its own try
            failure = error
    raise failure or OSError("no address")
