"""schemathesis: whatever is sent, no 5xx, and every answer is as the description has it."""

from __future__ import annotations

import os
import re
import subprocess
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from tests.emulator_proof.environments import python_with

if TYPE_CHECKING:
    from pathlib import Path

    from postmark_sdk.emulator import Emulator

pytestmark = pytest.mark.proof

_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
_SECONDS = 900


@pytest.mark.parametrize(
    ("phases", "effort", "at_least"),
    [
        ("examples,coverage", "--max-examples=10", 2000),
        ("fuzzing", "--max-examples=25", 1000),
        ("stateful", "--max-time=60", 200),
    ],
    ids=["coverage", "fuzzing", "stateful"],
)
def test_every_answer_conforms(emulator: Emulator, tmp_path: Path, phases: str, effort: str, at_least: int) -> None:
    python = python_with("schemathesis", "schemathesis==4.*")
    emulator.seed(messages=20)
    emulator.bounce(emulator.sent()[0].message_id)
    tokens = {"Server": emulator.server_token, "Account": emulator.account_token}
    headers = [option for kind, token in tokens.items() for option in ("-H", f"X-Postmark-{kind}-Token: {token}")]
    done = subprocess.run(  # noqa: S603 - the arguments are ours
        [
            *(
                str(python.with_name("schemathesis")),
                "run",
                str(files("postmark_sdk.emulator.reference") / "description.json"),
            ),
            *("--url", emulator.base_url, *headers),
            *("--checks", ",".join(_CHECKS), "--phases", phases, effort),
            # Without its server the token would be worth nothing, and the rest of the run with it.
            *("--exclude-operation-id", "servers_delete"),
            *("--continue-on-failure", "--warnings", "off", "--no-color", "--seed", "1"),
        ],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
        text=True,
        timeout=_SECONDS,
    )
    assert done.returncode == 0, done.stdout[-20_000:]
    generated = re.search(r"(\d+) generated, \1 passed", done.stdout)
    assert generated is not None, done.stdout
    assert int(generated[1]) >= at_least
