"""What a fresh clone is set up with: which Python, and what is installed for the demo."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.description import ROOT

if TYPE_CHECKING:
    from pathlib import Path

Finished = subprocess.CompletedProcess[str]

_PROGRAM = """#!{shell}
exec {python} -c '
import sys
sys.version_info = ({version}, 0, "final", 0)
if not {venv}:
    sys.modules["ensurepip"] = None
exec(sys.argv[1])
' "$2"
"""

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")


class Machine:
    """Has the programs that are put on it, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.path = folder / "path"
        for each in (self.home, self.path):
            each.mkdir()

    def has(self, name: str, version: str, *, venv: bool = True) -> str:
        """The Python that calls itself this, as the command of this name or a file in the home directory."""
        file = self.home / name if "/" in name else self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        numbers = version.replace(".", ", ")
        shell = shutil.which("sh")
        file.write_text(
            _PROGRAM.format(shell=shell, python=sys.executable, version=numbers, venv=venv), encoding="utf-8"
        )
        file.chmod(0o755)
        return str(file) if "/" in name else name

    def run(self, *command: str) -> Finished:
        program = shutil.which(command[0])
        assert program is not None
        environment = {"HOME": str(self.home), "PATH": str(self.path)}
        return subprocess.run(  # noqa: S603 - our own words
            [program, *command[1:]],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def find(self, *versions: str) -> Finished:
        return self.run("bash", ".ci/python", *versions)


@pytest.fixture(name="machine")
def _machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@needs_bash
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14", "3.15"])
def test_any_python_that_is_tested_is_taken_without_a_word(machine: Machine, version: str) -> None:
    machine.has("python3", version)
    finished = machine.find()
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "python3\n", "")


@needs_bash
def test_the_newest_of_those_that_are_tested_is_taken(machine: Machine) -> None:
    machine.has("python3", "3.11")
    machine.has("python3.12", "3.12")
    machine.has("python3.13", "3.13", venv=False)
    machine.has("python3.16", "3.16")
    assert machine.find().stdout == "python3.12\n"
    kept = machine.has(".pyenv/versions/3.14.2/bin/python", "3.14")
    finished = machine.find()
    assert (finished.stdout, finished.stderr) == (f"{kept}\n", "")


@needs_bash
@pytest.mark.parametrize("name", ["python3", "python3.16", ".pyenv/versions/3.16.0/bin/python"])
def test_a_newer_one_than_tested_is_taken_with_a_word_about_it(machine: Machine, name: str) -> None:
    machine.has("python3", "3.10")
    found = machine.has(name, "3.16")
    finished = machine.find()
    assert (finished.returncode, finished.stdout) == (0, f"{found}\n")
    assert finished.stderr.startswith(f"{found} is taken, which is newer than ")
    assert finished.stderr.count("\n") == 1


@needs_bash
@pytest.mark.parametrize(
    ("version", "venv", "seen"),
    [
        (None, True, "there is no python3."),
        ("3.10", True, "python3 is 3.10."),
        ("3.14", False, "python3 is 3.14."),
        ("3.16", False, "python3 is 3.16."),
    ],
)
def test_where_none_will_do_it_says_what_to_install(
    machine: Machine, version: str | None, seen: str, *, venv: bool
) -> None:
    if version is not None:
        machine.has("python3", version, venv=venv)
    finished = machine.find()
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.startswith(f"No Python from 3.11 on that has venv was found: {seen}\n")
    assert "apt-get install python3-venv" in finished.stderr


@needs_bash
def test_versions_that_are_asked_for_are_the_only_ones_and_in_that_order(machine: Machine) -> None:
    machine.has("python3", "3.13")
    machine.has("python3.11", "3.11")
    machine.has("python3.10", "3.10")
    assert machine.find("3.10", "3.11").stdout == "python3.10\n"
    assert machine.find("3.13").stdout == "python3\n"
    finished = machine.find("3.12", "3.14")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr == "No Python with venv was found of 3.12 3.14.\n"


@needs_bash
@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
@pytest.mark.parametrize("verb", ["demo", "test"])
def test_without_a_python_nothing_else_is_tried(machine: Machine, verb: str) -> None:
    for name in ("bash", "env", "sed"):
        (machine.path / name).symlink_to(str(shutil.which(name)))
    finished = machine.run("make", "--always-make", "--dry-run", verb)
    assert finished.returncode == 2
    assert finished.stdout == ""
    first, *_, last = finished.stderr.splitlines()
    assert first.startswith("No Python from 3.11 on that has venv was found")
    assert re.fullmatch(r"Makefile:\d+: \*\*\* Nothing can be set up without it\.  Stop\.", last)


_PROJECT = """
[project]
dependencies = ["needed>=1"]
optional-dependencies = {emulator = ["extra>=1"], fast = ["unwanted>=1"]}
"""


def _wheel(folder: Path, name: str) -> None:
    about = f"{name}-1.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")


def _set_up(folder: Path, *wheels: str) -> subprocess.CompletedProcess[str]:
    """Make the demo's environment where the index has these."""
    program = folder / "tests" / "packaging" / "bare.py"
    program.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "tests" / "packaging" / "bare.py", program)
    (folder / "pyproject.toml").write_text(_PROJECT, encoding="utf-8")
    for name in wheels:
        _wheel(folder, name)
    return subprocess.run(  # noqa: S603 - our own file
        [sys.executable, program, folder / "made", "emulator"],
        env={**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


_sets_up = pytest.mark.skipif(
    sys.version_info < (3, 11) or find_spec("ensurepip") is None, reason="this Python cannot set up the demo"
)


@_sets_up
def test_the_demo_gets_what_it_needs_and_nothing_else(tmp_path: Path) -> None:
    for _ in range(2):
        finished = _set_up(tmp_path, "needed", "extra", "unwanted")
        assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")
    (found,) = (tmp_path / "made").rglob("site-packages")
    assert {each.name for each in found.iterdir()} - {"__pycache__"} == {
        "needed.py",
        "needed-1.dist-info",
        "extra.py",
        "extra-1.dist-info",
    }


@_sets_up
def test_what_the_demo_cannot_get_is_said_in_one_line(tmp_path: Path) -> None:
    finished = _set_up(tmp_path, "needed")
    assert (finished.returncode, finished.stdout) == (1, "")
    (line,) = finished.stderr.splitlines()
    assert line.endswith("No matching distribution found for extra>=1")
