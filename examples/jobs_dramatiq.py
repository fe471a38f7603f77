"""Jobs that Dramatiq carries: ``dramatiq jobs_dramatiq`` with ``REDIS_URL``; ``hand_out.send()`` every ten seconds."""

import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker

from postmark_sdk import PostmarkClient
from postmark_sdk.jobs import Jobs

if "REDIS_URL" in os.environ:
    dramatiq.set_broker(RedisBroker(url=os.environ["REDIS_URL"]))  # type: ignore[no-untyped-call]  # no types there
else:
    dramatiq.set_broker(StubBroker())  # for tests
jobs = Jobs(os.environ.get("DATABASE_URL", "sqlite:///mail.db"))
postmark = PostmarkClient()


@dramatiq.actor(max_retries=0)  # hand_out finds again what is not done
def carry(chunk_id: int) -> None:
    """Do what is due about one chunk: safe to run any number of times."""
    jobs.work_on(postmark, chunk_id, wait=30)


@dramatiq.actor(max_retries=0)
def hand_out() -> None:
    """Hand over what is due. After five minutes without an outcome, a task is taken for lost."""
    for chunk_id in jobs.due(1000, again_after=300):
        carry.send(chunk_id)
