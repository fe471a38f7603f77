"""Jobs that Celery carries: ``celery --app jobs_celery worker --beat``."""

import os
from collections.abc import Iterable

from celery import Celery

from postmark_sdk import Email, PostmarkClient
from postmark_sdk.integrations.celery import PostmarkJobs
from postmark_sdk.jobs import Jobs

app = Celery("shop", broker=os.environ.get("BROKER_URL", "redis://localhost:6379/0"))
jobs = Jobs(os.environ.get("DATABASE_URL", "sqlite:///mail.db"))
postmark_jobs = PostmarkJobs(app, jobs=lambda: jobs, client=PostmarkClient)


def send_news(name: str, addresses: Iterable[str]) -> None:
    """May be called again, whatever became of the first call: a job of a name is added once."""
    mails = (Email(from_="shop@example.com", to=each, subject="News", text_body="News.") for each in addresses)
    jobs.add(name, mails)
    postmark_jobs.start()
