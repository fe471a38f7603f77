"""A list that is too long for one call, cut into several, whose answers become one. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from attrs import evolve

from ..body.encode import encode, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..schema.operation import Operation

T = TypeVar("T")


def cut(operation: Operation[Any], given: Any) -> list[Sequence[Any]]:
    """The lists of the calls, each as long as one may be.

    What fits into one call is checked by that one.

    Raises:
        InvalidMessageError: It is no list, or something is wrong with an entry of one that takes several calls.
    """
    body = operation.body
    assert body is not None and body.max_items is not None  # noqa: S101, PT018 - what makes it one to cut
    items = listed(body, given, {})
    if len(items) <= body.max_items:
        return [items]
    encode(evolve(operation, body=body._replace(max_items=None)), items, {})
    return [items[start : start + body.max_items] for start in range(0, len(items), body.max_items)]


def joined(answers: Sequence[T]) -> T:
    """The first answer, with the records of all."""
    first: Any = answers[0]
    first.items = [record for answer in answers for record in answer.items]  # type: ignore[attr-defined]  # all pages
    return answers[0]
