"""From a source to a template: tags, paths, blocks, and every problem with its place."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .program import Kind, Step, TemplateProblem
from .template import Template

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    whole = _Parser(layout, content=body.steps, in_layout=True).run()
    return Template(whole.steps, sorted(body.problems + whole.problems, key=_place_of))


def parse_layout(source: str) -> Template:
    """Read a layout by itself: ``{{{ @content }}}`` is allowed in it, and rendered like any other token."""
    layout = _Parser(source, content=[Step(Kind.TOKEN, _CONTENT)]).run()
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

    def __init__(self, source: str, *, content: Sequence[Step] | None = None, in_layout: bool = False) -> None:
        self.steps: list[Step] = []
        self.problems: list[TemplateProblem] = []
        self._source = source
        self._content = content
        self._in_layout = in_layout
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
            self.steps.append(Step(Kind.LITERAL, text))

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
            self._add(Kind.LOOP, rest.strip(_BLANKS))
        else:
            self._report(_EACH_WITHOUT_PATH)

    def close_loop(self, tag: str) -> None:
        if tag != "{{/each}}":
            self._report(_EACH_CLOSED_BADLY)
        elif self._open and self._open[-1].is_loop:
            self._end_block(Kind.NEXT, self._open.pop())
        else:
            self._report(_EACH_NOT_OPEN)

    def open_section(self, tag: str) -> None:
        self._open_named(Kind.SECTION, _trimmed(tag, "#"))

    def open_inverted(self, tag: str) -> None:
        self._open_named(Kind.INVERTED, _trimmed(tag, "^"))

    def close_section(self, tag: str) -> None:
        name = _trimmed(tag, "/")
        if self._is_innermost(name):
            self._check(name)
            self._end_block(Kind.END, self._open.pop())
        else:
            self._report(_MISMATCHED)

    def read_raw(self, tag: str) -> None:
        name = _trimmed(tag)
        if name in _PM_TOKENS:
            self.steps.append(Step(Kind.TOKEN, name))
        elif name == _CONTENT and self._content is not None:
            self.steps.extend(self._content)
            # A second placeholder stays empty, or a layout full of them would multiply the body.
            self._content = ()
        else:
            self._add(Kind.RAW, _trimmed(tag, "&"))

    def read_marked_raw(self, tag: str) -> None:
        self._add(Kind.RAW, _trimmed(tag, "&"))

    def skip_comment(self, tag: str) -> None:
        """Leave no step."""

    def read_escaped(self, tag: str) -> None:
        self._add(Kind.ESCAPED, _trimmed(tag))

    def _open_named(self, kind: Kind, name: str) -> None:
        if self._is_innermost(name):
            # The same name again is the other branch: an end and a beginning, and the engine checks both.
            self._check(name)
            self._end_block(Kind.END, self._open[-1])
            self._open[-1].step = len(self.steps)
        else:
            self._push(name)
        self._add(kind, name)

    def _is_innermost(self, name: str) -> bool:
        return bool(self._open) and self._open[-1].text == name

    def _push(self, text: str, *, reported: bool = False) -> None:
        self._open.append(_Opener(text, len(self.steps), self._line, self._column, reported))

    def _add(self, kind: Kind, path: str) -> None:
        self._check(path)
        names = tuple(_PATH_STEP.findall(path))
        self.steps.append(
            Step(
                kind,
                path,
                names,
                line=self._line,
                character_position=self._column,
                in_layout=self._in_layout,
            )
        )

    def _end_block(self, kind: Kind, opener: _Opener) -> None:
        # The opener of a faulty loop left no step; a template with problems is never run.
        distance = len(self.steps) - opener.step
        self.steps.append(Step(kind, move=1 - distance))
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
