"""``postmark templates preview``: the server behind it is tested in ``tests/emulator/preview``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.description import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize("form", ["--json", "--no-json"])
def test_it_says_where_it_is_until_it_is_interrupted(same: Path, form: str) -> None:
    command = [sys.executable, "-m", "postmark_sdk", "templates", "preview", str(same), "--port", "0"]
    with subprocess.Popen(  # noqa: S603 - our own words
        [*command, "--no-browser", form],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = json.loads(line)["url"] if form == "--json" else line.split(" on ")[1].split()[0]
        page = httpx.get(f"{url}/templates/welcome").text
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert "Hi, name_Value" in page
    assert (process.returncode, rest, errors) == (0, "", "")
    assert line.startswith(
        '{"url": "http://127.0.0.1:' if form == "--json" else f"Preview of {same} on http://127.0.0.1:"
    )


def test_a_folder_that_is_not_there_is_said(cli: Callable[..., Done], tmp_path: Path) -> None:
    done = cli("templates", "preview", tmp_path / "nowhere", "--no-browser")
    assert (done.status, done.error["message"]) == (1, f"{tmp_path / 'nowhere'}: no such folder")


def test_without_its_extra_it_says_the_command(
    cli: Callable[..., Done], same: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("postmark_sdk.emulator")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    done = cli("templates", "preview", same, "--no-browser")
    assert (done.status, done.error["message"]) == (
        1,
        'The preview needs uvicorn: pip install "postmark-sdk[emulator]"',
    )
