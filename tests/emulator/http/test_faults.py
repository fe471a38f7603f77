"""Faults to come: answers that go wrong on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.emulator.client import client

if TYPE_CHECKING:
    from postmark_sdk.emulator import Emulator


@pytest.mark.parametrize("kind", ["status", "rate_limit", "garbage"])
@pytest.mark.parametrize("processed", [False, True])
def test_faults_that_answer(postmark: Emulator, email: dict[str, Any], kind: Any, processed: bool) -> None:  # noqa: FBT001
    postmark.fail_next(2, kind=kind, status=503, error_code=100, retry_after=7, path="/email*", processed=processed)
    with client(postmark) as api:
        assert api.get("/server").status_code == 200
        for _ in range(2):
            answer = api.post("/email", json=email)
            assert answer.status_code == {"status": 503, "rate_limit": 429, "garbage": 200}[kind]
            assert answer.headers["retry-after"] == "7"
            assert (answer.headers["content-type"] == "text/html") is (kind == "garbage")
        assert api.post("/email", json=email).json()["Message"] == "OK"
    assert len(postmark.sent()) == (3 if processed else 1)


@pytest.mark.parametrize("kind", ["cut", "timeout"])
@pytest.mark.parametrize("processed", [False, True])
def test_faults_that_do_not(postmark: Emulator, email: dict[str, Any], kind: Any, processed: bool) -> None:  # noqa: FBT001
    postmark.fail_next(kind=kind, processed=processed, seconds=0.05, method="POST")
    with client(postmark) as api:
        assert api.get("/server").status_code == 200
        with pytest.raises(httpx.TransportError):
            api.post("/email", json=email)
        assert len(postmark.sent()) == int(processed)
        assert api.post("/email", json=email).status_code == 200


def test_a_client_that_gives_up_does_no_harm(postmark: Emulator, email: dict[str, Any]) -> None:
    postmark.fail_next(kind="timeout", seconds=30)
    with client(postmark) as api:
        with pytest.raises(httpx.ReadTimeout):
            api.post("/email", json=email, timeout=httpx.Timeout(60, read=0.05))
        assert api.post("/email", json=email).status_code == 200


def test_accepted_but_delayed_has_no_error_code(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    postmark.fail_next(kind="delayed")
    answer = api.post("/email", json=email).json()
    assert list(answer) == ["To", "SubmittedAt", "MessageID", "Message"]
    assert answer["Message"] == "Message accepted, but delivery may be delayed."
    assert len(postmark.sent()) == 1
