"""One client in many places: processes, threads, event loops, notebooks; and what is left when it goes."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import gc
import logging
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import warnings
import weakref
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from benchmarks.iteration import serving
from postmark_sdk import AsyncPostmarkClient, ConfigurationError, OutcomeUnknownError, PostmarkClient, errors
from postmark_sdk._core.call import hints
from tests.core.echo import Echo, echo, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "server-token-for-tests"

TRIO = pytest.param("trio", marks=pytest.mark.not_over_aiohttp(reason="aiohttp runs on asyncio alone"))
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


@pytest.fixture(name="server")
def _server() -> Iterator[Echo]:
    with echo() as server:
        yield server


def mismatches(client: PostmarkClient, mark: str, number: int) -> int:
    wanted = [f"{mark}-{index}" for index in range(number)]
    return sum(client.emails.send(**message(each)).message_id != each for each in wanted)


def in_child(work: Callable[[], int]) -> int:
    """Run it in a forked child, which ends without cleaning up what is the parent's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork with threads, from Python 3.12: that is the point
        child = os.fork()
    if child == 0:
        try:
            os._exit(min(work(), 100))
        except BaseException:  # noqa: BLE001 - a child must never come back into the test run
            os._exit(101)
    return child


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_cookies_are_not_kept(server: Echo) -> None:
    async def main() -> None:
        async with AsyncPostmarkClient(TOKEN, base_url=server.url) as client:
            for mark in ("one", "two"):
                await client.emails.send(**message(mark))

    with PostmarkClient(TOKEN, base_url=server.url) as client:
        for mark in ("one", "two"):
            client.emails.send(**message(mark))
    asyncio.run(main())
    assert server.cookies == [None] * 4


@forks
def test_a_client_used_before_fork_works_in_every_child_and_in_the_parent(server: Echo) -> None:
    with PostmarkClient(TOKEN, base_url=server.url) as client:
        assert mismatches(client, "before", 3) == 0
        children = [in_child(partial(mismatches, client, f"child{n}", 200)) for n in range(8)]
        assert mismatches(client, "parent", 200) == 0
        assert [ended(child) for child in children] == [0] * 8
        assert mismatches(client, "after", 3) == 0


@forks
def test_a_fork_while_another_thread_sends_hurts_neither_side() -> None:
    with echo(delay=0.05) as server, PostmarkClient(TOKEN, base_url=server.url) as client:
        assert mismatches(client, "before", 1) == 0  # a fork in the middle of an import is deadly to any child
        with ThreadPoolExecutor(4) as threads:
            server.arrived.clear()
            busy = [threads.submit(mismatches, client, f"thread{n}", 5) for n in range(4)]
            assert server.arrived.wait(60)
            children = [in_child(partial(mismatches, client, f"fork{n}", 5)) for n in range(3)]
            assert [ended(child) for child in children] == [0] * 3
            assert [each.result() for each in busy] == [0] * 4


@forks
def test_an_http_client_of_the_callers_is_refused_in_a_forked_child(server: Echo) -> None:
    def refused() -> int:
        with contextlib.suppress(ConfigurationError):
            client.emails.send(**message("child"))
            return 1
        return 0

    with httpx.Client() as http, PostmarkClient(TOKEN, base_url=server.url, http_client=http) as client:
        client.emails.send(**message("parent"))
        assert ended(in_child(refused)) == 0
        assert mismatches(client, "parent", 2) == 0


def send_in_worker(url: str) -> str:
    with PostmarkClient(TOKEN, base_url=url) as client:
        client.request("POST", "/nothing", json={"To": "a@example.com", "Subject": "x"}, idempotent=False)
        client.emails.send(to=[f"{n}@example.com" for n in range(51)], from_="a@example.com", text_body="x")
    return "never"


