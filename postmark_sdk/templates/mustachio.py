"""Postmark's template language, Mustachio: parse, render, validate, suggest a model.

Mustache with one big change: a section never loops, ``{{#each path}}`` does. There are no helpers, partials,
operators or formats, and names are looked up in the current scope only; ``../`` leads out of it.

``parse`` never raises: whatever is wrong with a source is in ``Template.errors``, in Postmark's own words.
Only rendering raises, and only ``RenderError``. Nothing here recurses, so depth costs memory and never the
stack. Parsing takes time in proportion to the source, rendering no more than ``MAX_RENDER_WORK``.

Postmark publishes the engine (https://github.com/ActiveCampaign/mustachio) and describes the language
(https://postmarkapp.com/support/article/1077-template-syntax). Oddities below are the engine's.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from types import MappingProxyType
from typing import Final, Generic, NamedTuple, TypeVar, cast

__all__ = [
    "MAX_RENDER_WORK",
    "MAX_SUGGESTED_DEPTH",
    "PartValidation",
    "Parts",
    "RenderError",
    "Template",
    "TemplateProblem",
    "Validation",
    "as_document",
    "count_placeholders",
    "merge_models",
    "parse",
    "parse_layout",
    "suggest_model",
    "validate",
]

MAX_RENDER_WORK: Final = 10_000_000
"""Where rendering gives up: the characters written plus ten for every tag passed. Loops in loops multiply."""

MAX_SUGGESTED_DEPTH: Final = 200
"""Levels of a suggested model. What lies deeper is left out, so that a JSON encoder can write the rest."""

_STEP_WORK: Final = 10

_T = TypeVar("_T")
_NO_TOKENS: Final[Mapping[str, str]] = MappingProxyType({})


class RenderError(ValueError):
    """A valid template cannot be rendered with this model, or the template is not valid."""


class TemplateProblem(NamedTuple):
    """One thing that is wrong with a template."""

    message: str
    """In Postmark's words."""

    line: int | None
    """From 1, split at LF only. ``None`` for what shows only in rendering."""

    character_position: int | None
    """From 1, in UTF-16 units: the first brace of the tag. ``None`` like ``line``."""


# --- what a parsed template is made of


class _Kind(Enum):
    LITERAL = auto()
    ESCAPED = auto()
    RAW = auto()
    TOKEN = auto()
    SECTION = auto()
    INVERTED = auto()
    LOOP = auto()
    END = auto()
    NEXT = auto()


@dataclass(slots=True, eq=False)
class _Step:
    """One step of a program without nesting, so that depth needs no stack."""

    kind: _Kind
    text: str = ""
    """Literal text, a path as written, or the name of a special token."""

    path: tuple[str, ...] = ()
    """``text`` cut into names and ``../``."""

    move: int = 1
    """Where to go on, relative to here: past a block that is not shown, or back to the start of a loop."""


class Template:
    """A parsed template. It can be rendered any number of times and holds nothing of any model."""

    __slots__ = ("_steps", "errors")

    errors: tuple[TemplateProblem, ...]
    """By line, then column; empty if the template is valid. Each source counts its own lines: with a layout,
    line 3 is that of the layout or that of the body."""

    def __init__(self, steps: Sequence[_Step], errors: Iterable[TemplateProblem] = ()) -> None:
        """Templates come from ``parse`` and ``parse_layout``."""
        self.errors = tuple(errors)
        self._steps: Sequence[_Step] = () if self.errors else steps

    def render(self, model: Mapping[str, object], *, html: bool, tokens: Mapping[str, str] = _NO_TOKENS) -> str:
        """Fill the template in.

        Args:
            model: JSON values: str, bool, int, float, None, lists and objects of these. A missing key prints
                nothing.
            html: Escape ``{{x}}``. Text bodies and subjects are never escaped, whatever the braces.
            tokens: Texts for ``pm:unsubscribe``, ``pm:unsubscribe_url`` and, in a layout by itself,
                ``@content``. They are inserted as they are; one that is missing prints nothing.

        Raises:
            RenderError: ``{{#each}}`` over something that is not a list, more work than ``MAX_RENDER_WORK``,
                a number too long to print, or a template with errors.
        """
        if self.errors:
            raise RenderError(self.errors[0].message)
        return _Renderer(self._steps, model, tokens, html=html).run()

    def record_uses(self, root: _Node) -> None:
        """Note in a tree of keys what is done with each. For ``suggest_model``."""
        node = root
        outer: list[_Node] = []
        for step in self._steps:
            if step.kind in _BLOCK_USES:
                outer.append(node)
                node = node.used(step.path, _BLOCK_USES[step.kind])
            elif step.kind in _BLOCK_ENDS:
                node = outer.pop()
            elif step.kind in _VALUES:
                node.used(step.path, _Use.SCALAR)


