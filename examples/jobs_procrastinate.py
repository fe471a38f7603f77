"""Jobs that procrastinate carries, in one PostgreSQL: ``procrastinate --app=jobs_procrastinate.app worker``."""

import os

from procrastinate import App, PsycopgConnector

from postmark_sdk import PostmarkClient
from postmark_sdk.jobs import Jobs

URL = os.environ.get("POSTGRESQL_URL", "postgresql://localhost/shop")
app = App(connector=PsycopgConnector(conninfo=URL))
jobs = Jobs(URL.replace("postgresql://", "postgresql+psycopg://"))
postmark = PostmarkClient()


@app.task
def carry(chunk_id: int) -> None:
    """Do what is due about one chunk: safe to run any number of times."""
    jobs.work_on(postmark, chunk_id, wait=30)


@app.periodic(cron="* * * * * */10")
@app.task
def hand_out(timestamp: int) -> None:  # noqa: ARG001 - when it was due
    """Hand over what is due. After five minutes without an outcome, a task is taken for lost."""
    for chunk_id in jobs.due(1000, again_after=300):
        carry.defer(chunk_id=chunk_id)
