"""The templates of a server, all of them, with their content."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from ....models import Template, TemplateSummary
    from ....templates.tree import TemplateSource
    from ...frame.session import Session

__all__ = ["ServerTemplates", "fetch"]

_AT_A_TIME: Final = 4
"""Requests. Postmark names no limit; whoever asks for hundreds at once is told to slow down."""


class ServerTemplates(NamedTuple):
    """What a server has."""

    templates: list[TemplateSource]
    ids: dict[str, int]
    """By alias in lower case."""

    nameless: list[TemplateSummary]
    """Those without an alias, which no folder can stand for."""


def fetch(session: Session) -> ServerTemplates:
    """List the templates and read each.

    Raises:
        PostmarkError: As of ``templates.list`` and ``templates.get``.
    """
    from ....templates.tree import TemplateSource  # noqa: PLC0415 - --help does without

    summaries = list(session.client.templates.iterate(page_size=500))
    named = [summary for summary in summaries if summary.alias]
    with session.output.progress("Reading templates", total=len(named)) as advance:
        details = _details(session, named, advance)
    there = [each for each in details if each.active is not False and each.alias]  # one may be deleted by now
    return ServerTemplates(
        [TemplateSource.from_wire(each.to_dict(wire=True)) for each in there],
        {str(each.alias).lower(): each.template_id for each in there},
        [summary for summary in summaries if not summary.alias],
    )


def _details(session: Session, summaries: list[TemplateSummary], advance: Callable[[int], None]) -> list[Template]:
    templates = session.client.templates
    found: list[Template] = []
    pool = ThreadPoolExecutor(_AT_A_TIME)
    try:
        for template in pool.map(lambda summary: templates.get(summary.template_id), summaries):
            found.append(template)
            advance(1)
    finally:
        pool.shutdown(cancel_futures=True)
    return found