_VALUES: Final = frozenset({_Kind.ESCAPED, _Kind.RAW})
_BLOCK_ENDS: Final = frozenset({_Kind.END, _Kind.NEXT})


# --- parsing

# Neither alternative can look past the next brace, so a scan of any text is linear.
_TAG: Final = re.compile(r"\{{2}[^{}]+?\}{2}|\{{3}[^{}]+?\}{3}")

_PATH_STEP: Final = re.compile(r"\.\./|[^.]+")
_MISPLACED: Final = re.compile(r"\.\.(?!/)|(?<!\.\.)/")

# What .NET trims. Python's own strip() would also take U+001C to U+001F.
_BLANKS: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
    "\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)

# .NET's \w, which is not Python's: it has the marks of Hebrew, and neither Roman numerals nor superscripts.
_WORD_CATEGORIES: Final = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Nd", "Pc"})
_LAST_BMP_CHARACTER: Final = "\uffff"

_CONTENT: Final = "@content"
# Nothing is known of double braces or other names: they stay invalid paths, which also finds misspelt ones.
# https://postmarkapp.com/support/article/1208-how-to-add-an-unsubscribe-link
_PM_TOKENS: Final = frozenset({"pm:unsubscribe", "pm:unsubscribe_url"})

# The single braces are Postmark's: its texts pass a formatter that halves them.
_EACH_WITHOUT_PATH: Final = (
    "The 'each' block being opened requires a model path to be specified in the form '{#each <name>}'."
)
_EACH_CLOSED_BADLY: Final = "The syntax to close the 'each' block should be: '{/each}'."
_EACH_NOT_OPEN: Final = (
    "An 'each' block is being closed, but no corresponding opening element ('{#each <name>}') was detected."
)
_MISMATCHED: Final = "It appears that open and closing elements are mismatched."


def _invalid_path(path: str) -> str:
    return f"The path '{path}' is not valid. Please see documentation for examples of valid paths."


def _not_closed(path: str) -> str:
    return (
        f"A scope block to the following path was opened but not closed: '{path}', "
        "please close it using the appropriate syntax."
    )


def _not_a_list(path: str) -> str:
    return f"'{path}' is used like an array by the template, but is a scalar value or object in your model."


def parse(source: str, *, layout: str | None = None) -> Template:
    """Read a subject or a body.

    Args:
        source: With ``layout``, a body for it. ``{{{ @content }}}`` is no valid path here.
        layout: The layout's body of the same kind, HTML for HTML. The body takes the place of its
            ``{{{ @content }}}`` and inherits the scope there, but each source has to close its own blocks.
            Postmark insists on exactly one placeholder (``count_placeholders``); were there more, only the
            first would be filled.
    """
    body = _Parser(source).run()
    if layout is None:
        return Template(body.steps, body.problems)
    whole = _Parser(layout, content=body.steps).run()
    return Template(whole.steps, sorted(body.problems + whole.problems, key=_place_of))


def parse_layout(source: str) -> Template:
    """Read a layout by itself: ``{{{ @content }}}`` is allowed in it, and rendered like any other token."""
    layout = _Parser(source, content=[_Step(_Kind.TOKEN, _CONTENT)]).run()
    return Template(layout.steps, layout.problems)


def count_placeholders(source: str) -> int:
    """Count ``{{{ @content }}}``: a layout needs exactly one in every body it has."""
    tags = (match.group() for match in _TAG.finditer(source))
    return sum(1 for tag in tags if tag.startswith("{{{") and _trimmed(tag) == _CONTENT)


def _place_of(problem: TemplateProblem) -> tuple[int, int]:
    return problem.line or 0, problem.character_position or 0


