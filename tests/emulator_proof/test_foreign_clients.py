"""Clients that nobody here wrote do their usual work with the emulator, and find what they expect."""

from __future__ import annotations

import os
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
