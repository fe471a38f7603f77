"""Lists are read to their end, past what Postmark serves at once: every record once, in the API's order."""

from __future__ import annotations

import asyncio
import datetime as _dt
import email.utils
import gc
import itertools
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postmark_sdk import AsyncPostmarkClient, DecodeError, PostmarkClient, PostmarkError, ServerError
from postmark_sdk._core.paging import iterators as reading
from postmark_sdk._core.paging.windows import WindowExceededError
from tests.core.paging.listing import EASTERN, TICKS, WINDOW, Listing, eastern, spread, ticks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

TOKEN = "server-token-for-tests"

PATHS = {
    "outbound": lambda client: client.outbound.iterate,
    "inbound": lambda client: client.inbound.iterate,
    "opens": lambda client: client.outbound.iterate_opens,
    "clicks": lambda client: client.outbound.iterate_clicks,
    "bounces": lambda client: client.bounces.iterate,
}
WITHOUT_TIME = ["opens", "clicks"]
DATED = [kind for kind in PATHS if kind not in WITHOUT_TIME]


def client_of(listing: Listing, **options: Any) -> PostmarkClient:
    return PostmarkClient(TOKEN, http_client=httpx.Client(transport=httpx.MockTransport(listing)), **options)


def read(listing: Listing, kind: str = "outbound", **given: Any) -> list[str]:
    with client_of(listing) as client:
        return [record.message_id for record in PATHS[kind](client)(**given)]


def newest_first(listing: Listing) -> list[str]:
    """Ids in the order in which a server would list them now."""
    return list(reversed(listing.ids))


def a_dense_second(second: _dt.datetime, number: int, step: int = 900) -> list[int]:
    return [ticks(second) + place * step for place in range(number)]


def without(times: list[int], second: _dt.datetime) -> list[int]:
    return [at for at in times if not ticks(second) - TICKS <= at < ticks(second) + 2 * TICKS]


@pytest.mark.parametrize("options", [{}, {"cuts_fractions": True}, {"fold": 1}, {"total": False}], ids=str)
@pytest.mark.parametrize("kind", DATED)
def test_past_the_window_every_record_comes_once(kind: str, options: dict[str, Any]) -> None:
    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 11_000), **options)
    assert read(listing, kind) == newest_first(listing)
    assert len(listing.requests) <= 22 + 2


def test_a_quarter_million_with_a_dense_second_and_a_clock_change() -> None:
    second = eastern(2026, 11, 3, 12)
    even = without(spread(eastern(2026, 10, 20), eastern(2026, 11, 15), 240_010), second)
    repeated = spread(eastern(2026, 11, 1, 1), eastern(2026, 11, 1, 1, 59, 59), 3_000)
    later = spread(eastern(2026, 11, 1, 1, fold=1), eastern(2026, 11, 1, 1, 59, 59, fold=1), 3_000)
    times = (even + repeated + later)[: 250_000 - 9_999] if len(even) > 240_001 else even
    listing = Listing(times[:240_001] + a_dense_second(second, 9_999))
    found = read(listing)
    assert found == newest_first(listing)
    assert len(set(found)) == len(found) == len(listing.ids)
    assert len(listing.requests) <= 1.1 * len(found) / 500


@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize("cuts_fractions", [False, True])
def test_the_repeated_hour_of_autumn_is_neither_skipped_nor_read_twice(fold: int, cuts_fractions: bool) -> None:  # noqa: FBT001
    times = spread(eastern(2026, 10, 31, 22), eastern(2026, 11, 1, 4), 20_800)
    listing = Listing(times, fold=fold, cuts_fractions=cuts_fractions)
    assert read(listing) == newest_first(listing)


@pytest.mark.parametrize("kind", ["outbound", "inbound"])
def test_of_the_repeated_hour_nothing_is_left_out_by_a_server_that_compares_walls(kind: str) -> None:
    listing = Listing(spread(eastern(2026, 10, 31, 22), eastern(2026, 11, 1, 4), 20_800), walls=True)
    assert read(listing, kind) == newest_first(listing)