def _trimmed(tag: str, marker: str = "") -> str:
    return tag.strip("{}").lstrip(marker).strip(_BLANKS)


def _is_path(path: str) -> bool:
    return _MISPLACED.search(path) is None and all(map(_is_path_character, path))


def _is_path_character(character: str) -> bool:
    # .NET sees a character beyond the BMP as two surrogates, which are in no category of letters.
    is_word = character <= _LAST_BMP_CHARACTER and unicodedata.category(character) in _WORD_CATEGORIES
    return is_word or character in "./"


def _utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(slots=True)
class _Opener:
    """A block that is not closed yet."""

    text: str
    """The whole tag of a loop, the trimmed name of a section: the two never compare equal."""

    step: int
    line: int
    column: int
    reported: bool = False
    """Something worse than a missing end has been said of it."""

    @property
    def is_loop(self) -> bool:
        return self.text.startswith("{{#each")

    @property
    def path(self) -> str:
        """As the message about a missing end names it, blanks and all."""
        return self.text.strip("{#}").removeprefix("each ")


class _Parser:
    """Turns one source into steps, noting every problem on the way."""

    def __init__(self, source: str, *, content: Sequence[_Step] | None = None) -> None:
        self.steps: list[_Step] = []
        self.problems: list[TemplateProblem] = []
        self._source = source
        self._content = content
        self._open: list[_Opener] = []
        self._index = 0
        self._line = 1
        self._column = 1

    def run(self) -> _Parser:
        end = 0
        for match in _TAG.finditer(self._source):
            self._read_literal(self._source[end : match.start()])
            self._go_to(match.start())
            self._read_tag(match.group())
            end = match.end()
        self._read_literal(self._source[end:])
        self._report_open_blocks()
        self.problems.sort(key=_place_of)
        return self

    def _go_to(self, index: int) -> None:
        passed = self._source[self._index : index]
        self._index = index
        newlines = passed.count("\n")
        if newlines:
            self._line += newlines
            self._column = 1
            passed = passed[passed.rindex("\n") + 1 :]
        self._column += _utf16_length(passed)

    def _read_literal(self, text: str) -> None:
        if text:
            self.steps.append(_Step(_Kind.LITERAL, text))

    def _read_tag(self, tag: str) -> None:
        read = next(read for prefix, read in _READERS if tag.startswith(prefix))
        read(self, tag)

    def open_loop(self, tag: str) -> None:
        rest = _trimmed(tag, "#").removeprefix("each")
        has_path = rest.startswith(" ")
        # Of an unclosed {{#each}} the published engine misses the end as well, Postmark's answer did not:
        # ActiveCampaign/postmark-gem: spec/unit/postmark/api_client_spec.rb
        self._push(tag, reported=not has_path)
        if has_path:
            self._add(_Kind.LOOP, rest.strip(_BLANKS))
        else:
            self._report(_EACH_WITHOUT_PATH)

    def close_loop(self, tag: str) -> None:
        if tag != "{{/each}}":
            self._report(_EACH_CLOSED_BADLY)
        elif self._open and self._open[-1].is_loop:
            self._end_block(_Kind.NEXT, self._open.pop())
        else:
            self._report(_EACH_NOT_OPEN)

    def open_section(self, tag: str) -> None:
        self._open_named(_Kind.SECTION, _trimmed(tag, "#"))

    def open_inverted(self, tag: str) -> None:
        self._open_named(_Kind.INVERTED, _trimmed(tag, "^"))

    def close_section(self, tag: str) -> None:
        name = _trimmed(tag, "/")
        if self._is_innermost(name):
            self._check(name)
            self._end_block(_Kind.END, self._open.pop())
        else:
            self._report(_MISMATCHED)

    def read_raw(self, tag: str) -> None:
        name = _trimmed(tag)
        if name in _PM_TOKENS:
            self.steps.append(_Step(_Kind.TOKEN, name))
        elif name == _CONTENT and self._content is not None:
            self.steps.extend(self._content)
            # A second placeholder stays empty, or a layout full of them would multiply the body.
            self._content = ()
        else:
            self._add(_Kind.RAW, _trimmed(tag, "&"))

    def read_marked_raw(self, tag: str) -> None:
        self._add(_Kind.RAW, _trimmed(tag, "&"))

    def skip_comment(self, tag: str) -> None:
        """Leave no step."""

    def read_escaped(self, tag: str) -> None:
        self._add(_Kind.ESCAPED, _trimmed(tag))

    def _open_named(self, kind: _Kind, name: str) -> None:
        if self._is_innermost(name):
            # The same name again is the other branch: an end and a beginning, and the engine checks both.
            self._check(name)
            self._end_block(_Kind.END, self._open[-1])
            self._open[-1].step = len(self.steps)
        else:
            self._push(name)
        self._add(kind, name)

    def _is_innermost(self, name: str) -> bool:
        return bool(self._open) and self._open[-1].text == name

    def _push(self, text: str, *, reported: bool = False) -> None:
        self._open.append(_Opener(text, len(self.steps), self._line, self._column, reported))

    def _add(self, kind: _Kind, path: str) -> None:
        self._check(path)
        self.steps.append(_Step(kind, path, tuple(_PATH_STEP.findall(path))))

    def _end_block(self, kind: _Kind, opener: _Opener) -> None:
        # The opener of a faulty loop left no step; a template with problems is never run.
        distance = len(self.steps) - opener.step
        self.steps.append(_Step(kind, move=1 - distance))
        self.steps[opener.step].move = distance + 1

    def _check(self, path: str) -> None:
        if not _is_path(path):
            self._report(_invalid_path(path))

    def _report(self, message: str) -> None:
        self.problems.append(TemplateProblem(message, self._line, self._column))

    def _report_open_blocks(self) -> None:
        self.problems += [
            TemplateProblem(_not_closed(opener.path), opener.line, opener.column)
            for opener in self._open
            if not opener.reported
        ]


