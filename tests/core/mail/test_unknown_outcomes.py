"""A send of unknown outcome is said to be one, names its messages, and can be looked for."""

from __future__ import annotations

import contextlib
import logging
import pickle
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postmark_sdk import (
    BulkEmail,
    BulkMessage,
    ConfigurationError,
    InvalidMessageError,
    MessageRef,
    OutcomeUnknownError,
    ServerError,
)
from postmark_sdk._core.mail.resolve import Search
from postmark_sdk._core.mail.trace import Marks, Trace
from postmark_sdk.models import OutboundMessagePage
from tests.core.wire import MAIL, ROW, Line

if TYPE_CHECKING:
    from collections.abc import Iterator

BOTH = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
FOUND: dict[str, Any] = {
    "TotalCount": 1,
    "Messages": [
        {
            "MessageID": ROW["MessageID"],
            "To": [{"Email": "receiver@example.org", "Name": None}],
            "ReceivedAt": "2026-11-26T12:01:05.1794748-05:00",
        }
    ],
}
NOTHING = {"TotalCount": 0, "Messages": []}


def lost(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("x")


def unknown(act: Any, *, asynchronous: bool = False, answer: Any = lost) -> OutcomeUnknownError:
    with pytest.raises(OutcomeUnknownError) as caught:
        Line(asynchronous=asynchronous, answer=answer).call(act)
    return caught.value


@BOTH
def test_the_error_names_its_messages_and_travels(*, asynchronous: bool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    single = unknown(lambda client: client.emails.send(MAIL, trace="order-7"), asynchronous=asynchronous)
    batch = unknown(lambda client: client.emails.send_batch([MAIL] * 3, trace="order-8"), asynchronous=asynchronous)
    plain = unknown(lambda client: client.emails.send_batch([MAIL] * 2), asynchronous=asynchronous)
    assert single.messages == (MessageRef(0, "order-7", "outbound"),)
    assert [ref.trace for ref in batch.messages] == ["order-8.0", "order-8.1", "order-8.2"]
    assert plain.messages == (MessageRef(0, None), MessageRef(1, None))
    for error in (single, batch, plain):
        travelled = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        assert travelled.messages == error.messages
        assert str(travelled) == str(error)
        assert "@" not in str(error) + repr(error) + repr(error.__dict__)
    assert "@" not in caplog.text


@BOTH
def test_an_answer_that_tells_nothing_is_unknown(*, asynchronous: bool) -> None:
    answers: list[Any] = [{}, {"Message": "OK"}, {"ErrorCode": None}, {"ErrorCode": "?"}, {"ErrorCode": True}]
    for answer in answers:
        error = unknown(
            lambda client: client.emails.send(MAIL),
            asynchronous=asynchronous,
            answer=lambda _, given=answer: httpx.Response(200, json=given),
        )
        assert len(error.messages) == 1
    short = unknown(
        lambda client: client.emails.send_batch([MAIL] * 2), answer=lambda _: httpx.Response(200, json=[ROW])
    )
    assert short.message_ids == (ROW["MessageID"],)
    bulk = [BulkMessage(to="a@b.example")]
    error = unknown(
        lambda client: client.emails.send_bulk(from_="a@b.example", text_body="x", messages=bulk),
        answer=lambda _: httpx.Response(200, json={"Status": "Accepted"}),
    )
    assert len(error.messages) == 1


def test_one_odd_row_hides_no_other() -> None:
    line = Line(answer=lambda _: httpx.Response(200, json=[ROW, None, {"ErrorCode": 300, "Message": "x"}]))
    results = line.call(lambda client: client.emails.send_batch([MAIL] * 3))
    assert [(row.success, row.unknown) for row in results] == [(True, False), (False, True), (False, False)]


def _traced(mark: Any) -> Any:
    return lambda client: client.emails.send(MAIL, trace=mark)


def test_the_mark_takes_one_key_and_is_the_callers_own() -> None:
    line = Line()
    line.call(lambda client: client.emails.send({**MAIL, "metadata": {"a": "b"}}, trace=True))
    line.call(lambda client: client.emails.send_batch([MAIL, MAIL], trace=True))
    line.call(lambda client: client.emails.send(MAIL))
    single, batch, plain = line.bodies
    assert len(single["Metadata"].pop("sdk_trace")) == 32
    assert single["Metadata"] == {"a": "b"}
    marks = [mail["Metadata"]["sdk_trace"] for mail in batch]
    assert marks[0].removesuffix(".0") == marks[1].removesuffix(".1")
    assert "Metadata" not in plain
    full = {str(number): "x" for number in range(10)}
    with pytest.raises(InvalidMessageError, match="trace needs one of the 10"):
        line.call(lambda client: client.emails.send({**MAIL, "metadata": full}, trace=True))
    del full["9"]
    line.call(lambda client: client.emails.send({**MAIL, "metadata": {**full, "SDK_Trace": "own"}}, trace="a"))
    assert line.bodies[-1]["Metadata"] == {**full, "sdk_trace": "a"}, "the mark takes the place of its like"
    line.call(lambda client: client.emails.send({**MAIL, "metadata": zip("a", "b", strict=True)}, trace="a"))
    assert line.bodies[-1]["Metadata"] == {"a": "b", "sdk_trace": "a"}
    for metadata in (5, {1: "x"}, [("a", "b"), 5]):
        mail = {**MAIL, "metadata": metadata}
        with pytest.raises(InvalidMessageError, match="metadata"):
            line.call(lambda client, mail=mail: client.emails.send(mail, trace="a"))  # type: ignore[misc]
    for wrong in ("", "x" * 65, "a\nb", 5):
        with pytest.raises(InvalidMessageError, match="trace"):
            line.call(_traced(wrong))


def test_no_mark_can_be_said_as_none() -> None:
    line = Line()
    line.call(lambda client: client.emails.send(MAIL, trace=None))
    line.call(lambda client: client.emails.send_batch([MAIL], trace=None))
    line.call(lambda client: client.emails.send_many([MAIL], trace=None))
    single, batch, many = line.bodies
    assert "Metadata" not in {*single, *batch[0], *many[0]}


def test_every_entry_of_a_bulk_request_carries_the_mark() -> None:
    line = Line()
    entries = [BulkMessage(to="a@b.example"), BulkMessage(to="a@b.example", metadata={"a": "b"})]
    line.call(
        lambda client: client.emails.send_bulk(from_="a@b.example", text_body="x", messages=entries, trace="spring")
    )
    body = line.bodies[0]
    assert body["Metadata"] == {"sdk_trace": "spring"}
    assert [entry.get("Metadata") for entry in body["Messages"]] == [None, {"a": "b", "sdk_trace": "spring"}]
    assert entries[1].metadata == {"a": "b"}
    dicts: Any = ({"to": "a@b.example", "metadata": {"a": "b"}} for _ in range(2))
    line.call(
        lambda client: client.emails.send_bulk(BulkEmail(from_="a@b.example", text_body="x", messages=dicts), trace="b")
    )
    assert [entry["Metadata"] for entry in line.bodies[-1]["Messages"]] == [{"a": "b", "sdk_trace": "b"}] * 2


class Searching:
    """Answers searches one after the other, and keeps what was searched for."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.queries: list[dict[str, str]] = []
        self.pauses: list[float] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.method == "GET"
        if request.url.path == "/message-streams":
            return httpx.Response(200, json={"MessageStreams": [{"ID": "outbound"}, {"ID": "news"}], "TotalCount": 2})
        query = dict(request.url.params)
        self.queries.append(query)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is FOUND:
            marked = {**FOUND["Messages"][0], "Metadata": {"sdk_trace": query["metadata_sdk_trace"]}}
            answer = {**FOUND, "Messages": [marked]}
        return httpx.Response(200, json=answer)

    def resolve(self, subject: Any, *, asynchronous: bool, **options: Any) -> Any:
        async def pause(seconds: float) -> None:
            self.pauses.append(seconds)

        def act(client: Any) -> Any:
            client._link.core().sleep = pause if asynchronous else self.pauses.append
            return client.emails.resolve(subject, **options)

        return Line(asynchronous=asynchronous, answer=self.answer).call(act)


def alone(number: int) -> OutcomeUnknownError:
    """An error about messages that had no room for a mark to share."""
    full = {str(key): "x" for key in range(9)}
    mails = [{**MAIL, "metadata": full}] * number
    return unknown(lambda client: client.emails.send_batch(mails, trace="order-8"))


@pytest.mark.parametrize(("seconds", "begins"), [(1.0, [0]), (4.0, [0, 1.6, 3.4]), (5.0, [0, 1.6, 4.2])])
def test_the_last_look_is_for_all_messages_and_begins_in_time(seconds: float, begins: list[float]) -> None:
    now = 0.0
    looks: list[tuple[float, list[str]]] = []
    search = Search(alone(3), seconds, lambda: now)
    pause: float | None = 0.0
    while pause is not None:
        now += pause
        looks.append((now, []))
        for look in search.looks():
            looks[-1][1].append(look.query["metadata"]["sdk_trace"])
            now += 0.2
        pause = search.pause()
    assert [marks for _, marks in looks] == [["order-8.0", "order-8.1", "order-8.2"]] * len(looks)
    assert [begun for begun, _ in looks] == pytest.approx(begins)


@BOTH
def test_a_marked_message_is_found(*, asynchronous: bool) -> None:
    error = unknown(lambda client: client.emails.send(MAIL, trace="order-7"))
    search = Searching(NOTHING, NOTHING, FOUND)
    resolution = search.resolve(error, asynchronous=asynchronous)
    assert (resolution.state, resolution.accepted) == ("accepted", True)
    assert resolution.result.success
    assert resolution.result.message_id == ROW["MessageID"]
    assert search.queries[0]["metadata_sdk_trace"] == "order-7"
    assert search.pauses == [1.0, 2.0]


@BOTH
def test_what_is_not_found_in_time_is_not_found_yet(*, asynchronous: bool) -> None:
    search = Searching(FOUND, NOTHING)
    resolution = search.resolve(alone(2), asynchronous=asynchronous, timeout=0)
    assert resolution.state == "not_found_yet"
    assert [result is None for result in resolution.results] == [False, True]
    assert search.pauses == []


@pytest.mark.parametrize(("seconds", "searches"), [(0, 9), (0.5, 1), (3, 3), (8.5, 9)])
def test_no_search_begins_after_the_time(seconds: float, searches: int) -> None:
    now = 0.0
    search = Search(alone(9), seconds, lambda: now)
    for look in search.looks():
        look.take(OutboundMessagePage(items=[], total_count=0))
        now += 1.0
    assert now == searches
    assert (search.pause() is None, search.resolution().state) == (seconds < 9, "not_found_yet")


@BOTH
def test_without_a_mark_nobody_can_tell(*, asynchronous: bool) -> None:
    search = Searching(NOTHING)
    resolution = search.resolve(unknown(lambda client: client.emails.send(MAIL)), asynchronous=asynchronous)
    assert (resolution.state, resolution.result, search.queries) == ("cannot_tell", None, [])


@BOTH
@pytest.mark.parametrize(
    ("record", "state"),
    [
        ({"Metadata": {"SDK_trace": "order-7"}}, "accepted"),
        ({"Metadata": None}, "not_found_yet"),
        ({"Metadata": {"sdk_trace": "order-70"}}, "not_found_yet"),
        ({"Metadata": {"other": "order-7"}}, "not_found_yet"),
        (None, "not_found_yet"),
        (5, "not_found_yet"),
    ],
    ids=str,
)
def test_a_record_that_is_another_mail_is_not_taken_for_it(record: Any, state: str, *, asynchronous: bool) -> None:
    """A server or proxy that does not heed the filter must not make a lost mail look accepted."""
    row = {**FOUND["Messages"][0], **record} if isinstance(record, dict) else record
    line = Line(
        asynchronous=asynchronous, answer=lambda _: httpx.Response(200, json={"TotalCount": 1, "Messages": [row]})
    )
    assert line.call(lambda client: client.emails.resolve("order-7", timeout=0)).state == state


@BOTH
def test_a_mark_alone_is_enough(*, asynchronous: bool) -> None:
    for subject in ("order-7.3", MessageRef(3, "order-7.3")):
        assert Searching(FOUND).resolve(subject, asynchronous=asynchronous).accepted
    for wrong in (5, None):
        with pytest.raises(InvalidMessageError):
            Searching(FOUND).resolve(wrong, asynchronous=asynchronous)
    with pytest.raises(InvalidMessageError, match="seconds"):
        Searching(FOUND).resolve("order-7", asynchronous=asynchronous, timeout=-1)


@BOTH
def test_an_answer_that_nobody_can_read_is_an_event_of_unknown_outcome(*, asynchronous: bool) -> None:
    for act in (lambda client: client.emails.send(MAIL), lambda client: client.emails.send_many([MAIL])):
        events: list[Any] = []
        line = Line(
            asynchronous=asynchronous, answer=lambda _: httpx.Response(200, text="<html>"), on_event=events.append
        )
        with pytest.raises(OutcomeUnknownError):
            line.call(act)
        assert [getattr(event, "outcome", None) for event in events] == [None, "unknown"]
        assert events[-1].error == "OutcomeUnknownError"


class Server:
    """Has one mail with a mark on one of its streams; whether it heeds filters and shows metadata can be said."""

    def __init__(self, stream: str, mark: str, *, heeds: bool = True, shows: str = "search") -> None:
        self.stream = stream
        self.record = {**FOUND["Messages"][0], "Metadata": {"sdk_trace": mark}}
        self.heeds = heeds
        self.shows = shows
        self.paths: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        if request.url.path == "/message-streams":
            assert request.url.params["IncludeArchivedStreams"] == "true"
            kinds = {"outbound": "Transactional", "inbound": "Inbound", "news": "Broadcasts"}
            return httpx.Response(
                200, json={"MessageStreams": [{"ID": name, "MessageStreamType": kind} for name, kind in kinds.items()]}
            )
        bare = {**self.record, "Metadata": {}}
        if request.url.path.endswith("/details"):
            if self.shows == "nowhere yet":
                return httpx.Response(422, json={"ErrorCode": 701, "Message": "Not there."})
            return httpx.Response(200, json=bare if self.shows == "nowhere" else self.record)
        query = request.url.params
        assert query.get("messagestream") != "inbound"
        marked = query["metadata_sdk_trace"] == self.record["Metadata"]["sdk_trace"]
        is_there = query.get("messagestream", "outbound") == self.stream and (marked or not self.heeds)
        rows = [self.record if self.shows == "search" else bare] if is_there else []
        return httpx.Response(200, json={"TotalCount": len(rows), "Messages": rows})

    def resolve(self, subject: Any, *, asynchronous: bool, **options: Any) -> str:
        line = Line(asynchronous=asynchronous, answer=self.answer)
        state: str = line.call(lambda client: client.emails.resolve(subject, timeout=0, **options)).state
        return state


@BOTH
@pytest.mark.parametrize("said", ["call", "default", "extra"])
def test_a_mail_is_looked_for_on_its_own_stream(said: str, *, asynchronous: bool) -> None:
    given: dict[str, dict[str, Any]] = {
        "call": {"message_stream": "news"}, "default": {}, "extra": {"extra": {"MessageStream": "news"}}
    }  # fmt: skip
    options: dict[str, Any] = {"defaults": {"message_stream": "news"}} if said == "default" else {}
    known = None if said == "extra" else "news"
    mail = {**MAIL, **given[said]}
    for act, mark in (
        (lambda client: client.emails.send(mail, trace="a"), "a"),
        (lambda client: client.emails.send_batch([mail], trace="a"), "a.0"),
        (lambda client: client.emails.send_many([mail], trace="a"), "a.0"),
    ):
        with pytest.raises(OutcomeUnknownError) as caught:
            Line(asynchronous=asynchronous, answer=lost, **options).call(act)
        assert caught.value.messages == (MessageRef(0, mark, known, "a:0" if mark == "a.0" else None),)
        server = Server("news", mark)
        assert server.resolve(caught.value, asynchronous=asynchronous) == "accepted"
        assert ("/message-streams" in server.paths) is (known is None)


@BOTH
def test_a_mark_alone_is_looked_for_on_every_stream_that_sends(*, asynchronous: bool) -> None:
    for subject in ("a", MessageRef(0, "a")):
        assert Server("news", "a").resolve(subject, asynchronous=asynchronous) == "accepted"
        assert Server("news", "b").resolve(subject, asynchronous=asynchronous) == "not_found_yet"
    told = Server("news", "a")
    assert told.resolve("a", asynchronous=asynchronous, message_stream="news") == "accepted"
    assert told.resolve("a", asynchronous=asynchronous, message_stream="outbound") == "not_found_yet"
    assert "/message-streams" not in told.paths
    for wrong in ("", " ", 5):
        with pytest.raises(InvalidMessageError, match="message_stream"):
            told.resolve("a", asynchronous=asynchronous, message_stream=wrong)


@BOTH
@pytest.mark.parametrize("heeds", [True, False])
def test_only_the_mark_itself_is_proof(*, heeds: bool, asynchronous: bool) -> None:
    states = {
        (mark, shows): Server("outbound", mark, heeds=heeds, shows=shows).resolve("a", asynchronous=asynchronous)
        for mark in ("a", "b")
        for shows in ("search", "details", "nowhere", "nowhere yet")
    }
    assert {key for key, state in states.items() if state == "accepted"} == {("a", "search"), ("a", "details")}


@BOTH
def test_a_mark_is_for_one_mail_of_a_client(*, asynchronous: bool) -> None:
    """The record of the first would prove the second."""

    def acts(client: Any) -> dict[str, Any]:
        return {
            "a": lambda: client.emails.send(MAIL, trace="a"),
            "a again": lambda: client.with_options(retries=0).emails.send(MAIL, trace="a"),
            "a.0 to a.1": lambda: client.emails.send_batch([MAIL] * 2, trace="a"),
            "a.0": lambda: client.emails.send(MAIL, trace="a.0"),
            "a.0 and so on": lambda: client.emails.send_many([MAIL], trace="a"),
            "b.7": lambda: client.emails.send(MAIL, trace="b.7"),
            "b.0 and so on": lambda: client.emails.send_many([MAIL], trace="b"),
            "a-7": lambda: client.emails.send(MAIL, trace="a-7"),
            "drawn": lambda: client.emails.send(MAIL, trace=True),
            "drawn again": lambda: client.emails.send(MAIL, trace=True),
        }

    async def arun(client: Any) -> None:
        for name, act in acts(client).items():
            with refusing(name):
                await act()

    def run(client: Any) -> None:
        for name, act in acts(client).items():
            with refusing(name):
                act()

    refused: list[str] = []

    @contextlib.contextmanager
    def refusing(name: str) -> Iterator[None]:
        try:
            yield
        except InvalidMessageError as error:
            refused.append(name if "a mark is for one mail" in str(error) else "for another reason")

    line = Line(asynchronous=asynchronous)
    line.call(arun if asynchronous else run)
    assert refused == ["a again", "a.0", "a.0 and so on", "b.0 and so on"]
    assert len(line.requests) == 6


@pytest.mark.parametrize("send", ["send", "send_batch", "send_many"])
@pytest.mark.parametrize(
    ("status", "body", "again"),
    [
        (422, {"ErrorCode": 300, "Message": "No."}, True),
        (429, {"ErrorCode": 429, "Message": "Slow."}, True),
        (500, {"ErrorCode": 500, "Message": "?"}, False),
        (200, {}, False),
    ],
)
def test_a_mark_is_free_again_when_nothing_was_taken(
    send: str, status: int, body: Any, *, again: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    line = Line(answer=lambda _: httpx.Response(status, json=body), retries=0)
    what: Any = MAIL if send == "send" else [MAIL]

    def act(client: Any) -> None:
        for tried in range(2):
            with pytest.raises(Exception, match="a mark is for one mail" if tried and not again else "answer"):
                getattr(client.emails, send)(what, trace="a")

    line.call(act)
    assert len(line.requests) == 1 + again


def test_the_oldest_marks_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Marks, "MOST", 10)
    marks = Marks()
    for number in range(50):
        marks.claim(Trace(f"a{number}"), numbered=False)
    marks.claim(Trace("a0"), numbered=False)
    with pytest.raises(InvalidMessageError):
        marks.claim(Trace("a49"), numbered=False)


def test_no_default_gives_all_mails_one_mark() -> None:
    with pytest.raises(ConfigurationError, match="sdk_trace"):
        Line(defaults={"metadata": {"SDK_Trace": "a"}}).call(lambda client: client)


@BOTH
@pytest.mark.parametrize(
    ("code", "header", "tries"),
    [
        (100, "", 2),
        (None, "100", 2),
        *[(code, "", 1) for code in (100.9, 100.0, 99.9, "100", "100.9", True, [100], 0, 101)],
        *[(code, "100", 1) for code in (100.9, "100", False)],
        *[(None, header, 1) for header in ("100.9", "1e2", "true", "0x64")],
    ],
)
def test_only_code_100_itself_says_that_nothing_was_taken(
    code: Any, header: str, tries: int, *, asynchronous: bool
) -> None:
    body = {"ErrorCode": code, "Message": "?"}
    line = Line(
        asynchronous=asynchronous,
        answer=lambda _: httpx.Response(503, json=body, headers={"X-PM-ApiErrorCode": header, "Retry-After": "0"}),
        retries=1,
    )
    with pytest.raises(ServerError if tries > 1 else OutcomeUnknownError):
        line.call(lambda client: client.emails.send(MAIL))
    assert len(line.requests) == tries
