"""The asynchronous shell of a worker: tasks that send and search, and threads that write. Its twin is ``work``."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import anyio
from anyio.lowlevel import checkpoint
from anyio.to_thread import run_sync
from sqlalchemy.exc import SQLAlchemyError

from ..errors import NotFoundError, PostmarkError
from .desk import Desk
from .ledger import Nothing, Taken
from .work import postponing_signals, rest_seconds

if TYPE_CHECKING:
    from .._client import AsyncPostmarkClient
    from .._core.mail.lookup import Lookup

_STOP_SECONDS = 0.1


async def carry(desk: Desk, client: AsyncPostmarkClient, taken: Taken) -> None:
    """Look for a chunk's messages if that has to be, else send them; and write what came of it."""
    try:
        ready = await _looked(desk, client, taken)
        leaving = None if ready is None else await run_sync(desk.leave, ready)
        if leaving is None:
            return
        try:
            outcome = await desk.core.deliver(leaving.call)
        except PostmarkError as error:
            await run_sync(desk.refused_here, taken, error)
        else:
            await run_sync(desk.settle, taken, leaving, outcome)
    finally:
        desk.let_go(taken)


async def _looked(desk: Desk, client: AsyncPostmarkClient, taken: Taken) -> Taken | None:
    lookup = desk.lookup(taken)
    if lookup is None:
        return taken
    try:
        await _search(client, lookup)
    except PostmarkError as error:
        await run_sync(desk.not_looked, taken, error)
        return None
    return await run_sync(desk.looked, taken, lookup)


async def _search(client: AsyncPostmarkClient, lookup: Lookup) -> None:
    if lookup.needs_streams:
        lookup.look_at(await client.message_streams.list(include_archived_streams=True))
    for look in lookup.looks():
        for message_id in look.take(await client.outbound.list(**look.query)):
            with contextlib.suppress(NotFoundError):  # a search may show what is not there yet
                look.detailed(await client.outbound.get(message_id))


async def work(
    desk: Desk, client: AsyncPostmarkClient, *, concurrency: int, wait: bool, poll: float, stop: Any = None
) -> None:
    """Work in so many tasks until nothing is left to do, or for ever; cancellation and signals let them finish.

    Raises:
        BaseException: What stopped one of the tasks, after all others have written their answers.
    """
    with postponing_signals(desk):
        async with _attended(desk, stop), anyio.create_task_group() as group:
            for _ in range(concurrency):
                group.start_soon(_turns, desk, client, wait, poll)
        if desk.error is not None:
            raise desk.error


async def _turns(desk: Desk, client: AsyncPostmarkClient, wait: bool, poll: float) -> None:  # noqa: FBT001
    idle = 0
    taken: Taken | Nothing = Nothing(None)
    try:
        while not desk.stop.is_set():
            with anyio.CancelScope(shield=True):  # what is taken is sent, or given back
                taken = await run_sync(desk.take)
                if isinstance(taken, Taken):
                    await carry(desk, client, taken)
            if isinstance(taken, Taken):
                idle = 0
                await checkpoint()
            elif taken.seconds is None and not wait:
                return
            else:
                idle += 1
                await _rest(desk, rest_seconds(taken, idle, poll))
    except anyio.get_cancelled_exc_class():
        raise
    except BaseException as error:  # noqa: BLE001 - it is raised where the tasks were started
        desk.fail(error)


async def _rest(desk: Desk, seconds: float) -> None:
    while seconds > 0 and not desk.stop.is_set():
        await anyio.sleep(min(seconds, _STOP_SECONDS))
        seconds -= _STOP_SECONDS


@contextlib.asynccontextmanager
async def _attended(desk: Desk, stop: Any = None) -> AsyncIterator[None]:
    """Say now and then that this worker lives, as long as it does; and let no further chunk leave when asked so."""
    shield = anyio.CancelScope(shield=True)

    async def beat() -> None:
        with shield:
            while True:
                await anyio.sleep(desk.beat_seconds)
                with contextlib.suppress(SQLAlchemyError):  # the next one may come through
                    await run_sync(desk.beat)

    async def listen() -> None:
        try:
            while not (desk.is_interrupted or (stop is not None and stop.is_set())):  # noqa: ASYNC110 - any event will do
                await anyio.sleep(_STOP_SECONDS)
        finally:  # or cancelled
            desk.stop.set()

    async with anyio.create_task_group() as group:
        group.start_soon(beat)
        group.start_soon(listen)
        try:
            yield
        finally:
            shield.cancel()
            group.cancel_scope.cancel()


async def work_on(desk: Desk, client: AsyncPostmarkClient, chunk_id: int, wait: float | None) -> float | None:
    """Do what is due about one chunk; seconds after which it is worth another try, None if there is nothing to do.

    Cancellation lets a call that is on its way finish and be written.
    """
    left = Nothing(None)

    async def tries() -> None:
        nonlocal left
        try:
            while True:
                with anyio.CancelScope(shield=True):
                    left = await _once(desk, client, chunk_id)
                seconds = desk.rests(left, wait)
                if seconds is None:
                    break
                await anyio.sleep(seconds)
            if wait is not None and left.seconds is not None:
                await run_sync(desk.ledger.hand_again, chunk_id)
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as error:  # noqa: BLE001 - it is raised below, and not in a group
            desk.fail(error)

    # In a task of its own: a scope shields from scopes around it, not from asyncio's own cancellation of a task.
    async with _attended(desk), anyio.create_task_group() as group:
        group.start_soon(tries)
    if desk.error is not None:
        raise desk.error
    return left.seconds


async def _once(desk: Desk, client: AsyncPostmarkClient, chunk_id: int) -> Nothing:
    taken = await run_sync(desk.take, chunk_id)
    if not isinstance(taken, Taken):
        return taken
    await carry(desk, client, taken)
    if desk.error is not None:
        raise desk.error
    return await run_sync(desk.ledger.left, chunk_id)