@pytest.mark.parametrize("says", [lambda total: total, lambda total: min(total, WINDOW), lambda _: None], ids=range(3))
def test_a_repeated_hour_that_cannot_be_divided_is_named_and_can_be_passed_over(says: Callable[[int], Any]) -> None:
    repeated = spread(eastern(2026, 11, 1, 1), eastern(2026, 11, 1, 1, 59, 59, fold=1), 15_000)
    listing = Listing(spread(eastern(2026, 10, 31), eastern(2026, 11, 1), 500) + repeated, walls=True)
    listing.says = says
    found: list[str] = []
    with client_of(listing) as client:
        records = client.outbound.iterate()
        with pytest.raises(WindowExceededError, match="begins twice at 2026-11-01T01:00:00") as caught:
            found.extend(record.message_id for record in records)
        assert found == newest_first(listing)[: len(found)]
        assert len(found) >= WINDOW
        rest = [record.message_id for record in client.outbound.iterate(resume=caught.value.resume)]
    assert rest == newest_first(listing)[15_000:]


def test_the_missing_hour_of_spring_is_no_gap() -> None:
    listing = Listing(spread(eastern(2026, 3, 7, 23), eastern(2026, 3, 8, 6), 11_000))
    assert read(listing) == newest_first(listing)


@pytest.mark.parametrize("kind", ["outbound", "inbound"])
@pytest.mark.parametrize("rate", [1, 400])
def test_records_that_arrive_meanwhile_neither_repeat_nor_hide_others(kind: str, rate: int) -> None:
    start = eastern(2026, 5, 20)
    clock = itertools.count(ticks(start) + 1)

    def arrive(number: int) -> list[int]:
        return [next(clock) for _ in range(rate)] if 1 < number < 60 else []

    listing = Listing(spread(eastern(2026, 5, 1), start, 12_000), arrive=arrive)
    there_at_first = newest_first(listing)
    found = read(listing, kind)
    assert len(set(found)) == len(found)
    expected = set(there_at_first)
    assert [id_ for id_ in found if id_ in expected] == there_at_first


@pytest.mark.parametrize("number", [WINDOW - 1, WINDOW])
def test_a_second_that_fills_the_window_is_read(number: int) -> None:
    second = eastern(2026, 5, 10, 12)
    even = without(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 6_000), second)
    listing = Listing(even + a_dense_second(second, number))
    assert read(listing) == newest_first(listing)


@pytest.mark.parametrize("says", [str, lambda total: min(total, WINDOW), lambda _: 0, lambda _: -1], ids=range(4))
def test_whatever_the_total_says_every_record_comes_once(says: Callable[[int], Any]) -> None:
    for number in (WINDOW, WINDOW + 1000):
        listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), number))
        listing.says = says
        assert read(listing) == newest_first(listing)
        assert len(listing.requests) <= number / 500 + 2


def test_a_second_that_holds_more_is_named_whatever_the_total_says() -> None:
    second = eastern(2026, 5, 10, 12)
    even = without(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 25_000), second)
    listing = Listing(even + a_dense_second(second, WINDOW + 500))
    listing.says = lambda total: min(total, WINDOW)
    with pytest.raises(WindowExceededError, match="2026-05-10T12:00:0"):
        read(listing)


def test_a_list_that_has_no_time_range_is_read_to_its_limit_where_that_is_all() -> None:
    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), WINDOW), heeds_bound=False)
    assert read(listing, "opens") == newest_first(listing)


@pytest.mark.parametrize("shown", ["0001-01-01T00:00:00", "9999-12-31T23:59:59.9999999-12:00", "no date", None])
@pytest.mark.parametrize("kind", ["outbound", "bounces"])
@pytest.mark.parametrize("odd", [{WINDOW - 1}, set(range(12_000))], ids=["the last of a window", "all"])
def test_records_with_times_that_cannot_be_are_read(
    odd: set[int], kind: str, shown: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 11_000))
    row = listing._row

    def odd_row(path: str, place: int) -> dict[str, Any]:
        changed = {"ReceivedAt": shown, "BouncedAt": shown} if len(listing.ids) - 1 - place in odd else {}
        return {**row(path, place), **changed}

    monkeypatch.setattr(listing, "_row", odd_row)
    assert read(listing, kind) == newest_first(listing)
    assert len(listing.requests) <= 40


