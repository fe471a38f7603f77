"""Every record exactly once, whatever the sizes, in both worlds."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postmark_sdk import AsyncPostmarkClient, DecodeError, InvalidMessageError, PostmarkClient
from postmark_sdk._generated.operations import OPERATIONS
from tests.core.harness import ACCOUNT_TOKEN, BASE_URL, SERVER_TOKEN
from tests.core.wire import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from postmark_sdk._core.schema.operation import Operation, Pagination

Query = dict[str, str]

CUT = [name for name, each in OPERATIONS.items() if each.pagination and each.pagination.max_page is not None]
BY_OFFSET = [name for name in CUT if (found := OPERATIONS[name].pagination) and found.cursor_parameter is None]
WHOLE = [
    name
    for name, each in OPERATIONS.items()
    if each.pagination and each.pagination.max_page is None and name.rpartition("_")[2] == "list"
]


class Lists:
    """A server with so many records in every list, that answers as Postmark does and remembers what it was asked."""

    def __init__(self, operation: Operation[Any], total: int, *, says: int | None = None) -> None:
        assert operation.pagination is not None
        self.pagination: Pagination = operation.pagination
        self.records = [{"ID": number, "MessageID": f"message-{number}"} for number in range(total)]
        self.says = total if says is None else says
        self.asked: list[Query] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        self.asked.append(query)
        start = self._start(query)
        size = int(query.get(self.pagination.count_parameter, len(self.records) + 1))
        body = {self.pagination.items: self.records[start : start + size]}
        if self.pagination.total:
            body[self.pagination.total] = self.says  # type: ignore[assignment]  # a mapping of many kinds
        if self.pagination.cursor_field and start + size < len(self.records):
            body[self.pagination.cursor_field] = f"key-{start + size}"  # type: ignore[assignment]  # as above
        return httpx.Response(200, content=json.dumps(body).encode())

    def _start(self, query: Query) -> int:
        if self.pagination.cursor_parameter:
            return int(query.get(self.pagination.cursor_parameter, "key-0").removeprefix("key-"))
        return int(query.get(self.pagination.offset_parameter, 0))


def ids(records: list[Any]) -> list[Any]:
    """Lists differ in what they call an id, so look at what came over the wire."""
    return [
        next(iter(value for value in (getattr(r, "id", None), r.extra.get("ID")) if value is not None)) for r in records
    ]


def method(client: Any, operation: Operation[Any], *path: Any) -> Callable[..., Any]:
    tag, name = operation.label.split(".")
    found = getattr(getattr(client, tag), "iterate" + name.removeprefix("list"))
    return lambda **given: found(*path, **given)


def options() -> dict[str, Any]:
    return {"server_token": SERVER_TOKEN, "account_token": ACCOUNT_TOKEN, "base_url": BASE_URL}


def arguments(operation: Operation[Any]) -> list[Any]:
    return ["x"] if "{" in operation.path else []


def collect(operation: Operation[Any], server: Lists, **given: Any) -> list[Any]:
    with (
        httpx.Client(transport=httpx.MockTransport(server)) as http,
        PostmarkClient(**options(), http_client=http) as client,
    ):
        return list(method(client, operation, *arguments(operation))(**given))


def collect_async(operation: Operation[Any], server: Lists, **given: Any) -> list[Any]:
    async def call() -> list[Any]:
        async with (
            httpx.AsyncClient(transport=httpx.MockTransport(server)) as http,
            AsyncPostmarkClient(**options(), http_client=http) as client,
        ):
            return [item async for item in method(client, operation, *arguments(operation))(**given)]

    return asyncio.run(call())


def both(operation: Operation[Any], total: int, **given: Any) -> tuple[list[Any], list[Query]]:
    """The ids and the queries; both worlds must agree."""
    servers = [Lists(operation, total), Lists(operation, total)]
    one, other = collect(operation, servers[0], **given), collect_async(operation, servers[1], **given)
    assert one == other
    assert servers[0].asked == servers[1].asked
    return ids(one), servers[0].asked


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", CUT)
@given(total=st.integers(0, 40), page_size=st.integers(1, 20) | st.none(), limit=st.integers(0, 50) | st.none())
def test_every_record_comes_exactly_once_and_in_order(
    name: str, total: int, page_size: int | None, limit: int | None
) -> None:
    found, asked = both(OPERATIONS[name], total, page_size=page_size, limit=limit)
    assert found == list(range(total if limit is None else min(total, limit)))
    if page_size is not None:
        assert len(asked) <= len(found) // page_size + 1
    pagination = OPERATIONS[name].pagination
    assert pagination is not None
    assert all(1 <= int(query[pagination.count_parameter]) <= 500 for query in asked)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", WHOLE)
def test_lists_that_come_whole_are_asked_for_once(name: str) -> None:
    found, asked = both(OPERATIONS[name], 3)
    assert found == [0, 1, 2]
    assert len(asked) == 1
    assert not {"count", "offset", "Count", "Offset"} & set(asked[0])
    assert both(OPERATIONS[name], 3, limit=2)[0] == [0, 1]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", CUT)
def test_without_a_page_size_the_largest_pages_are_asked_for(name: str) -> None:
    pagination = OPERATIONS[name].pagination
    assert pagination is not None
    asked = both(OPERATIONS[name], 1200)[1]
    assert [query[pagination.count_parameter] for query in asked] == ["500"] * 3
    assert both(OPERATIONS[name], 1200, limit=7)[1][0][pagination.count_parameter] == "7"


def test_a_limit_of_zero_asks_for_nothing() -> None:
    assert both(OPERATIONS["bounces_list"], 5, limit=0) == ([], [])


def test_pages_are_asked_for_only_when_their_records_are() -> None:
    operation = OPERATIONS["bounces_list"]
    server = Lists(operation, 10)
    with httpx.Client(transport=httpx.MockTransport(server)) as http:
        iterator = PostmarkClient(**options(), http_client=http).bounces.iterate(page_size=2)
        assert server.asked == []
        next(iterator)
        next(iterator)
        assert len(server.asked) == 1
        next(iterator)
        assert len(server.asked) == 2


@pytest.mark.parametrize("says", [-1, 0, 3])
def test_a_wrong_total_neither_loses_records_of_a_page_nor_loops(says: int) -> None:
    operation = OPERATIONS["servers_list"]
    server = Lists(operation, 5, says=says)
    found = ids(collect(operation, server, page_size=5))
    assert found == [0, 1, 2, 3, 4]
    assert len(server.asked) <= 2


def test_after_a_full_page_none_at_all_is_an_error_while_more_are_promised() -> None:
    operation = OPERATIONS["servers_list"]
    server = Lists(operation, 5, says=10**9)
    with pytest.raises(DecodeError, match="a page without records at offset 5, where 1000000000 match") as caught:
        collect(operation, server, page_size=5)
    assert len(server.asked) == 2
    with PostmarkClient(**options(), http_client=httpx.Client(transport=httpx.MockTransport(server))) as client:
        assert list(client.servers.iterate(resume=caught.value.resume)) == []
    assert ids(collect(operation, Lists(operation, 5, says=10**9), page_size=4)) == [0, 1, 2, 3, 4]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("key", [None, 0, "gone"])
@pytest.mark.parametrize("name", [name for name in CUT if getattr(OPERATIONS[name].pagination, "key", None)])
def test_records_that_cannot_be_told_apart_are_not_lost(name: str, key: Any) -> None:
    server = Lists(OPERATIONS[name], 12)
    for record in server.records:
        record.update(ID=key, MessageID=key)
        if key == "gone":
            record.clear()
    assert len(collect(OPERATIONS[name], server, page_size=5)) == 12
    assert len(server.asked) == 3


class Vanishing(Lists):
    """Records go away between one page and the next, as if each were deleted while it is read."""

    def __init__(self, operation: Operation[Any], total: int, *gone: Iterable[int]) -> None:
        super().__init__(operation, total)
        self._gone = list(gone)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.asked and self._gone:
            gone = {*self._gone.pop(0)}
            self.records = [record for record in self.records if record["ID"] not in gone]
        self.says = len(self.records)
        return super().__call__(request)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", BY_OFFSET)
@pytest.mark.parametrize(
    "gone",
    [[range(6), range(6, 11)], [range(6), (), range(6, 11)], [[1]], [[2, 8]], [[12]], [[], range(11)], [[], [], [4]]],
    ids=range(7),
)
@pytest.mark.parametrize("prefetch", [0, 2])
def test_records_that_disappear_take_no_others_with_them(name: str, gone: list[Any], prefetch: int) -> None:
    operation = OPERATIONS[name]
    for read in (collect, collect_async):
        server = Vanishing(operation, 12, *gone)
        for record in server.records:
            record.update(dict.fromkeys(server.pagination.key, record["ID"]))
        found = [
            next(value for value in (getattr(each, "id", None), each.extra.get("ID")) if value is not None)
            for each in read(operation, server, page_size=5, prefetch=prefetch)
        ]
        assert len({*found}) == len(found)
        assert {*found} >= {record["ID"] for record in server.records}, "what is still there was read"


def test_totals_that_go_up_and_down_end_in_an_error_to_go_on_from() -> None:
    operation = OPERATIONS["servers_list"]

    class Wavering(Lists):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            self.says = 12 - 5 * (len(self.asked) % 2)
            return super().__call__(request)

    server = Wavering(operation, 12)
    with pytest.raises(DecodeError, match="disappear faster") as caught:
        collect(operation, server, page_size=5)
    assert len(server.asked) < 20
    assert caught.value.resume is not None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", [name for name in CUT if getattr(OPERATIONS[name].pagination, "key", None)])
def test_a_server_that_ignores_the_offset_is_not_asked_forever(name: str) -> None:
    server = Lists(OPERATIONS[name], 100)
    for record in server.records:
        record.update(ID=1, MessageID="always the same")
    with contextlib.suppress(InvalidMessageError):
        collect(OPERATIONS[name], server, page_size=5)
    assert len(server.asked) < 200


def test_filters_go_with_every_page() -> None:
    asked = both(OPERATIONS["bounces_list"], 5, page_size=2, tag="welcome", inactive=True)[1]
    assert len(asked) == 3
    assert all(query["tag"] == "welcome" and query["inactive"] == "true" for query in asked)


@pytest.mark.parametrize("given", [{"limit": -1}, {"limit": True}, {"limit": "5"}, {"limit": 1.5}])
def test_a_limit_is_a_whole_number(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidMessageError) as caught:
        collect(OPERATIONS["bounces_list"], Lists(OPERATIONS["bounces_list"], 1), **given)
    assert caught.value.problems[0].field == "limit"


@pytest.mark.parametrize("page_size", [0, 501, -1, True, "5"])
def test_a_page_size_is_1_to_500(page_size: Any) -> None:
    with pytest.raises(InvalidMessageError) as caught:
        collect(OPERATIONS["bounces_list"], Lists(OPERATIONS["bounces_list"], 1), page_size=page_size)
    assert caught.value.problems[0].field == "page_size"


def test_a_page_is_a_list_of_its_own_records() -> None:
    server = Lists(OPERATIONS["bounces_list"], 30)
    with httpx.Client(transport=httpx.MockTransport(server)) as http:
        page = PostmarkClient(**options(), http_client=http).bounces.list(count=10, offset=5)
    assert len(page) == len(page.items) == 10
    assert page.total_count == 30
    assert [bounce.id for bounce in page] == list(range(5, 15))
    assert page
    assert server.asked == [{"count": "10", "offset": "5"}]


def test_an_empty_page_is_still_an_answer() -> None:
    server = Lists(OPERATIONS["webhooks_list"], 0)
    with httpx.Client(transport=httpx.MockTransport(server)) as http:
        page = PostmarkClient(**options(), http_client=http).webhooks.list()
    assert (len(page), page.total_count, bool(page)) == (0, 0, True)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("name", [*CUT, *WHOLE])
def test_a_page_is_indexed_and_says_whether_there_is_more(name: str, *, asynchronous: bool) -> None:
    operation = OPERATIONS[name]
    tag, _, call = operation.label.partition(".")

    def page(**given: Any) -> Any:
        line = Line(asynchronous=asynchronous, answer=Lists(operation, 5), account_token=ACCOUNT_TOKEN)
        return line.call(lambda client: getattr(getattr(client, tag), call)(*arguments(operation), **given))

    if name in WHOLE:
        assert (page().offset, page().has_more) == (0, False)
        return
    first = page(count=2)
    assert (len(first), first.offset, first.has_more) == (2, 0, True)
    assert ids([first[0], first[-1], *first[1:]]) == [0, 1, 1]
    assert not page(count=5).has_more
    if name in BY_OFFSET:
        assert (page(count=2, offset=2).offset, page(count=2, offset=2).has_more) == (2, True)
        assert not page(count=2, offset=3).has_more