# The order decides: the first prefix that fits names the kind of tag.
_READERS: Final[tuple[tuple[str, Callable[[_Parser, str], None]], ...]] = (
    ("{{#each", _Parser.open_loop),
    ("{{/each", _Parser.close_loop),
    ("{{#", _Parser.open_section),
    ("{{^", _Parser.open_inverted),
    ("{{/", _Parser.close_section),
    ("{{{", _Parser.read_raw),
    ("{{&", _Parser.read_marked_raw),
    ("{{!", _Parser.skip_comment),
    ("{{", _Parser.read_escaped),
)


# --- rendering


class _Scope:
    """A value and the scope around it."""

    __slots__ = ("parent", "value")

    def __init__(self, value: object, parent: _Scope | None = None) -> None:
        self.value = value
        self.parent = parent

    def resolve(self, path: Iterable[str]) -> _Scope:
        """Follow a path. Every name makes one level, whether there is such a value or not."""
        scope = self
        for step in path:
            up = step == "../"
            scope = (scope.parent or scope) if up else _Scope(_member(scope.value, step), scope)
        return scope


@dataclass(slots=True, eq=False)
class _Frame:
    """What to come back to after a block."""

    outer: _Scope
    elements: Iterator[_Scope]


class _Renderer:
    """Walks the steps once, with its own stack of blocks."""

    def __init__(
        self, steps: Sequence[_Step], model: Mapping[str, object], tokens: Mapping[str, str], *, html: bool
    ) -> None:
        self._steps = steps
        self._scope = _Scope(model)
        self._tokens = tokens
        self._html = html
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

    def write_literal(self, step: _Step) -> int:
        return self._write(step.text)

    def write_escaped(self, step: _Step) -> int:
        text = _text_of(self._scope.resolve(step.path).value)
        return self._write(_escaped(text) if self._html else text)

    def write_raw(self, step: _Step) -> int:
        return self._write(_text_of(self._scope.resolve(step.path).value))

    def write_token(self, step: _Step) -> int:
        return self._write(self._tokens.get(step.text, ""))

    def enter_section(self, step: _Step) -> int:
        scope = self._scope.resolve(step.path)
        return self._enter(iter((scope,)), step) if scope.value else step.move

    def enter_inverted(self, step: _Step) -> int:
        scope = self._scope.resolve(step.path)
        return step.move if scope.value else self._enter(iter((scope,)), step)

    def enter_loop(self, step: _Step) -> int:
        scope = self._scope.resolve(step.path)
        if not scope.value:
            return step.move
        if not _is_list(scope.value):
            raise RenderError(_not_a_list(step.text))
        elements = cast("Sequence[object]", scope.value)
        return self._enter((_Scope(element, scope) for element in elements), step)

    def leave_section(self, _step: _Step) -> int:
        self._scope = self._frames.pop().outer
        return 1

    def repeat_loop(self, step: _Step) -> int:
        element = next(self._frames[-1].elements, None)
        if element is None:
            return self.leave_section(step)
        self._scope = element
        return step.move

    def _enter(self, elements: Iterator[_Scope], step: _Step) -> int:
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