def test_an_error_of_a_worker_process_arrives_whole(server: Echo) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as workers:  # noqa: SIM117
        with pytest.raises(errors.InvalidMessageError) as caught:
            workers.submit(send_in_worker, server.url).result(60)
    assert caught.value.operation == "emails.send"
    assert any("50" in problem.message for problem in caught.value.problems)


@pytest.mark.parametrize("make", [PostmarkClient, AsyncPostmarkClient])
@pytest.mark.parametrize("travel", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_client_refuses_to_travel_with_a_sentence(make: Callable[[str], Any], travel: Callable[[Any], Any]) -> None:
    with pytest.raises(ConfigurationError, match="make one in each process"):
        travel(make(TOKEN))
    with pytest.raises(ConfigurationError, match="make one in each process"):
        pickle.dumps(make(TOKEN).emails)


@pytest.mark.usefixtures("_kept_open")
def test_64_threads_share_a_client_and_its_copies(server: Echo) -> None:
    with PostmarkClient(TOKEN, base_url=server.url) as client, ThreadPoolExecutor(64) as threads:
        copies = [client, client.with_options(retries=0), client.with_options(timeout=20)]
        results = [threads.submit(mismatches, copies[n % 3], f"t{n}", 5) for n in range(64)]
        assert sum(result.result() for result in results) == 0
        assert server.connections <= 64


def test_closing_lets_calls_under_way_finish_and_refuses_later_ones() -> None:
    with echo(delay=0.3) as server:
        client = PostmarkClient(TOKEN, base_url=server.url)
        with ThreadPoolExecutor(4) as threads:
            busy = [threads.submit(mismatches, client, f"t{n}", 1) for n in range(4)]
            assert server.arrived.wait(60)
            client.close()
            with pytest.raises(ConfigurationError, match="closed"):
                client.emails.send(**message("late"))
            outcomes = [each.exception() for each in busy]
        assert all(each is None or isinstance(each, ConfigurationError) for each in outcomes)
        assert None in outcomes


def test_one_async_client_serves_several_loops_in_turn(server: Echo) -> None:
    client = AsyncPostmarkClient(TOKEN, base_url=server.url)

    async def main(mark: str) -> list[str | None]:
        results = await asyncio.gather(*(client.emails.send(**message(f"{mark}-{n}")) for n in range(5)))
        return [result.message_id for result in results]

    for turn in range(3):
        assert asyncio.run(main(f"turn{turn}")) == [f"turn{turn}-{n}" for n in range(5)]
    assert not client._link._shared.made._own
    asyncio.run(client.aclose())


@pytest.mark.parametrize("backend", ["asyncio", TRIO, "uvloop"])
def test_an_unclosed_async_client_leaves_nothing_open_when_its_loop_ends(server: Echo, backend: str) -> None:
    options: dict[str, Any] = {"backend": backend}
    if backend == "uvloop":
        pytest.importorskip("uvloop")
        options = {"backend": "asyncio", "backend_options": {"use_uvloop": True}}
    client = AsyncPostmarkClient(TOKEN, base_url=server.url)

    async def send(mark: str) -> None:
        assert (await client.emails.send(**message(mark))).message_id == mark  # noqa: F821

    async def main() -> None:
        async with anyio.create_task_group() as calls:
            for mark in ("one", "two", "three"):
                calls.start_soon(send, mark)

    anyio.run(main, **options)
    anyio.run(main, **options)
    del client
    gc.collect()  # warnings are errors here, so an open socket would be one


def test_one_async_client_serves_loops_in_several_threads(server: Echo) -> None:
    client = AsyncPostmarkClient(TOKEN, base_url=server.url)

    async def main(mark: str) -> int:
        results = [await client.emails.send(**message(f"{mark}-{n}")) for n in range(10)]
        return sum(result.message_id != f"{mark}-{n}" for n, result in enumerate(results))

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(lambda n: asyncio.run(main(f"t{n}")), range(8))) == 0
    asyncio.run(client.aclose())


