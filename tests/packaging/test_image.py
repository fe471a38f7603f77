"""The emulator's image and the action, as far as they can be tried without Docker and GitHub."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.description import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

yaml = pytest.importorskip("yaml")
pytest.importorskip("starlette", reason="the emulator needs its extra")

from postmark_sdk.emulator import Emulator  # noqa: E402
from postmark_sdk.emulator.__main__ import main  # noqa: E402

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
needs_bash = pytest.mark.skipif(shutil.which("bash") is None or os.name != "posix", reason="there is no bash here")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def instruction(name: str) -> list[str]:
    """The arguments of the last instruction of this name that has a list."""
    command: list[str] = json.loads(re.findall(rf"^{name}.*?(\[.*\])$", DOCKERFILE, re.MULTILINE)[-1])
    return command


@pytest.mark.skipif(find_spec("hatchling") is None or find_spec("pip") is None, reason="builds a wheel")
def test_the_files_that_are_copied_are_all_that_the_build_needs(tmp_path: Path) -> None:
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [each for line in re.findall(r"^COPY (?!--)(.*)$", DOCKERFILE, re.MULTILINE) for each in line.split()[:-1]]
    assert set(copied) == let_through
    for name in copied:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    build = [sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--no-index", "--quiet"]
    done = subprocess.run([*build, "--wheel-dir", tmp_path, tmp_path], check=False, capture_output=True, timeout=180)  # noqa: S603
    assert done.returncode == 0, done.stderr.decode()
    assert list(tmp_path.glob("*.whl"))


def test_the_health_check_tells_a_running_emulator_from_none() -> None:
    _, option, program = instruction("HEALTHCHECK")

    def healthy(port: str) -> bool:
        command = [sys.executable, option, program.replace("8025", port)]
        return subprocess.run(command, check=False, capture_output=True, timeout=60).returncode == 0  # noqa: S603

    with Emulator() as emulator:
        port = emulator.base_url.rpartition(":")[2]
        assert healthy(port)
    assert not healthy(port)


def test_the_image_starts_the_command_with_options_that_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    program, *options = instruction("ENTRYPOINT")
    made: list[Emulator] = []

    def serve(emulator: Emulator, announce: object) -> int:
        del announce
        made.append(emulator)
        emulator.stop()
        return 0

    monkeypatch.setattr(Emulator, "serve", serve)
    assert Path(program).name == "postmark-emulator"
    assert main(options) == 0
    assert (made[0]._host, made[0]._port) == ("0.0.0.0", 8025)  # noqa: S104 - nothing listens


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_every_action_of_a_workflow_is_pinned_to_a_version(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text(encoding="utf-8"))
    used = [step["uses"] for job in workflow["jobs"].values() for step in job.get("steps", ()) if "uses" in step]
    assert [each for each in used if not re.fullmatch(r"\./|[\w/.-]+@(v\d+|release/v\d+)", each)] == []


def fake_python(folder: Path) -> Path:
    """A ``python3`` whose environments hold the emulator of this clone, so that nothing is downloaded."""
    folder.mkdir()
    program = folder / "python3"
    program.write_text(
        f"""#!/bin/sh
mkdir -p "$3/bin"
cat > "$3/bin/python" <<END
#!/bin/sh
echo "\\$@" > "$3/installed"
END
cat > "$3/bin/postmark-emulator" <<END
#!/bin/sh
echo \\$\\$ > "$3/pid"
exec {shlex.quote(sys.executable)} -m postmark_sdk.emulator "\\$@"
END
chmod +x "$3/bin/python" "$3/bin/postmark-emulator"
"""
    )
    program.chmod(0o755)
    return folder


@pytest.fixture
def action(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment in which ``action.yml`` runs its script; what that started is ended."""
    files = {name: str(tmp_path / name) for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "RUNNER_TEMP")}
    home = Path(files["RUNNER_TEMP"])
    home.mkdir()
    [step] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
    inputs = {"ACTION_PATH": str(ROOT), "PORT": "0", "SEED": "", "ARGUMENTS": "", "VERSION": ""}
    assert set(step["env"]) == set(inputs)
    path = os.pathsep.join([str(fake_python(tmp_path / "path")), os.environ["PATH"]])
    yield {**os.environ, **files, **inputs, "PATH": path, "PYTHONPATH": str(ROOT)}
    started = home / "postmark-emulator" / "pid"
    if started.exists():
        with suppress(ProcessLookupError):
            os.kill(int(started.read_text()), signal.SIGKILL)


def run_action(environment: dict[str, str], **inputs: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own script
        ["bash", str(ROOT / ".ci" / "emulator")],  # noqa: S607 - that of whoever tests
        env={**environment, **inputs},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@needs_bash
def test_the_action_starts_the_emulator_and_says_where_it_is(action: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "seed.yaml").write_text("Servers: [{Name: Shop, ApiTokens: [shop-token]}]")
    done = run_action(
        action, SEED=str(tmp_path / "seed.yaml"), ARGUMENTS="--host 0.0.0.0 --rate-limit 1000", VERSION="1.2.3"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = (tmp_path / "GITHUB_ENV").read_text()
    assert (tmp_path / "GITHUB_OUTPUT").read_text() == told
    values = dict(line.split("=", 1) for line in told.splitlines())
    assert values.pop("POSTMARK_BASE_URL").startswith("http://127.0.0.1:")
    assert values == {"POSTMARK_SERVER_TOKEN": "shop-token", "POSTMARK_ACCOUNT_TOKEN": "emulator-account-token"}
    outputs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["outputs"].values()
    assert all(re.findall(r"outputs\.(\w+)", each["value"])[0] in told for each in outputs)
    installed = (Path(action["RUNNER_TEMP"]) / "postmark-emulator" / "installed").read_text()
    assert installed.endswith("postmark-sdk[emulator]==1.2.3\n")
    base = told.partition("POSTMARK_BASE_URL=")[2].splitlines()[0]
    assert httpx.get(f"{base}/_emulator/settings", trust_env=False, timeout=60).json()["rate_limit"] == 1000


@needs_bash
def test_an_emulator_that_does_not_start_fails_the_step(action: dict[str, str]) -> None:
    done = run_action(action, ARGUMENTS="--no-such-option")
    assert done.returncode == 1
    assert "unrecognized arguments: --no-such-option" in done.stdout
    installed = (Path(action["RUNNER_TEMP"]) / "postmark-emulator" / "installed").read_text()
    assert installed.endswith(f"{ROOT}[emulator]\n")
