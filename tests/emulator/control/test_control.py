"""Control over HTTP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.routing import Route

from postmark_sdk.emulator._app import App
from postmark_sdk.emulator.control.help import VERBS

if TYPE_CHECKING:
    from postmark_sdk.emulator import Emulator


def test_wrong_faults_are_refused(postmark: Emulator) -> None:
    control = httpx.Client(base_url=f"{postmark.base_url}/_emulator", trust_env=False, timeout=60)
    with control:
        bodies: tuple[Any, ...] = (
            {"kind": "other"},
            {"times": 0},
            {"status": 99},
            {"status": "x"},
            {"unknown": 1},
            [],
            {"times": True},
        )
        for body in bodies:
            assert control.post("/faults", json=body).status_code in {200, 422}
        assert control.post("/faults", json={"kind": "other"}).json()["ErrorCode"] == 403
        control.delete("/faults")


def test_control_over_http_has_the_same_verbs(postmark: Emulator, api: httpx.Client, email: dict[str, Any]) -> None:
    with httpx.Client(base_url=f"{postmark.base_url}/_emulator", trust_env=False, timeout=60) as control:
        about = control.get("").json()
        assert about["ServerToken"] == postmark.server_token
        sent_id = api.post("/email", json={**email, "HtmlBody": "<a href='#'>x</a>"}).json()["MessageID"]
        assert control.get("/sent").json()["Messages"][0]["MessageID"] == sent_id
        assert control.get(f"/sent/{sent_id}").json()["Request"]["Subject"] == "Hello"
        assert control.get("/sent/none").status_code == 404
        [advice] = control.get(f"/sent/{sent_id}/advice").json()["Advice"]
        assert advice["Text"] == "A link leads nowhere: “#”"
        assert set(advice) == {"Level", "Topic", "Text", "ToDo", "Part", "Line", "Times"}
        assert control.get("/sent/none/advice").status_code == 404
        assert control.post("/open", json={"message_id": sent_id}).status_code == 200
        click = {"message_id": sent_id, "link": "https://example.com/"}
        assert control.post("/click", json=click).status_code == 200
        assert control.post("/bounce", json={"message_id": sent_id, "type": "SoftBounce"}).json()["BounceID"]
        assert control.post("/bounce", json={"message_id": sent_id, "type": "x"}).status_code == 422
        assert control.post("/complain", json={"message_id": sent_id}).json()["BounceID"]
        assert control.post("/unsubscribe", json={"message_id": sent_id}).status_code == 200
        assert control.post("/suppress", json={"address": "x@example.org"}).status_code == 200
        assert control.post("/seed", json={"messages": 5}).status_code == 200
        counters = control.get("/counters").json()
        assert (counters["Accepted"], counters["Opens"], counters["Clicks"], counters["Bounces"]) == (6, 1, 1, 2)
        assert control.post("/clock", json={"now": "2030-01-01T00:00:00Z", "frozen": True}).json() == {
            "Now": "2030-01-01T00:00:00Z",
            "Frozen": True,
        }
        assert control.post("/clock/advance", json={"seconds": 60}).json()["Now"] == "2030-01-01T00:01:00Z"
        for far in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"):
            assert control.post("/clock", json={"now": far}).json()["Message"] == "Invalid request field(s): 'now'."
        assert control.post("/settle", json={"timeout": 60}).json() == {"Settled": True}
        assert control.post("/settings", json={"may_send": False}).status_code == 200
        assert control.get("/settings").json()["may_send"] is False
        assert control.post("/settings", json={"may_send": 1}).status_code == 422
        assert control.post("/servers", json={"name": "Third", "token": "third"}).json()["ApiTokens"] == ["third"]
        for token in ("third", "THIRD", "a b", "POSTMARK_API_TEST"):
            assert control.post("/servers", json={"name": "Fourth", "token": token}).status_code == 422
        assert control.get("/refusals").json() == {"Refusals": []}
        assert control.get("/deliveries?limit=x").status_code == 422
        assert control.post("/deliveries/99/again").status_code == 404
        for body in (b"[]", b"{", b'{"message_id": 5}', b"\xff"):
            assert control.post("/bounce", content=body).status_code == 422
        assert control.post("/reset").status_code == 200
        assert postmark.sent() == []


@pytest.mark.parametrize(
    ("method", "path", "body", "text"),
    [
        ("POST", "/bounce", {"message_id": "x", "typ": "SoftBounce"}, "'typ'. It takes message_id, recipient, type."),
        ("POST", "/reset", {"messages": 1}, "'messages'. It takes nothing."),
        ("POST", "/settle", {"seconds": 1}, "'seconds'. It takes timeout."),
        ("POST", "/faults", {"code": 300}, "'code'. It takes kind, times, status, error_code, "),
        ("POST", "/settings", {"delay": 3}, "'delay'. It takes strict, check_senders, "),
        ("POST", "/settings", {"rate_limit": 1.5}, "'rate_limit'. It is a whole number, 0 or more."),
        ("POST", "/settings", {"strict": 1}, "'strict'. It is true or false."),
        ("POST", "/inbound?to=x", {}, "'to'. It takes server, recipient."),
        ("GET", "/sent?recipent=x", None, "'recipent'. It takes stream, tag, recipient, status, text, before, limit."),
        ("GET", "/dump?as=yaml", None, "'as'. It takes format."),
        ("GET", "/refusals?count=1", None, "'count'. It takes before, limit."),
    ],
)
def test_what_nothing_would_heed_is_refused(postmark: Emulator, method: str, path: str, body: Any, text: str) -> None:
    with httpx.Client(base_url=f"{postmark.base_url}/_emulator", trust_env=False, timeout=60) as control:
        answer = control.request(method, path, json=body)
    assert answer.status_code == 422
    assert text in answer.json()["Message"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("GET", "/bounce"), ("PUT", "/settings")])
def test_what_is_not_there_leads_to_help(postmark: Emulator, method: str, path: str) -> None:
    with httpx.Client(base_url=f"{postmark.base_url}/_emulator", trust_env=False, timeout=60) as control:
        answer = control.request(method, path)
    assert answer.status_code == 404
    assert answer.json() == {
        "ErrorCode": 12,
        "Message": f"There is no {method} /_emulator{path}; /_emulator/help lists what is.",
    }


def test_help_names_every_verb_and_no_other(postmark: Emulator) -> None:
    routes = [route for route in App(postmark.state)._pages.routes if isinstance(route, Route)]
    there = {
        (method, re.sub(r":\w+}", "}", route.path.removeprefix("/_emulator").rstrip("/")))
        for route in routes
        if route.path.startswith("/_emulator") and "{rest:" not in route.path
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert {(method, path) for verbs in VERBS.values() for method, path, *_ in verbs} == there
    with httpx.Client(base_url=postmark.base_url, trust_env=False, timeout=60) as control:
        told = control.get("/_emulator/help")
    assert told.headers["content-type"] == "text/plain; charset=utf-8"
    assert all(f"{method} /_emulator{path}" in told.text for method, path in there)
    assert f"curl -s {postmark.base_url}/_emulator/faults" in told.text


def test_other_web_pages_cannot_control_it(postmark: Emulator) -> None:
    answer = httpx.post(f"{postmark.base_url}/_emulator/reset", headers={"Origin": "https://evil.example"}, timeout=60)
    assert answer.status_code == 403
