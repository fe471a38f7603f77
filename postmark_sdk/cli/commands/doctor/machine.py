"""This machine: what is set, the way to Postmark, and the clock."""

from __future__ import annotations

import datetime as _dt
import os
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from .... import AttemptEvent, CallEvent
from ...._core.call.settings import DEFAULT_BASE_URL, GUARD_VARIABLES
from ...._core.http.pooling.proxies import proxy_for
from ....errors import APIError, TransportError
from ...frame import profiles
from ...frame.text import plain
from .finding import Exam, Finding

__all__ = ["drift", "proxy", "reach", "settings", "tls"]

_MOST_DRIFT_SECONDS = 60
_ANY_TOKEN = "any-token-as-only-the-way-is-tried"  # noqa: S105 - it says so
_TLS_FILES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def settings(exam: Exam) -> Iterator[Finding]:
    """Where tokens come from and where calls go; what keeps mail from people."""
    source = f"profile {exam.profile.name}" if exam.profile.name else "the environment"
    yield Finding("settings", "note", f"Tokens come from {source}")
    if profiles.readable_by_others():
        path = profiles.path()
        yield Finding("settings", "warning", f"Others can read the tokens in {path}", f"chmod 600 '{path}'")
    if exam.base_url != DEFAULT_BASE_URL:
        todo = "If that is not meant: unset POSTMARK_BASE_URL, or leave --base-url and the profile's base_url out"
        yield Finding("settings", "warning", f"Calls go to {exam.base_url}, not to Postmark", todo)
    for name in GUARD_VARIABLES:
        if name in os.environ:
            todo = f"Meant outside production only: unset {name} to send to everybody"
            yield Finding("settings", "warning", f"{name} is set: mail to others is refused or redirected", todo)


def proxy(exam: Exam) -> Iterator[Finding]:
    """The proxy that the environment names."""
    parts = urlsplit(exam.base_url)
    found = proxy_for(parts.scheme, parts.hostname or "", parts.port)
    text = f"Calls go through {plain(found)}" if found else "Calls go out directly, through no proxy"
    yield Finding("proxy", "note", text)


def tls(exam: Exam) -> Iterator[Finding]:
    """Which authorities are trusted, and whether keys are written down."""
    if urlsplit(exam.base_url).scheme == "http":
        yield Finding("tls", "note", "Calls are not encrypted: the address begins with http")
        return
    given = {name: os.environ[name] for name in _TLS_FILES if os.environ.get(name)}
    for name, path in given.items():
        if not Path(path).exists():
            yield Finding("tls", "problem", f"{name} names {path}, which is not there", f"Mend or unset {name}")
    if not given:
        yield Finding("tls", "ok", "Certificates are checked against the authorities of certifi")
    elif all(Path(path).exists() for path in given.values()):
        yield Finding("tls", "note", f"Certificates are checked against {', '.join(given.values())}")
    if os.environ.get("SSLKEYLOGFILE"):
        todo = "Meant for tests only: unset SSLKEYLOGFILE"
        yield Finding("tls", "warning", "SSLKEYLOGFILE is set: whoever reads that file can read all traffic", todo)


def reach(exam: Exam) -> Iterator[Finding]:
    """Whether an answer comes, how fast, and what time it is there."""
    host = urlsplit(exam.base_url).hostname
    events: list[AttemptEvent | CallEvent] = []
    try:
        headers = _headers(exam, events)
    except TransportError as error:
        yield Finding("reach", "problem", f"{host} gives no answer: {error.reason}", _todo(exam, error))
        return
    yield Finding("reach", "ok", f"{host} answers within {events[0].elapsed * 1000:.0f} ms")
    yield from _clock(headers, _dt.datetime.now(_dt.timezone.utc))


def drift(headers: Mapping[str, str], now: _dt.datetime) -> float | None:
    """Seconds by which this machine's clock is ahead of the one that answered; None if it told no time."""
    try:
        told = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return None
    return (now - (told if told.tzinfo else told.replace(tzinfo=_dt.timezone.utc))).total_seconds()


def _clock(headers: Mapping[str, str], now: _dt.datetime) -> Iterator[Finding]:
    ahead = drift(headers, now)
    if ahead is None:
        yield Finding("clock", "note", "The answer tells no time to compare the clock with")
    elif abs(ahead) > _MOST_DRIFT_SECONDS:
        todo = "Synchronize it, by NTP for instance: certificates and searches by time depend on it"
        way = "fast" if ahead > 0 else "slow"
        yield Finding("clock", "warning", f"This machine's clock is {abs(ahead):.0f} s {way}", todo)
    else:
        yield Finding("clock", "ok", "The clock is right to the minute")


def _headers(exam: Exam, events: list[AttemptEvent | CallEvent]) -> Mapping[str, str]:
    """Of any answer; which token the call has makes no difference."""
    client = exam.client.with_options(server_token=exam.profile.server_token or _ANY_TOKEN, on_event=events.append)
    try:
        return client.request("GET", "/server").headers
    except APIError as error:
        return error.headers


def _todo(exam: Exam, error: TransportError) -> str:
    parts = urlsplit(exam.base_url)
    if "certificate" in error.reason.lower():
        return "If a proxy opens connections with an authority of its own, name that file in SSL_CERT_FILE"
    if proxy_for(parts.scheme, parts.hostname or "", parts.port):
        return "Look at the proxy first, in HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY"
    return "Look at the network first: name resolution, firewall, or a proxy that has to be named in HTTPS_PROXY"
