"""Jobs that RQ carries: ``rq worker``, as many as you like, and one ``rq cron jobs_rq.py``."""

import os

from redis import Redis
from rq import Queue, cron

from postmark_sdk import PostmarkClient
from postmark_sdk.jobs import Jobs

jobs = Jobs(os.environ.get("DATABASE_URL", "sqlite:///mail.db"))
postmark = PostmarkClient()
queue = Queue(connection=Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379/0")))


def carry(chunk_id: int) -> None:
    """Do what is due about one chunk: safe to run any number of times."""
    jobs.work_on(postmark, chunk_id, wait=30)


def hand_out() -> None:
    """Hand over what is due. After five minutes without an outcome, a task is taken for lost."""
    for chunk_id in jobs.due(1000, again_after=300):
        queue.enqueue(carry, chunk_id)


cron.register(hand_out, queue.name, interval=10)
