"""The package works under any name, copied into somebody's own tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.description import ROOT

from .loopback import accepting

if TYPE_CHECKING:
    from pathlib import Path

LEFT_OUT = ("cli", "emulator", "jobs", "testing", "integrations", "__pycache__")

USE = """
import asyncio, logging, sys
from myapp._vendor.pm import AsyncPostmarkClient, Email, InvalidMessageError, PostmarkClient, converter
from myapp._vendor.pm.models import Bounce

base_url = sys.argv[1]
mail = {"from_": "a@example.com", "to": "b@example.org", "subject": "Hi", "text_body": "Hello."}
with PostmarkClient("server-token-for-tests", base_url=base_url) as client:
    assert client.emails.send(**mail).success
    assert client.emails.send(Email(**mail)).message_id == "m"
    try:
        client.emails.send(**mail, subjet="x")
    except InvalidMessageError as error:
        assert type(error).__module__ == "myapp._vendor.pm.errors"
    else:
        raise AssertionError

async def main():
    async with AsyncPostmarkClient("server-token-for-tests", base_url=base_url) as client:
        assert (await client.emails.send(**mail)).success

asyncio.run(main())
assert converter().structure({"ID": 5}, Bounce).id == 5
assert logging.getLogger("myapp._vendor.pm").manager.loggerDict.get("postmark_sdk") is None
assert not [name for name in sys.modules if name.partition(".")[0] == "postmark_sdk"]
print("fine")
"""


def test_a_vendored_copy_sends_a_mail(tmp_path: Path) -> None:
    target = tmp_path / "myapp" / "_vendor" / "pm"
    shutil.copytree(ROOT / "postmark_sdk", target, ignore=shutil.ignore_patterns(*LEFT_OUT))
    for package in (tmp_path / "myapp", tmp_path / "myapp" / "_vendor"):
        (package / "__init__.py").write_text("", encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("POSTMARK_", "PYTHONPATH"))}
    with accepting() as (base_url, came):
        finished = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-W", "error", "-c", USE, base_url],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == "fine\n"
    assert [mail["To"] for mail in came] == ["b@example.org"] * 3


ABSOLUTE = re.compile(r"^\s*(?:from|import) postmark_sdk\b|import_module\(\s*f?[\"']postmark_sdk", re.MULTILINE)


@pytest.mark.parametrize("path", sorted((ROOT / "postmark_sdk").rglob("*.py")), ids=lambda path: path.stem)
def test_no_module_imports_the_package_by_its_name(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    code = re.sub(r'"""[\s\S]*?"""', "", text)  # docstrings show what users write
    assert ABSOLUTE.search(code) is None
