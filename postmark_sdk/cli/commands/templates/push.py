"""``postmark templates push``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ....errors import OutcomeUnknownError, PostmarkError
from ....models import TemplateCreate, TemplateUpdate
from ...frame.command import command
from ...frame.failures import CommandError, failure
from ...frame.session import Session
from .app import app
from .check import errors_of
from .diff import Prune, pending, summary, told
from .folder import DEFAULT, Folder, count, read
from .server import ServerTemplates, fetch

if TYPE_CHECKING:
    from .... import PostmarkClient
    from ....templates.tree import Change, TemplateTree

_PLANNED: Final = {"action": "action", "template": "alias", "type": "type", "changes": "fields"}
_COLUMNS: Final = {**_PLANNED, "result": "result"}


@command(app)
def push(
    session: Session,
    folder: Folder = DEFAULT,
    *,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be done, and do nothing.")] = False,
    prune: Prune = False,
    no_check: Annotated[bool, typer.Option("--no-check", help="Push in spite of errors that check finds.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Change and delete without asking.")] = False,
) -> None:
    """Make a server's templates those of a folder.

    Only what differs is sent: layouts first, then templates. It stops at the first failure and says what was done, and
    of what it does not know whether it was done; pushing again goes on from there.
    """
    tree = read(folder)
    if not no_check:
        _refuse_errors(tree)
    server = fetch(session)
    found = pending(session, tree, server, prune=prune)
    _refuse_impossible(found)
    if not found:
        session.output.rows([], {}, none=summary(found))
    elif plan:
        session.output.rows(map(told, found), _PLANNED, none="")
    else:
        _ask(session, found, yes=yes)
        _carry_out(session, found, server)


def _refuse_errors(tree: TemplateTree) -> None:
    found = errors_of(tree)
    if found:
        raise CommandError(
            f"{count(len(found), 'error')} in {tree.root}, the first: {found[0].problem}",
            f"See all of them: postmark templates check {tree.root}. Push in spite of them with --no-check.",
        )


def _refuse_impossible(found: list[Change]) -> None:
    for change in found:
        if not change.is_possible:
            kinds = ("a layout", "a template") if change.template.is_layout else ("a template", "a layout")
            raise CommandError(
                f"'{change.template.alias}' is {kinds[0]} in the folder and {kinds[1]} on the server",
                "Give it another alias, or delete it on the server.",
            )


def _ask(session: Session, found: list[Change], *, yes: bool) -> None:
    changed, deleted = (sum(change.action == action for change in found) for action in ("update", "delete"))
    if not changed and not deleted:
        return
    if not session.output.as_json:
        session.output.note(summary(found))
    what = [f"change {count(changed, 'template')}"] * bool(changed) + [f"delete {deleted}"] * bool(deleted)
    session.confirm(f"{' and '.join(what).capitalize()} on the server?", yes=yes)


class _Progress:
    """Carries out changes one after the other, and remembers how that ended."""

    def __init__(self, client: PostmarkClient, ids: dict[str, int]) -> None:
        self.done: int = 0
        self.stopped_by: PostmarkError | KeyboardInterrupt | None = None
        self._client = client
        self._ids = ids

    def results(self, found: list[Change], advance: Callable[[int], None]) -> Iterator[dict[str, Any]]:
        for change in found:
            result = self._result(change)
            advance(1)
            yield {**told(change), **result}

    def _result(self, change: Change) -> dict[str, Any]:
        if self.stopped_by is not None:
            return {"result": "not tried"}
        try:
            self._carry_out(change)
        except (PostmarkError, KeyboardInterrupt) as error:
            self.stopped_by = error
            is_unknown = isinstance(error, OutcomeUnknownError | KeyboardInterrupt)
            known = failure(error) if isinstance(error, PostmarkError) else {"error": "Interrupted"}
            return {"result": "unknown" if is_unknown else "failed", "error": known}
        self.done += 1
        return {"result": "done"}

    def _carry_out(self, change: Change) -> None:
        templates, template_id = self._client.templates, self._ids.get(change.template.alias.lower(), 0)
        if change.action == "create":
            templates.create(TemplateCreate.from_dict(change.template.to_wire()))
        elif change.action == "update":
            templates.update(template_id, TemplateUpdate.from_dict(change.wire()))
        else:
            templates.delete(template_id)


def _carry_out(session: Session, found: list[Change], server: ServerTemplates) -> None:
    progress = _Progress(session.client, server.ids)
    with session.output.progress("Pushing templates", len(found)) as advance:
        results: Iterable[dict[str, Any]] = progress.results(found, advance)
        if not session.output.as_json:
            results = list(results)  # the table comes when the bar has gone
    session.output.rows(results, _COLUMNS, none="")
    error = progress.stopped_by
    if isinstance(error, KeyboardInterrupt):
        raise error
    if error is not None:
        message = f"{progress.done} of {count(len(found), 'change')} done, then: {error}"
        raise CommandError(message, failure(error).get("hint")) from error
