"""Two rounds of one sending call against one fault: what was learned of each mail, beside what the server took."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import importlib
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

import httpx

from postmark_sdk import (
    AsyncPostmarkClient,
    Attachment,
    BulkMessage,
    Email,
    OutcomeUnknownError,
    PostmarkClient,
    PostmarkError,
    RawResponse,
    SendReport,
    TemplatedEmail,
)
from postmark_sdk._core.http.transport import tls_context
from postmark_sdk._core.mail import chunks
from tests.faults.answers import OF_SEVERAL_CALLS
from tests.faults.breaks import EARLY
from tests.faults.server import FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

TIMEOUT_SECONDS = 0.3
TOKEN = "server-token-for-tests"
MAILS_IN_A_CALL = 2
"""Of ``send_many``, so that something can go wrong in the middle."""
_FILE = Attachment.from_bytes(bytes(6_000_000), "a.pdf")


def _mail(to: str, **more: Any) -> Email:
    return Email(from_="sender@example.com", to=to, subject="Hello", text_body="Hello.", **more)


def _filled(to: str) -> TemplatedEmail:
    return TemplatedEmail(from_="sender@example.com", to=to, template_alias="a", template_model={})


class Way(NamedTuple):
    """A sending call."""

    number: int
    """Of mails."""
    make: Callable[[str], Any]
    """Makes a mail to somebody."""
    send: Callable[[Any, list[Any]], Any]
    named: int | None = None
    """How many an error of unknown outcome names, where that is not each."""


def _send_bulk(client: Any, mails: list[BulkMessage]) -> Any:
    return client.emails.send_bulk(from_="news@example.com", text_body="Hello.", messages=mails)


def _mixed(to: str) -> Any:
    return _filled(to) if "-1" in to else _mail(to)


def _raw(to: str) -> Any:
    return {"From": "sender@example.com", "To": to, "TextBody": "Hello."}


CALLS: dict[str, Way] = {
    "send": Way(1, _mail, lambda client, mails: client.emails.send(mails[0])),
    "send_with_template": Way(1, _filled, lambda client, mails: client.emails.send_with_template(mails[0])),
    "send_batch": Way(2, _mail, lambda client, mails: client.emails.send_batch(mails)),
    "send_batch_with_templates": Way(2, _filled, lambda client, mails: client.emails.send_batch_with_templates(mails)),
    "send_bulk": Way(2, lambda to: BulkMessage(to=to), _send_bulk, named=1),
    "send_many": Way(5, _mail, lambda client, mails: client.emails.send_many(mails)),
    "send_many at a time": Way(5, _mixed, lambda client, mails: client.emails.send_many(mails, concurrency=2)),
    "send_many going on": Way(5, _mail, lambda client, mails: client.emails.send_many(mails, on_unknown="continue")),
    "send_many at a time, going on": Way(
        5, _mixed, lambda client, mails: client.emails.send_many(mails, concurrency=2, on_unknown="continue")
    ),
    "request": Way(1, _raw, lambda client, mails: client.request("POST", "/email", json=mails[0]), named=0),
}
BIG = {
    "send with a file": Way(
        1, lambda to: _mail(to, attachments=[_FILE]), lambda client, mails: client.emails.send(mails[0])
    )
}
"""More than sockets hold, for faults that come while it is written."""
MANY = tuple(name for name in CALLS if name.startswith("send_many"))

TRANSPORTS = {
    "own": (False, True),
    "httpx": (False, True),
    "httpx2": (False, True),
    "transport of httpx": (False, True),
    "httpx-aiohttp": (True,),
}
"""Our own connections, HTTP clients of the caller's, transports of the caller's; sync and async."""
KINDS = ("doubled", "hidden", "swapped")
WHEN = ("first", "second", "always")


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
    """What is tried: a fault the first or second time or always, a call, sync or async, over which transport."""

    fault: str
    call: str
    asynchronous: bool
    when: str
    transport: str = "own"


class Fate(NamedTuple):
    """What a caller was told of a mail."""

    state: str
    """``accepted``, ``refused`` (or not attempted, or not sent), ``unknown``, or what escaped."""
    message_id: str | None = None


@dataclasses.dataclass(frozen=True)
class Finding:
    """What came of it: all that was told of each mail, and the ids that the server gave it."""

    trial: Trial
    told: dict[str, list[Fate]]
    taken: dict[str, list[str]]

    @property
    def learned(self) -> list[str]:
        """What was told of each mail in the end."""
        return [fates[-1].state for fates in self.told.values()]

    @property
    def doubled(self) -> int:
        """Mails that were taken twice."""
        return sum(len(ids) > 1 for ids in self.taken.values())

    @property
    def hidden(self) -> int:
        """Mails of which the caller was told something else than the truth, or nothing."""
        return sum(self._is_hidden(to, fates) for to, fates in self.told.items())

    @property
    def swapped(self) -> int:
        """Mails whose caller was told an id of another mail, or of none."""
        return sum(
            fate.message_id is not None and fate.message_id not in self.taken.get(to, ())
            for to, fates in self.told.items()
            for fate in fates
        )

    @property
    def is_wrong(self) -> bool:
        """Whether any of these is the case."""
        return any(getattr(self, kind) for kind in KINDS)

    def _is_hidden(self, to: str, fates: list[Fate]) -> bool:
        states, taken = {fate.state for fate in fates}, to in self.taken
        if not states <= {"accepted", "refused", "unknown"}:
            return True
        if "accepted" in states:
            return not taken or not any(fate.message_id for fate in fates)
        return taken and states == {"refused"}


def trials(transport: str = "own", when: tuple[str, ...] = WHEN) -> Iterator[Trial]:
    """Every fault, call and client."""
    for fault in FAULTS:
        for call in _calls_for(fault):
            for asynchronous in TRANSPORTS[transport]:
                for each in when:
                    yield Trial(fault, call, asynchronous, each, transport)


def _calls_for(fault: str) -> tuple[str, ...]:
    if fault in OF_SEVERAL_CALLS:
        return MANY
    return (*CALLS, *BIG) if fault in EARLY else (*CALLS,)


def run(server: Server, trial: Trial) -> Finding:
    """Try it."""
    port = server.ask(fault=trial.fault, when=trial.when)["port"]
    scheme = "https" if trial.fault.startswith("TLS") else "http"
    told: dict[str, list[Fate]] = {}
    act = _acted_async if trial.asynchronous else _acted
    act(trial, f"{scheme}://127.0.0.1:{port}", Rounds(trial.call, told, lambda: server.ask(settle=port)))
    return Finding(trial, told, server.ask(taken=port)["taken"])


class Rounds:
    """The mails of one round after the other, and what was told of them."""

    def __init__(self, call: str, told: dict[str, list[Fate]], settle: Callable[[], object]) -> None:
        self.way = CALLS.get(call) or BIG[call]
        self._told = told
        self._settle = settle
        self._again: list[Any] = []
        self.mails: list[Any] = []

    def __iter__(self) -> Iterator[list[Any]]:
        """Mails to send; in the second round after those of ``send_many`` that may safely go again."""
        for number in range(2):
            self.mails = self._again + [
                self.way.make(f"m{number}-{each}@example.org") for each in range(self.way.number)
            ]
            yield self.mails
            self._settle()

    @contextlib.contextmanager
    def noting(self) -> Iterator[None]:
        """Whatever escapes is a finding as well."""
        try:
            yield
        except BaseException as error:  # noqa: BLE001 - see above
            self.note(error)

    def note(self, result: Any) -> None:
        """What a call returned or raised."""
        report = result if isinstance(result, SendReport) else getattr(result, "report", None)
        if report is not None:
            self._again = [*report.unsent()]
        for mail, fate in zip(self.mails, _fates(result, report, self.way, self.mails), strict=True):
            self._told.setdefault(_recipient(mail), []).append(fate)


def _recipient(mail: Any) -> str:
    to: str = mail["To"] if isinstance(mail, dict) else mail.to
    return to


class Clock:
    """Passes when somebody sleeps."""

    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        """Pause."""
        self._now += seconds

    async def asleep(self, seconds: float) -> None:
        """The same for the async client."""
        self._now += seconds


def _options(url: str) -> dict[str, Any]:
    return {"base_url": url, "timeout": httpx.Timeout(30, read=TIMEOUT_SECONDS), "retries": 2}


def _acted(trial: Trial, url: str, rounds: Rounds) -> None:
    own: dict[str, Any] = {}
    with contextlib.ExitStack() as stack:
        if trial.transport == "transport of httpx":
            own = {"transport": functools.partial(httpx.HTTPTransport, verify=tls_context("http://"))}
        elif trial.transport != "own":
            http = importlib.import_module(trial.transport).Client(verify=tls_context("http://"))
            own = {"http_client": stack.enter_context(http)}
        client = stack.enter_context(PostmarkClient(TOKEN, **own, **_options(url)))
        _set_clock(client._link.core(), asynchronous=False)
        for mails in rounds:
            with rounds.noting():
                rounds.note(rounds.way.send(client, mails))


def _acted_async(trial: Trial, url: str, rounds: Rounds) -> None:
    async def act() -> None:
        own: dict[str, Any] = {}
        async with contextlib.AsyncExitStack() as stack:
            if trial.transport == "httpx-aiohttp":
                kind = importlib.import_module("httpx_aiohttp").AiohttpTransport
                own = {"transport": functools.partial(kind, verify=tls_context("http://"))}
            elif trial.transport == "transport of httpx":
                own = {"transport": functools.partial(httpx.AsyncHTTPTransport, verify=tls_context("http://"))}
            elif trial.transport != "own":
                http = importlib.import_module(trial.transport).AsyncClient(verify=tls_context("http://"))
                own = {"http_client": await stack.enter_async_context(http)}
            client = await stack.enter_async_context(AsyncPostmarkClient(TOKEN, **own, **_options(url)))
            _set_clock(client._link.core(), asynchronous=True)
            for mails in rounds:
                for _ in range(3):
                    await asyncio.sleep(0)  # the loop sees what came
                with rounds.noting():
                    rounds.note(await rounds.way.send(client, mails))

    asyncio.run(act())


def _set_clock(core: Any, *, asynchronous: bool) -> None:
    clock = Clock()
    core.settings.policy.clock = clock
    core.sleep = clock.asleep if asynchronous else clock.sleep


def _fates(result: Any, report: SendReport | None, way: Way, mails: list[Any]) -> list[Fate]:
    """What was told of each mail."""
    count = len(mails)
    if report is not None:
        return _fates_in(report, result, count)
    if isinstance(result, BaseException):
        return [_fate_of(result, count if way.named is None else way.named)] * count
    if isinstance(result, RawResponse):
        return [_fate_of_raw(result)]
    if isinstance(result, list):
        return [_fate_in(row) for row in result]
    if hasattr(result, "message_id"):
        return [Fate("accepted", result.message_id)]
    return [Fate("accepted", result.id)] * count  # one id for all of a bulk request


def _fate_of(error: BaseException, named: int) -> Fate:
    if isinstance(error, OutcomeUnknownError):
        return Fate("unknown" if len(error.messages) == named else f"unknown, and names {error.messages!r}")
    return Fate("refused" if isinstance(error, PostmarkError) else f"{type(error).__name__} escaped")


def _fate_of_raw(response: RawResponse) -> Fate:
    """An answer without models is read as it came: what does not say that the mail was taken tells nothing."""
    try:
        message_id = response.json()["MessageID"]
    except KeyError:
        return Fate("refused" if response.json().get("ErrorCode") else "unknown")
    except (PostmarkError, TypeError):
        return Fate("unknown")
    return Fate("accepted", message_id) if message_id else Fate("unknown")


def _fate_in(row: Any) -> Fate:
    if row.success:
        return Fate("accepted", row.message_id)
    return Fate("unknown" if row.unknown else "refused")


def _fates_in(report: SendReport, result: Any, count: int) -> list[Fate]:
    """A report must know of each mail what the error says of the call; what was not drawn did not leave."""
    if isinstance(result, OutcomeUnknownError) and len(result.messages) > len(report.unknown):
        return [Fate(f"unknown, and the report says {report!r}")] * count
    states = {"not_attempted": "refused"}
    told = [Fate(states.get(each.status, each.status), each.message_id) for each in report]
    return told + [Fate("refused")] * (count - len(told))


def run_all(server: Server, chosen: list[Trial], *, workers: int = 16) -> list[Finding]:
    """All of them, several at a time: most of the time is waiting."""
    with mock.patch.object(chunks, "_MOST", MAILS_IN_A_CALL), ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda trial: run(server, trial), chosen))
