"""``postmark jobs``: mails that wait in a database, and the worker that sends them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from attrs import asdict

from ..frame.command import command, group
from ..frame.failures import USAGE, CommandError
from ..frame.inputs import opened
from ..frame.options import All, Limit, Yes, most
from ..frame.output import Columns
from ..frame.session import Session

if TYPE_CHECKING:
    from ...jobs import Job, Jobs

app: typer.Typer = group(help="Add, send, watch and steer jobs: mails that wait in a database. Needs the extra jobs.")

Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="POSTMARK_JOBS_DATABASE",
        help="Where the ledger is: sqlite:///mail.db, or a URL of PostgreSQL, MySQL or MariaDB.",
        show_default=False,
    ),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the job.", show_default=False)]
Status = Literal["waiting", "accepted", "refused", "unknown", "cancelled"]

_COLUMNS: Columns = {
    "job": "name",
    "state": "state",
    "total": "total",
    "accepted": "accepted",
    "refused": "refused",
    "unknown": "unknown",
    "waiting": "waiting",
}
_RESULTS: Columns = {
    "number": "number",
    "status": "status",
    "message": "message_id",
    "code": "error_code",
    "text": "text",
}


@command(app, "list")
def list_(session: Session, *, database: Database = None) -> None:
    """List the jobs and how far each is."""
    with _ledger(database) as jobs:
        session.output.rows(map(_told, jobs.list()), _COLUMNS, none="There is no job.")


@command(app)
def show(session: Session, name: Name, *, database: Database = None) -> None:
    """Show how far a job is."""
    with _ledger(database) as jobs:
        session.output.record(_told(jobs.get(name)))


@command(app)
def results(
    session: Session,
    name: Name,
    *,
    status: Annotated[
        Status | None,
        typer.Option(metavar="WORD", help="Only these: waiting, accepted, refused, unknown or cancelled."),
    ] = None,
    limit: Limit = 100,
    all_of_them: All = False,
    database: Database = None,
) -> None:
    """Show what became of each message of a job."""
    with _ledger(database) as jobs:
        found = (each.to_dict() for each in jobs.get(name).results(status))
        session.output.rows(found, _RESULTS, none="There is no such message.", most=most(limit, all_of_them))


@command(app)
def add(
    session: Session,
    name: Name,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="JSON objects, one a line; - for stdin.", show_default=False)
    ],
    *,
    database: Database = None,
) -> None:
    """Add a job with the messages of a file, any number of them. Nothing is sent.

    Each line is a message with Python's or Postmark's names: {"from_": "shop@example.com", "to": ..., "subject": ...,
    "text_body": ...}. A job that is there is left as it is.
    """
    with _ledger(database) as jobs:
        job = jobs.add(name, _lines(file))
        session.output.done(_told(job), f"{name}: {job.progress()}")


@command(app)
def work(
    session: Session,
    *,
    concurrency: Annotated[int, typer.Option(min=1, metavar="N", help="Calls on their way at a time.")] = 4,
    wait: Annotated[bool, typer.Option("--wait", help="Go on for ever, not only until nothing is left to do.")] = False,
    look_up_first: Annotated[
        bool, typer.Option("--look-up-first", help="Look for mails before they are sent: after a restore.")
    ] = False,
    database: Database = None,
) -> None:
    """Send what waits, look for what is unknown, and write what comes of it.

    Start it as often as you like, on as many machines. Ctrl-C and SIGTERM let calls that are on their way finish.
    """
    with _ledger(database) as jobs:
        shown = not session.output.as_json and sys.stderr.isatty()
        jobs.work(session.client, concurrency=concurrency, wait=wait, look_up_first=look_up_first, progress=shown)
        session.output.rows(map(_told, jobs.list()), _COLUMNS, none="There is no job.")


@command(app)
def pause(session: Session, name: Name, *, database: Database = None) -> None:
    """Let nothing further of a job leave. What is on its way is finished."""
    _steer(session, database, name, lambda job: job.pause(), "is paused")


@command(app)
def resume(session: Session, name: Name, *, database: Database = None) -> None:
    """Go on with a paused job, and give what was held another try."""
    _steer(session, database, name, lambda job: job.resume(), "goes on")


@command(app)
def cancel(session: Session, name: Name, *, yes: Yes = False, database: Database = None) -> None:
    """Send nothing of a job that has not left."""
    session.confirm(f"Cancel the job {name}? What waits is never sent.", yes=yes)
    _steer(session, database, name, lambda job: job.cancel(), "is cancelled")


@command(app)
def resend(session: Session, name: Name, *, yes: Yes = False, database: Database = None) -> None:
    """Send messages of unknown outcome again. Who got one already gets it twice."""
    session.confirm(f"Send what is unknown of {name} again? Some may get it twice.", yes=yes)
    _steer(session, database, name, lambda job: job.resend_unknown(), "goes on with what was unknown")


@command(app)
def delete(session: Session, name: Name, *, yes: Yes = False, database: Database = None) -> None:
    """Take everything about a job out of the ledger, its results too."""
    session.confirm(f"Delete the job {name} with its results?", yes=yes)
    with _ledger(database) as jobs:
        jobs.get(name).delete()
    session.output.done({"name": name}, f"{name} is deleted")


def _steer(session: Session, database: str | None, name: str, step: Callable[[Job], object], words: str) -> None:
    with _ledger(database) as jobs:
        job = jobs.get(name)
        step(job)
        session.output.done(_told(job), f"{name} {words}")


@contextmanager
def _ledger(database: str | None) -> Iterator[Jobs]:
    """The ledger that the option or the environment names, closed at the end.

    Raises:
        CommandError: None is named, the extra is missing, or the database says no.
    """
    try:
        from sqlalchemy.exc import ArgumentError, SQLAlchemyError  # noqa: PLC0415 - of another extra

        from ...jobs import Jobs  # noqa: PLC0415 - as above
    except ImportError as error:
        raise CommandError(str(error)) from error
    if not database:
        raise CommandError(
            "no database is named",
            "Say --database sqlite:///mail.db, or set POSTMARK_JOBS_DATABASE.",
            status=USAGE,
        )
    try:
        with Jobs(database) as jobs:
            yield jobs
    except ArgumentError as error:
        raise CommandError("--database is no URL of a database", "Write sqlite:///mail.db.", status=USAGE) from error
    except ModuleNotFoundError as error:
        raise CommandError(f"the driver {error.name} is not installed", f"pip install {error.name}") from error
    except SQLAlchemyError as error:
        raise CommandError(f"the database failed: {getattr(error, 'orig', None) or type(error).__name__}") from error


def _told(job: Job) -> dict[str, Any]:
    return {"name": job.name, **asdict(job.progress())}


def _lines(file: str) -> Iterator[Any]:
    """The messages of a file, read line by line.

    Raises:
        CommandError: A line is no JSON object.
    """
    with opened(file) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                message = json.loads(line)
            except ValueError:
                message = None
            if not isinstance(message, dict):
                raise CommandError(
                    f"{file}, line {number}: no JSON object", "Write each message as an object in a line of its own."
                )
            yield message
