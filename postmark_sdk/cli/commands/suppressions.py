"""``postmark suppressions``: addresses that a stream does not send to."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

import typer

from ... import AttemptEvent, CallEvent
from ...errors import PostmarkError
from ..frame.command import command, group
from ..frame.failures import FAILED, USAGE, CommandError
from ..frame.inputs import STDIN, content, day
from ..frame.options import All, Limit, SinceDay, UntilDay, Yes, most, one_more
from ..frame.output import Columns
from ..frame.session import Session
from ..frame.text import plain, shown

if TYPE_CHECKING:
    from ...models import Suppression, SuppressionResult

app: typer.Typer = group(help="List, add, remove, import and export addresses that get no mail.")

Of = Annotated[str, typer.Option("--stream", metavar="ID", help="Of this message stream: each has its own.")]
Addresses = Annotated[
    list[str], typer.Argument(metavar="ADDRESS...", help="Addresses; - reads them from stdin, one a line.")
]
Reason = Annotated[
    str | None,
    typer.Option("--reason", metavar="WORD", help="HardBounce, SpamComplaint or ManualSuppression."),
]
Origin = Annotated[str | None, typer.Option("--origin", metavar="WORD", help="Recipient, Customer or Admin.")]

_COLUMNS: Columns = {
    "address": "email_address",
    "reason": "suppression_reason",
    "origin": "origin",
    "since": "created_at",
}
_CSV = ("email_address", "suppression_reason", "origin", "created_at")
_IN_A_CALL = 50
"""As many as Postmark takes at once, which is what the SDK sends."""
_DELIMITERS = ",;\t"
"""Spreadsheets write what their language has."""
_HEADINGS = frozenset({"emailaddress", "email", "address", "recipient"})


@command(app, "list")
def list_(
    session: Session,
    *,
    stream: Of = "outbound",
    reason: Reason = None,
    origin: Origin = None,
    address: Annotated[str | None, typer.Option("--address", metavar="ADDRESS", help="This one alone.")] = None,
    since: SinceDay = None,
    until: UntilDay = None,
    limit: Limit = 100,
    all_of_them: All = False,
) -> None:
    """List suppressed addresses."""
    wanted = most(limit, all_of_them)
    found = session.client.suppressions.iterate(
        stream,
        suppression_reason=reason,
        origin=origin,
        email_address=address,
        from_date=day(since, "--since"),
        to_date=day(until, "--until"),
        limit=one_more(wanted),
    )
    session.output.rows(found, _COLUMNS, none="No address is suppressed.", most=wanted)


@command(app)
def add(session: Session, addresses: Addresses, *, stream: Of = "outbound") -> None:
    """Stop mail to addresses, any number of them.

    Exit status 1 if one was refused; the others are added.
    """
    _change(session, "create", stream, _given(addresses), "suppressed")


@command(app)
def remove(session: Session, addresses: Addresses, *, stream: Of = "outbound", yes: Yes = False) -> None:
    """Let mail go to addresses again, any number of them.

    Nobody can remove a spam complaint; ask Postmark's support. Exit status 1 if one was refused; the others are
    removed.
    """
    given = _given(addresses)
    session.confirm(f"Let mail of {stream} go to {_number(given)} again?", yes=yes)
    _change(session, "delete", stream, given, "no longer suppressed")


@command(app, "import")
def import_(
    session: Session,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file, - for stdin.", show_default=False)],
    *,
    stream: Of = "outbound",
) -> None:
    """Stop mail to the addresses of a file, any number of them.

    It is CSV with a column EmailAddress, email_address or E-Mail, as export, Postmark and spreadsheets write it, or has
    one address a line. Exit status 1 if one was refused; the others are added.
    """
    _change(session, "create", stream, list(_read(content(file), file)), "suppressed")


@command(app)
def export(
    session: Session,
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="The file, - for stdout.", show_default=False)] = STDIN,
    *,
    stream: Of = "outbound",
    reason: Reason = None,
    origin: Origin = None,
    since: SinceDay = None,
    until: UntilDay = None,
) -> None:
    """Write all suppressed addresses as CSV, whether to a terminal or not."""
    found = session.client.suppressions.list(  # all of them are there before a file is replaced
        stream,
        suppression_reason=reason,
        origin=origin,
        from_date=day(since, "--since"),
        to_date=day(until, "--until"),
    )
    if file == STDIN:
        written = io.StringIO()
        _write(written, found)
        session.output.file(written.getvalue())
        return
    with Path(file).open("w", encoding="utf-8", newline="") as target:
        _write(target, found)
    session.output.done({"file": file, "addresses": len(found)}, f"{len(found)} addresses are in {file}")


def _write(target: TextIO, found: Iterable[Suppression]) -> None:
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(_CSV)
    writer.writerows([plain(getattr(each, name)) for name in _CSV] for each in found)


def _read(data: bytes, file: str) -> Iterator[str]:
    """The addresses of a CSV file with a heading, or of lines."""
    try:
        text = data.decode("utf-8-sig")
        begin = text.lstrip().partition("\n")[0]
        delimiter = max(_DELIMITERS, key=begin.count)
        rows = csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=delimiter, strict=True)
        first = next(rows, [])
        column = next((place for place, name in enumerate(first) if _plain(name) in _HEADINGS), None)
        if column is None and len(first) > 1:
            raise CommandError(f"{file}: no column is called EmailAddress", status=USAGE)
        for row in rows if column is not None else (first, *rows):
            cell = row[column or 0].strip() if len(row) > (column or 0) else ""
            if cell:
                yield cell
    except (UnicodeDecodeError, csv.Error) as error:
        kind = "not UTF-8" if isinstance(error, UnicodeDecodeError) else "no CSV"
        raise CommandError(f"{file}: {kind}", status=USAGE) from None


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).lower()


def _given(addresses: list[str]) -> list[str]:
    return [each for given in addresses for each in (_read(content(given), given) if given == STDIN else [given])]


def _change(session: Session, verb: Literal["create", "delete"], stream: str, given: list[str], word: str) -> None:
    addresses = list(dict.fromkeys(given))
    if not addresses:
        raise CommandError("no address is given", status=USAGE)
    if len(addresses) < len(given):
        session.output.note(f"Named again, and left out: {len(given) - len(addresses)}")
    results = _results(session, verb, stream, addresses)
    refused = [each for each in results if not each.success]
    if session.output.as_json:
        session.output.rows(results, {}, none="")
    else:
        _tell(session, len(results) - len(refused), refused, word)
    if refused:
        raise typer.Exit(FAILED)


def _results(session: Session, verb: str, stream: str, addresses: list[str]) -> list[SuppressionResult]:
    done = 0
    with session.output.progress(f"{len(addresses)} addresses", len(addresses)) as advance:

        def count(event: AttemptEvent | CallEvent) -> None:
            nonlocal done
            if isinstance(event, CallEvent) and event.outcome == "success":
                done += 1
                advance(_IN_A_CALL)

        try:
            return list(getattr(session.client.with_options(on_event=count).suppressions, verb)(stream, addresses))
        except (PostmarkError, KeyboardInterrupt):
            if done:
                session.output.note(
                    f"Postmark has answered for the first {done * _IN_A_CALL} of {len(addresses)}. Give all of them "
                    "again: it changes nothing for those"
                )
            raise


def _tell(session: Session, done: int, refused: list[SuppressionResult], word: str) -> None:
    if done:
        session.output.done({}, f"{done} {'is' if done == 1 else 'are'} {word}")
    if refused:
        columns: Columns = {"refused": "email_address", "why": lambda each: shown(each.message)}
        session.output.rows(refused, columns, none="")


def _number(addresses: list[str]) -> str:
    return addresses[0] if len(addresses) == 1 else f"{len(addresses)} addresses"
