"""A mail in a job of RQ: ``rq worker --with-scheduler``, and ``queue.enqueue(welcome, address)`` without ``retry=``."""

from rq import Retry

from postmark_sdk import PostmarkClient, RateLimitError, ServerError, TransportError

NOT_SENT = (TransportError, RateLimitError, ServerError)  # the only errors that may lead to another try
AGAIN = Retry(max=8, interval=[60, 600, 3600])

postmark = PostmarkClient(retries=0)  # the queue waits, not the worker


def welcome(address: str) -> str | Retry:
    """Send one mail. ``enqueue(..., retry=...)`` would repeat after every error, what is returned only after these."""
    try:
        sent = postmark.emails.send(from_="shop@example.com", to=address, subject="Welcome", text_body="Hello.")
    except NOT_SENT:
        return AGAIN
    return sent.message_id
