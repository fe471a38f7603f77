"""The log of refused requests, so that a developer sees what Postmark would have said to which body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ..reference.json_text import dumps

if TYPE_CHECKING:
    from ..reference.description import Operation
    from ..reference.problems import Json, Problem
    from ..state.state import State

_KEPT = 1000
_KEPT_CHARACTERS = 256 * 1024


class Refused(Protocol):
    """What is known of the request."""

    scope: Any
    operation: Operation | None
    server: int
    raw: bytes


def log_refusal(
    state: State, request: Refused, problem: Problem, *, item: int | None = None, given: Json = None
) -> None:
    """Write one down; the oldest go when there are many."""
    text = dumps(given) if item is not None else request.raw[:_KEPT_CHARACTERS].decode("utf-8", "replace")
    with state.change():
        key = state.store.write(
            "INSERT INTO refusals (at, method, path, operation, server, status, code, message, request, answer, item)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                state.clock.now(),
                request.scope["method"],
                request.scope["path"].encode("utf-8", "replace").decode(),
                request.operation.id if request.operation else None,
                request.server,
                200 if item is not None else problem.status,
                problem.code,
                problem.text,
                text[:_KEPT_CHARACTERS],
                dumps(problem.body),
                item,
            ),
        )
        if key % 100 == 0:
            state.store.write("DELETE FROM refusals WHERE key <= ?", (key - _KEPT,))
