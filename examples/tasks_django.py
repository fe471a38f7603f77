"""A mail in a task of Django 6: ``welcome.enqueue("ann@example.org")``, with Django's mail through Postmark."""

from datetime import timedelta
from typing import Any

from django.core.mail import EmailMessage
from django.dispatch import receiver
from django.tasks import TaskResult, TaskResultStatus, task
from django.tasks.signals import task_finished
from django.utils import timezone

from postmark_sdk import RateLimitError, ServerError, TransportError

NOT_SENT = (TransportError, RateLimitError, ServerError)  # the only errors that may lead to another try
MOST_TRIES = 8
PAUSE = timedelta(minutes=1)


@task  # type: ignore[untyped-decorator]  # Django has no types
def welcome(address: str, tries: int = 1) -> str:  # noqa: ARG001 - the receiver counts by it
    """Send one mail."""
    message: Any = EmailMessage("Welcome", "Hello.", "shop@example.com", [address])
    message.send()
    message_id: str = message.postmark_message_id
    return message_id


@receiver(task_finished)  # type: ignore[untyped-decorator]
def enqueue_again(task_result: TaskResult, **_: object) -> None:
    """Django runs a task once. What did not go out gets another try."""
    done, tries = task_result.task, task_result.kwargs.get("tries", 1)
    if done.name != "welcome" or task_result.status != TaskResultStatus.FAILED or tries == MOST_TRIES:
        return
    if issubclass(task_result.errors[-1].exception_class, NOT_SENT):
        later = timezone.now() + tries * PAUSE if done.get_backend().supports_defer else None
        done.using(run_after=later).enqueue(*task_result.args, tries=tries + 1)
