"""What was sent, read back: the request as it came and the bodies as they went out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..reference.normalise import metadata_as_text, normalise

if TYPE_CHECKING:
    from ..reference.normalise import Shape
    from ..reference.problems import Json
    from ..state.state import State

_SINGLE = {"emails_send_batch": "emails_send", "emails_send_batch_with_templates": "emails_send_with_template"}


@dataclass(frozen=True)
class Content:
    """One stored message beyond its row."""

    operation: str
    given: Json
    """As the caller wrote it."""
    message: dict[str, Json]
    """The same with documented spelling."""
    parts: dict[str, Json]
    """``Subject``, ``HtmlBody``, ``TextBody`` as they went out."""


def content_of(state: State, key: int) -> Content:
    """The content of a message by its row's key."""
    operation, request, rendered = state.store.one(
        "SELECT operation, request, rendered FROM contents WHERE message = ?", (key,)
    )
    given = json.loads(request)
    # Messages of a bulk request were put together here and are spelt right already.
    message = given if operation == "emails_send_bulk" else normalise(given, _shape(state, operation), [])
    metadata_as_text(message)
    return Content(operation, given, message, json.loads(rendered) if rendered else message)


def _shape(state: State, operation: str) -> Shape | None:
    single = _SINGLE.get(operation, operation)
    return state.description.operations[single].shape
