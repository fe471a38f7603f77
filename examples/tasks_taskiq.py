"""A mail in a task of Taskiq: ``taskiq worker tasks_taskiq:broker``, and ``await welcome.kiq(address)``."""

from typing import Annotated

from taskiq import Context, InMemoryBroker, SmartRetryMiddleware, TaskiqDepends, TaskiqEvents, TaskiqState

from postmark_sdk import AsyncPostmarkClient, RateLimitError, ServerError, TransportError

NOT_SENT = (TransportError, RateLimitError, ServerError)  # the only errors that may lead to another try

# For several processes, a broker of taskiq-redis, taskiq-aio-pika, taskiq-nats, ...
broker = InMemoryBroker().with_middlewares(
    SmartRetryMiddleware(default_delay=60, use_delay_exponent=True, use_jitter=True, types_of_exceptions=NOT_SENT)
)


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def startup(state: TaskiqState) -> None:
    """Open a client for the life of the worker; the queue waits, not the worker."""
    state.postmark = AsyncPostmarkClient(retries=0)


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def shutdown(state: TaskiqState) -> None:
    """Close it."""
    await state.postmark.aclose()


@broker.task(retry_on_error=True, max_retries=8)
async def welcome(address: str, context: Annotated[Context, TaskiqDepends()]) -> str:
    """Send one mail."""
    postmark: AsyncPostmarkClient = context.state.postmark
    sent = await postmark.emails.send(from_="shop@example.com", to=address, subject="Welcome", text_body="Hello.")
    return sent.message_id
