"""Every pattern of the package takes linear time, whatever text it meets: much of it comes from outside."""

from __future__ import annotations

import ast
import collections
import importlib
import itertools
import re
import string
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import postmark_sdk

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(postmark_sdk.__file__).parent
LENGTH = 20_000
SECONDS = 0.15
"""A millisecond is usual; with the square of the length it is a second, and what backtracks never ends."""
TRIES = 5
"""On a machine that is busy with other things a try may take many times as long."""
_CALLS = {"search", "match", "fullmatch", "sub", "split", "findall", "finditer"}


class Pattern(NamedTuple):
    """A pattern and the ways in which it is used: one that only looks from the start may begin with a run."""

    compiled: re.Pattern[str]
    uses: frozenset[str]


def patterns() -> Iterator[Any]:
    """All that are compiled when a module is imported, and all that are written into a call."""
    trees = {file: ast.parse(file.read_text()) for file in sorted(ROOT.rglob("*.py"))}
    everywhere = {(owner, use) for tree in trees.values() for owner, use in _uses(tree) if not owner.startswith("_")}
    for file, tree in trees.items():
        name = ".".join(("postmark_sdk", *file.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
        if "import re\n" not in file.read_text() or "integrations" in name or file.name == "__main__.py":
            continue
        module = importlib.import_module(name)
        uses = everywhere | {*_uses(tree)}
        found = [*_of_calls(module, tree)]
        for owner, value in vars(module).items():
            compiled = getattr(value, "__self__", value)  # a method of one, too
            if isinstance(compiled, re.Pattern) and isinstance(compiled.pattern, str):
                own = {getattr(value, "__name__", "")} | {use for other, use in uses if other == owner}
                found.append(Pattern(compiled, frozenset(own & _CALLS) or frozenset({"match"})))
        for each in found:
            yield pytest.param(each, id=f"{name.removeprefix('postmark_sdk.')}-{each.compiled.pattern[:30]!r}")


def _uses(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in _CALLS:
            yield node.value.id, node.attr


def _of_calls(module: Any, tree: ast.AST) -> Iterator[Pattern]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and ast.unparse(node.func).startswith("re."):
            given, use = node.args[0], frozenset({ast.unparse(node.func)[3:]}) & _CALLS
            text = given.value if isinstance(given, ast.Constant) else getattr(module, ast.unparse(given), None)
            if use and isinstance(text, str):
                yield Pattern(re.compile(text, re.DOTALL), use)


def texts(pattern: str) -> Iterator[str]:
    """Long runs of what the pattern speaks of, after words that lead into it, before something that fits nowhere."""
    unescaped = re.sub(r"\\[AZbBdDsSwW]|\(\?\w?", "", pattern)
    marks = sorted({*unescaped} - {*string.ascii_letters, *string.digits, "|", "*", "+", "\x00"})
    units = [*marks[:10], "a", "0", " "]
    words = ["", *sorted({word for word in re.findall(r"[A-Za-z][A-Za-z :/_-]+", unescaped) if len(word) > 1})[:3]]
    for word, unit in itertools.product(words, units):
        yield word + unit * LENGTH + "\0"
    for one, other in itertools.permutations(units, 2):
        yield (one + other) * (LENGTH // 8) + "\0"


@pytest.mark.parametrize("pattern", [*patterns()])
def test_a_pattern_takes_linear_time(pattern: Pattern) -> None:
    for use, text in itertools.product(sorted(pattern.uses), texts(pattern.compiled.pattern)):
        took = _took(pattern.compiled, use, text)
        for _ in range(TRIES - 1):
            if took >= SECONDS:
                took = _took(pattern.compiled, use, text)
        assert took < SECONDS, f"{use}: {took:.1f} s for {text[:20]!r}, {text[20:24]!r} and so on"


def _took(pattern: re.Pattern[str], use: str, text: str) -> float:
    began = time.process_time()
    _run(pattern, use, text)
    return time.process_time() - began


def _run(pattern: re.Pattern[str], use: str, text: str) -> None:
    found = pattern.sub("", text) if use == "sub" else getattr(pattern, use)(text)
    if use == "finditer":
        collections.deque(found, maxlen=0)
