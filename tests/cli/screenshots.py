"""Pictures of the command line for the pages: ``python tests/cli/screenshots.py [FOLDER]``.

Writes ``cli-*.svg`` into ``docs/images``: what a terminal shows, as Rich draws it.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from rich.console import Console  # noqa: E402
from rich.text import Text  # noqa: E402

from postmark_sdk import PostmarkClient  # noqa: E402
from postmark_sdk.emulator import Emulator  # noqa: E402
from postmark_sdk.testing._receiver import Receiver  # noqa: E402 - found on the path set above

COLUMNS = 100


def fill(postmark: Emulator, client: PostmarkClient) -> None:
    """A shop whose second domain is not verified, and whose webhook is paused for bounces."""
    endpoint = Receiver()
    for name, verified in (("shop.example", True), ("news.example", False)):
        postmark.change_settings(dns_verified=verified)
        domain = client.domains.create(name=name, return_path_domain=f"pm-bounces.{name}")
        client.domains.verify_dkim(domain.id)
        client.domains.verify_return_path(domain.id)
    webhook = client.webhooks.ensure(endpoint.url, triggers=["bounce", "delivery"]).webhook
    endpoint.close()
    postmark.pause_webhook(webhook.id, "Bounce")
    result = client.emails.send(from_="orders@shop.example", to="ada@example.org", subject="Order", text_body="Thanks.")
    postmark.bounce(result.message_id)


def shown(postmark: Emulator, *arguments: str) -> str:
    """What a terminal would show."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("POSTMARK_", "SSL_"))},
        "POSTMARK_BASE_URL": postmark.base_url,
        "POSTMARK_SERVER_TOKEN": postmark.server_token,
        "POSTMARK_ACCOUNT_TOKEN": postmark.account_token,
        "COLUMNS": str(COLUMNS),
        "FORCE_COLOR": "1",
        "TERM": "xterm-256color",
    }
    command = [sys.executable, "-m", "postmark_sdk", *arguments, "--no-json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout


def drawn(arguments: tuple[str, ...], output: str) -> str:
    """An SVG; its fonts are those of the reader's machine, none is fetched."""
    command = f"postmark {' '.join(arguments)}"
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ {command}", "bold"))
    console.print(Text.from_ansi(output.rstrip()))
    svg = console.export_svg(title=command, unique_id="postmark")
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)


def main() -> int:
    """Fill an emulator and take all pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    arguments = ("doctor", "--from", "letter@news.example")
    with (
        Emulator() as postmark,
        PostmarkClient(
            postmark.server_token, account_token=postmark.account_token, base_url=postmark.base_url
        ) as client,
    ):
        fill(postmark, client)
        picture = drawn(arguments, shown(postmark, *arguments))
    (folder / "cli-doctor.svg").write_text(picture, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