@pytest.mark.parametrize("minutes", [0, 5])
@pytest.mark.parametrize("kind", ["outbound", "inbound"])
def test_no_time_before_the_callers_own_range_is_asked_for(kind: str, minutes: int) -> None:
    begin = eastern(2026, 5, 1)
    listing = Listing(spread(begin, begin + _dt.timedelta(minutes=minutes, seconds=2), 12_000))
    listing.strict = True
    assert read(listing, kind, from_date=begin) == newest_first(listing)


@pytest.mark.parametrize(
    "body",
    [{}, {"TotalCount": 3000, "Messages": None}, {"TotalCount": 3000, "Messages": []}, {"ErrorCode": 100}],
    ids=str,
)
def test_a_page_without_records_in_the_middle_is_an_error_to_go_on_from(body: dict[str, Any]) -> None:
    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 3_000))
    listing.fail_at[2] = httpx.Response(200, json=body)
    found = []
    with client_of(listing) as client:
        with pytest.raises(DecodeError, match="without records at offset 500, where 3000 match") as caught:  # noqa: PT012
            for record in client.outbound.iterate():
                found.append(record.message_id)  # noqa: PERF401 - what came before the error is kept
        assert len(found) == 500
        found += [record.message_id for record in client.outbound.iterate(resume=caught.value.resume)]
    assert found == newest_first(listing)


def test_a_second_that_holds_more_is_named_and_can_be_passed_over() -> None:
    second = eastern(2026, 5, 10, 12)
    even = without(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 6_000), second)
    listing = Listing(even + a_dense_second(second, WINDOW + 1))
    expected = newest_first(listing)
    found: list[str] = []
    with client_of(listing) as client:
        with pytest.raises(WindowExceededError, match=r"second 2026-05-10T12:00:00 \(US Eastern time\)") as caught:  # noqa: PT012
            for record in client.outbound.iterate():
                found.append(record.message_id)  # noqa: PERF401 - what came before the error is kept
        rest = [record.message_id for record in client.outbound.iterate(resume=caught.value.resume)]
    assert found == expected[: len(found)]
    newer = sum(at >= ticks(second) for at in listing.times)
    assert len(found) >= newer - 1 - WINDOW
    assert rest == expected[newer:]


@pytest.mark.parametrize("kind", WITHOUT_TIME)
def test_a_list_that_no_time_divides_says_so_and_asks_for_none(kind: str) -> None:
    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 10_500))
    found = []
    with client_of(listing) as client, pytest.raises(WindowExceededError, match="no time range to divide them by"):  # noqa: PT012
        for record in PATHS[kind](client)():
            found.append(record.message_id)  # noqa: PERF401 - what came before the error is kept
    assert found == newest_first(listing)[:WINDOW]
    assert not any("todate" in asked.url.params for asked in listing.requests)


def shifted(hours: int) -> Callable[[int], str]:
    return lambda seconds: email.utils.formatdate(seconds + hours * 3600)


@pytest.mark.parametrize(
    "dated", [shifted(7), shifted(-7), lambda _: "yesterday, I think"], ids=["ahead", "behind", "nonsense"]
)
def test_what_senders_wrote_as_date_of_inbound_mail_is_only_a_hint(dated: Callable[[int], str]) -> None:
    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 20_800), dated=dated)
    assert read(listing, "inbound") == newest_first(listing)


def test_where_no_mail_has_a_readable_date_few_requests_are_spent_on_finding_the_next_window() -> None:
    now = _dt.datetime.now(EASTERN)
    listing = Listing(spread(now - _dt.timedelta(days=20), now, 40_000), dated=lambda _: "yesterday, I think")
    assert read(listing, "inbound") == newest_first(listing)
    assert len(listing.requests) <= 1.1 * 40_000 / 500


def test_a_time_range_of_the_callers_is_kept() -> None:
    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 40_000))
    bounds = eastern(2026, 5, 4), eastern(2026, 5, 12, 6)
    wanted = [
        id_
        for id_, at in zip(listing.ids, listing.times, strict=True)
        if ticks(bounds[0]) <= at < ticks(bounds[1]) + TICKS
    ]
    assert read(listing, from_date=bounds[0], to_date=bounds[1]) == list(reversed(wanted))


