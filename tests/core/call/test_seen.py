"""What is seen from outside: events, logs, spans, metrics. And what never is: tokens, bodies, addresses."""

from __future__ import annotations

import asyncio
import functools
import gzip
import json
import logging
import pickle
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postmark_sdk import (
    AsyncPostmarkClient,
    AttemptEvent,
    CallEvent,
    ConfigurationError,
    Guard,
    InvalidMessageError,
    OutcomeUnknownError,
    PostmarkClient,
    PostmarkError,
    RequestTimeoutError,
)
from postmark_sdk._core.http.transport import MAX_ANSWER_BYTES
from tests.core.echo import echo, message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from postmark_sdk.models import EmailParams

TOKEN = "secret-server-token"
SECRETS = (TOKEN, "hidden-subject", "someone@private.example", "hidden-body")
MAIL: EmailParams = {
    "from_": "someone@private.example",
    "to": "someone@private.example",
    "subject": "hidden-subject",
    "text_body": "hidden-body",
}


def sent(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"To": "someone@private.example", "MessageID": "id-1", "ErrorCode": 0})


def in_turn(*answers: httpx.Response | Exception) -> Any:
    left = list(answers)

    def handler(_: httpx.Request) -> httpx.Response:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handler


def client_of(handler: Any, **options: Any) -> PostmarkClient:
    client = PostmarkClient(TOKEN, http_client=httpx.Client(transport=httpx.MockTransport(handler)), **options)
    client._link.core().sleep = lambda _: None
    return client


def test_a_call_has_one_event_and_each_try_one() -> None:
    events: list[AttemptEvent | CallEvent] = []
    slow = httpx.Response(429, json={"ErrorCode": 429, "Message": "slow"}, headers={"Retry-After": "2"})
    with client_of(in_turn(slow, sent(httpx.Request("GET", "/"))), on_event=events.append) as client:
        client.emails.send(**MAIL)
    first, second, call = events
    assert isinstance(first, AttemptEvent)
    assert isinstance(second, AttemptEvent)
    assert isinstance(call, CallEvent)
    assert (first.attempt, first.status, first.error_code, first.retry_pause) == (1, 429, 429, 2.0)
    assert (second.attempt, second.status, second.error_code, second.retry_pause) == (2, 200, None, None)
    assert call.attempts == (first, second)
    assert (call.operation, call.method, call.path) == ("emails.send", "POST", "/email")
    assert (call.outcome, call.status, call.error, call.message_id) == ("success", 200, None, "id-1")
    assert call.bytes_sent == 2 * first.bytes_sent > 0
    assert call.bytes_received == first.bytes_received + second.bytes_received
    assert call.elapsed >= first.elapsed + second.elapsed >= 0
    assert (call.server_address, call.server_port) == ("api.postmarkapp.com", 443)
    assert pickle.loads(pickle.dumps(call)) == call  # noqa: S301 - our own bytes