_ACTIONS: Final[Mapping[_Kind, Callable[[_Renderer, _Step], int]]] = {
    _Kind.LITERAL: _Renderer.write_literal,
    _Kind.ESCAPED: _Renderer.write_escaped,
    _Kind.RAW: _Renderer.write_raw,
    _Kind.TOKEN: _Renderer.write_token,
    _Kind.SECTION: _Renderer.enter_section,
    _Kind.INVERTED: _Renderer.enter_inverted,
    _Kind.LOOP: _Renderer.enter_loop,
    _Kind.END: _Renderer.leave_section,
    _Kind.NEXT: _Renderer.repeat_loop,
}


def _member(value: object, name: str) -> object:
    members = _as_object(value)
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


_HTML_TAG: Final = re.compile(r"<html[\s/>]", re.IGNORECASE)


def as_document(html: str) -> str:
    """Make an HTML fragment the document that Postmark's CSS inliner leaves behind.

    This is all that is done for ``InlineCss`` and ``InlineCssForHtmlTestRender``: a fragment without an
    ``<html>`` tag is wrapped. No style is moved anywhere, and a whole document comes back as it was.
    """
    return html if _HTML_TAG.search(html) else f"<html><head></head><body>{html}</body></html>"


# --- model inference


class _Use(Enum):
    SCALAR = auto()
    CONDITION = auto()
    COLLECTION = auto()


_BLOCK_USES: Final[Mapping[_Kind, _Use]] = {
    _Kind.SECTION: _Use.CONDITION,
    _Kind.INVERTED: _Use.CONDITION,
    _Kind.LOOP: _Use.COLLECTION,
}


class _Node:
    """A key of the model, and what templates do with it.

    Unlike in rendering a loop adds no level of its own: here ``../`` leads out of it at once.
    """

    __slots__ = ("children", "key", "parent", "uses")

    def __init__(self, key: str = "", parent: _Node | None = None) -> None:
        self.key = key
        self.parent = parent
        self.children: dict[str, _Node] = {}
        self.uses: set[_Use] = set()

    def used(self, path: Iterable[str], use: _Use) -> _Node:
        node = self
        for step in path:
            node = (node.parent or node) if step == "../" else node.child(step)
        node.uses.add(use)
        return node

    def child(self, key: str) -> _Node:
        if key not in self.children:
            self.children[key] = _Node(key, self)
        return self.children[key]

    def suggestion(self, members: dict[str, object]) -> object:
        """Suggest a value; ``members`` are to hold the children, if it has room for them."""
        if self.uses == {_Use.SCALAR}:
            return f"{self.key}_Value"
        if _Use.COLLECTION not in self.uses:
            return members
        return [members] if self.children else [f"{self.key}_{number}" for number in (1, 2, 3)]


def suggest_model(templates: Iterable[Template]) -> dict[str, object]:
    """Make up a model that fills the templates in: ``{"name": "name_Value"}`` for ``{{name}}``.

    Templates with errors count for nothing. The model is always an object, even if it is used as something
    else (``{{.}}`` outside of any block), and is cut at ``MAX_SUGGESTED_DEPTH``.
    """
    root = _Node()
    for template in templates:
        template.record_uses(root)
    return _model_of(root)


def _model_of(root: _Node) -> dict[str, object]:
    model: dict[str, object] = {}
    level = [(root, model)]
    for _ in range(MAX_SUGGESTED_DEPTH):
        level = [pair for node, members in level for pair in _fill(node, members)]
    return model


