"""What a fresh process costs: scripts of a few lines, each in a new interpreter; the system counts their CPU time."""

from __future__ import annotations

import os
import resource
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

IMPORT = {
    "nothing": "",
    "bare": "import httpx",
    "sdk": "from postmark_sdk import PostmarkClient; PostmarkClient('server-token')",
    "official": "import postmark; postmark.ServerClient('server-token')",
    "postmarker": "from postmarker.core import PostmarkClient; PostmarkClient(server_token='server-token')",
}

FIRST_MAIL = {
    "bare": """
import sys, httpx
with httpx.Client(base_url=sys.argv[1], headers={"X-Postmark-Server-Token": "server-token"}) as client:
    answer = client.post("/email", json={
        "From": "sender@example.com", "To": "receiver@example.org", "Subject": "Hello", "TextBody": "Hello."})
assert answer.json()["ErrorCode"] == 0
""",
    "sdk": """
import sys
from postmark_sdk import PostmarkClient
with PostmarkClient("server-token", base_url=sys.argv[1]) as client:
    result = client.emails.send(
        from_="sender@example.com", to="receiver@example.org", subject="Hello", text_body="Hello.")
assert result.success
""",
    "official": """
import sys, postmark
with postmark.sync.ServerClient("server-token", base_url=sys.argv[1]) as client:
    result = client.outbound.send({
        "sender": "sender@example.com", "to": "receiver@example.org", "subject": "Hello", "text_body": "Hello."})
assert result.success
""",
    "postmarker": """
import sys
from postmarker.core import PostmarkClient
client = PostmarkClient(server_token="server-token", root_api_url=sys.argv[1] + "/")
result = client.emails.send(
    From="sender@example.com", To="receiver@example.org", Subject="Hello", TextBody="Hello.")
assert result["ErrorCode"] == 0
""",
}

FIRST_MAIL_ASYNC = {
    "bare": """
import asyncio, sys, httpx
async def main():
    headers = {"X-Postmark-Server-Token": "server-token"}
    async with httpx.AsyncClient(base_url=sys.argv[1], headers=headers) as client:
        answer = await client.post("/email", json={
            "From": "sender@example.com", "To": "receiver@example.org", "Subject": "Hello", "TextBody": "Hello."})
    assert answer.json()["ErrorCode"] == 0
asyncio.run(main())
""",
    "sdk": """
import asyncio, sys
from postmark_sdk import AsyncPostmarkClient
async def main():
    async with AsyncPostmarkClient("server-token", base_url=sys.argv[1]) as client:
        result = await client.emails.send(
            from_="sender@example.com", to="receiver@example.org", subject="Hello", text_body="Hello.")
    assert result.success
asyncio.run(main())
""",
    "official": """
import asyncio, sys, postmark
async def main():
    async with postmark.ServerClient("server-token", base_url=sys.argv[1]) as client:
        result = await client.outbound.send({
            "sender": "sender@example.com", "to": "receiver@example.org", "subject": "Hello", "text_body": "Hello."})
    assert result.success
asyncio.run(main())
""",
}


def cpu_seconds(python: Path, script: str, base_url: str, folder: Path, bytecode: Path) -> float:
    """CPU seconds of one process, from its start to its end.

    Bytecode is cached outside the tree whatever the caller's environment says: compiling is not what is measured.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(bytecode)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([str(python), "-c", script, base_url], check=True, cwd=folder, env=environment)  # noqa: S603 - ours
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
