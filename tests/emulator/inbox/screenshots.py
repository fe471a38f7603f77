"""Pictures of the inbox for the README: ``python tests/emulator/inbox/screenshots.py [FOLDER]``.

Writes ``inbox-*.png`` into ``docs/images``. The fonts are those of the machine; Debian's ``fonts-inter`` looks best.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from postmark_sdk.emulator import Emulator  # noqa: E402
from tests.emulator.client import SERVER  # noqa: E402
from tests.emulator.inbox.chromium import chromium, missing  # noqa: E402 - found on the path set above
from tests.emulator.inbox.scene import MODEL, TEMPLATE, Receiver, hook, shop_of, two_weeks  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser

UNFINISHED = """<style>
.box { display: grid; gap: 12px; color: var(--ink) }
</style>
<p>Dear {{ name }}, please confirm your address:</p>
<a href="http://localhost:8000/confirm/7f3a">Confirm it</a>
<img src="/static/seal.png">"""
DESKTOP, PHONE = (1280, 800), (360, 740)


class Picture(NamedTuple):
    """One file."""

    name: str
    path: str
    scheme: str
    size: tuple[int, int]


def pictures(message_id: str, template_id: int) -> list[Picture]:
    """Everything worth showing."""
    message = f"/inbox/messages/{message_id}"
    return [
        Picture("message-light", message, "light", DESKTOP),
        Picture("message-dark", message, "dark", DESKTOP),
        Picture("overview-light", "/", "light", DESKTOP),
        Picture("events-dark", f"{message}?view=events", "dark", DESKTOP),
        Picture("refused-light", "/inbox/refused", "light", DESKTOP),
        Picture("template-light", f"/inbox/templates/{SERVER}/{template_id}", "light", DESKTOP),
        Picture("statistics-dark", "/inbox/statistics", "dark", DESKTOP),
        Picture("phone-light", "/", "light", PHONE),
        Picture("phone-dark", message, "dark", PHONE),
    ]


def take(browser: Browser, base_url: str, picture: Picture, folder: Path) -> None:
    """Open one page and keep what is seen."""
    width, height = picture.size
    context = browser.new_context(
        color_scheme="dark" if picture.scheme == "dark" else "light",
        viewport={"width": width, "height": height},
        device_scale_factor=1.5,
    )
    page = context.new_page()
    page.goto(base_url + picture.path)
    page.locator("#live[data-state=on]").wait_for()
    if page.locator("#model").count():
        page.fill("#model", json.dumps(MODEL, indent=2))
        page.locator(".rendered-subject", has_text=MODEL["parcel"]["number"]).wait_for()
        page.frame_locator("iframe.mail").get_by_text("Middlemarch").wait_for()
    page.screenshot(path=folder / f"inbox-{picture.name}.png", animations="disabled")
    context.close()


def main() -> int:
    """Fill an emulator and take all pictures."""
    reason = missing()
    if reason:
        sys.stderr.write(f"No pictures: {reason}\n")
        return 1
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    with Emulator() as postmark, shop_of(postmark) as shop, Receiver() as receiver, chromium() as browser:
        hook(shop, receiver)
        message_id = two_weeks(postmark, shop)
        template_id = shop.call("POST", "/templates", TEMPLATE)["TemplateId"]
        receiver.wait_for("Delivery")
        for picture in pictures(message_id, template_id):
            take(browser, postmark.base_url, picture, folder)
        unfinished = shop.send(Subject="Confirm your address", HtmlBody=UNFINISHED, Tag="confirm")
        advice = Picture("advice-light", f"/inbox/messages/{unfinished}?view=advice", "light", DESKTOP)
        take(browser, postmark.base_url, advice, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
