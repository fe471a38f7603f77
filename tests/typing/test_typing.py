"""Both checkers accept ``api.py`` whole, and find in ``misuse.py`` exactly the marked lines."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.description import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
_MYPY_LINE = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+)(?::\d+)?: error: (?P<text>.*)$", re.MULTILINE)
_CACHE = ROOT / ".mypy_cache" / os.environ.get("PYTEST_XDIST_WORKER", "")
"""Two that write to one wait for each other, five seconds for each file."""

Found = dict[int, list[str]]


def _run(*arguments: str) -> str:
    finished = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert finished.returncode in {0, 1}, finished.stdout + finished.stderr
    return finished.stdout


def mypy(file: str, _: Path) -> Found:
    """Line -> errors. The configuration is the project's, so strict."""
    found: Found = {}
    options = ("--cache-dir", str(_CACHE), "--no-error-summary", "--hide-error-context")
    for match in _MYPY_LINE.finditer(_run("mypy", *options, str(HERE / file))):
        assert Path(match["file"]).name == file, match[0]
        found.setdefault(int(match["line"]), []).append(match["text"])
    return found


def pyright(file: str, folder: Path) -> Found:
    """Line -> errors, in strict mode whatever the project chose, with the package as users get it."""
    (folder / file).write_bytes((HERE / file).read_bytes())  # it looks below its configuration only
    config = {
        "include": [file],
        "extraPaths": [str(ROOT)],
        "pythonVersion": "3.10",
        "typeCheckingMode": "standard" if file == "misuse.py" else "strict",
    }
    project = folder / "pyrightconfig.json"
    project.write_text(json.dumps(config), encoding="utf-8")
    output = json.loads(_run("pyright", "--outputjson", "--pythonpath", sys.executable, "--project", str(project)))
    assert output["summary"]["filesAnalyzed"] == 1
    found: Found = {}
    for each in output["generalDiagnostics"]:
        assert Path(each["file"]).name == file, each
        if each["severity"] == "error":
            found.setdefault(each["range"]["start"]["line"] + 1, []).append(each["message"])
    return found


CHECKERS = [
    pytest.param(checker, marks=pytest.mark.skipif(find_spec(name) is None, reason=f"{name} is not installed"), id=name)
    for name, checker in (("mypy", mypy), ("pyright", pyright))
]


def marked(file: str) -> set[int]:
    lines = (HERE / file).read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if "# expect-error" in line}


@pytest.mark.parametrize("check", CHECKERS)
def test_what_users_write_is_accepted(check: Callable[[str, Path], Found], tmp_path: Path) -> None:
    assert check("api.py", tmp_path) == {}


@pytest.mark.parametrize("check", CHECKERS)
def test_every_marked_mistake_is_found_and_nothing_else(check: Callable[[str, Path], Found], tmp_path: Path) -> None:
    found, expected = check("misuse.py", tmp_path), marked("misuse.py")
    assert len(expected) > 25
    assert expected - found.keys() == set(), "not reported"
    assert {line: found[line] for line in found.keys() - expected} == {}, "reported, but not marked"