def test_a_clock_that_is_set_back_does_not_put_a_try_before_its_call(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[Any] = []
    times = iter([2_000_000_000.0])
    monkeypatch.setattr(time, "time", lambda: next(times, 1_000_000_000.0))
    with client_of(sent, on_event=events.append) as client:
        client.emails.send(**MAIL)
    attempt, call = events
    assert call.started_at <= attempt.started_at <= attempt.started_at + attempt.elapsed
    assert attempt.started_at + attempt.elapsed <= call.started_at + call.elapsed


@pytest.mark.parametrize(
    ("answer", "outcome", "error", "failure"),
    [
        (httpx.Response(422, json={"ErrorCode": 300, "Message": "no"}), "failure", "InvalidRequestError", None),
        (httpx.ReadTimeout("late"), "unknown", "OutcomeUnknownError", "no answer in time"),
        (httpx.Response(500, json={"ErrorCode": 101, "Message": "oh"}), "unknown", "OutcomeUnknownError", None),
        (httpx.Response(200, text="<html>"), "unknown", "OutcomeUnknownError", None),
        (KeyboardInterrupt(), "unknown", "KeyboardInterrupt", None),
    ],
    ids=str,
)
def test_the_event_of_a_failed_send_says_what_is_known(
    answer: Any, outcome: str, error: str, failure: str | None
) -> None:
    events: list[Any] = []

    def handler(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, BaseException):
            raise answer
        return httpx.Response(answer.status_code, content=answer.content)

    expected = (PostmarkError, KeyboardInterrupt)
    with client_of(handler, on_event=events.append, retries=0) as client, pytest.raises(expected):
        client.emails.send(**MAIL)
    call = events[-1]
    assert isinstance(call, CallEvent)
    assert (call.outcome, call.error) == (outcome, error)
    if failure is not None:
        assert call.attempts[0].failure == failure


def test_the_async_client_reports_the_same() -> None:
    seen: list[list[Any]] = [[], []]

    async def main() -> None:
        http = httpx.AsyncClient(transport=httpx.MockTransport(sent))
        async with http, AsyncPostmarkClient(TOKEN, http_client=http, on_event=seen[0].append) as client:
            await client.emails.send(**MAIL)

    asyncio.run(main())
    with client_of(sent, on_event=seen[1].append) as client:
        client.emails.send(**MAIL)
    shapes = [[(type(event), event.operation, event.status) for event in events] for events in seen]
    assert shapes[0] == shapes[1]
    assert len(shapes[0]) == 2


def test_the_parts_of_a_long_send_have_events_too() -> None:
    events: list[Any] = []
    rows = [{"MessageID": f"id-{n}", "ErrorCode": 0, "Message": "OK"} for n in range(3)]
    with client_of(in_turn(httpx.Response(200, json=rows)), on_event=events.append) as client:
        client.emails.send_many([message("a"), message("b"), message("c")])
    assert [type(event).__name__ for event in events] == ["AttemptEvent", "CallEvent"]
    assert events[-1].message_ids == ("id-0", "id-1", "id-2")


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("tries", [1, 2])
def test_an_interrupted_try_has_its_event(tries: int, *, asynchronous: bool) -> None:
    events: list[Any] = []
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if len(asked) == tries:
            raise KeyboardInterrupt
        return httpx.Response(429, json={"ErrorCode": 429, "Message": "slow"})

    async def pause(_: float) -> None:
        """None."""

    async def main() -> None:
        http = httpx.AsyncClient(transport=httpx.MockTransport(handler))
        async with http, AsyncPostmarkClient(TOKEN, http_client=http, on_event=events.append) as client:
            client._link.core().sleep = pause
            await client.emails.send(**MAIL)

    def run() -> None:
        if asynchronous:
            asyncio.run(main())
        else:
            client_of(handler, on_event=events.append).emails.send(**MAIL)

    with pytest.raises(KeyboardInterrupt):
        run()
    *attempts, call = events
    assert len(attempts) == tries
    assert (attempts[-1].attempt, attempts[-1].status, attempts[-1].retry_pause) == (tries, None, None)
    assert attempts[-1].failure == "interrupted from this side"
    assert (call.attempts, call.outcome, call.error) == (tuple(attempts), "unknown", "KeyboardInterrupt")


@pytest.mark.parametrize("kind", [AttemptEvent, CallEvent])
@pytest.mark.parametrize("many", [False, True])
def test_an_observer_that_is_interrupted_costs_no_id(
    kind: type, caplog: pytest.LogCaptureFixture, *, many: bool
) -> None:
    def interrupted(event: object) -> None:
        if isinstance(event, kind):
            raise KeyboardInterrupt

    row = {"To": "someone@private.example", "MessageID": "id-1", "ErrorCode": 0, "Message": "OK"}
    answer = httpx.Response(200, json=[row] if many else row)
    with client_of(in_turn(answer), on_event=interrupted) as client, pytest.raises(KeyboardInterrupt) as caught:
        client.emails.send_many([MAIL]) if many else client.emails.send(**MAIL)
    text = "had succeeded when its on_event was interrupted; message ids: id-1"
    assert text in caplog.text
    if sys.version_info >= (3, 11):
        assert any(text in note for note in caught.value.__notes__)


def test_an_observer_that_fails_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("observer")

    with client_of(sent, on_event=broken) as client:
        assert client.emails.send(**MAIL).message_id == "id-1"
    assert "on_event raised" in caplog.text


@pytest.mark.parametrize("value", ["text", 3])
def test_an_observer_is_a_plain_function(value: Any) -> None:
    async def late(event: object) -> None:
        """Nobody would await it."""

    class Late:
        async def __call__(self, event: object) -> None:
            """Nor this."""

    class InTime:
        func = late

        def __call__(self, event: object) -> None:
            """Take it."""

    with pytest.raises(ConfigurationError, match="on_event"):
        PostmarkClient(TOKEN, on_event=value)
    for wrong in (late, Late(), Late().__call__, functools.partial(late), functools.partial(Late())):
        with pytest.raises(ConfigurationError, match="not an async one"):
            PostmarkClient(TOKEN, on_event=wrong)
    rights: list[Any] = [InTime(), functools.partial(InTime()), [].append, InTime]
    for right in rights:
        PostmarkClient(TOKEN, on_event=right)


def test_a_copy_can_have_another_observer() -> None:
    first: list[Any] = []
    second: list[Any] = []
    with client_of(sent, on_event=first.append) as client:
        client.with_options(on_event=second.append).emails.send(**MAIL)
        assert (len(first), len(second)) == (0, 2)
        client.with_options(retries=0).emails.send(**MAIL)
    assert len(first) == 2


def test_logs_are_debug_for_tries_and_warning_for_repeats(caplog: pytest.LogCaptureFixture) -> None:
    slow = httpx.Response(503, json={"ErrorCode": 100, "Message": "someone@private.example waits"})
    refused = httpx.Response(422, json={"ErrorCode": 300, "Message": "bad 'someone@private.example'"})
    with caplog.at_level(logging.DEBUG, "postmark_sdk"), client_of(in_turn(slow, refused)) as client:  # noqa: SIM117
        with pytest.raises(PostmarkError):
            client.emails.send(**MAIL)
    levels = [record.levelname for record in caplog.records if record.name == "postmark_sdk"]
    assert levels == ["DEBUG", "WARNING", "DEBUG"]
    assert not [secret for secret in SECRETS if secret in caplog.text]


def shown_variables(error: BaseException, where: str = "", *, but: str = "") -> str:
    """Every local variable of this package and of the HTTP library that a tool would print with the traceback."""
    lines = []
    left: list[BaseException | None] = [error]
    while left:
        each = left.pop()
        if each is None:
            continue
        frames = traceback.TracebackException.from_exception(each, capture_locals=True).stack
        lines += [
            f"{name} = {value}"
            for frame in frames
            if ("postmark_sdk" in frame.filename and "/tests/" not in frame.filename) or "http" in frame.filename
            if where in frame.filename and frame.name != but
            for name, value in (frame.locals or {}).items()
        ]
        left += [each.__cause__, each.__context__]
    return "\n".join(lines)


FAILURES: list[Any] = [
    httpx.Response(422, json={"ErrorCode": 300, "Message": "bad 'someone@private.example' hidden-body"}),
    httpx.Response(500, json={"ErrorCode": 101, "Message": "someone@private.example"}),
    httpx.Response(401, json={"ErrorCode": 10, "Message": TOKEN}),
    httpx.Response(200, text=f"<html>someone@private.example {TOKEN} hidden-body"),
    httpx.Response(200, json=["someone@private.example"]),
    httpx.Response(302, headers={"Location": "https://elsewhere.example/"}, text=TOKEN),
    httpx.ReadTimeout("someone@private.example"),
    httpx.ConnectError("hidden-body"),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda value: str(value)[:24])
def test_no_secret_is_shown_by_an_error(failure: Any, caplog: pytest.LogCaptureFixture) -> None:
    events: list[Any] = []

    def handler(_: httpx.Request) -> httpx.Response:
        if isinstance(failure, Exception):
            raise failure
        return httpx.Response(failure.status_code, headers=failure.headers, content=failure.content)

    with caplog.at_level(logging.INFO), client_of(handler, on_event=events.append, retries=1) as client:
        with pytest.raises(PostmarkError) as caught:
            client.emails.send(**MAIL)
        shown = [repr(caught.value), caplog.text, repr(events), repr(client), shown_variables(caught.value)]
    for secret in SECRETS:
        for text in shown:
            assert secret not in text


def test_no_secret_is_shown_where_writing_fails_on_a_real_connection() -> None:
    impatient = httpx.Timeout(60, read=0.05)
    with echo(silent=True) as server, PostmarkClient(TOKEN, base_url=server.url, timeout=impatient) as client:
        with pytest.raises(PostmarkError) as caught:
            client.emails.send(**MAIL)
        variables = shown_variables(caught.value)
    assert not [secret for secret in SECRETS if secret in variables]


def test_a_search_shows_no_address_below_the_call_itself() -> None:
    with client_of(in_turn(httpx.ReadTimeout("late")), retries=0) as client:
        with pytest.raises(RequestTimeoutError) as caught:
            client.outbound.list(recipient="someone@private.example")
        stack = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    below = [frame for frame in stack if "_core" in frame.filename]
    assert below
    assert "someone@private.example" not in repr([frame.locals for frame in below])


def _failing(*mails: Any) -> Iterator[Any]:
    yield from mails
    raise LookupError


async def _afailing(*mails: Any) -> AsyncIterator[Any]:
    for mail in mails:
        yield mail
    raise LookupError


WRONG_DICT: Any = {**MAIL, "subjet": "x"}
STRANGERS_ONLY = Guard(allow=["*@example.com"])
CALLS: dict[str, Any] = {
    "iterate": lambda client: list(client.outbound.iterate(recipient="someone@private.example")),
    "iterate ahead": lambda client: list(client.outbound.iterate(recipient="someone@private.example", prefetch=2)),
    "iterate, limit": lambda client: client.outbound.iterate(recipient="someone@private.example", limit=-1),
    "list, count": lambda client: client.outbound.list(recipient="someone@private.example", count=0),
    "many": lambda client: client.emails.send_many([MAIL]),
    "many at a time": lambda client: client.emails.send_many([MAIL], concurrency=2),
    "many, guarded": lambda client: client.with_options(guard=STRANGERS_ONLY).emails.send_many(_failing(MAIL)),
    "many, broken": lambda client: client.emails.send_many(_failing(MAIL, MAIL)),
    "many, broken at a time": lambda client: client.emails.send_many(_failing(MAIL, MAIL), concurrency=2),
    "many, one": lambda client: client.emails.send_many(MAIL),
    "dict": lambda client: client.emails.send(WRONG_DICT),
    "batch": lambda client: client.emails.send_batch([MAIL, WRONG_DICT]),
    "guard": lambda client: client.with_options(guard=STRANGERS_ONLY).emails.send(MAIL),
    "guard, batch": lambda client: client.with_options(guard=STRANGERS_ONLY).emails.send_batch([MAIL]),
    "guard, request": lambda client: client.with_options(guard=STRANGERS_ONLY).request("POST", "/email", json=MAIL),
    "request": lambda client: client.request("POST", "/email", json=MAIL),
    "request, wrong": lambda client: client.request("GET", "/x", query={"a": "someone@private.example", 1: 2}),
    "no token": lambda client: client.sender_signatures.create(MAIL),
    "wrong timeout": lambda client: client.emails.send(MAIL, timeout=-1),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
def test_no_call_shows_what_it_was_given_below_itself(call: Any) -> None:
    with client_of(in_turn(httpx.ReadTimeout("late")), retries=0) as client:
        with pytest.raises((PostmarkError, LookupError)) as caught:
            call(client)
        below = shown_variables(caught.value, "_core")
    assert below or isinstance(caught.value, ConfigurationError)
    assert not [secret for secret in SECRETS if secret in below]


@pytest.mark.parametrize("concurrency", [1, 2])
def test_an_async_input_that_breaks_shows_nothing_below_the_call(concurrency: int) -> None:
    async def main() -> None:
        http = httpx.AsyncClient(transport=httpx.MockTransport(sent))
        async with http, AsyncPostmarkClient(TOKEN, http_client=http) as client:
            await client.emails.send_many(_afailing(MAIL, MAIL), concurrency=concurrency)

    with pytest.raises(LookupError) as caught:
        asyncio.run(main())
    below = shown_variables(caught.value, "_behavior", but="send_many")
    assert "run = " in below
    assert not [secret for secret in SECRETS if secret in below]


@pytest.mark.parametrize("kind", [PostmarkClient, AsyncPostmarkClient])
@pytest.mark.parametrize(
    "options",
    [
        {"base_url": "http://x"},
        {"base_url": f"https://user:{TOKEN}@x"},
        {"timeout": -1},
        {"retries": -1},
        {"defaults": {"from": "someone@private.example", "bad": 1}},
        {"defaults": {"from": "someone@private.example"}, "http_client": 5},
        {"server_token": f"{TOKEN} x"},
        {"account_token": f"{TOKEN} x"},
        {"on_event": 5},
    ],
    ids=str,
)
def test_a_client_that_cannot_be_made_shows_no_secret(kind: Any, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind(**{"server_token": TOKEN, "account_token": TOKEN, **options})
    shown = shown_variables(caught.value)
    assert not [secret for secret in SECRETS if secret in shown + repr(caught.value)]
    if "base_url" in options or "http_client" in options:
        return
    with pytest.raises(ConfigurationError) as caught:
        kind(TOKEN).with_options(**options)
    shown = shown_variables(caught.value)
    assert not [secret for secret in SECRETS if secret in shown + repr(caught.value)]


def test_the_words_of_a_confirmation_are_not_shown() -> None:
    answer = httpx.Response(200, json={"ErrorCode": 0, "Message": "Signature someone@private.example removed."})
    http = httpx.Client(transport=httpx.MockTransport(in_turn(answer)))
    with http, PostmarkClient(account_token=TOKEN, http_client=http) as client:
        confirmation = client.sender_signatures.delete(1)
    assert confirmation.message == "Signature someone@private.example removed."
    assert repr(confirmation) == "Confirmation(error_code=0, message=<hidden>)"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed_with_a_token(status: int) -> None:
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, headers={"Location": "https://elsewhere.example/"})

    http = httpx.Client(transport=httpx.MockTransport(handler), follow_redirects=True)
    with http, PostmarkClient(TOKEN, http_client=http) as client, pytest.raises(PostmarkError):
        client.server.get()
    assert [request.url.host for request in asked] == ["api.postmarkapp.com"]


@pytest.mark.parametrize("url", ["http://api.example.com", "ftp://localhost", "https://user:pass@host", "https://h/?a"])
def test_a_base_url_that_would_give_the_token_away_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        PostmarkClient(TOKEN, base_url=url)


def test_plain_http_is_for_loopback_and_for_those_who_say_so() -> None:
    for url in ("http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"):
        PostmarkClient(TOKEN, base_url=url)
    PostmarkClient(TOKEN, base_url="http://api.example.com", allow_http=True)


def test_an_endless_answer_is_cut_off() -> None:
    class Endless(httpx.SyncByteStream):
        taken = 0

        def __iter__(self) -> Iterator[bytes]:
            while True:
                self.taken += 1 << 20
                yield b" " * (1 << 20)

    stream = Endless()
    with client_of(lambda _: httpx.Response(200, stream=stream), retries=0) as client:  # noqa: SIM117
        with pytest.raises(PostmarkError, match="larger than"):
            client.server.get()
    assert stream.taken <= MAX_ANSWER_BYTES + (2 << 20)


@pytest.mark.parametrize("encoding", ["gzip, gzip", "GZIP,deflate", "br", "zstd"])
def test_an_encoding_that_was_not_asked_for_is_not_unpacked(encoding: str) -> None:
    packed = gzip.compress(gzip.compress(b"{}"))
    headers = {"Content-Encoding": encoding}
    with client_of(
        lambda _: httpx.Response(200, headers=headers, stream=httpx.ByteStream(packed)), retries=0
    ) as client:
        with pytest.raises(PostmarkError):
            client.server.get()
        with pytest.raises(OutcomeUnknownError):
            client.emails.send(**MAIL)


@pytest.mark.parametrize("encoding", ["none", "identity", "utf-8", "gzip"])
def test_an_encoding_that_is_none_costs_no_answer(encoding: str) -> None:
    body = json.dumps({"MessageID": "id-1", "ErrorCode": 0}).encode()
    sent = gzip.compress(body) if encoding == "gzip" else body
    headers = {"Content-Encoding": encoding}
    with client_of(lambda _: httpx.Response(200, headers=headers, stream=httpx.ByteStream(sent))) as client:
        assert client.emails.send(**MAIL).message_id == "id-1"


@pytest.mark.parametrize("value", ["x\r\nX-Injected: 1", "x\nX: 1", "a b", "\x00"])
def test_a_token_cannot_carry_another_header(value: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        PostmarkClient(value)
    assert value not in str(caught.value)


@pytest.mark.parametrize("path", ["/x\r\nHost: elsewhere", "//elsewhere.example", "https://elsewhere.example", "/a?b"])
def test_a_path_cannot_lead_elsewhere(path: str) -> None:
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={})

    with client_of(handler) as client:
        try:
            client.request("GET", path)
        except PostmarkError:
            assert not asked
    assert all(request.url.host == "api.postmarkapp.com" for request in asked)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"method": None}, "method"),
        ({"method": "GET /"}, "method"),
        ({"path": None}, "path"),
        ({"path": b"/x"}, "path"),
        ({"query": {1: 2}}, "query"),
        ({"query": [("a", 1)]}, "query"),
    ],
    ids=str,
)
def test_a_wrong_argument_of_a_raw_request_is_named(arguments: dict[str, Any], field: str) -> None:
    with client_of(in_turn()) as client, pytest.raises(InvalidMessageError) as caught:
        client.request(**{"method": "GET", "path": "/x", **arguments})
    assert [problem.field for problem in caught.value.problems] == [field]


def test_raw_requests_answer_with_status_headers_and_json() -> None:
    answer = httpx.Response(200, json={"a": 1}, headers={"X-Seen": "yes"})
    with client_of(in_turn(answer)) as client:
        response = client.request("GET", "/anything", query={"b": True})
    assert (response.status_code, response.headers["x-seen"], response.json()) == (200, "yes", {"a": 1})
