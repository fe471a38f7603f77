"""Every fault against every call: never doubled, never hidden. ``python -m tests.faults`` prints the whole table."""

from __future__ import annotations

import socket

import httpx
import pytest

from postmark_sdk._core.http.failures import failure_of
from tests.faults.__main__ import table
from tests.faults.server import FAULTS
from tests.faults.trial import CALLS, TRANSPORTS, Finding, Server, Trial, run_all, trials


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_nothing_is_doubled_and_nothing_is_hidden(transport: str) -> None:
    if transport != "own":
        pytest.importorskip(transport.replace("-", "_"))
    chosen = [trial for trial in trials(transport) if not trial.always]
    with Server() as server:
        findings = run_all(server, chosen)
    assert [each for each in findings if each.doubled or each.hidden] == [], "\n".join(table(findings))
    assert len(findings) == len(FAULTS) * len(CALLS) * len(TRANSPORTS[transport])


@pytest.mark.parametrize(
    ("learned", "told", "accepted", "doubled", "hidden"),
    [
        ("accepted", 1, 1, False, False),
        ("accepted", 1, 0, False, True),
        ("accepted", 1, 2, True, True),
        ("refused", 0, 0, False, False),
        ("refused", 0, 1, False, True),
        ("unknown", 0, 1, False, False),
        ("unknown", 0, 2, True, False),
        ("KeyError escaped", 0, 0, False, True),
    ],
)
def test_the_judge_sees_what_is_wrong(learned: str, told: int, accepted: int, *, doubled: bool, hidden: bool) -> None:
    finding = Finding(Trial("408", "send", asynchronous=False, always=False), learned, told, accepted)
    assert (finding.doubled, finding.hidden) == (doubled, hidden)


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
