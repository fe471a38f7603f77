"""A mail in a task of Celery: ``celery --app tasks_celery worker``."""

import os

from celery import Celery

from postmark_sdk import PostmarkClient, RateLimitError, ServerError, TransportError

NOT_SENT = (TransportError, RateLimitError, ServerError)  # the only errors that may lead to another try

app = Celery("shop", broker=os.environ.get("BROKER_URL", "memory://"))
postmark = PostmarkClient(retries=0)  # the queue waits, not the worker


@app.task(autoretry_for=NOT_SENT, max_retries=8, retry_backoff=60)  # type: ignore[untyped-decorator]  # no types there
def welcome(address: str) -> str:
    """Send one mail."""
    sent = postmark.emails.send(from_="shop@example.com", to=address, subject="Welcome", text_body="Hello.")
    return sent.message_id
