"""Pictures of templates as files: ``python tests/emulator/preview/screenshots.py [FOLDER]``.

Writes ``templates-*.png`` into ``docs/images``. The fonts are those of the machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from postmark_sdk.emulator import Emulator  # noqa: E402 - found on the path set above
from tests.emulator.inbox.chromium import chromium, missing  # noqa: E402
from tests.emulator.preview.conftest import put, serving  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

WIDTH = 88
FILES = {
    "_layouts/shop/meta.json": '{"Name": "Shop", "Alias": "shop", "TemplateType": "Layout"}',
    "_layouts/shop/content.html": (
        "<body style='margin:0;background:#f4f1ea;font:16px/1.5 Georgia,serif;color:#2b2620'>\n"
        "<div style='max-width:34rem;margin:2rem auto;padding:2rem;background:#fff;border-radius:12px'>\n"
        "{{{ @content }}}\n<p style='color:#8a8174;font-size:14px'>{{shop.name}}, {{shop.town}}</p></div></body>\n"
    ),
    "receipt/content.html": (
        "<h1 style='font-size:26px;margin:0 0 1rem'>Thank you, {{name}}</h1>\n"
        "<p>Your order {{number}} is on its way.</p>\n<table style='width:100%'>\n"
        "{{#each lines}}<tr><td>{{title}}<td align='right'>{{price}}</tr>{{/each}}\n</table>\n"
        "{{#voucher}}<p><b>{{code}}</b> saves you {{percent}} % next time.</p>{{/voucher}}\n"
    ),
    "receipt/content.txt": "Thank you, {{name}}.\nYour order {{number}} is on its way.\n",
    "receipt/meta.json": json.dumps(
        {"Name": "Receipt", "Alias": "receipt", "Subject": "Your order {{number}}", "LayoutTemplate": "shop"}
    ),
    "receipt/model.json": json.dumps(
        {
            "name": "Ada",
            "number": "4711",
            "lines": [{"title": "Reading lamp", "price": "49.00"}, {"title": "Postage", "price": "4.90"}],
            "voucher": {"code": "LAMP10", "percent": 10},
            "shop": {"name": "Example Shop", "town": "Bath"},
        },
        indent=2,
    ),
    "receipt/model.first-order.json": json.dumps(
        {"name": "Bo", "number": "1", "lines": [], "shop": {"name": "Example Shop", "town": "Bath"}}, indent=2
    ),
    "welcome/meta.json": json.dumps(
        {"Name": "Welcome", "Alias": "welcome", "Subject": "Welcome, {{name}}", "LayoutTemplate": "shop"}
    ),
    "welcome/content.html": "<h1>Welcome, {{name}}</h1>\n",
    "welcome/content.txt": "Welcome, {{name}}.\n",
    "welcome/model.json": '{"name": "Ada", "shop": {"name": "Example Shop", "city": "Bath"}}',
}
EDITS = {
    "receipt/content.txt": "Thank you, {{name}}.\nYour order {{number}} left us today.\n",
    "receipt/meta.json": FILES["receipt/meta.json"].replace("Your order", "On its way:"),
    "bye/meta.json": '{"Name": "Bye", "Alias": "bye", "Subject": "See you"}',
    "bye/content.txt": "Until next time.\n",
}


def postmark(*arguments: str, folder: Path, **environment: str) -> str:
    """What a command prints, in colours."""
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "postmark_sdk", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "FORCE_COLOR": "1", "COLUMNS": str(WIDTH), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def terminal(browser: Browser, command: str, output: str, target: Path) -> None:
    """A picture of a terminal."""
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123 - printed nowhere
    console.print(Text(f"$ {command}", style="bold"))
    console.print(Text.from_ansi(output.rstrip()))
    page = browser.new_page(device_scale_factor=1.5)
    page.set_content(console.export_svg(title="Terminal"))
    page.locator("svg").first.screenshot(path=target)
    page.close()


def preview(browser: Browser, url: str, folder: Path) -> None:
    """The page."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, device_scale_factor=1.5)
    page.goto(f"{url}/templates/receipt")
    page.locator("#live[data-state=on]").wait_for()
    page.frame_locator("iframe.mail").locator("h1").wait_for()
    page.screenshot(path=folder / "templates-preview.png")
    page.close()


@contextmanager
def pushed(folder: Path) -> Iterator[dict[str, str]]:
    """A server that has the templates of the folder."""
    with Emulator() as emulator:
        environment = {"POSTMARK_BASE_URL": emulator.base_url, "POSTMARK_SERVER_TOKEN": emulator.server_token}
        postmark("templates", "push", "--prune", "--yes", "--no-check", folder=folder, **environment)
        yield environment


def main(target: Path) -> None:
    """Take all of them."""
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        put(Path(name) / "templates", FILES)
        os.chdir(name)
        with pushed(Path(name)) as environment, serving(Path("templates")) as url:
            preview(browser, url, target)
            put(Path(name) / "templates", EDITS)
            output = postmark("templates", "diff", "--no-json", folder=Path(name), **environment)
            terminal(browser, "postmark templates diff", output, target / "templates-diff.png")


if __name__ == "__main__":
    reason = missing()
    if reason:
        sys.exit(reason)
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "docs/images")
