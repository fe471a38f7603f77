"""Celery carries the chunks of jobs to its workers (extra ``celery``).

.. code-block:: python

    app = Celery("shop", broker="redis://localhost")
    postmark_jobs = PostmarkJobs(app, jobs=lambda: Jobs("postgresql+psycopg:///shop"), client=PostmarkClient)

    jobs.add("november-news", messages)
    postmark_jobs.start()

A message of the broker names a chunk of the ledger and nothing else, and the ledger decides what is done about it. So a
message that is lost, delivered twice, or cut short when its worker is killed costs time, and never a mail.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from random import uniform
from typing import Any

from .._client import PostmarkClient
from .._core.schema.lazy import public
from ..errors import ConfigurationError, PostmarkError
from ..jobs import Jobs
from ..jobs.jobs import check_numbers
from ._extras import missing

try:
    from celery import Celery, Task
    from kombu.exceptions import OperationalError
except ImportError as _why:
    raise missing("celery", _why) from _why

__all__ = ["PostmarkJobs"]
__dir__: Callable[[], list[str]] = public(__name__)

_LOG = logging.getLogger(__name__)
_REST_SECONDS = 60.0
"""After what every other chunk would meet as well, such as a wrong token."""
_KEPT_SECONDS = 3600.0
"""Looks that nobody came to in time; without an end they would pile up while no worker runs."""


class PostmarkJobs:
    """Two tasks in an app: one sends a chunk, the other, called by beat, queues the chunks that are due.

    Args:
        app: Your Celery app.
        jobs: Makes the ledger. It is called once in each process, after its fork.
        client: Makes the client, likewise. ``PostmarkClient`` itself will do where the environment has the token.
        every: Seconds between two looks of beat for what is due.
        queued: Chunks in the queue at a time, so that a single mail is soon served however large a job is.
        lost_after: Seconds in the queue after which a chunk's message is taken for lost, and sent again.
        name: Before the names of the tasks: ``postmark.work_on`` and ``postmark.queue_due``, which you may route.

    Raises:
        ConfigurationError: A number that is not above 0, or a name that the app has already.
    """

    def __init__(
        self,
        app: Celery,
        *,
        jobs: Callable[[], Jobs],
        client: Callable[[], PostmarkClient],
        every: float = 5.0,
        queued: int = 100,
        lost_after: float = 300.0,
        name: str = "postmark",
    ) -> None:
        check_numbers(every=every, queued=queued, lost_after=lost_after)
        names: set[str] = vars(app).setdefault("_postmark_jobs", set())  # of the app itself, also through current_app
        if name in names:  # Celery would go on with the tasks of the first, and so with its ledger
            raise ConfigurationError(f"name: the app has a PostmarkJobs of the name {name!r} already")
        names.add(name)
        self._make = jobs, client
        self._made: tuple[int, Jobs, PostmarkClient] | None = None
        self._making = threading.Lock()
        self._every = every
        self._queued = queued
        self._lost_after = lost_after
        self._rest_until = 0.0
        self.work_on: Task
        self.queue_due: Task
        self.work_on, self.queue_due = self._tasks(app, name)
        signals: Any = app.on_after_configure, app.on_after_finalize  # declared as None there
        for each in signals:  # a configuration that is read anew has no entry of ours
            each.connect(self._schedule, weak=False, dispatch_uid=name)  # methods of two objects are one to it
        if app.finalized:
            self._schedule(app)

    def start(self) -> None:
        """Have a worker queue what is due now. Call it after the commit that adds a job or mails.

        Without it, or while the broker is away, beat does it a little later.
        """
        try:
            self.queue_due.apply_async()
        except OperationalError as error:
            _LOG.warning("the broker is away, so beat will queue what is due: %r", error)

    def _tasks(self, app: Celery, name: str) -> tuple[Any, Any]:
        # A message is kept until its chunk is settled: should the worker die, another one has it at once.
        kept = {"acks_late": True, "reject_on_worker_lost": True, "max_retries": None}
        # Celery gives tasks to every app of a process; these would bring their ledger there.
        own = {"bind": True, "ignore_result": True, "shared": False}

        @app.task(name=f"{name}.work_on", **own, **kept)  # type: ignore[untyped-decorator]
        def work_on(task: Task, chunk_id: int) -> None:
            """Send a chunk, or look for its messages, as the ledger says."""
            seconds = self._work_on(chunk_id)
            if seconds is not None and seconds < self._lost_after and not task.request.is_eager:
                raise task.retry(countdown=seconds + uniform(0, self._every))  # noqa: S311 - not all at once

        @app.task(name=f"{name}.queue_due", **own)  # type: ignore[untyped-decorator]
        def queue_due(task: Task) -> None:
            """Queue what is due."""
            jobs = self._here()[0]
            while chunk_ids := jobs.due(self._queued, again_after=self._lost_after):
                for chunk_id in chunk_ids:
                    self.work_on.apply_async((chunk_id,))
                if not task.request.is_eager:
                    break

        return work_on, queue_due

    def _work_on(self, chunk_id: int) -> float | None:
        resting = self._rest_until - time.monotonic()
        if resting > 0:
            return resting
        try:
            jobs, client = self._here()
            return jobs.work_on(client, chunk_id)
        except PostmarkError:
            self._rest_until = time.monotonic() + _REST_SECONDS
            raise

    def _here(self) -> tuple[Jobs, PostmarkClient]:
        """This process's own."""
        with self._making:
            if self._made is None or self._made[0] != os.getpid():
                jobs, client = self._make
                self._made = os.getpid(), jobs(), client()
            return self._made[1:]

    def _schedule(self, sender: Celery, **_: Any) -> None:
        name = self.queue_due.name
        sender.add_periodic_task(self._every, sender.signature(name), name=name, expires=_KEPT_SECONDS)
