"""The inbox by keyboard, by ear, and as axe sees it."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk.emulator import Emulator
from tests.emulator.inbox.chromium import missing
from tests.emulator.inbox.scene import Shop, every_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")

BAD = {"From": "shop@", "To": "ada@example.com", "Subject": "x", "TextBody": "x"}
HEAR = """
window.heard = [];
new MutationObserver(changes => {
  for (const change of changes) {
    const region = change.target.closest?.("[role=status]");
    if (region?.textContent.trim()) window.heard.push(region.textContent.trim());
  }
}).observe(document, { subtree: true, childList: true });
"""


@pytest.fixture
def live_page(open_page: Callable[..., Page]) -> Callable[..., Page]:
    def opened(url: str, **options: Any) -> Page:
        page = open_page("about:blank", **options)
        page.add_init_script(HEAR)
        page.goto(url)
        page.locator("#live[data-state=on]").wait_for()
        return page

    return opened


def focused(page: Page) -> str:
    """What has the focus, which has to be seen."""
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", page.evaluate("document.activeElement.outerHTML")
    return str(page.evaluate("document.activeElement.innerText.trim()"))


def width_of(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box is not None
    return box["width"]


def hear(page: Page, words: str) -> None:
    """Wait until a live region says so."""
    page.wait_for_function("words => window.heard.includes(words)", arg=words)


needs_axe = pytest.mark.skipif(
    importlib.util.find_spec("axe_playwright_python") is None, reason="pip install axe-playwright-python"
)
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}


def complaints(page: Page, *, contrast: bool) -> list[str]:
    """What axe says of a page, of all rules or of contrast alone."""
    from axe_playwright_python.sync_playwright import Axe

    rules = {"runOnly": ["color-contrast"]} if contrast else {"rules": {"target-size": {"enabled": True}}}
    # The frames hold mails of others.
    found = Axe().run(page, options={"resultTypes": ["violations", "incomplete"], "iframes": False, **rules}).response
    unclear = [each for each in found["incomplete"] if each["id"] not in {"color-contrast", "frame-tested"}]
    return [
        f"{each['id']} ({each['impact']}): {node['html']}"
        for each in (*found["violations"], *unclear)
        for node in each["nodes"]
    ]


@needs_axe
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    open_page: Callable[..., Page], filled: tuple[str, str, str], scheme: str, size: dict[str, int]
) -> None:
    page = open_page("about:blank", color_scheme=scheme, viewport=size, reduced_motion="reduce")
    for url in [*every_page(filled), f"{filled[0]}/inbox/none"]:
        page.goto(url)
        page.locator("#live[data-state=on]").wait_for()
        page.evaluate("for (const each of document.querySelectorAll('main details:not(.pop)')) each.open = true")
        # Roles and names are the same by day and by night.
        assert complaints(page, contrast=scheme == "dark") == [], url


def test_news_leave_the_focus_on_what_has_no_id(live_page: Callable[..., Page], postmark: Emulator, shop: Shop) -> None:
    page = live_page(postmark.base_url)
    page.keyboard.press("Tab")
    page.get_by_role("link", name="Refused").focus()
    shop.call("POST", "/email", BAD)
    page.locator(".wide-nav .count.alert").wait_for()
    assert focused(page).startswith("Refused")


def test_news_are_told(live_page: Callable[..., Page], postmark: Emulator, shop: Shop) -> None:
    page = live_page(postmark.base_url)
    shop.send(Subject="First of all")
    hear(page, "1 new")
    page.get_by_role("searchbox").fill("second")
    hear(page, "Nothing matches")
    page.get_by_role("searchbox").fill("FIRST")
    hear(page, "1 found")
    page.get_by_role("searchbox").fill("")
    hear(page, "All messages")
    assert page.evaluate("window.heard.filter(each => each.endsWith('new')).length") == 1
    page.get_by_text("First of all").click()
    page.get_by_role("button", name="Bounce this").click()
    hear(page, "The message bounced.")


def test_the_end_of_the_connection_is_told(live_page: Callable[..., Page]) -> None:
    with Emulator() as first:
        page = live_page(first.base_url)
    page.locator("#live[data-state=off]").wait_for()
    assert page.evaluate("window.heard") in (["Reconnecting…"], ["Reconnecting…", "Not reachable"], ["Not reachable"])


def test_a_list_is_one_stop_with_arrow_keys_inside(
    live_page: Callable[..., Page], postmark: Emulator, shop: Shop
) -> None:
    for name in ("First", "Second", "Third"):
        shop.send(Subject=name)
    page = live_page(postmark.base_url)
    keys = page.locator(".keys")
    page.get_by_role("searchbox").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Home")
    assert page.evaluate("document.activeElement.type") == "search"
    assert width_of(keys) == 1
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert "Third" in focused(page)
    assert width_of(keys) > 100
    page.keyboard.press("ArrowDown")
    assert "Second" in focused(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/messages/*")
    assert "Second" in focused(page)
    page.locator("#live[data-state=on]").wait_for()
    shop.send(Subject="Fourth")
    page.get_by_text("Fourth").wait_for()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert "Fourth" in focused(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert focused(page) == "Open"
    page.keyboard.press("Shift+Tab")
    assert "Second" in focused(page)


def test_the_list_can_be_skipped_and_a_view_keeps_the_focus(
    live_page: Callable[..., Page], postmark: Emulator, shop: Shop
) -> None:
    page = live_page(f"{postmark.base_url}/inbox/messages/{shop.receipt()}")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the message"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page) == "Open"
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Text").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**view=events")
    assert focused(page).startswith("Events")
    page.get_by_role("link", name="HTML").click()
    page.wait_for_url("**view=html")
    assert page.evaluate("document.activeElement === document.body")
    page.get_by_role("switch", name="Phone width").press("Enter")
    page.wait_for_url("**width=phone")
    assert focused(page) == "Phone width"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_what_is_read_stays_in_its_place_when_mail_comes(
    live_page: Callable[..., Page], postmark: Emulator, shop: Shop, size: dict[str, int]
) -> None:
    for number in range(30):
        shop.send(Subject=f"Number {number}.")
    page = live_page(postmark.base_url, viewport=size)
    row = page.locator(".row", has_text="Number 10.")
    row.evaluate("row => row.scrollIntoView({ block: 'center' })")
    before = row.bounding_box()
    shop.send(Subject="Newcomer")
    page.get_by_text("Newcomer").wait_for()
    assert row.bounding_box() == before


def test_the_focus_stays_in_a_list_whose_end_is_cut_off(
    live_page: Callable[..., Page], postmark: Emulator, shop: Shop
) -> None:
    for number in range(50):
        shop.send(Subject=f"Number {number}.")
    page = live_page(postmark.base_url)
    page.locator(".row").first.focus()
    page.keyboard.press("End")
    assert "Number 0." in focused(page)
    shop.send(Subject="Newcomer")
    page.get_by_text("Number 0.").wait_for(state="detached")
    assert "Number 1." in focused(page)


def test_nothing_moves_where_that_is_not_wanted(live_page: Callable[..., Page], postmark: Emulator, shop: Shop) -> None:
    shop.send(Subject="First of all")
    for wanted, motion in (("arrive", "no-preference"), ("none", "reduce")):
        page = live_page(postmark.base_url, reduced_motion=motion)
        shop.send(Subject="Newcomer")
        row = page.locator(".new .row")
        row.wait_for()
        assert row.evaluate("row => getComputedStyle(row).animationName") == wanted
