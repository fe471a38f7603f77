"""One sending call against one fault: what the client learned, beside what the server took."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import importlib
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from postmark_sdk import (
    AsyncPostmarkClient,
    BulkMessage,
    Email,
    OutcomeUnknownError,
    PostmarkClient,
    PostmarkError,
    RawResponse,
    SendReport,
    TemplatedEmail,
)
from tests.faults.server import FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

TIMEOUT_SECONDS = 0.3
TOKEN = "server-token-for-tests"
_MAIL = Email(from_="sender@example.com", to="receiver@example.org", subject="Hello", text_body="Hello.")
_FILLED = TemplatedEmail(from_="sender@example.com", to="receiver@example.org", template_alias="a", template_model={})
_RAW = {"From": "sender@example.com", "To": "receiver@example.org", "TextBody": "Hello."}

CALLS: dict[str, tuple[int, Callable[[Any], Any]]] = {
    "send": (1, lambda client: client.emails.send(_MAIL)),
    "send_with_template": (1, lambda client: client.emails.send_with_template(_FILLED)),
    "send_batch": (2, lambda client: client.emails.send_batch([_MAIL, _MAIL])),
    "send_batch_with_templates": (2, lambda client: client.emails.send_batch_with_templates([_FILLED, _FILLED])),
    "send_bulk": (
        2,
        lambda client: client.emails.send_bulk(
            from_="news@example.com", text_body="Hello.", messages=[BulkMessage(to="a@example.org")] * 2
        ),
    ),
    "send_many": (2, lambda client: client.emails.send_many([_MAIL, _MAIL])),
    "send_many at a time": (2, lambda client: client.emails.send_many([_MAIL, _FILLED], concurrency=2)),
    "request": (1, lambda client: client.request("POST", "/email", json=_RAW)),
}


class Server:
    """The server process and the pipe to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.server"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **order: Any) -> dict[str, Any]:
        """One order and its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._process.stdout.readline())
            return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


@dataclasses.dataclass(frozen=True)
class Trial:
    """What is tried: a fault once or always, a call, sync or async, over which transport."""

    fault: str
    call: str
    asynchronous: bool
    always: bool
    transport: str = "own"


@dataclasses.dataclass(frozen=True)
class Finding:
    """What came of it."""

    trial: Trial
    learned: str
    """``accepted``, ``refused``, ``each known`` (some were, some not), ``unknown``, or what escaped."""
    told: int
    """Messages that the caller was told were taken."""
    accepted: int
    """Messages that the server took."""

    @property
    def doubled(self) -> bool:
        """Whether a message was taken twice."""
        return self.accepted > CALLS[self.trial.call][0]

    @property
    def hidden(self) -> bool:
        """Whether the caller was told something else than the truth, or nothing."""
        if self.learned in {"accepted", "refused", "each known"}:
            return self.told != self.accepted
        return self.learned != "unknown" or self.told > self.accepted


TRANSPORTS = {"own": (False, True), "httpx": (False, True), "httpx2": (False, True), "httpx-aiohttp": (True,)}
"""Our own connections, HTTP clients of the caller's, and the transport of the extra ``fast``; sync and async."""


def trials(transport: str = "own") -> Iterator[Trial]:
    """Every fault, call and client; each fault once before all is well, and for ever."""
    for fault in FAULTS:
        for call in CALLS:
            for asynchronous in TRANSPORTS[transport]:
                for always in (False, True):
                    yield Trial(fault, call, asynchronous, always, transport)


def run(server: Server, trial: Trial) -> Finding:
    """Try it."""
    port = server.ask(fault=trial.fault, always=trial.always)["port"]
    scheme = "https" if trial.fault.startswith("TLS") else "http"
    act = _acted_async if trial.asynchronous else _acted
    learned, told = act(trial.transport, f"{scheme}://127.0.0.1:{port}", CALLS[trial.call][1])
    told = CALLS[trial.call][0] if learned == "accepted" else told
    return Finding(trial, learned, told, server.ask(count=port)["accepted"])


def _options(url: str) -> dict[str, Any]:
    return {"base_url": url, "timeout": httpx.Timeout(30, read=TIMEOUT_SECONDS), "retries": 2}


Told = tuple[str, int]


def _acted(transport: str, url: str, call: Callable[[Any], Any]) -> Told:
    with contextlib.ExitStack() as stack:
        own = (
            {}
            if transport == "own"
            else {"http_client": stack.enter_context(importlib.import_module(transport).Client())}
        )
        client = stack.enter_context(PostmarkClient(TOKEN, **own, **_options(url)))
        client._link.core().sleep = lambda _: None
        try:
            return _read(call(client))
        except BaseException as error:  # noqa: BLE001 - whatever escapes is the finding
            return _read_error(error)


def _acted_async(transport: str, url: str, call: Callable[[Any], Any]) -> Told:
    async def no_pause(_: float) -> None:
        pass

    async def act() -> Told:
        async with contextlib.AsyncExitStack() as stack:
            own: dict[str, Any] = {}
            if transport == "httpx-aiohttp":
                own = {"transport": importlib.import_module("httpx_aiohttp").AiohttpTransport}
            elif transport != "own":
                own = {"http_client": await stack.enter_async_context(importlib.import_module(transport).AsyncClient())}
            client = await stack.enter_async_context(AsyncPostmarkClient(TOKEN, **own, **_options(url)))
            client._link.core().sleep = no_pause
            try:
                return _read(await call(client))
            except BaseException as error:  # noqa: BLE001 - whatever escapes is the finding
                return _read_error(error)

    return asyncio.run(act())


def _read(result: Any) -> Told:
    """A result that says of every message that it was taken; an answer without models is read as it came."""
    if isinstance(result, RawResponse):
        return _read_raw(result), 0
    if isinstance(result, SendReport):
        return ("accepted" if result.ok else f"a report without an error: {result!r}"), 0
    rows = result if isinstance(result, list) else [result]
    return ("accepted" if all(getattr(row, "success", True) for row in rows) else f"results: {rows!r}"), 0


def _read_raw(response: RawResponse) -> str:
    try:
        return "accepted" if "MessageID" in response.json() else "unknown"
    except (PostmarkError, TypeError):
        return "unknown"


def _read_error(error: BaseException) -> Told:
    report = getattr(error, "report", None)
    if report is not None:
        return _read_report(report, error)
    if isinstance(error, OutcomeUnknownError):
        return "unknown", 0
    return ("refused" if isinstance(error, PostmarkError) else f"{type(error).__name__} escaped"), 0


def _read_report(report: SendReport, error: BaseException) -> Told:
    """The report must know of each message what the error says of the call."""
    accepted = len(report.accepted)
    if report.unknown:
        return "unknown", accepted
    if isinstance(error, OutcomeUnknownError):
        return f"unknown, and the report says {report!r}", accepted
    return ("each known" if accepted else "refused"), accepted


def run_all(server: Server, chosen: list[Trial], *, workers: int = 8) -> list[Finding]:
    """All of them, several at a time: most of the time is waiting."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda trial: run(server, trial), chosen))
