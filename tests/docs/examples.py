"""The Python examples of the README and of the pages: what the tests run, and both type checkers read.

``python -m tests.docs.examples`` lets them read it, each line with the number that it has in its page.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(
    r"^```(?P<kind>python|py)\n(?P<source>.*?)^```(?:\n\n```text\n(?P<output>.*?)^```)?", re.DOTALL | re.MULTILINE
)
_WITHOUT_STUBS = (
    "reportMissingImports",
    "reportMissingTypeStubs",
    "reportUnknownArgumentType",
    "reportUnknownMemberType",
    "reportUnknownVariableType",
    "reportUntypedFunctionDecorator",
)
"""What pyright says of libraries without types, Django and Celery."""
_LENIENT = ("--no-warn-unused-ignores", "--allow-untyped-decorators")
"""The same for mypy; with stubs of Django, it wants the remarks that it does not want without."""
_FOLDER = ROOT / "build" / "examples"


class Example(NamedTuple):
    """A block of code: those in ``python`` build on each other in a page, each in ``py`` is a file of its own."""

    line: int
    source: str
    runs: bool
    output: str | None = None
    """What it prints: the block in ``text`` right below it, ``...`` for what is never the same."""


def pages() -> dict[str, list[Example]]:
    """Path of a page -> its examples."""
    found = {
        str(page.relative_to(ROOT)): _examples(page.read_text(encoding="utf-8"))
        for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    }
    return {name: examples for name, examples in found.items() if examples}


def _examples(text: str) -> list[Example]:
    return [
        Example(text.count("\n", 0, match.start("source")), match["source"], match["kind"] == "python", match["output"])
        for match in _BLOCK.finditer(text)
    ]


def files() -> dict[str, str]:
    """Name of a file -> the examples that belong together, on the lines that they have in their page."""
    found: dict[str, str] = {}
    for page, examples in pages().items():
        name = re.sub(r"\W+", "_", page.removesuffix(".md"))
        found[f"{name}.py"] = _on_their_lines([example for example in examples if example.runs])
        found.update({f"{name}_{each.line}.py": _on_their_lines([each]) for each in examples if not each.runs})
    return {name: source for name, source in found.items() if source}


def _on_their_lines(examples: list[Example]) -> str:
    lines: list[str] = []
    for example in examples:
        lines += [""] * (example.line - len(lines))
        lines += example.source.splitlines()
    return "\n".join([*lines, ""]) if lines else ""


def _write(folder: Path) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.py"):
        stale.unlink()
    for name, source in files().items():
        (folder / name).write_text(source, encoding="utf-8")
    config = {
        "include": ["."],
        "extraPaths": [str(ROOT)],
        "pythonVersion": "3.10",
        "typeCheckingMode": "strict",
        "reportDuplicateImport": False,  # each block is copied alone, so it has all its imports
        **dict.fromkeys(_WITHOUT_STUBS, False),
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(config), encoding="utf-8")
    return sorted(files())


def main() -> int:
    """Type-check the examples; 0 if both checkers accept all of them."""
    names = _write(_FOLDER)
    checks = (
        ("mypy", "--config-file", str(ROOT / "pyproject.toml"), *_LENIENT, *names),
        ("pyright", "--pythonpath", sys.executable, "--project", "."),
    )
    return max(
        subprocess.run([sys.executable, "-m", *check], cwd=_FOLDER, check=False).returncode  # noqa: S603 - our own words
        for check in checks
    )


if __name__ == "__main__":
    sys.exit(main())
