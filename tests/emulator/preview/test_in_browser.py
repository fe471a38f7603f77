"""The preview in Chromium: it follows what is typed, and what it shows stays in its frame."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.emulator.inbox.chromium import missing
from tests.emulator.inbox.test_accessibility import DESKTOP, PHONE, complaints, needs_axe
from tests.emulator.preview.conftest import put

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    OpenPage = Callable[..., Any]

pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")


def expect(what: Any) -> Any:
    from playwright.sync_api import expect as playwrights

    playwrights.set_options(timeout=60_000)
    return playwrights(what)


def test_the_page_follows_what_is_typed_in_an_editor(url: str, root: Path, open_page: OpenPage) -> None:
    page = open_page(f"{url}/templates/welcome")
    mail = page.frame_locator("iframe.mail")
    expect(mail.locator("#hi")).to_have_text("Hi, Ada <b>")
    expect(page.locator("#live")).to_have_attribute("data-state", "on")
    page.evaluate("window.same = true")

    put(root, {"welcome/content.html": "<p id='hi'>Welcome, {{name}}</p>"})
    expect(mail.locator("#hi")).to_have_text("Welcome, Ada <b>")
    put(root, {"welcome/model.json": '{"name": "Ida", "company": "Acme"}'})
    expect(page.locator("h1")).to_have_text("Hello, Ida")
    expect(mail.locator("#hi")).to_have_text("Welcome, Ida")
    put(root, {"_layouts/main/content.html": "<div id='new'>{{company}}</div>{{{ @content }}}"})
    expect(mail.locator("#new")).to_have_text("Acme")
    assert page.evaluate("window.same")  # exchanged in place, not loaded again


def test_an_error_appears_with_its_line_and_goes_when_it_is_mended(url: str, root: Path, open_page: OpenPage) -> None:
    page = open_page(f"{url}/templates/welcome")
    expect(page.locator("#live")).to_have_attribute("data-state", "on")
    put(root, {"welcome/content.html": "<p>\n{{#name}}</p>"})
    expect(page.locator("#findings mark")).to_have_text("{{#name}}")
    expect(page.locator("#findings .number").nth(1)).to_have_text("2")
    expect(page.locator("#row-welcome .chip")).to_have_text("1 error")
    expect(page.get_by_text("The HTML cannot be rendered.")).to_be_visible()
    put(root, {"welcome/content.html": "<p id='hi'>{{name}}</p>"})
    expect(page.frame_locator("iframe.mail").locator("#hi")).to_have_text("Ada <b>")
    expect(page.locator("#findings mark")).to_have_count(0)


def test_samples_views_and_phone_width_are_chosen(url: str, open_page: OpenPage) -> None:
    page = open_page(f"{url}/templates/welcome")
    page.locator("#sample-other").click()
    expect(page.locator("h1")).to_have_text("Hello, Grace")
    page.locator("#switch-width").click()
    expect(page.locator("#switch-width")).to_have_attribute("aria-checked", "true")
    expect(page.frame_locator("iframe.mail").locator("#hi")).to_have_text("Hi, Grace")
    assert page.locator("iframe.mail").bounding_box()["width"] <= 376
    page.locator("#view-text").click()
    expect(page.locator("pre.text")).to_have_text(re.compile("Hi, Grace: https://unsubscribe"))
    page.locator("#view-model").click()
    expect(page.locator("pre.code").first).to_have_text(re.compile('"company": "Navy"'))


def test_a_mail_cannot_run_scripts_or_reach_the_page(url: str, root: Path, open_page: OpenPage) -> None:
    put(
        root,
        {
            "welcome/content.html": (
                "<script>parent.document.title = 'taken'; document.body.append('ran')</script>"
                "<img src=x onerror=\"document.body.append('ran')\"><p id='hi'>still</p>"
            )
        },
    )
    page = open_page(f"{url}/templates/welcome")
    frame = page.frame_locator("iframe.mail")
    expect(frame.locator("#hi")).to_have_text("still")
    assert "ran" not in frame.locator("body").inner_text()
    assert page.title() == "Welcome · Postmark templates"


def test_a_new_template_appears_in_the_list(url: str, root: Path, open_page: OpenPage) -> None:
    page = open_page(url)
    expect(page.locator("#live")).to_have_attribute("data-state", "on")
    put(root, {"new/meta.json": '{"Name": "Brand new", "Subject": "S"}', "new/content.txt": "x"})
    expect(page.locator("#row-new .who")).to_have_text("Brand new")
    page.locator("#row-new").click()
    expect(page.locator("pre.text")).to_have_text("x")


@needs_axe
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(url: str, root: Path, open_page: OpenPage, scheme: str, size: dict[str, int]) -> None:
    put(root, {"welcome/model.json": '{"nmae": 1}', "broken/meta.json": "{"})
    page = open_page("about:blank", color_scheme=scheme, viewport=size, reduced_motion="reduce")
    for path in ("/", "/templates/welcome", "/templates/welcome?view=text&width=phone", "/templates/nobody"):
        page.goto(url + path)
        page.locator("#live[data-state=on]").wait_for()
        assert complaints(page, contrast=scheme == "dark") == [], path