@pytest.mark.parametrize("backend", ["asyncio", TRIO])
def test_closing_elsewhere_closes_the_connections_of_a_loop_that_goes_on(server: Echo, backend: str) -> None:
    client = AsyncPostmarkClient(TOKEN, base_url=server.url)
    used, closed = threading.Event(), threading.Event()

    async def main() -> bool:
        await client.emails.send(**message("one"))
        (own,) = client._link._shared.made._own.values()
        connections = own.connections
        del own
        used.set()
        assert await anyio.to_thread.run_sync(closed.wait, 60)
        with anyio.move_on_after(60):
            while connections._idle:  # noqa: ASYNC110 - it says so to nobody
                await anyio.sleep(0.001)
        return not connections._idle

    with warnings.catch_warnings(record=True) as caught, ThreadPoolExecutor(1) as threads:
        warnings.simplefilter("always")
        other = threads.submit(lambda: anyio.run(main, backend=backend))
        assert used.wait(60)
        asyncio.run(client.aclose())
        gc.collect()
        closed.set()
        assert other.result(60)
    assert [str(each.message) for each in caught if each.category is ResourceWarning] == []


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_closing_elsewhere_leaves_nothing_open_of_a_loop_that_is_about_to_end(
    server: Echo, loop: str, turns: int
) -> None:
    run: Any = asyncio.run if loop == "asyncio" else pytest.importorskip("uvloop").run
    client = AsyncPostmarkClient(TOKEN, base_url=server.url)

    async def main() -> None:
        await asyncio.gather(*(client.emails.send(**message(mark)) for mark in ("one", "two", "three")))
        other = threading.Thread(target=lambda: asyncio.run(client.aclose()))
        other.start()
        other.join()  # nothing happens in this loop meanwhile, and next to nothing after that
        for _ in range(turns):
            await asyncio.sleep(0)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run(main())
        gc.collect()
    assert server.connections == 3
    assert [str(each.message) for each in caught] == []


@pytest.mark.not_over_aiohttp(reason="aiohttp runs on asyncio alone")
def test_closing_knows_of_loops_that_are_over(server: Echo) -> None:
    trio = pytest.importorskip("trio")
    client = AsyncPostmarkClient(TOKEN, base_url=server.url)
    kept: list[Any] = []

    async def main() -> None:
        await client.emails.send(**message("one"))
        kept.extend(client._link._shared.made._own.items())

    trio.run(main)
    client._link._shared.made._own.update(kept)
    asyncio.run(client.aclose())


@forks
def test_a_child_is_told_of_its_own_unclosed_client(server: Echo) -> None:
    clients = [AsyncPostmarkClient(TOKEN, base_url=server.url)]

    async def send() -> None:
        await clients[0].emails.send(**message("one"))

    async def drop() -> int:
        await clients[0].emails.send(**message("child"))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            clients.clear()
            gc.collect()
        return sum("aclose" in str(each.message) for each in caught)

    asyncio.run(send())
    assert ended(in_child(lambda: asyncio.run(drop()))) == 1
    asyncio.run(clients[0].aclose())


def test_an_unclosed_client_names_the_line_where_it_was_made(server: Echo) -> None:
    with pytest.warns(ResourceWarning, match="call close") as caught:  # noqa: PT031
        line = sys._getframe().f_lineno + 1
        client = PostmarkClient(TOKEN, base_url=server.url)
        client.emails.send(**message("one"))
        del client
        gc.collect()
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)
    assert len(caught) == 1


def test_a_module_that_is_named_like_the_package_is_the_callers(server: Echo) -> None:
    helpers: dict[str, Any] = {"__name__": "postmark_sdk_helpers", "PostmarkClient": PostmarkClient}
    exec(compile("def made(**options): return PostmarkClient(**options)", "helpers.py", "exec"), helpers)  # noqa: S102
    client = helpers["made"](server_token=TOKEN, base_url=server.url)
    client.emails.send(**message("one"))
    with pytest.warns(ResourceWarning, match="call close") as caught:
        del client
    assert (caught[0].filename, caught[0].lineno) == ("helpers.py", 1)


