"""Mails that wait in a database until each is sent, once: jobs of many and an outbox, for any number of workers.

What belongs here: the ledger, how mails get into it, and what workers do with it. It uses the SDK's clients, and of
``_core`` how mails are checked, cut into calls and read from answers. Frameworks and task queues are in
``integrations``; they call what is public here.

.. code-block:: python

    from postmark_sdk import Email, PostmarkClient
    from postmark_sdk.jobs import Jobs

    jobs = Jobs("sqlite:///mail.db")
    job = jobs.add("november-news", (Email(...) for address in addresses))
    with PostmarkClient() as client:
        jobs.work(client, concurrency=8)
    print(job.progress())

Needs the extra: ``pip install "postmark-sdk[jobs]"``.
"""

from __future__ import annotations

try:
    import sqlalchemy as _sqlalchemy
except ImportError as _why:
    raise ImportError(f'Jobs need {_why.name}: pip install "postmark-sdk[jobs]"', name=_why.name) from _why

from collections.abc import Callable as _Callable

from .._core.schema.lazy import public as _public
from .database import LedgerError
from .desk import StoppedError, UnrecordedError
from .job import Job
from .jobs import Jobs
from .progress import Progress
from .results import Result

del _sqlalchemy

__all__ = ["Job", "Jobs", "LedgerError", "Progress", "Result", "StoppedError", "UnrecordedError"]
__dir__: _Callable[[], list[str]] = _public(__name__)