@pytest.mark.parametrize("fail_at", [1, 2, 3, 21, 22, 23])
@pytest.mark.parametrize("kind", ["outbound", "inbound"])
def test_an_error_keeps_what_was_read_and_says_where_to_go_on(kind: str, fail_at: int) -> None:
    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 11_600))
    listing.fail_at[fail_at] = httpx.Response(500, json={"ErrorCode": 101, "Message": "fault"})
    found: list[str] = []
    with client_of(listing, retries=0) as client:
        with pytest.raises(ServerError) as caught:  # noqa: PT012
            for record in PATHS[kind](client)():
                found.append(record.message_id)  # noqa: PERF401 - what came before the error is kept
        travelled = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
        assert travelled.resume is not None
        assert "example" not in repr(travelled.resume)
        found += [record.message_id for record in PATHS[kind](client)(resume=travelled.resume)]
    assert found == newest_first(listing)


def test_the_same_iterator_goes_on_after_an_error() -> None:
    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 1_200))
    listing.fail_at[2] = httpx.ReadTimeout("late")
    with client_of(listing, retries=0) as client:
        records = client.outbound.iterate()
        found = [next(records).message_id for _ in range(500)]
        with pytest.raises(PostmarkError):
            next(records)
        found += [record.message_id for record in records]
    assert found == newest_first(listing)


def test_resume_keeps_filters_and_limit_and_refuses_others() -> None:
    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 3_000))
    listing.fail_at[3] = httpx.Response(503, json={"ErrorCode": 100, "Message": "maintenance"})
    found = []
    with client_of(listing, retries=0) as client:
        with pytest.raises(ServerError) as caught:  # noqa: PT012
            for record in client.outbound.iterate(tag="welcome", limit=1_300, page_size=500):
                found.append(record.message_id)  # noqa: PERF401 - what came before the error is kept
        point = caught.value.resume
        found += [record.message_id for record in client.outbound.iterate(resume=point)]
        assert [request.url.params["tag"] for request in listing.requests] == ["welcome"] * len(listing.requests)
        with pytest.raises(PostmarkError, match="other filters"):
            client.outbound.iterate(tag="other", resume=point)
        with pytest.raises(PostmarkError, match=r"belongs to outbound\.list"):
            client.bounces.iterate(resume=point)
    assert found == newest_first(listing)[:1_300]


@pytest.mark.parametrize("prefetch", [0, 4])
@pytest.mark.parametrize("limit", [None, 0, 1, 501, 1_700])
def test_prefetching_changes_neither_order_nor_number(prefetch: int, limit: int | None) -> None:
    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 11_000))
    assert read(listing, prefetch=prefetch, limit=limit) == newest_first(listing)[:limit]
    assert len(listing.requests) <= -(-min(11_000, 11_000 if limit is None else limit) // 500) + 1


async def collect(listing: Listing, **given: Any) -> list[str]:
    http = httpx.AsyncClient(transport=httpx.MockTransport(listing))
    async with http, AsyncPostmarkClient(TOKEN, http_client=http) as client:
        return [record.message_id async for record in client.outbound.iterate(**given)]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("prefetch", [0, 1, 4])
def test_the_async_client_reads_the_same(backend: str, prefetch: int) -> None:
    import anyio

    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 11_000))

    async def main() -> list[str]:
        return await collect(listing, prefetch=prefetch)

    assert anyio.run(main, backend=backend) == newest_first(listing)


def test_the_first_record_takes_one_request_and_no_more_pages_than_asked_for_are_read_ahead() -> None:
    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 9_000))
    with client_of(listing) as client:
        records = client.outbound.iterate()
        assert not listing.requests
        next(records)
        assert len(listing.requests) == 1

    async def main() -> None:
        ahead = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 9_000))
        http = httpx.AsyncClient(transport=httpx.MockTransport(ahead))
        async with http, AsyncPostmarkClient(TOKEN, http_client=http) as client:
            records = client.outbound.iterate(prefetch=3)
            await anext(records)
            assert len(ahead.requests) == 1
            for _ in range(1000):
                await asyncio.sleep(0)
            assert len(ahead.requests) == 1 + 3
            del records
            await asyncio.sleep(0)
            assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def test_an_error_ahead_is_raised_in_its_place() -> None:
    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 3_000))
    listing.fail_at[4] = httpx.Response(500, json={"ErrorCode": 101, "Message": "fault"})

    async def main() -> Iterator[str]:
        http = httpx.AsyncClient(transport=httpx.MockTransport(listing))
        found = []
        async with http, AsyncPostmarkClient(TOKEN, http_client=http, retries=0) as client:
            with pytest.raises(ServerError) as caught:  # noqa: PT012
                async for record in client.outbound.iterate(prefetch=4):
                    found.append(record.message_id)  # noqa: PERF401 - what came before the error is kept
            assert len(found) >= 500
            found += [record.message_id async for record in client.outbound.iterate(resume=caught.value.resume)]
        return iter(found)

    assert list(asyncio.run(main())) == newest_first(listing)


