"""Rules that many bodies share, each with the code of its area."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..reference.problems import Json, Problem

if TYPE_CHECKING:
    from .call import Call


def need_body(call: Call, code: int) -> None:
    """Something was sent at all, be it null."""
    if not call.given:
        raise Problem(code, "No data was found in the request body.")


def need(body: dict[str, Json], name: str, code: int) -> None:
    """A text or value that must be there and not blank."""
    value = body.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        raise Problem(code, f"The '{name}' field is required.")


def at_most(body: dict[str, Json], name: str, characters: int, code: int) -> None:
    """A text that has a longest length."""
    if len(body.get(name) or "") > characters:
        raise Problem(code, f"The '{name}' field is longer than {characters} characters.")


def one_of(body: dict[str, Json], name: str, choices: tuple[str, ...], code: int) -> None:
    """A word out of a list; the description has already put known ones into their spelling."""
    if name not in body:
        return
    matching = [choice for choice in choices if choice.lower() == str(body[name]).lower()]
    if not matching:
        raise Problem(code, f"The '{name}' field must be one of: {', '.join(choices)}.")
    body[name] = matching[0]


def merged(old: dict[str, Json], body: dict[str, Json], names: tuple[str, ...]) -> dict[str, Json]:
    """The document with the given fields of the body laid over it."""
    return {**old, **{name: body[name] for name in names if name in body}}
