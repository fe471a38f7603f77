"""The wheel, installed where there is nothing but its dependencies."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from email.parser import Parser
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.description import ROOT

from .loopback import accepting

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = re.compile(r'pip install "postmark[_-]sdk\[\w+\]"')

pytestmark = pytest.mark.skipif(
    find_spec("hatchling") is None or find_spec("packaging") is None or find_spec("pip") is None,
    reason="building the wheel needs hatchling, packaging and pip",
)


def pip(*arguments: str) -> None:
    finished = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check", "--no-cache-dir"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", str(folder), str(ROOT))
    (built,) = folder.glob("*.whl")
    return built


def runtime_dependencies() -> dict[str, Distribution]:
    """What the package needs without extras, and what that needs in turn, as installed here."""
    from packaging.requirements import Requirement

    found: dict[str, Distribution] = {}
    pending = list(_declared(ROOT / "pyproject.toml"))
    while pending:
        requirement = Requirement(pending.pop())
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        name = requirement.name.lower()
        if name not in found:
            found[name] = distribution(name)
            pending += found[name].requires or []
    return found


def _declared(path: Path) -> Iterator[str]:
    """``[project] dependencies``, without a TOML reader, which 3.10 has not."""
    text = path.read_text(encoding="utf-8").split("\ndependencies = [", 1)[1].split("\n]", 1)[0]
    for line in text.splitlines():
        entry = line.strip().split('"')
        if len(entry) > 2:
            yield entry[1]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """The Python of an environment with the wheel and its runtime dependencies alone, linked from here."""
    folder = tmp_path_factory.mktemp("clean")
    try:
        dependencies = runtime_dependencies()
    except PackageNotFoundError as error:
        pytest.skip(f"not installed here: {error}")
    venv.create(folder / "venv", with_pip=False, symlinks=os.name != "nt")
    python = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip("--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    linked = folder / "linked"
    linked.mkdir()
    for each in dependencies.values():
        for top in {Path(str(file)).parts[0] for file in each.files or ()} - {"..", "__pycache__"}:
            source = Path(str(each.locate_file(top)))
            if source.exists() and not (linked / top).exists():
                (linked / top).symlink_to(source, target_is_directory=source.is_dir())
    purelib = run(python, "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    (Path(purelib) / "linked.pth").write_text(f"{linked}\n", encoding="utf-8")
    return python


def run(python: Path, code: str, *arguments: str) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("POSTMARK_", "PYTHON"))}
    finished = subprocess.run(  # noqa: S603 - our own words
        [str(python), "-W", "error", "-c", code, *arguments],
        cwd=python.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"postmark_sdk"}
    assert "postmark_sdk/py.typed" in names
    assert "postmark_sdk/_generated/operations.py" in names
    assert "postmark_sdk/emulator/reference/description.json" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".jinja"))]


def test_what_the_index_shows_links_to_where_the_project_lives(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        about = Parser().parsestr(archive.read(name).decode())
    owner = re.search(r'^owner = "(.+?)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert owner is not None
    urls = [line.partition(", ")[2] for line in about.get_all("Project-URL", [])]
    targets = re.findall(r"\]\(([^)\s]+)\)", str(about.get_payload()))
    assert len(urls) == 5
    assert [url for url in urls if owner[1] not in url] == []
    assert [target for target in targets if not target.startswith("https://")] == []
    assert f"https://github.com/{owner[1]}/postmark-sdk/blob/main/docs/howto/errors.md" in targets
    assert (
        f"https://raw.githubusercontent.com/{owner[1]}/postmark-sdk/main/docs/images/inbox-message-light.png" in targets
    )


def test_everything_that_is_in_the_tree_is_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "postmark_sdk"
    tree = {
        path.relative_to(ROOT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    assert tree <= names


def test_every_public_name_is_importable_without_extras(clean: Path) -> None:
    code = """
import postmark_sdk, json
from postmark_sdk import errors, models
for module in (postmark_sdk, errors, models):
    for name in getattr(module, "__all__", None) or dir(module):
        getattr(module, name)
print(json.dumps([postmark_sdk.__file__, len(dir(models))]))
"""
    file, count = json.loads(run(clean, code))
    assert ROOT not in Path(file).parents
    assert count > 100


def test_it_sends_a_mail(clean: Path) -> None:
    code = """
import asyncio, sys
from postmark_sdk import AsyncPostmarkClient, PostmarkClient
mail = {"from_": "a@example.com", "to": "b@example.org", "text_body": "Hello."}
with PostmarkClient("server-token-for-tests", base_url=sys.argv[1]) as client:
    assert client.emails.send(**mail).success
async def main():
    async with AsyncPostmarkClient("server-token-for-tests", base_url=sys.argv[1]) as client:
        assert (await client.emails.send(**mail)).success
asyncio.run(main())
"""
    with accepting() as (base_url, came):
        run(clean, code, base_url)
    assert len(came) == 2


def test_a_missing_extra_names_the_command_that_installs_it(clean: Path) -> None:
    code = """
import importlib, json, pkgutil, sys, traceback
import postmark_sdk
said = {}
def failed(name):
    pass
for info in pkgutil.walk_packages(postmark_sdk.__path__, "postmark_sdk.", onerror=failed):
    if info.name.endswith("__main__"):
        continue
    try:
        importlib.import_module(info.name)
    except ImportError as error:
        said[info.name] = str(error)
print(json.dumps(said))
"""
    said = json.loads(run(clean, code))
    unnamed = {name: text for name, text in said.items() if not COMMAND.search(text)}
    assert unnamed == {}
    core = [name for name in said if name.split(".")[1] not in {"cli", "emulator", "integrations", "jobs", "testing"}]
    assert core == []
    assert "postmark_sdk.emulator" in said
