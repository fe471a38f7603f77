"""All checks, in the order in which they are made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ....errors import PostmarkError
from . import account, machine, server, tokens
from .finding import Check, Exam, Finding

if TYPE_CHECKING:
    from ...frame.session import Session

__all__ = ["examine"]

_HERE: tuple[Check, ...] = (machine.settings, machine.proxy, machine.tls, machine.reach)
_OF_THE_SERVER: tuple[Check, ...] = (server.delivery, server.streams, server.webhooks, server.suppressions)
_OF_THE_ACCOUNT: tuple[Check, ...] = (account.domains, account.senders)


def examine(session: Session, *, sender: str | None = None, to: str | None = None) -> Iterator[Finding]:
    """What all checks find. Those that a failure makes pointless are left out: that failure is a finding."""
    exam = Exam(session.client.with_options(retries=0), session.profile, sender, to)
    here = [finding for check in _HERE for finding in _made(check, exam)]
    yield from here
    if any(finding.check == "reach" and finding.level == "problem" for finding in here):
        return
    usable = set()
    for kind in tokens.KINDS:
        for finding in tokens.token(exam, kind):
            yield finding
            if finding.level == "ok":
                usable.add(kind)
    for kind, checks in (("server", _OF_THE_SERVER), ("account", _OF_THE_ACCOUNT)):
        for check in checks if kind in usable else ():
            yield from _made(check, exam)


def _made(check: Check, exam: Exam) -> Iterator[Finding]:
    try:
        yield from check(exam)
    except PostmarkError as error:
        yield Finding(check.__name__, "warning", f"Not checked: {error}", error.hint)
