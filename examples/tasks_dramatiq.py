"""A mail in an actor of Dramatiq: ``dramatiq tasks_dramatiq``, and ``welcome.send(address)``."""

import logging
import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker

from postmark_sdk import PostmarkClient, RateLimitError, ServerError, TransportError

NOT_SENT = (TransportError, RateLimitError, ServerError)  # the only errors that may lead to another try
MOST_TRIES = 8

if "REDIS_URL" in os.environ:
    dramatiq.set_broker(RedisBroker(url=os.environ["REDIS_URL"]))  # type: ignore[no-untyped-call]  # no types there
else:
    dramatiq.set_broker(StubBroker())  # for tests
postmark = PostmarkClient(retries=0)  # the queue waits, not the worker
log = logging.getLogger(__name__)


def may_go_again(tries: int, error: BaseException) -> bool:
    """Without this, an actor is run again after every error, twenty times."""
    return tries < MOST_TRIES and isinstance(error, NOT_SENT)


@dramatiq.actor(retry_when=may_go_again, min_backoff=60_000)
def welcome(address: str) -> None:
    """Send one mail."""
    sent = postmark.emails.send(from_="shop@example.com", to=address, subject="Welcome", text_body="Hello.")
    log.info("sent as %s", sent.message_id)
