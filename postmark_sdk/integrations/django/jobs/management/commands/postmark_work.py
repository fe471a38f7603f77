"""``manage.py postmark_work``: send what waits in the ledger."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from django.utils.module_loading import import_string

from ...... import PostmarkClient
from ......errors import PostmarkError
from ....checks import mailers
from ....mail import EmailBackend as _Direct
from ...ledger import Jobs
from ...mail import EmailBackend

if TYPE_CHECKING:
    from argparse import ArgumentParser

    class BaseCommand:
        """Django's, which has no types of its own."""
else:
    from django.core.management.base import BaseCommand

__all__ = ["Command"]

_INTERRUPTED = 130
"""What shells make of Ctrl-C."""


class Command(BaseCommand):
    """Any number of them may run, on any number of machines; SIGTERM and Ctrl-C let what has left finish."""

    help = (
        "Sends the mails that wait in the ledger, jobs and outbox, and looks for those of which nobody knows whether "
        "they went out. Any number of such processes may run, on any number of machines. SIGTERM and Ctrl-C stop it "
        "when calls that are on their way are finished and written down."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Those of ``Jobs.work``."""
        parser.add_argument("--concurrency", type=int, default=4, metavar="N", help="calls on their way at a time (4)")
        parser.add_argument("--wait", action="store_true", help="go on for ever, and not until nothing is left to do")
        parser.add_argument("--progress", action="store_true", help="show how far the jobs are")
        parser.add_argument("--using", metavar="ALIAS", help="the database, where it is not the one of POSTMARK_JOBS")

    def handle(self, *_: object, concurrency: int, wait: bool, progress: bool, using: str | None, **__: object) -> None:
        """Work."""
        try:
            with Jobs(using) as jobs:
                jobs.work(_client(), concurrency=concurrency, wait=wait, progress=progress)
        except KeyboardInterrupt:
            sys.exit(_INTERRUPTED)
        except PostmarkError as error:
            raise CommandError(str(error)) from error


def _client() -> PostmarkClient:
    """That of the mailer whose mail waits in the ledger; else as the setting ``POSTMARK`` has it."""
    for alias, path, options in mailers():
        cls: Any = import_string(path)
        if isinstance(cls, type) and issubclass(cls, EmailBackend):
            return cls(alias=alias, **options).client
    return _Direct().client