def test_an_iterator_outlives_a_loop_that_was_closed_by_hand() -> None:
    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 3_000))
    slow = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        if len(listing.requests) == 1:  # pages ahead are still under way when the loop closes
            await slow.wait()
        return listing(request)

    async def rest() -> list[str]:
        return [record.message_id async for record in records]

    client = AsyncPostmarkClient(TOKEN, http_client=httpx.AsyncClient(transport=httpx.MockTransport(answer)), retries=0)
    records = client.outbound.iterate(prefetch=3)
    loop = asyncio.new_event_loop()
    first = loop.run_until_complete(anext(records))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    slow = asyncio.Event()
    slow.set()
    listing.fail_at[2] = httpx.Response(500, json={"ErrorCode": 101, "Message": "fault"})
    with pytest.raises(ServerError) as caught:
        asyncio.run(rest())
    assert caught.value.resume is not None
    assert [first.message_id, *asyncio.run(rest())] == [*newest_first(listing)[:1], *newest_first(listing)[500:]]
    gc.collect()  # what the closed loop left under way is complained about here, and not in another test


@pytest.mark.parametrize("line", [1, 2, 3, 5, 8])
def test_an_iterator_may_be_collected_at_any_point_of_a_pause_before_another_try(line: int) -> None:
    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 9_000))
    listing.fail_at[2] = httpx.Response(429, json={"ErrorCode": 429}, headers={"Retry-After": "30"})
    paused, abandoned = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []
    lines = itertools.count(1)

    def trace(frame: FrameType, _event: str, _argument: object) -> Any:
        if frame.f_code is reading._Ahead._sleep.__code__:
            threads.append(threading.current_thread())
            paused.set()
            abandoned.wait(60)
        return collect if threads else None

    def collect(_: FrameType, event: str, __: object) -> Any:
        if event == "line" and next(lines) == line:
            gc.collect()
        return collect

    before = threading.gettrace()
    threading.settrace(trace)
    try:
        with client_of(listing) as client:
            records = client.outbound.iterate(prefetch=1)
            next(records)
            assert paused.wait(60)
            circle: list[Any] = [records]
            circle.append(circle)
            del records, circle
            abandoned.set()
            threads[0].join(0.2)
            gc.collect()  # if the thread sleeps before it comes to that line
            threads[0].join(60)
    finally:
        threading.settrace(before)
    assert not threads[0].is_alive()
    assert len(listing.requests) == 2


def test_an_iterator_that_two_threads_share_says_so_and_loses_nothing() -> None:
    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 2_000))
    entered, go_on = threading.Event(), threading.Event()

    def slow(request: httpx.Request) -> httpx.Response:
        entered.set()
        assert go_on.wait(60)
        return listing(request)

    http = httpx.Client(transport=httpx.MockTransport(slow))
    with http, PostmarkClient(TOKEN, http_client=http) as client, ThreadPoolExecutor(1) as other:
        records = client.outbound.iterate()
        found = other.submit(lambda: [record.message_id for record in records])
        assert entered.wait(60)
        with pytest.raises(RuntimeError, match="give each one of its own"):
            next(records)
        go_on.set()
        assert found.result(60) == newest_first(listing)


def test_an_iterator_that_two_tasks_share_says_so_and_loses_nothing() -> None:
    listing = Listing(spread(eastern(2026, 5, 1), eastern(2026, 5, 20), 2_000))

    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.001)
        return listing(request)

    async def main() -> list[str]:
        http = httpx.AsyncClient(transport=httpx.MockTransport(slow))
        async with http, AsyncPostmarkClient(TOKEN, http_client=http) as client:
            records = client.outbound.iterate(prefetch=2)
            first = asyncio.ensure_future(anext(records))
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="give each one of its own"):
                await anext(records)
            return [(await first).message_id, *[record.message_id async for record in records]]

    assert asyncio.run(main()) == newest_first(listing)
