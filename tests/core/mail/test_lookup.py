"""Messages that share a mark are found with one search, and nothing but a message's own mark is proof."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postmark_sdk import MessageRef, OutcomeUnknownError, SendReport
from postmark_sdk._core.mail.lookup import Lookup
from postmark_sdk._core.mail.resolve import Search
from postmark_sdk._core.mail.trace import Trace
from postmark_sdk._generated.models.outbound_message_page import load_outbound_message_page
from tests.core.wire import MAIL, Line, answer_to

if TYPE_CHECKING:
    from postmark_sdk.models import OutboundMessagePage

BOTH = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
STREAMS = ["outbound", "news"]


def lost(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("x")


class Server:
    """Takes mails, loses the answer, and finds them again; what it shows and heeds can be said."""

    def __init__(self, *, takes: Any = lambda _: True, shows: Any = lambda _: True, heeds: bool = True) -> None:
        self.takes = takes
        """Whether a mail arrives, by its own mark."""
        self.shows = shows
        """Whether a search shows the metadata of a mail, by its own mark."""
        self.heeds = heeds
        self.records: list[dict[str, Any]] = []
        self.searches: list[tuple[str, str, int, int]] = []
        """Stream, filter, count and offset of each."""
        self.details = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            body = json.loads(request.content)
            for mail in body.get("Messages", body) if isinstance(body, dict) else body:
                if self.takes(mail["Metadata"]["sdk_trace"]):
                    self.take(mail["Metadata"], mail.get("MessageStream", "outbound"))
            lost(request)
        if request.url.path == "/message-streams":
            return httpx.Response(200, json={"MessageStreams": [{"ID": stream} for stream in STREAMS]})
        if request.url.path.endswith("/details"):
            self.details += 1
            return httpx.Response(200, json=self.records[int(request.url.path.split("/")[-2])])
        return httpx.Response(200, json=self._page(dict(request.url.params)))

    def take(self, metadata: dict[str, str], stream: str = "outbound") -> None:
        self.records.append({"MessageID": str(len(self.records)), "Metadata": metadata, "MessageStream": stream})

    def _page(self, query: dict[str, str]) -> dict[str, Any]:
        stream, count, offset = query.get("messagestream", "outbound"), int(query["count"]), int(query["offset"])
        (name,) = (each for each in query if each.startswith("metadata_"))
        self.searches.append((stream, f"{name.removeprefix('metadata_')}={query[name]}", count, offset))
        found = [
            each
            for each in reversed(self.records)
            if each["MessageStream"] == stream
            and (not self.heeds or each["Metadata"].get(name.removeprefix("metadata_")) == query[name])
        ]
        rows = [
            each if self.shows(each["Metadata"]["sdk_trace"]) else {**each, "Metadata": {}}
            for each in found[offset : offset + count]
        ]
        return {"TotalCount": len(found), "Messages": rows}

    def resolved(self, mails: list[Any], *, asynchronous: bool, mark: str = "a") -> Any:
        """What one round finds about mails whose answer was lost."""
        line = Line(asynchronous=asynchronous, answer=self.answer)
        with pytest.raises(OutcomeUnknownError) as caught:
            line.call(lambda client: client.emails.send_batch(mails, trace=mark))
        return line.call(lambda client: client.emails.resolve(caught.value, timeout=0))


def last_digit(mark: str) -> int:
    return int(mark[-1])


@BOTH
def test_one_search_finds_the_messages_of_a_call(*, asynchronous: bool) -> None:
    server = Server(takes=last_digit)
    resolution = server.resolved([MAIL] * 500, asynchronous=asynchronous)
    assert server.searches == [("outbound", "sdk_call=a:0", 500, 0)]
    found = [result is not None for result in resolution.results]
    assert found == [number % 10 != 0 for number in range(500)]
    assert resolution.state == "not_found_yet"
    ids = {each["Metadata"]["sdk_trace"]: each["MessageID"] for each in server.records}
    assert all(
        result is None or result.message_id == ids[f"a.{place}"] for place, result in enumerate(resolution.results)
    )


@BOTH
def test_nothing_found_costs_one_search_a_stream(*, asynchronous: bool) -> None:
    server = Server(takes=lambda _: False)
    mails = [{**MAIL, "message_stream": STREAMS[number % 2]} for number in range(500)]
    assert server.resolved(mails, asynchronous=asynchronous).state == "not_found_yet"
    assert [search[:2] for search in server.searches] == [("outbound", "sdk_call=a:0"), ("news", "sdk_call=a:0")]


@BOTH
def test_streams_that_nobody_knows_are_all_looked_at(*, asynchronous: bool) -> None:
    server = Server()
    mails = [{**MAIL, "extra": {"MessageStream": "news"}}] * 3
    assert server.resolved(mails, asynchronous=asynchronous).accepted
    assert [search[:2] for search in server.searches] == [("outbound", "sdk_call=a:0"), ("news", "sdk_call=a:0")]


@BOTH
def test_one_message_is_looked_for_by_its_own_mark(*, asynchronous: bool) -> None:
    server = Server()
    assert server.resolved([MAIL], asynchronous=asynchronous).accepted
    assert server.searches == [("outbound", "sdk_trace=a.0", 1, 0)]


@BOTH
def test_messages_without_room_are_looked_for_one_by_one(*, asynchronous: bool) -> None:
    server = Server()
    full = {**MAIL, "metadata": {str(key): "x" for key in range(9)}}
    own = {**MAIL, "metadata": {"SDK_Call": "own"}}
    assert server.resolved([MAIL, full, MAIL, own], asynchronous=asynchronous).accepted
    assert [search[1] for search in server.searches] == ["sdk_call=a:0", "sdk_trace=a.1", "sdk_trace=a.3"]
    assert len(server.records[1]["Metadata"]) == 10
    assert server.records[3]["Metadata"] == {"SDK_Call": "own", "sdk_trace": "a.3"}, "the caller's key stays"


@BOTH
@pytest.mark.parametrize(("hidden", "details", "searches"), [("a.3", 1, 1), ("a.", 20, 21)])
def test_hidden_metadata_is_read_in_the_details(
    hidden: str, details: int, searches: int, *, asynchronous: bool
) -> None:
    """Of a page with more such records than messages are looked for, one by one is cheaper."""
    server = Server(shows=lambda mark: not mark.startswith(hidden))
    server.take({"sdk_trace": "a.x", "sdk_call": "a:0"})
    assert server.resolved([MAIL] * 20, asynchronous=asynchronous).accepted
    assert (server.details, len(server.searches)) == (details, searches)


def a_report(server: Server, *, asynchronous: bool, trace: bool | str = "a", lost_from: int = 0) -> SendReport:
    """Of a run whose calls were taken by the server, and answered before that place."""

    def answer(request: httpx.Request) -> httpx.Response:
        mails = json.loads(request.content)
        if int(mails[0]["Subject"]) < lost_from:
            return answer_to(request)
        return server.answer(request) if trace else lost(request)

    mails = ({**MAIL, "subject": str(number)} for number in range(1200))
    report: SendReport = Line(asynchronous=asynchronous, answer=answer).call(
        lambda client: client.emails.send_many(mails, trace=trace, on_unknown="continue")
    )
    return report


@BOTH
def test_a_report_is_resolved_with_a_search_for_each_call(*, asynchronous: bool) -> None:
    server = Server(takes=last_digit)
    report = a_report(server, asynchronous=asynchronous, lost_from=500)
    line = Line(asynchronous=asynchronous, answer=server.answer)
    for each in (report, pickle.loads(pickle.dumps(report))):  # noqa: S301 - our own
        server.searches.clear()
        resolution = line.call(lambda client, given=each: client.emails.resolve(given, timeout=0))  # type: ignore[misc]
        assert server.searches == [("outbound", f"sdk_call=a:{number}", 500, 0) for number in (1, 2)]
        assert [message.index for message in resolution.messages] == [*range(500, 1200)]
        assert [result is not None for result in resolution.results] == [place % 10 != 0 for place in range(700)]
        assert resolution.state == "not_found_yet"


@BOTH
def test_a_report_tells_what_can_be_looked_for(*, asynchronous: bool) -> None:
    line = Line(asynchronous=asynchronous, answer=lost)
    for trace, lost_from, state in ((False, 0, "cannot_tell"), ("a", 1200, "accepted")):
        report = a_report(Server(), asynchronous=asynchronous, trace=trace, lost_from=lost_from)
        assert line.call(lambda client, given=report: client.emails.resolve(given)).state == state  # type: ignore[misc]
    assert line.requests == []


def test_a_report_pickled_before_it_kept_references_still_loads() -> None:
    report = a_report(Server(), asynchronous=False)
    state = report.__getstate__()
    del state["_refs"], state["_errors"]
    old = SendReport.__new__(SendReport)
    old.__setstate__(state)
    assert old.errors == ()
    assert [message.trace for message in Search(old, 0).lookup.messages] == [f"a.{place}" for place in range(1200)]


def refs(number: int) -> list[MessageRef]:
    trace = Trace("a")
    return [MessageRef(place, trace.mark(place), "outbound", trace.shared(place)) for place in range(number)]


def page_of(rows: list[Any]) -> OutboundMessagePage:
    return load_outbound_message_page({"TotalCount": len(rows), "Messages": rows})


def searched(lookup: Lookup, marks: list[str]) -> list[dict[str, Any]]:
    """The queries of a round on a server that has mails with these own marks, and shows them whatever it is asked."""
    queries = []
    for look in lookup.looks():
        queries.append(look.query)
        offset, count = look.query.get("offset", 0), look.query["count"]
        page = page_of([{"Metadata": {"sdk_trace": mark}} for mark in marks[offset : offset + count]])
        page.offset, page.total_count = offset, len(marks)
        assert look.take(page) == []
    return queries


def test_a_search_goes_on_page_after_page_until_all_are_found() -> None:
    lookup = Lookup(refs(500))
    others = [f"b.{number}" for number in range(700)]
    queries = searched(lookup, [*others, *(f"a.{number}" for number in range(500)), *others])
    assert [query["offset"] for query in queries] == [0, 500, 1000]
    assert [*lookup.found] == [*range(500)]
    assert searched(lookup, []) == [], "what was found is not looked for again"


@pytest.mark.parametrize(("number", "pages"), [(3, 3), (500, 20)])
def test_a_server_that_shows_other_mails_is_asked_for_each_message(number: int, pages: int) -> None:
    queries = searched(Lookup(refs(number)), ["b.0"] * 20_000)
    assert [query.get("offset") for query in queries] == [*range(0, 500 * pages, 500), *[None] * number]
    assert [query["metadata"] for query in queries[pages:]] == [{"sdk_trace": f"a.{place}"} for place in range(number)]


def test_messages_of_several_calls_take_a_search_each() -> None:
    queries = searched(Lookup(refs(1200)), [])
    assert [query["metadata"] for query in queries] == [{"sdk_call": f"a:{number}"} for number in range(3)]


def test_odd_records_are_nobodys() -> None:
    lookup = Lookup(refs(2))
    (look, *_) = lookup.looks()
    assert look.take(page_of([None, 5, {}, {"Metadata": []}, {"Metadata": {"sdk_trace": 5}}])) == []
    look.detailed(None)
    assert lookup.found == {}
    assert lookup.missing == [0, 1]


def test_marks_have_room_in_metadata_and_in_a_query() -> None:
    mark = "&=%#+ é/?:" + "x" * 54
    server = Server()
    assert server.resolved([MAIL] * 2, asynchronous=False, mark=mark).accepted
    assert server.records[0]["Metadata"] == {"sdk_trace": f"{mark}.0", "sdk_call": f"{mark}:0"}
    assert len(Trace(mark).shared(10**15)) <= 80


def test_a_bulk_request_has_one_mark_for_all_its_messages() -> None:
    line = Line(answer=lost)
    bulk: Any = {"from_": "a@b.example", "text_body": "x", "messages": [{"to": "a@b.example"}]}
    with pytest.raises(OutcomeUnknownError) as caught:
        line.call(lambda client: client.emails.send_bulk(**bulk, trace="a"))
    assert caught.value.messages == (MessageRef(0, "a"),)
    assert line.bodies[0]["Metadata"] == {"sdk_trace": "a"}


def test_a_reference_pickled_before_there_were_shared_marks_still_loads() -> None:
    old = (
        b"\x80\x02cpostmark_sdk.errors\nMessageRef\nq\x00)\x81q\x01}q\x02(X\x05\x00\x00\x00indexq\x03K\x07X\x05\x00\x00\x00trace"
        b"q\x04X\x03\x00\x00\x00a.7q\x05X\x0e\x00\x00\x00message_streamq\x06X\x04\x00\x00\x00newsq\x07ub."
    )
    ref = pickle.loads(old)  # noqa: S301 - our own
    assert ref == MessageRef(7, "a.7", "news")
    assert [look.query["metadata"] for look in Lookup([ref]).looks()] == [{"sdk_trace": "a.7"}]