def test_an_unclosed_async_client_names_the_line_where_it_was_made(server: Echo) -> None:
    async def main() -> int:
        line = sys._getframe().f_lineno + 1
        client = AsyncPostmarkClient(TOKEN, base_url=server.url)
        await client.emails.send(**message("one"))
        del client
        gc.collect()
        await asyncio.sleep(0.01)
        return line

    with pytest.warns(ResourceWarning, match="aclose") as caught:
        line = asyncio.run(main())
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)
    assert len(caught) == 1


def test_a_client_that_was_never_used_or_was_closed_warns_of_nothing(server: Echo) -> None:
    PostmarkClient(TOKEN)
    with PostmarkClient(TOKEN, base_url=server.url) as client:
        client.emails.send(**message("one"))
    del client
    gc.collect()


@pytest.mark.parametrize("fails", [False, True])
def test_a_client_and_its_sockets_go_without_the_cycle_collector(server: Echo, fails: bool) -> None:  # noqa: FBT001
    gc.collect()
    gc.disable()
    try:
        client = PostmarkClient(TOKEN, base_url=server.url)
        client.emails.send(**message("one"))
        if fails:
            with contextlib.suppress(errors.APIError):
                client.request("DELETE", "/nothing")
            with contextlib.suppress(errors.InvalidMessageError):
                client.emails.send(to="nobody")
            with contextlib.suppress(errors.InvalidMessageError):
                client.request("GET", "nothing")
        http = weakref.ref(client._link._shared.made._own)
        assert http() is not None
        with pytest.warns(ResourceWarning, match="call close"):
            del client
        assert http() is None
    finally:
        gc.enable()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C raises, also where whoever started the tests lets them ignore it, as shells do in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_during_a_send_reports_unknown_and_drops_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    with echo(silent=True) as server, PostmarkClient(TOKEN, base_url=server.url) as client:
        client.request("GET", "/deliverystats")

        def interrupt() -> None:
            server.arrived.wait(60)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt) as caught:
            client.emails.send(**message("cut"))
        assert "whether Postmark took it is unknown" in caplog.text
        if sys.version_info >= (3, 11):
            assert any("unknown" in note for note in caught.value.__notes__)
        assert len(server.seen) == 1
        before = server.connections
        server.go_on.set()
        assert client.emails.send(**message("next")).message_id == "next"
        assert server.connections == before + 1


def test_ctrl_c_during_a_pause_sends_nothing_more() -> None:
    sent: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(429, json={"ErrorCode": 429, "Message": "slow down"})

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    with PostmarkClient(TOKEN, http_client=httpx.Client(transport=httpx.MockTransport(refuse))) as client:
        client._link.core().sleep = interrupted
        with pytest.raises(KeyboardInterrupt):
            client.emails.send(**message("one"))
    assert len(sent) == 1


@pytest.mark.parametrize("backend", ["asyncio", TRIO])
def test_a_cancelled_send_reports_unknown_and_is_not_repeated(backend: str, caplog: pytest.LogCaptureFixture) -> None:
    with echo(silent=True) as server:

        async def main() -> str | None:
            async with AsyncPostmarkClient(TOKEN, base_url=server.url) as client:
                async with anyio.create_task_group() as calls:
                    calls.start_soon(partial(client.emails.send, **message("cut")))
                    assert await anyio.to_thread.run_sync(server.arrived.wait, 60)
                    calls.cancel_scope.cancel()
                first = server.connections
                server.go_on.set()
                result = await client.emails.send(**message("next"))
                assert server.connections == first + 1
                return result.message_id

        assert anyio.run(main, backend=backend) == "next"
        assert [each["Subject"] for each in server.seen] == ["cut", "next"]
    assert "emails.send was interrupted after it began: whether Postmark took it is unknown" in caplog.text


