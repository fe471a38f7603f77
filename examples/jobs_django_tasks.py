"""Jobs that tasks of Django 6 carry, by whatever backend ``TASKS`` names; run ``hand_out`` every ten seconds."""

from django.tasks import task

from postmark_sdk import PostmarkClient
from postmark_sdk.integrations.django.jobs import Jobs

jobs = Jobs()
postmark = PostmarkClient()


@task  # type: ignore[untyped-decorator]  # Django has no types
def carry(chunk_id: int) -> None:
    """Do what is due about one chunk: safe to run any number of times."""
    jobs.work_on(postmark, chunk_id, wait=30)


@task  # type: ignore[untyped-decorator]
def hand_out() -> None:
    """Hand over what is due. After five minutes without an outcome, a task is taken for lost."""
    for chunk_id in jobs.due(1000, again_after=300):
        carry.enqueue(chunk_id)  # pyright: ignore[reportFunctionMemberAccess]  # as above