def _fill(node: _Node, members: dict[str, object]) -> Iterator[tuple[_Node, dict[str, object]]]:
    for key, child in node.children.items():
        inner: dict[str, object] = {}
        members[key] = child.suggestion(inner)
        yield child, inner


def merge_models(suggested: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """Lay one model over another, object by object. Lists and other values are taken whole, not copied."""
    merged: dict[str, object] = {}
    work = [(merged, suggested, given)]
    while work:
        target, below, above = work.pop()
        target.update({**above, **below, **above})
        for key in below.keys() & above.keys():
            lower, upper = _as_object(below[key]), _as_object(above[key])
            if lower is not None and upper is not None:
                target[key] = inner = dict[str, object]()
                work.append((inner, lower, upper))
    return merged


def _as_object(value: object) -> Mapping[str, object] | None:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else None


# --- POST /templates/validate


# No slots: with them Parts[str](...) fails on Python 3.10 and 3.11.
@dataclass(frozen=True)
class Parts(Generic[_T]):
    """The same thing for each part of a template. ``None``: there is no such part."""

    html_body: _T | None = None
    text_body: _T | None = None
    subject: _T | None = None


@dataclass(frozen=True, slots=True)
class PartValidation:
    """What is known of one part."""

    errors: tuple[TemplateProblem, ...] = ()
    rendered: str | None = None
    """``None`` if there are errors."""

    @property
    def is_valid(self) -> bool:
        """Whether it was parsed, and rendered, without an error."""
        return not self.errors


@dataclass(frozen=True, slots=True)
class Validation:
    """The answer of ``POST /templates/validate``."""

    parts: Parts[PartValidation]
    suggested_model: dict[str, object] | None
    """The model it was rendered with, the test model included. ``None`` if any part is invalid."""

    @property
    def all_valid(self) -> bool:
        """Whether every supplied part is valid."""
        return self.suggested_model is not None


_NO_LAYOUT: Final[Parts[str]] = Parts()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Preview:
    model: Mapping[str, object]
    inline_css: bool
    tokens: Mapping[str, str]

    def of(self, template: Template | None, *, html: bool) -> PartValidation | None:
        if template is None:
            return None
        if template.errors:
            return PartValidation(template.errors)
        try:
            rendered = template.render(self.model, html=html, tokens=self.tokens)
        except RenderError as error:
            return PartValidation((TemplateProblem(str(error), None, None),))
        return PartValidation(rendered=as_document(rendered) if html and self.inline_css else rendered)


def validate(
    sources: Parts[str],
    *,
    layout: Parts[str] = _NO_LAYOUT,
    is_layout: bool = False,
    test_model: Mapping[str, object] | None = None,
    inline_css: bool = True,
    tokens: Mapping[str, str] = _NO_TOKENS,
) -> Validation:
    """Do the work of ``POST /templates/validate``.

    A valid part is rendered even when another one is not. The model is the suggested one with the test model
    on top, so that a missing key prints ``key_Value`` here and nothing in a real mail.

    Args:
        sources: The parts of the template.
        layout: The bodies of the layout it uses. A layout has no subject.
        is_layout: The sources are those of a layout.
        test_model: ``TestRenderModel``.
        inline_css: ``InlineCssForHtmlTestRender``; see ``as_document``.
        tokens: As in ``Template.render``.
    """
    templates = _parse_parts(sources, layout, is_layout=is_layout)
    present = [part for part in (templates.html_body, templates.text_body, templates.subject) if part]
    model = merge_models(suggest_model(present), test_model or {})
    preview = _Preview(model=model, inline_css=inline_css, tokens=tokens)
    html = preview.of(templates.html_body, html=True)
    text = preview.of(templates.text_body, html=False)
    subject = preview.of(templates.subject, html=False)
    all_valid = all(part is None or part.is_valid for part in (html, text, subject))
    return Validation(Parts(html, text, subject), model if all_valid else None)


def _parse_parts(sources: Parts[str], layout: Parts[str], *, is_layout: bool) -> Parts[Template]:
    def read(source: str | None, around: str | None) -> Template | None:
        if source is None:
            return None
        return parse_layout(source) if is_layout else parse(source, layout=around)

    return Parts(
        read(sources.html_body, layout.html_body),
        read(sources.text_body, layout.text_body),
        read(sources.subject, None),
    )
