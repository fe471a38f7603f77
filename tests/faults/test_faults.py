"""Every fault, against some calls: never doubled, hidden or swapped. ``python -m tests.faults`` tries them all."""

from __future__ import annotations

import socket

import httpx
import pytest

from postmark_sdk._core.http.failures import failure_of
from tests.faults.__main__ import table
from tests.faults.server import FAULTS
from tests.faults.trial import KINDS, TRANSPORTS, WHEN, Fate, Finding, Server, Trial, run_all, trials

STEP = 7
"""Every seventh trial: of no call, client or moment always the same."""


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_nothing_is_doubled_hidden_or_swapped(transport: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("ERROR", "postmark_sdk")  # a line for each repeat would bury the table
    if transport in {"httpx2", "httpx-aiohttp"}:
        pytest.importorskip(transport.replace("-", "_"))
    chosen = [*trials(transport)][::STEP]
    with Server() as server:
        findings = run_all(server, chosen)
    assert [each for each in findings if each.is_wrong] == [], "\n".join(table(findings))
    assert {each.trial.fault for each in findings} == {*FAULTS}
    assert {each.trial.when for each in findings} == {*WHEN}


TRIAL = Trial("408", "send", asynchronous=False, when="first")
ACCEPTED, REFUSED, UNKNOWN, ESCAPED = Fate("accepted", "a"), Fate("refused"), Fate("unknown"), Fate("KeyError escaped")


@pytest.mark.parametrize(
    ("fates", "ids", "wrong"),
    [
        ([ACCEPTED], ["a"], []),
        ([ACCEPTED], [], ["hidden", "swapped"]),
        ([ACCEPTED], ["b"], ["swapped"]),
        ([ACCEPTED], ["a", "b"], ["doubled"]),
        ([Fate("accepted")], ["a"], ["hidden"]),
        ([REFUSED], [], []),
        ([REFUSED], ["a"], ["hidden"]),
        ([REFUSED, ACCEPTED], ["a"], []),
        ([UNKNOWN], [], []),
        ([UNKNOWN], ["a"], []),
        ([UNKNOWN], ["a", "b"], ["doubled"]),
        ([ESCAPED], [], ["hidden"]),
    ],
)
def test_the_judge_sees_what_is_wrong(fates: list[Fate], ids: list[str], wrong: list[str]) -> None:
    finding = Finding(TRIAL, {"m": fates}, {"m": ids} if ids else {})
    assert [kind for kind in KINDS if getattr(finding, kind)] == wrong
    assert finding.is_wrong is bool(wrong)


class Unfamiliar(Exception):  # noqa: N818 - an error of some other library
    pass


@pytest.mark.parametrize(
    ("error", "cause", "sent"),
    [
        (httpx.ConnectError("x"), None, False),
        (httpx.ConnectError("x"), socket.gaierror("x"), False),
        (httpx.ConnectError("x"), ConnectionRefusedError("x"), False),
        (httpx.ConnectError("x"), ConnectionResetError("x"), True),
        (httpx.ConnectTimeout("x"), Unfamiliar("x"), True),
        (httpx.ReadTimeout("x"), None, True),
    ],
)
def test_an_error_of_connecting_is_believed_only_from_whom_we_know(
    error: httpx.TransportError, cause: Exception | None, *, sent: bool
) -> None:
    error.__cause__ = cause
    assert failure_of(error).sent is sent
