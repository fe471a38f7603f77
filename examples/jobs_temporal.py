"""Jobs that Temporal carries: ``python jobs_temporal.py`` is a worker, on as many machines as you like."""

import asyncio
import os
from collections.abc import Sequence
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy, WorkflowIDConflictPolicy
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():  # else its sandbox imports them anew for each run of the workflow
    from postmark_sdk import AsyncPostmarkClient
    from postmark_sdk.jobs import Jobs

BEAT = 10.0
"""Seconds between two heartbeats of an activity. Three of them are missed when its worker is taken for dead."""
LIMIT = timedelta(minutes=5)


class Carrier:
    """What the activities of one worker share."""

    def __init__(self, jobs: Jobs, postmark: AsyncPostmarkClient) -> None:
        self.jobs = jobs
        self.postmark = postmark

    @activity.defn
    async def hand_out(self) -> Sequence[int]:
        """Tell what is due. After five minutes without an outcome, an activity is taken for lost."""
        return await asyncio.to_thread(self.jobs.due, 100, again_after=300)

    @activity.defn
    async def carry(self, chunk_id: int) -> None:
        """Do what is due about one chunk: safe to run any number of times."""
        beats = asyncio.create_task(_beat())
        try:  # cancelled, it lets a call that has left finish
            await self.jobs.work_on_async(self.postmark, chunk_id, wait=30)
        finally:
            beats.cancel()


async def _beat() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(BEAT)


@workflow.defn
class CarryJobs:
    """Have the chunks carried that are due, for ever."""

    @workflow.run
    async def run(self) -> None:
        """Carry what is due now; then begin anew, so that the history stays short."""
        chunks = await workflow.execute_activity_method(Carrier.hand_out, start_to_close_timeout=LIMIT)
        carried = await asyncio.gather(*map(self.carried, chunks), return_exceptions=True)
        if None not in carried:  # nothing was due, or nothing works
            await workflow.sleep(10)
        workflow.continue_as_new()

    async def carried(self, chunk_id: int) -> None:
        """Try once: ``hand_out`` finds again what is not done."""
        await workflow.execute_activity_method(
            Carrier.carry,
            chunk_id,
            start_to_close_timeout=LIMIT,
            heartbeat_timeout=timedelta(seconds=3 * BEAT),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )


async def main() -> None:
    """Work, and start the workflow unless it runs."""
    client = await Client.connect(os.environ.get("TEMPORAL_ADDRESS", "localhost:7233"))
    await client.start_workflow(
        CarryJobs.run,
        id="postmark-jobs",
        task_queue="postmark",
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    async with AsyncPostmarkClient() as postmark:
        with Jobs(os.environ.get("DATABASE_URL", "sqlite:///mail.db")) as jobs:
            own = Carrier(jobs, postmark)
            await Worker(
                client, task_queue="postmark", workflows=[CarryJobs], activities=[own.hand_out, own.carry]
            ).run()


if __name__ == "__main__":
    asyncio.run(main())