def test_a_timeout_of_the_callers_around_a_send_reports_unknown(caplog: pytest.LogCaptureFixture) -> None:
    with echo(silent=True) as server:

        async def main() -> None:
            async with AsyncPostmarkClient(TOKEN, base_url=server.url) as client:
                call = asyncio.ensure_future(client.emails.send(**message("cut")))
                await asyncio.to_thread(server.arrived.wait, 60)
                await asyncio.wait_for(call, 0.01)

        with pytest.raises(asyncio.TimeoutError):
            asyncio.run(main())
    assert "unknown" in caplog.text


def test_a_read_timeout_of_a_send_is_an_unknown_outcome() -> None:
    impatient = httpx.Timeout(60, read=0.05)
    with echo(silent=True) as server, PostmarkClient(TOKEN, base_url=server.url, timeout=impatient) as client:
        with pytest.raises(OutcomeUnknownError):
            client.emails.send(**message("slow"))
        assert server.arrived.wait(60)
        assert len(server.seen) == 1


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_sync_client_in_a_running_loop_gives_one_hint(
    server: Echo, backend: str, caplog: pytest.LogCaptureFixture
) -> None:
    hints.forget()

    async def main() -> None:
        with PostmarkClient(TOKEN, base_url=server.url) as client:
            for mark in ("one", "two"):
                client.emails.send(**message(mark))

    async def in_a_thread() -> None:
        await anyio.to_thread.run_sync(asyncio.run, nothing())
        with PostmarkClient(TOKEN, base_url=server.url) as client:
            await anyio.to_thread.run_sync(lambda: client.emails.send(**message("none")))

    async def nothing() -> None:
        """A loop that is over."""

    with caplog.at_level(logging.INFO, "postmark_sdk"):
        anyio.run(in_a_thread, backend=backend)
        assert hints.TEXT not in caplog.text
        anyio.run(main, backend=backend)
    assert [record.message for record in caplog.records if "AsyncPostmarkClient" in record.message] == [hints.TEXT]


@pytest.mark.parametrize("prefetch", [1, 4])
def test_an_abandoned_iteration_leaves_no_thread_and_asks_for_no_more(prefetch: int) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        rows = [{"ID": len(asked) * 1000 + n} for n in range(int(request.url.params["count"]))]
        return httpx.Response(200, json={"TotalCount": 9_000, "Bounces": rows})

    with PostmarkClient(TOKEN, http_client=httpx.Client(transport=httpx.MockTransport(answer))) as client:
        for _ in client.bounces.iterate(prefetch=prefetch):
            break
        deadline = time.monotonic() + 60
        while any(thread.name == "postmark-prefetch" for thread in threading.enumerate()):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        assert len(asked) <= 1 + prefetch


@pytest.fixture(name="listing")
def _listing() -> Iterator[str]:
    with serving(0.02) as url:
        yield url


@forks
def test_a_fork_while_pages_are_read_ahead_lets_both_sides_read_on(listing: str) -> None:
    with PostmarkClient(TOKEN, base_url=listing) as client:
        records = client.outbound.iterate(page_size=500, prefetch=4)
        read = [next(records).message_id for _ in range(700)]

        def rest() -> int:
            signal.alarm(60)
            return abs(9_300 - sum(1 for _ in records))

        child = in_child(rest)
        read += [record.message_id for record in records]
        assert ended(child) == 0
        assert len(set(read)) == len(read) == 10_000


@pytest.mark.parametrize("backend", ["asyncio", TRIO])
def test_an_iterator_goes_on_in_another_loop(listing: str, backend: str) -> None:
    client = AsyncPostmarkClient(TOKEN, base_url=listing)
    records = client.outbound.iterate(page_size=500, prefetch=2)

    async def first() -> list[str]:
        return [(await anext(records)).message_id]

    async def rest() -> list[str]:
        found = [record.message_id async for record in records]
        await client.aclose()
        return found

    read = anyio.run(first, backend=backend) + anyio.run(rest, backend=backend)
    assert len(set(read)) == len(read) == 10_000
