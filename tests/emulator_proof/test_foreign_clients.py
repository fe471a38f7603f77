"""Clients that nobody here wrote do their usual work with the emulator, and find what they expect."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.emulator_proof.environments import node_with, python_with

if TYPE_CHECKING:
    from postmark_sdk.emulator import Emulator

pytestmark = pytest.mark.proof

_CLIENTS = Path(__file__).parent / "clients"
_PYTHON_CLIENTS = ("postmark-python==0.4.*", "postmarker==1.*", "django-anymail==15.*")
_SECONDS = 120


def run(emulator: Emulator, command: list[str], **environment: str) -> list[str]:
    """The names of the steps that a client program went through."""
    done = subprocess.run(  # noqa: S603 - our own programs
        command,
        capture_output=True,
        check=False,
        env={
            **os.environ,
            "POSTMARK_BASE_URL": emulator.base_url,
            "POSTMARK_SERVER_TOKEN": emulator.server_token,
            "POSTMARK_ACCOUNT_TOKEN": emulator.account_token,
            "NO_PROXY": "127.0.0.1",
            **environment,
        },
        text=True,
        timeout=_SECONDS,
    )
    refused = [f"{each['Method']} {each['Path']}: {each['Message']}" for each in emulator.refusals(limit=5)]
    assert done.returncode == 0, "\n".join([done.stderr, "refused last:", *refused])
    return done.stdout.split()


@pytest.mark.parametrize(
    ("program", "steps"),
    [
        ("official.py", "send batch templates search bounces suppressions streams webhooks errors account"),
        ("peer.py", "send batch templates search bounces webhooks errors account"),
        ("site.py", "send batch templates webhooks inbound_mail errors"),
    ],
    ids=["postmark-python", "postmarker", "django-anymail"],
)
def test_python_clients(emulator: Emulator, program: str, steps: str) -> None:
    python = python_with("clients", *_PYTHON_CLIENTS)
    assert " ".join(run(emulator, [str(python), str(_CLIENTS / program)])) == steps
    assert emulator.counters()["Accepted"] > 1


def test_the_node_client(emulator: Emulator) -> None:
    modules = node_with("node", "postmark@5")
    names = "send batch bulk templates search bounces suppressions webhooks errors account"
    steps = run(emulator, ["node", str(_CLIENTS / "official.js")], NODE_PATH=str(modules))
    assert " ".join(steps) == names
    assert emulator.counters()["Accepted"] > 1


_PAGE = Path(__file__).parents[2] / "docs" / "howto" / "other-languages.md"


def shown(language: str) -> str:
    """The program in this language that the page shows."""
    [program] = re.findall(rf"```{language}\n(.*?)```", _PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(program)


def test_the_javascript_of_the_page_sends(emulator: Emulator) -> None:
    modules = node_with("node", "postmark@5")
    printed = run(emulator, ["node", "--eval", shown("js")], NODE_PATH=str(modules))
    [message] = emulator.sent()
    assert (printed, message.text_body) == ([message.message_id], "From JavaScript")


def test_the_ruby_of_the_page_sends(emulator: Emulator) -> None:
    if shutil.which("ruby") is None or subprocess.run(["ruby", "-e", "require 'postmark'"], check=False).returncode:  # noqa: S607
        pytest.skip("the gem is not installed: apt-get install ruby-postmark, or gem install postmark")
    printed = run(emulator, ["ruby", "-e", shown("ruby")])
    [message] = emulator.sent()
    assert (printed, message.text_body) == ([message.message_id], "From Ruby")


def test_the_shell_of_the_page_sends(emulator: Emulator) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    [command] = re.findall(r"\$ (curl .*?)\n```", _PAGE.read_text(encoding="utf-8"), re.DOTALL)
    run(emulator, ["sh", "-c", command.replace("http://127.0.0.1:8025", '"$POSTMARK_BASE_URL"') + " --silent"])
    assert [message.text_body for message in emulator.sent()] == ["From a shell"]
