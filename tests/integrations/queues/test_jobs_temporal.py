"""Temporal carries the chunks of a job: its activities are run, and histories of its workflow are replayed.

No server is needed for either: the environment for activities is Temporal's own, and so is the replay, in its sandbox
and with its core, which refuses whatever a workflow does otherwise than its history.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("temporalio", reason="temporalio is not installed")
pytest.importorskip("sqlalchemy", reason="jobs need SQLAlchemy")

from temporalio.api.common.v1 import ActivityType, Payload, Payloads, WorkflowType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.client import WorkflowHistory
from temporalio.testing import ActivityEnvironment
from temporalio.worker import Replayer

from postmark_sdk import AsyncPostmarkClient, Email
from postmark_sdk.jobs import Jobs
from tests.integrations.queues.scenario import EXAMPLES, load
from tests.jobs.postmark import Postmark, Waiting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from temporalio.worker import WorkflowReplayResult

COUNT = 1203


@pytest.fixture(name="module")
def _module(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(EXAMPLES))  # the sandbox imports it by its name
    return load("jobs_temporal", monkeypatch)


@pytest.fixture(name="jobs")
def _jobs(tmp_path: Path) -> Iterator[Jobs]:
    with Jobs(f"sqlite:///{tmp_path / 'ledger.db'}", lease=1) as jobs:  # so that what is lost is soon looked for
        mails = (Email(from_="a@example.com", to=f"r{number}@example.org", text_body="Hi.") for number in range(COUNT))
        jobs.add("news", mails)
        yield jobs


async def work(module: Any, jobs: Jobs, postmark: Postmark, do: Callable[[Any], Awaitable[None]]) -> None:
    """Do something with the activities of one worker."""
    async with AsyncPostmarkClient("token-for-tests", transport=lambda: postmark) as client:
        await do(module.Carrier(jobs, client))


def test_each_mail_goes_out_once_also_where_an_activity_is_tried_again(module: Any, jobs: Jobs) -> None:
    postmark = Postmark()
    postmark.plan = ["lost after"]

    async def carry(carrier: Any) -> None:
        chunks = await ActivityEnvironment().run(carrier.hand_out)
        assert len(chunks) == 3
        assert not await ActivityEnvironment().run(carrier.hand_out)
        for _ in range(2):
            await asyncio.gather(*(ActivityEnvironment().run(carrier.carry, chunk) for chunk in chunks))

    asyncio.run(work(module, jobs, postmark, carry))
    assert (len(postmark.counts), {*postmark.counts.values()}) == (COUNT, {1})
    job = jobs.get("news")
    assert (job.state, job.progress().accepted) == ("done", COUNT)


def test_a_cancelled_activity_finishes_its_call_and_beats_until_then(
    module: Any, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BEAT", 0.01)

    async def cancel() -> None:
        postmark = Waiting()
        await work(module, jobs, postmark, lambda carrier: cancelled(carrier, postmark))

    async def cancelled(carrier: Any, postmark: Waiting) -> None:
        environment = ActivityEnvironment()
        beats: asyncio.Queue[None] = asyncio.Queue()
        environment.on_heartbeat = lambda *_: beats.put_nowait(None)
        (chunk,) = jobs.due(1)
        carrying = asyncio.ensure_future(environment.run(carrier.carry, chunk))
        await postmark.took.wait()
        environment.cancel()
        for _ in range(beats.qsize() + 3):
            await asyncio.wait_for(beats.get(), 60)
        assert not carrying.done(), "the answer is still to come"
        postmark.answer.set()
        with pytest.raises(asyncio.CancelledError):
            await carrying
        assert len(asyncio.all_tasks()) == 1, "the heart has stopped"

    asyncio.run(cancel())
    assert jobs.get("news").progress().accepted == 500


# --- the workflow -------------------------------------------------------------------------------------------------


def _payloads(value: object) -> Payloads:
    return Payloads(payloads=[Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(value).encode())])


class History:
    """What a server would have written of a run of the workflow."""

    def __init__(self) -> None:
        self.events: list[HistoryEvent] = []
        started: dict[str, Any] = {
            "workflow_type": WorkflowType(name="CarryJobs"),
            "task_queue": TaskQueue(name="postmark"),
            "original_execution_run_id": str(uuid.uuid4()),
            "attempt": 1,
        }
        self._add("WORKFLOW_EXECUTION_STARTED", **started)
        self._turn()

    def _add(self, kind: str, **attributes: Any) -> int:
        """Its number."""
        event = HistoryEvent(event_id=len(self.events) + 1, event_type=f"EVENT_TYPE_{kind}")  # type: ignore[arg-type]
        getattr(event, f"{kind.lower()}_event_attributes").MergeFrom(
            type(getattr(event, f"{kind.lower()}_event_attributes"))(**attributes)
        )
        event.event_time.FromSeconds(1_800_000_000 + len(self.events))
        self.events.append(event)
        return int(event.event_id)

    def _turn(self) -> None:
        """A worker was asked what to do next, and answered."""
        scheduled = self._add("WORKFLOW_TASK_SCHEDULED")
        started = self._add("WORKFLOW_TASK_STARTED", scheduled_event_id=scheduled)
        self._add("WORKFLOW_TASK_COMPLETED", scheduled_event_id=scheduled, started_event_id=started)

    def activities(self, name: str, *calls: tuple[object, object]) -> History:
        """Activities of a name were run at the same time; each with its argument and result, or an error."""
        decided = len(self.events)
        numbers = [
            self._add(
                "ACTIVITY_TASK_SCHEDULED",
                activity_id=str(len(self.events) + 1),
                activity_type=ActivityType(name=name),
                workflow_task_completed_event_id=decided,
                **({} if argument is None else {"input": _payloads(argument)}),
            )
            for argument, _ in calls
        ]
        for number, (_, result) in zip(numbers, calls, strict=True):
            started = self._add("ACTIVITY_TASK_STARTED", scheduled_event_id=number)
            places = {"scheduled_event_id": number, "started_event_id": started}
            if isinstance(result, Exception):
                self._add("ACTIVITY_TASK_FAILED", failure={"message": str(result)}, **places)
            else:
                self._add("ACTIVITY_TASK_COMPLETED", result=_payloads(result), **places)
        self._turn()
        return self

    def rest(self) -> History:
        """It slept."""
        timer = self._add(
            "TIMER_STARTED", timer_id="1", workflow_task_completed_event_id=len(self.events),
            start_to_fire_timeout={"seconds": 10},
        )  # fmt: skip
        self._add("TIMER_FIRED", timer_id="1", started_event_id=timer)
        self._turn()
        return self

    def anew(self) -> History:
        """It began anew."""
        self._add(
            "WORKFLOW_EXECUTION_CONTINUED_AS_NEW",
            workflow_type=WorkflowType(name="CarryJobs"),
            new_execution_run_id=str(uuid.uuid4()),
            workflow_task_completed_event_id=len(self.events),
        )
        return self


def replayed(module: Any, history: History) -> WorkflowReplayResult:
    """What a worker makes of it now."""
    replayer = Replayer(workflows=[module.CarryJobs])
    told = WorkflowHistory("postmark-jobs", history.events)
    return asyncio.run(replayer.replay_workflow(told, raise_on_replay_failure=False))


@pytest.mark.parametrize(
    "history",
    [
        History().activities("hand_out", (None, [3, 4])).activities("carry", (3, None), (4, None)).anew(),
        History().activities("hand_out", (None, [3, 4])).activities("carry", (3, ValueError("no")), (4, None)).anew(),
        History().activities("hand_out", (None, [3])).activities("carry", (3, ValueError("no"))).rest().anew(),
        History().activities("hand_out", (None, [])).rest().anew(),
    ],
    ids=["all went well", "one failed", "nothing works", "nothing was due"],
)
def test_the_workflow_does_what_its_history_says(module: Any, history: History) -> None:
    assert replayed(module, history).replay_failure is None


def test_a_history_that_it_would_not_make_is_refused(module: Any) -> None:
    """So the replay can fail."""
    history = History().activities("hand_out", (None, [3])).rest().anew()
    assert replayed(module, history).replay_failure is not None
