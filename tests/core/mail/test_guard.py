"""Outside production no mail reaches a stranger, whichever way it is sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postmark_sdk import (
    AttemptEvent,
    AuthenticationError,
    BulkMessage,
    CallEvent,
    ConfigurationError,
    DecodeError,
    Email,
    Guard,
    GuardError,
    PostmarkClient,
    TemplatedEmail,
)
from tests.core.wire import Line, answer_to

if TYPE_CHECKING:
    from collections.abc import Callable

ONLY_US = Guard(allow=["*@example.com"])
TO_DEV = Guard(allow=["*@example.com"], redirect_to="Dev <dev@example.com>")
PLAIN = {"From": "a@example.com", "TextBody": "x"}


def _mail(to: Any) -> Email:
    return Email(from_="a@example.com", to=to, text_body="x")


def _filled(to: Any) -> TemplatedEmail:
    return TemplatedEmail(from_="a@example.com", to=to, template_alias="t", template_model={})


WAYS: dict[str, Callable[[Any, str], Any]] = {
    "send": lambda client, to: client.emails.send(_mail(to)),
    "send_with_template": lambda client, to: client.emails.send_with_template(_filled(to)),
    "send_batch": lambda client, to: client.emails.send_batch([_mail(to)]),
    "send_batch_with_templates": lambda client, to: client.emails.send_batch_with_templates([_filled(to)]),
    "send_bulk": lambda client, to: client.emails.send_bulk(
        from_="a@example.com", text_body="x", messages=[BulkMessage(to=to)]
    ),
    "extra": lambda client, to: client.emails.send(
        Email(from_="a@example.com", to="b@example.com", text_body="x", extra={"cC": to})
    ),
    "request": lambda client, to: client.request("POST", "/email", json={**PLAIN, "To": to}),
    "request, other case": lambda client, to: client.request("post", "/EMAIL/", json={**PLAIN, "bCC": to}),
    "request, encoded path": lambda client, to: client.request("POST", "/%65mail", json={**PLAIN, "To": to}),
    "request, odd path": lambda client, to: client.request("POST", "//email/./", json={**PLAIN, "To": to}),
    "request, unknown path": lambda client, to: client.request("POST", "/email/new", json={**PLAIN, "To": to}),
    "request, batch": lambda client, to: client.request("POST", "/email/batch", json=({**PLAIN, "To": to},)),
    "request, templates": lambda client, to: client.request(
        "POST", "/email/batchWithTemplates", json={"messages": [{**PLAIN, "To": to}]}
    ),
    "request, headers": lambda client, to: client.request(
        "POST", "/email", json={**PLAIN, "To": "b@example.com", "Headers": [{"name": "Bcc", "value": to}]}
    ),
}


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_no_way_of_sending_passes_the_guard(way: Callable[[Any, str], Any], *, asynchronous: bool) -> None:
    line = Line(asynchronous=asynchronous, guard=ONLY_US)
    with pytest.raises(GuardError) as caught:
        line.call(lambda client: way(client.with_options(retries=0), "stranger@example.org"))
    assert line.requests == []
    assert "stranger" not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_friends_get_their_mail(*, asynchronous: bool) -> None:
    line = Line(asynchronous=asynchronous, guard=ONLY_US)
    friends = r'Ann <ANN@Example.Com>, b@example.com, "c@x, C" <c@example.com>, "D \"d\"" <d@example.com>'
    line.call(lambda client: client.emails.send(_mail(friends)))
    assert line.bodies[0]["To"] == friends


@pytest.mark.parametrize(
    "to",
    [
        "a@example.com <stranger@example.org>",
        '"x" <stranger@example.org> a@example.com',
        "stranger@example.org;a@example.com",
        "stranger@example.org a@example.com",
        "stranger@example.org,a@example.com",
        "a@example.com.evil.example",
        "stranger@evil.example@example.com",
        "a@example.com\n, stranger@example.org",
        "stranger@example.org <a@example.com>",
        "<stranger@example.org> <a@example.com>",
        "stranger@example.org; Ann <a@example.com>",
        "Friends: stranger@example.org; <a@example.com>",
        r'"Ann\" <stranger@example.org>, \"" <a@example.com>',
        "",
    ],
)
def test_no_spelling_passes_a_stranger_for_a_friend(to: str) -> None:
    line = Line(guard=ONLY_US)
    if to:
        with pytest.raises(GuardError):
            line.call(lambda client: client.request("POST", "/email", json={**PLAIN, "To": to}))
    else:
        line.call(lambda client: client.request("POST", "/email", json={**PLAIN, "To": to}))
    assert all("stranger" not in body["To"] for body in line.bodies)


def test_redirected_mail_keeps_its_recipients_in_headers() -> None:
    line = Line(guard=TO_DEV)
    mail = Email(
        from_="a@example.com",
        to=["b@example.com", ("Ann", "ann@example.org")],
        cc="c@example.org",
        bcc="d@example.com",
        text_body="x",
        headers={"X-Own": "1"},
    )
    line.call(lambda client: client.emails.send(mail))
    body = line.bodies[0]
    assert body["To"] == "b@example.com, Dev <dev@example.com>"
    assert "Cc" not in body
    assert body["Bcc"] == "d@example.com"
    assert body["Headers"] == [
        {"Name": "X-Own", "Value": "1"},
        {"Name": "X-Original-To", "Value": "Ann <ann@example.org>"},
        {"Name": "X-Original-Cc", "Value": "c@example.org"},
    ]
    assert mail.cc == "c@example.org", "the caller's own mail is not changed"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"to": ["dev@example.com", "x@example.org"]}, {"To": "dev@example.com"}),
        ({"to": ["Dev <DEV@example.com>", "x@example.org"]}, {"To": "Dev <DEV@example.com>"}),
        ({"to": "dev@example.com", "cc": "x@example.org"}, {"To": "dev@example.com"}),
        ({"to": "x@example.org", "cc": ["y@example.org", "b@example.com"]},
         {"To": "Dev <dev@example.com>", "Cc": "b@example.com"}),
    ],
)  # fmt: skip
def test_redirected_mail_goes_to_its_address_once(given: dict[str, Any], sent: dict[str, str]) -> None:
    line = Line(guard=TO_DEV)
    line.call(lambda client: client.emails.send(from_="a@example.com", text_body="x", **given))
    assert {name: text for name, text in line.bodies[0].items() if name in {"To", "Cc", "Bcc"}} == sent


def test_a_line_break_does_not_reach_the_header_that_keeps_a_recipient() -> None:
    line = Line(guard=TO_DEV)
    to = "Ann\r\nBcc: x@example.org\u2028<ann@example.org>"
    line.call(lambda client: client.request("POST", "/email", json={**PLAIN, "To": to}))
    assert line.bodies[0]["Headers"] == [{"Name": "X-Original-To", "Value": "Ann Bcc: x@example.org <ann@example.org>"}]


def test_redirected_bulk_entries_keep_the_common_headers() -> None:
    line = Line(guard=TO_DEV)
    entries = [BulkMessage(to="x@example.org"), BulkMessage(to="y@example.com")]
    line.call(
        lambda client: client.emails.send_bulk(
            from_="a@example.com", text_body="x", headers={"X-Own": "1"}, messages=entries
        )
    )
    first, second = line.bodies[0]["Messages"]
    assert first["To"] == "Dev <dev@example.com>"
    assert [row["Name"] for row in first["Headers"]] == ["X-Own", "X-Original-To"]
    assert "Headers" not in second


def test_send_many_reports_what_was_stopped() -> None:
    line = Line(guard=ONLY_US)
    report = line.call(lambda client: client.emails.send_many([_mail("a@example.com"), _mail("x@example.org")]))
    assert [outcome.status for outcome in report] == ["accepted", "refused"]
    assert "guard" in report[1].text
    assert [len(body) for body in line.bodies] == [1]


def test_the_environment_guards_without_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTMARK_ALLOW_RECIPIENTS", "*@example.com, boss@example.net")
    line = Line()
    line.call(lambda client: client.emails.send(_mail("boss@example.net")))
    with pytest.raises(GuardError):
        line.call(lambda client: client.emails.send(_mail("x@example.net")))
    monkeypatch.setenv("POSTMARK_REDIRECT_TO", "dev@example.com")
    line.call(lambda client: client.emails.send(_mail("x@example.net")))
    monkeypatch.delenv("POSTMARK_ALLOW_RECIPIENTS")
    line.call(lambda client: client.emails.send(_mail("boss@example.net")))
    assert [body["To"] for body in line.bodies] == ["boss@example.net", "dev@example.com", "dev@example.com"]


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(
    ("status", "text", "cause"),
    [(401, '{"ErrorCode": 10, "Message": "No."}', AuthenticationError), (200, "<html>", DecodeError)],
)
def test_a_guard_that_cannot_ask_says_why_and_the_question_is_seen(
    status: int, text: str, cause: type[Exception], *, asynchronous: bool
) -> None:
    events: list[Any] = []
    guard = Guard(allow=["*@*"], refuse_live_servers=True)
    line = Line(
        asynchronous=asynchronous,
        answer=lambda _: httpx.Response(status, text=text),
        guard=guard,
        on_event=events.append,
    )
    with pytest.raises(GuardError, match="did not say") as caught:
        line.call(lambda client: client.emails.send(_mail("x@example.org")))
    assert isinstance(caught.value.__cause__, cause)
    assert [(type(event), event.operation) for event in events] == [
        (AttemptEvent, "server.get"),
        (CallEvent, "server.get"),
        (CallEvent, "emails.send"),
    ]


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(("delivery", "passes"), [("Sandbox", True), ("Live", False), (None, False)])
def test_live_servers_can_be_refused(delivery: str | None, *, passes: bool, asynchronous: bool) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/server":
            return httpx.Response(200, json={"DeliveryType": delivery, "ID": 1, "Name": "s"})
        return answer_to(request)

    line = Line(asynchronous=asynchronous, answer=answer, guard=Guard(allow=["*@*"], refuse_live_servers=True))
    if passes:
        line.call(lambda client: client.emails.send(_mail("x@example.org")))
    else:
        with pytest.raises(GuardError, match="refuses live servers"):
            line.call(lambda client: client.emails.send(_mail("x@example.org")))
    assert [request.url.path for request in line.requests] == ["/server", *(["/email"] if passes else [])]


def test_a_server_is_asked_once_and_the_test_token_not_at_all() -> None:
    asked = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, json={"DeliveryType": "Sandbox"}) if asked[-1] == "/server" else answer_to(request)

    guard = Guard(allow=["*@*"], refuse_live_servers=True)
    for token in ("server-token-for-tests", "POSTMARK_API_TEST"):
        with PostmarkClient(
            token, guard=guard, http_client=httpx.Client(transport=httpx.MockTransport(handle))
        ) as client:
            client.emails.send(_mail("x@example.org"))
            client.with_options(retries=0).emails.send(_mail("x@example.org"))
            if token != "POSTMARK_API_TEST":
                client.with_options(server_token="another-server-token").emails.send(_mail("x@example.org"))
    assert asked == ["/server", "/email", "/email", "/server", "/email", "/email", "/email"]


def test_other_calls_are_not_the_guards_business() -> None:
    line = Line(guard=ONLY_US, answer=lambda _: httpx.Response(200, json={"Suppressions": []}))
    line.call(lambda client: client.suppressions.create("outbound", ["x@example.org"]))
    assert json.loads(line.requests[0].content)["Suppressions"] == [{"EmailAddress": "x@example.org"}]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Guard(allow="*@example.com"),
        lambda: Guard(allow=["example.com"]),
        lambda: Guard(redirect_to="nobody"),
        lambda: Guard(redirect_to="a@b.example, c@d.example"),
        lambda: PostmarkClient("t", guard="*@example.com"),  # type: ignore[arg-type]
    ],
)
def test_a_guard_that_would_not_guard_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ConfigurationError):
        make()


def test_a_guard_shows_no_address_it_redirects_to() -> None:
    assert "dev@" not in repr(TO_DEV)
    assert Guard(allow=["*@exämple.com"]).allows("a@xn--exmple-cua.com")
