"""Due work on the virtual clock: webhook attempts, bulk jobs, data removals; one task in the server's loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..endpoints.bulk import next_step, run_steps
from ..endpoints.removals import next_removal, run_removals
from ..reference.dates import TICKS_PER_SECOND
from ..webhooks.delivery import Deliveries, recover

if TYPE_CHECKING:
    from ..state.state import State

_LONGEST_SLEEP = 30.0
_POLL = 0.002
_POLL_OF_THE_FULL = 0.1
_GATHER = 0.005
_GATHER_TO_SHUFFLE = 0.2


class Scheduler:
    """Does what is due and sleeps until more is."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awake = asyncio.Event()
        self._stopping = False
        self._deliveries = Deliveries(state)

    async def run(self) -> None:
        """Until stopped."""
        self._loop = asyncio.get_running_loop()
        self._state.wake = self.wake
        recover(self._state)
        while not self._stopping:
            self._awake.clear()
            run_steps(self._state)
            run_removals(self._state)
            started = self._deliveries.start_due()
            await self._sleep(_POLL if started else _POLL_OF_THE_FULL)
            # What comes in meanwhile is looked at together: under load the looking would cost more than the work.
            await asyncio.sleep(_GATHER_TO_SHUFFLE if self._state.settings.shuffle_webhooks else _GATHER)
        await self._deliveries.close()

    async def _sleep(self, poll: float) -> None:
        due = next_due(self._state)
        seconds = _LONGEST_SLEEP
        if due is not None and not self._state.clock.frozen:
            seconds = min(seconds, (due - self._state.clock.now()) / TICKS_PER_SECOND)
        if due is not None and due <= self._state.clock.now():
            # More is due than was begun: look again after the loop had its turn, or once a full receiver has room.
            seconds = poll
        try:
            await asyncio.wait_for(self._awake.wait(), max(seconds, 0.001))
        except asyncio.TimeoutError:
            return

    def wake(self) -> None:
        """There may be new work; callable from any thread."""
        if self._loop is not None and not self._loop.is_closed() and not self._awake.is_set():
            self._loop.call_soon_threadsafe(self._awake.set)

    def stop(self) -> None:
        """End the task; callable from any thread."""
        self._stopping = True
        self.wake()


def next_due(state: State) -> int | None:
    """When the next piece of work is due, in ticks."""
    with state.lock:
        times = [
            state.store.value("SELECT MIN(due) FROM deliveries WHERE due IS NOT NULL"),
            next_step(state),
            next_removal(state),
        ]
    return min((time for time in times if time is not None), default=None)


def is_settled(state: State) -> bool:
    """Nothing is due and nothing under way."""
    with state.lock:
        due = next_due(state)
        return state.busy == 0 and (due is None or due > state.clock.now())
