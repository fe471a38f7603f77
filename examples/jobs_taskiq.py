"""Jobs that Taskiq carries: ``taskiq scheduler jobs_taskiq:scheduler``, and ``taskiq worker jobs_taskiq:broker``."""

import asyncio
import os

from taskiq import InMemoryBroker, TaskiqEvents, TaskiqScheduler, TaskiqState
from taskiq.schedule_sources import LabelScheduleSource

from postmark_sdk import AsyncPostmarkClient
from postmark_sdk.jobs import Jobs

# It has no workers: the scheduler does all. For workers take that of taskiq-redis, taskiq-aio-pika, taskiq-nats, ...
broker = InMemoryBroker()
scheduler = TaskiqScheduler(broker, [LabelScheduleSource(broker)])
jobs = Jobs(os.environ.get("DATABASE_URL", "sqlite:///mail.db"))
postmark = AsyncPostmarkClient()


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def shutdown(_: TaskiqState) -> None:
    """Close the client."""
    await postmark.aclose()


@broker.task
async def carry(chunk_id: int) -> None:
    """Do what is due about one chunk: safe to run any number of times."""
    await jobs.work_on_async(postmark, chunk_id, wait=30)


@broker.task(schedule=[{"cron": "* * * * *"}])
async def hand_out() -> None:
    """Hand over what is due. After five minutes without an outcome, a task is taken for lost."""
    for chunk_id in await asyncio.to_thread(jobs.due, 1000, again_after=300):
        await carry.kiq(chunk_id)
