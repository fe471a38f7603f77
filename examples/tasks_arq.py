"""A mail in a job of arq: ``arq tasks_arq.WorkerSettings``, and ``await redis.enqueue_job("welcome", address)``."""

import os
from typing import Any

from arq import Retry
from arq.connections import RedisSettings

from postmark_sdk import AsyncPostmarkClient, RateLimitError, ServerError, TransportError

NOT_SENT = (TransportError, RateLimitError, ServerError)  # the only errors that may lead to another try
PAUSE_SECONDS = 60
DAY_SECONDS = 24 * 3600


async def welcome(ctx: dict[str, Any], address: str) -> str:
    """Send one mail.

    arq runs a job again whose worker was stopped or died, whatever it had done. So a note is made before the mail
    leaves, and taken back when it certainly did not.
    """
    note = f"welcome:{ctx['job_id']}"
    if not await ctx["redis"].set(note, "left", nx=True, ex=DAY_SECONDS):
        raise RuntimeError("a worker was stopped while it sent this mail: it may have gone out")
    try:
        sent = await ctx["postmark"].emails.send(
            from_="shop@example.com", to=address, subject="Welcome", text_body="Hello."
        )
    except NOT_SENT as error:
        await ctx["redis"].delete(note)
        raise Retry(defer=ctx["job_try"] * PAUSE_SECONDS) from error
    message_id: str = sent.message_id
    return message_id


async def startup(ctx: dict[str, Any]) -> None:
    """Open a client for the life of the worker; the queue waits, not the worker."""
    ctx["postmark"] = AsyncPostmarkClient(retries=0)


async def shutdown(ctx: dict[str, Any]) -> None:
    """Close it."""
    await ctx["postmark"].aclose()


class WorkerSettings:
    """What the worker runs."""

    functions = (welcome,)
    on_startup = startup
    on_shutdown = shutdown
    max_tries = 8
    redis_settings = RedisSettings.from_dsn(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379"))
