"""``postmark doctor``: what keeps mail from going out, and what to do about it.

``checks`` names them in their order and runs them; the modules beside it hold them: ``machine`` this machine and its
way to Postmark, ``tokens`` what the tokens are for, ``account`` who may send, ``server`` the rest. A check yields
findings; one that fails is a finding itself, and the others go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ...frame.command import command, group
from ...frame.failures import FAILED
from ...frame.session import Session
from .finding import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["app"]

app: typer.Typer = group(no_args_is_help=False)

_SIGNS: dict[Level, tuple[str, str]] = {
    "ok": ("✓", "green"),
    "note": ("·", "cyan"),
    "warning": ("!", "yellow"),
    "problem": ("✗", "bold red"),
}


@command(app)
def doctor(
    session: Session,
    *,
    sender: Annotated[
        str | None, typer.Option("--from", metavar="ADDRESS", help="Whether this sender may send, too.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ADDRESS", help="Whether this recipient is suppressed, too.")
    ] = None,
) -> None:
    """Find what keeps mail from going out, and say what to do.

    It looks at this machine, the tokens, the server, its streams, webhooks and suppressions; with the account token
    also at domains and sender signatures. Nothing is changed or sent. Exit status 1 if something keeps mail from going
    out.
    """
    from .checks import examine  # noqa: PLC0415 - --help needs no check

    found = examine(session, sender=sender, to=to)
    findings = list(found) if session.output.as_json else _printed(session, found)
    problems = [finding for finding in findings if finding.level == "problem"]
    if session.output.as_json:
        session.output.record({"ok": not problems, "findings": [finding._asdict() for finding in findings]})
    else:
        _sum_up(session, findings)
    if problems:
        raise typer.Exit(FAILED)


def _printed(session: Session, found: Iterable[Finding]) -> list[Finding]:
    """Each when it is there: some take seconds."""
    from rich.table import Table  # noqa: PLC0415 - a terminal alone needs it
    from rich.text import Text  # noqa: PLC0415

    findings: list[Finding] = []
    for finding in found:
        sign, style = _SIGNS[finding.level]
        new = not findings or findings[-1].check != finding.check
        row = Table.grid(padding=(0, 1))
        row.add_column(min_width=13, max_width=13)
        row.add_column(width=1)
        row.add_column(overflow="fold")
        row.add_row(Text(finding.check if new else "", "bold"), Text(sign, style), Text(finding.text))
        if finding.todo:
            row.add_row("", "", Text(f"→ {finding.todo}", style))
        session.output.print(row)
        findings.append(finding)
    return findings


def _sum_up(session: Session, findings: list[Finding]) -> None:
    count = {level: sum(finding.level == level for finding in findings) for level in _SIGNS}
    if count["problem"]:
        text = f"Something keeps mail from going out. Problems: {count['problem']}, warnings: {count['warning']}."
        style = "bold red"
    elif count["warning"]:
        text, style = f"Mail goes out. Warnings: {count['warning']}.", "yellow"
    else:
        text, style = "Mail goes out.", "green"
    session.output.print("")
    session.output.done({}, text, style)
