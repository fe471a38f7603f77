"""Filling a template in: scopes, loops, escaping, numbers as .NET writes them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final, cast

from .program import Kind, Step

MAX_RENDER_WORK: Final = 10_000_000
"""Where rendering gives up: the characters written plus ten for every tag passed. Loops in loops multiply."""

_STEP_WORK: Final = 10
NO_TOKENS: Final[Mapping[str, str]] = MappingProxyType({})


class RenderError(ValueError):
    """A valid template cannot be rendered with this model, or the template is not valid."""


def render(
    steps: Sequence[Step],
    model: Mapping[str, object],
    tokens: Mapping[str, str] = NO_TOKENS,
    *,
    html: bool,
    watch: Callable[[Step, Scope], object] | None = None,
) -> str:
    """Go through the steps once.

    What most arguments mean is told at ``Template.render``. ``watch`` is called with each tag that names something of
    the model, and with what it names.
    """
    return _Renderer(steps, model, tokens, html=html, watch=watch).run()


class Scope:
    """A value and the scope around it."""

    __slots__ = ("key", "parent", "value")

    def __init__(self, value: object, parent: Scope | None = None, key: str | None = None) -> None:
        self.value: object = value
        self.parent: Scope | None = parent
        self.key: str | None = key
        """Its name in the scope around it. ``None`` for the element of a list, and for the model itself."""

    def resolve(self, path: Iterable[str]) -> Scope:
        """Follow a path. Every name makes one level, whether there is such a value or not."""
        scope = self
        for step in path:
            up = step == "../"
            scope = (scope.parent or scope) if up else Scope(_member(scope.value, step), scope, step)
        return scope


@dataclass(slots=True, eq=False)
class _Frame:
    """What to come back to after a block."""

    outer: Scope
    elements: Iterator[Scope]


class _Renderer:
    """Walks the steps once, with its own stack of blocks."""

    def __init__(
        self,
        steps: Sequence[Step],
        model: Mapping[str, object],
        tokens: Mapping[str, str],
        *,
        html: bool,
        watch: Callable[[Step, Scope], object] | None,
    ) -> None:
        self._steps = steps
        self._scope = Scope(model)
        self._tokens = tokens
        self._html = html
        self._watch = watch
        self._frames: list[_Frame] = []
        self._output: list[str] = []
        self._work_left = MAX_RENDER_WORK

    def run(self) -> str:
        position = 0
        while position < len(self._steps):
            step = self._steps[position]
            self._spend(_STEP_WORK + len(step.path))
            position += _ACTIONS[step.kind](self, step)
        return "".join(self._output)

    def _resolve(self, step: Step) -> Scope:
        scope = self._scope.resolve(step.path)
        if self._watch is not None:
            self._watch(step, scope)
        return scope

    def write_literal(self, step: Step) -> int:
        return self._write(step.text)

    def write_escaped(self, step: Step) -> int:
        text = _text_of(self._resolve(step).value)
        return self._write(_escaped(text) if self._html else text)

    def write_raw(self, step: Step) -> int:
        return self._write(_text_of(self._resolve(step).value))

    def write_token(self, step: Step) -> int:
        return self._write(self._tokens.get(step.text, ""))

    def enter_section(self, step: Step) -> int:
        scope = self._resolve(step)
        return self._enter(iter((scope,)), step) if scope.value else step.move

    def enter_inverted(self, step: Step) -> int:
        scope = self._resolve(step)
        return step.move if scope.value else self._enter(iter((scope,)), step)

    def enter_loop(self, step: Step) -> int:
        scope = self._resolve(step)
        if not scope.value:
            return step.move
        if not _is_list(scope.value):
            raise RenderError(_not_a_list(step.text))
        elements = cast("Sequence[object]", scope.value)
        return self._enter((Scope(element, scope) for element in elements), step)

    def leave_section(self, _step: Step) -> int:
        self._scope = self._frames.pop().outer
        return 1

    def repeat_loop(self, step: Step) -> int:
        element = next(self._frames[-1].elements, None)
        if element is None:
            return self.leave_section(step)
        self._scope = element
        return step.move

    def _enter(self, elements: Iterator[Scope], step: Step) -> int:
        first = next(elements, None)
        if first is None:
            return step.move
        self._frames.append(_Frame(self._scope, elements))
        self._scope = first
        return 1

    def _write(self, text: str) -> int:
        self._spend(len(text))
        self._output.append(text)
        return 1

    def _spend(self, work: int) -> None:
        self._work_left -= work
        if self._work_left < 0:
            message = "The template was not rendered: with this model it is too long, or loops too often."
            raise RenderError(message)


_ACTIONS: Final[Mapping[Kind, Callable[[_Renderer, Step], int]]] = {
    Kind.LITERAL: _Renderer.write_literal,
    Kind.ESCAPED: _Renderer.write_escaped,
    Kind.RAW: _Renderer.write_raw,
    Kind.TOKEN: _Renderer.write_token,
    Kind.SECTION: _Renderer.enter_section,
    Kind.INVERTED: _Renderer.enter_inverted,
    Kind.LOOP: _Renderer.enter_loop,
    Kind.END: _Renderer.leave_section,
    Kind.NEXT: _Renderer.repeat_loop,
}


def _member(value: object, name: str) -> object:
    members = as_object(value)
    return None if members is None else members.get(name)


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _text_of(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return _int_text(value)
    return _float_text(value) if isinstance(value, float) else ""


def _int_text(value: int) -> str:
    try:
        return str(value)
    except ValueError as error:
        # Python refuses some 4300 digits: writing them takes quadratic time.
        message = "The template was not rendered: a number of the model has too many digits."
        raise RenderError(message) from error


_FIXED_POINT_EXPONENTS: Final = range(-4, 15)
"""Of ten. Other numbers are written like ``1E+15``."""


def _float_text(value: float) -> str:
    """Write a number as .NET does in its invariant culture."""
    if not math.isfinite(value):
        return str(value).replace("inf", "Infinity").replace("nan", "NaN")
    number = Decimal(repr(value)).normalize()
    if number.adjusted() in _FIXED_POINT_EXPONENTS:
        return f"{number:f}"
    mantissa, _, exponent = f"{number:E}".partition("E")
    return f"{mantissa}E{int(exponent):+03d}"


_TO_ESCAPE: Final = re.compile("[&<>\"'\xa0-\xff\ud800-\udfff\U00010000-\U0010ffff]")
_NAMED: Final[Mapping[str, str]] = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def _escaped(text: str) -> str:
    return _TO_ESCAPE.sub(_entity, text)


def _entity(match: re.Match[str]) -> str:
    character = match.group()
    if "\ud800" <= character <= "\udfff":
        # Half a surrogate pair is nothing that could be sent.
        return "\ufffd"
    return _NAMED.get(character) or f"&#{ord(character)};"


def _not_a_list(path: str) -> str:
    return f"'{path}' is used like an array by the template, but is a scalar value or object in your model."


def as_object(value: object) -> Mapping[str, object] | None:
    """The value if it is a JSON object, else None."""
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else None
