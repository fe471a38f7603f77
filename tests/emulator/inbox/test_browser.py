"""The inbox in a real browser: live, safe against the mail it shows, usable by keyboard and on a phone."""

from __future__ import annotations

import asyncio
import base64
import re
import socketserver
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typing_extensions import Self

from postmark_sdk import AsyncPostmarkClient, Attachment, Email, PostmarkClient
from postmark_sdk.emulator import Emulator
from postmark_sdk.emulator._runner import bind
from postmark_sdk.emulator.control import actions as _actions
from tests.emulator.client import SERVER
from tests.emulator.inbox.chromium import missing
from tests.emulator.inbox.scene import PNG, Receiver, Shop, every_page, hook, shop_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")


class Canary:
    """A server nobody should ever connect to; even a bare connection counts."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            timeout = 60

            def handle(self) -> None:
                outer.seen.append("connection")
                try:
                    line = self.rfile.readline(2000).decode("latin-1").strip()
                    outer.seen.append(line)
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                except OSError:
                    return

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


HOSTILE = """<!doctype html><html manifest="CANARY/manifest"><head>
<base href="CANARY/base/"><title>Taken over</title>
<meta http-equiv="refresh" content="0;url=CANARY/refresh">
<link rel="stylesheet" href="CANARY/style.css"><link rel="preconnect" href="CANARY">
<LINK rel=prefetch href=CANARY/prefetch>
<link rel="icon" href="CANARY/icon"><link rel="modulepreload" href="CANARY/module">
<style>@import "CANARY/import.css"; @font-face { font-family: x; src: url(CANARY/font.woff) }
body { background: url(CANARY/body.png); font-family: x } .a::before { content: url(CANARY/before.png) }</style>
<script>parent.document.title = top.document.title = document.title = "ran"; fetch("CANARY/fetch")</script>
<script src="CANARY/script.js"></script>
<script type="speculationrules">{"prefetch":[{"urls":["CANARY/rule"]}]}</script>
</head><body background="CANARY/background.png" onload="top.location='CANARY/onload'">
<img src="CANARY/pixel.png"><img src="relative.png"><img srcset="CANARY/a.png 1x, CANARY/b.png 2x">
<img src=x onerror="top.document.title='onerror'; new Image().src='CANARY/onerror'">
<svg onload="top.document.title='svg'"><image href="CANARY/svg.png"/><use href="CANARY/use.svg#x"/>
<script>top.document.title='svg script'</script><a href="javascript:top.document.title='x'">
<text y="20">svg link</text></a>
<foreignObject><iframe src="CANARY/foreign"></iframe></foreignObject></svg>
<iframe src="CANARY/iframe"></iframe><iframe srcdoc="<script>top.document.title='srcdoc'</script>
<img src='CANARY/srcdoc.png'>"></iframe>
<object data="CANARY/object"></object><object data="CANARY/page" type="text/html"></object>
<embed src="CANARY/e" type="text/html"><embed src="CANARY/embed">
<video poster="CANARY/poster.png" src="CANARY/v.mp4" autoplay></video>
<audio src="CANARY/a.mp3" autoplay></audio><input type="image" src="CANARY/input.png">
<form action="CANARY/form" method="post" target="_top"><input name=q autofocus onfocus="this.form.submit()">
<button id="send">Send</button></form>
<form action="EMULATOR/inbox/reset" method="post"><button id="reset">Reset</button></form>
<img src="EMULATOR/inbox/reset"><img src="EMULATOR/_emulator/reset"><iframe src="EMULATOR/"></iframe>
<p class="a" style="background: url('CANARY/inline.png')">words</p>
<a id="top" href="CANARY/top" target="_top">Look here</a> <a id="script"
href="javascript:top.document.title='link'">script</a>
<a id="ping" href="#here" ping="CANARY/ping">ping</a><details open ontoggle="top.document.title='toggle'">
<summary>x</summary></details>
<div><template shadowrootmode="open"><img src="CANARY/shadow.png"></template></div>
<marquee onstart="top.document.title='marquee'">x</marquee>
</body></html>"""
FRAMESET = (
    '<html><head></head><frameset cols="50%,50%"><frame src="CANARY/left"><frame src="CANARY/right"></frameset></html>'
)


def titles(page: Page) -> list[str]:
    return page.locator(".row .subject").all_inner_texts()


def test_mail_appears_without_reload(open_page: Callable[..., Page], postmark: Emulator, shop: Shop) -> None:
    page = open_page(postmark.base_url)
    page.locator("#live[data-state=on]").wait_for()
    page.evaluate("window.kept = true")
    assert titles(page) == []
    shop.send(Subject="First of all")
    page.get_by_text("First of all").wait_for()
    shop.send(Subject="Second to none")
    page.get_by_text("Second to none").wait_for()
    assert titles(page) == ["Second to none", "First of all"]
    assert page.locator("[data-live=total]").inner_text() == "2"
    assert page.evaluate("window.kept") is True
    assert page.locator("#announce").inner_text() == "1 new"


def test_news_wait_until_the_pointer_is_let_go(open_page: Callable[..., Page], postmark: Emulator, shop: Shop) -> None:
    id_ = shop.send(Subject="First of all")
    page = open_page(postmark.base_url)
    page.locator("#live[data-state=on]").wait_for()
    page.get_by_text("First of all").hover()
    page.mouse.down()
    with page.expect_response(postmark.base_url + "/"):
        shop.send(Subject="Second to none")
    with page.expect_response(postmark.base_url + "/"):
        assert titles(page) == ["First of all"]
    page.mouse.up()
    page.wait_for_url(f"**/inbox/messages/{id_}**")


@pytest.mark.parametrize(
    "fail",
    [lambda route: route.abort(), lambda route: route.fulfill(status=500, body="Internal Server Error")],
    ids=["no answer", "no page"],
)
def test_news_that_could_not_be_read_are_asked_for_again(
    open_page: Callable[..., Page], postmark: Emulator, shop: Shop, fail: Callable[[Route], None]
) -> None:
    page = open_page(postmark.base_url)
    page.locator("#live[data-state=on]").wait_for()
    page.route(f"{postmark.base_url}/", fail, times=1)
    shop.send(Subject="First of all")
    page.get_by_text("First of all").wait_for()
    page.locator("#live[data-state=on]").wait_for()


def send(postmark: Emulator, email: Email) -> str:
    with PostmarkClient(postmark.server_token, base_url=postmark.base_url) as client:
        return str(client.emails.send(email).message_id)


def send_async(postmark: Emulator, email: Email) -> str:
    async def run() -> str:
        async with AsyncPostmarkClient(postmark.server_token, base_url=postmark.base_url) as client:
            return str((await client.emails.send(email)).message_id)

    # Playwright's own loop runs in this thread.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, run()).result()


@pytest.mark.parametrize("send_one", [send, send_async], ids=["sync", "async"])
def test_mail_of_the_sdk_appears_and_shows_all_it_holds(
    open_page: Callable[..., Page], postmark: Emulator, send_one: Callable[[Emulator, Email], str]
) -> None:
    page = open_page(postmark.base_url)
    page.locator("#live[data-state=on]").wait_for()
    logo, src = Attachment.inline(base64.b64decode(PNG), "logo.png")
    message_id = send_one(
        postmark,
        Email(
            from_=("Example Shop, Orders", "shop@example.com"),
            to=[("Ann", "ann@example.org"), "bert@example.org"],
            subject="Grüße aus Köln",
            html_body=f'<h1>Hello Ann</h1><img id="logo" src="{src}">',
            text_body="Hello Ann, as text.",
            headers={"X-Order": "4711"},
            metadata={"order": "4711"},
            attachments=[Attachment.from_bytes(b"An invoice.", "invoice.txt"), logo],
        ),
    )
    page.get_by_text("Grüße aus Köln").click()
    page.wait_for_url(f"**/inbox/messages/{message_id}**")
    mail = page.frame_locator("iframe.mail")
    mail.get_by_role("heading", name="Hello Ann").wait_for()
    assert mail.locator("#logo").evaluate("image => image.complete && image.naturalWidth") == 1
    facts = page.locator(".facts").inner_text()
    assert '"Example Shop, Orders" <shop@example.com>' in facts
    assert "Ann <ann@example.org>, bert@example.org" in facts
    views = page.get_by_role("navigation", name="Views of this message")
    for view, shown in (("Text", "Hello Ann, as text."), ("Headers", "X-Order"), ("Metadata", "4711")):
        views.get_by_role("link", name=view).click()
        page.locator("#main").get_by_text(shown, exact=True).wait_for()
    views.get_by_role("link", name="Attachments").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download invoice.txt").click()
    assert download.value.suggested_filename == "invoice.txt"
    assert Path(download.value.path()).read_bytes() == b"An invoice."


def test_news_keep_focus_and_open_parts(open_page: Callable[..., Page], postmark: Emulator, shop: Shop) -> None:
    id_ = shop.send(Subject="Stay here")
    page = open_page(postmark.base_url)
    page.locator("#live[data-state=on]").wait_for()
    page.locator(".row").first.focus()
    shop.send(Subject="Newcomer")
    page.get_by_text("Newcomer").wait_for()
    assert page.evaluate("document.activeElement.id") == f"row-{id_}"
    page.goto(f"{postmark.base_url}/inbox/refused")
    page.locator("#live[data-state=on]").wait_for()
    bad = {"From": "shop@", "To": "ada@example.com", "Subject": "x", "TextBody": "x"}
    shop.call("POST", "/email", bad)
    page.locator(".refusal details[open]").wait_for()
    page.locator(".refusal summary").click()
    shop.call("POST", "/email", bad)
    page.locator(".refusal").nth(1).wait_for()
    assert page.locator(".refusal details").nth(1).get_attribute("open") is None


def test_a_page_finds_its_way_back_after_the_emulator_was_away(open_page: Callable[..., Page]) -> None:
    with bind("127.0.0.1", 0) as held:  # or the port may be another's while nothing listens on it
        port = held.getsockname()[1]
        with Emulator(port=port) as first:
            page = open_page(first.base_url)
            page.locator("#live[data-state=on]").wait_for()
        page.locator("#live[data-state=off]").wait_for()
        assert page.locator("#live-text").inner_text() in {"Reconnecting…", "Not reachable"}
        with Emulator(port=port) as second, shop_of(second) as shop:
            shop.send(Subject="After the break")
            page.get_by_text("After the break").wait_for()
            page.locator("#live[data-state=on]").wait_for()


def test_search_follows_the_typing(open_page: Callable[..., Page], postmark: Emulator, shop: Shop) -> None:
    shop.send(Subject="Invoice 7", Tag="invoice")
    shop.send(Subject="Welcome")
    page = open_page(postmark.base_url)
    page.get_by_role("searchbox").fill("invo")
    page.wait_for_url("**/?text=invo")
    page.locator(".row").nth(1).wait_for(state="detached")
    assert titles(page) == ["Invoice 7"]
    page.get_by_role("searchbox").fill("")
    page.locator(".row").nth(1).wait_for()
    page.locator(".more summary").click()
    page.get_by_label("Tag").fill("invoice")
    page.locator(".row").nth(1).wait_for(state="detached")
    assert titles(page) == ["Invoice 7"]


def test_opening_a_mail_fires_the_webhook(open_page: Callable[..., Page], postmark: Emulator, shop: Shop) -> None:
    with Receiver() as receiver:
        hook(shop, receiver)
        shop.receipt()
        page = open_page(postmark.base_url)
        page.get_by_text("Your receipt").click()
        opened = receiver.wait_for("Open")
        assert opened["Recipient"] == "ada@example.com"
        assert opened["FirstOpen"] is True
        page.get_by_role("link", name="Links").click()
        page.get_by_role("button", name="Click Follow the parcel").click()
        assert receiver.wait_for("Click")["OriginalLink"] == "https://shop.example.com/orders/1042"
        page.get_by_role("button", name="Bounce this").click()
        assert receiver.wait_for("Bounce")["Type"] == "HardBounce"
        page.get_by_text("The message bounced.").wait_for()
        page.locator(".delivery", has_text="SubscriptionChange").locator("b", has_text="200").first.wait_for()


def test_a_followed_link_is_counted_and_opens_beside(
    open_page: Callable[..., Page], postmark: Emulator, shop: Shop
) -> None:
    with Canary() as canary:
        id_ = shop.send(HtmlBody=f'<a href="{canary.url}/shelf">Go</a>', TrackLinks="HtmlAndText")
        page = open_page(f"{postmark.base_url}/inbox/messages/{id_}")
        with page.expect_popup() as popup:
            page.frame_locator("iframe.mail").get_by_text("Go").click()
        popup.value.wait_for_url(f"{canary.url}/shelf")
        assert popup.value.evaluate("window.opener") is None
        assert page.url == f"{postmark.base_url}/inbox/messages/{id_}"
        page.locator(".headline .chip", has_text="Clicked").wait_for()


def test_hostile_mail_can_neither_run_nor_reach_out(
    open_page: Callable[..., Page], postmark: Emulator, shop: Shop
) -> None:
    with Canary() as canary:
        html = HOSTILE.replace("CANARY", canary.url).replace("EMULATOR", postmark.base_url)
        id_ = shop.send(Subject="Harmless", HtmlBody=html)
        url = f"{postmark.base_url}/inbox/messages/{id_}"
        page = open_page(url)
        frame = page.frame_locator("iframe.mail")
        frame.get_by_text("words").wait_for()
        for name in ("top", "script", "ping", "send", "reset"):
            frame.locator(f"#{name}").click(no_wait_after=True)
        # Another load of the same page gives whatever was started time to arrive.
        page.goto(url)
        frame.get_by_text("words").wait_for()
        page.wait_for_timeout(300)
        assert page.title() == "Harmless · Postmark emulator"
        assert page.url == url
        assert canary.seen == []
        assert page.locator(".row .subject").all_inner_texts() == ["Harmless"]


def test_hostile_mail_is_as_harmless_as_a_page_of_its_own(
    open_page: Callable[..., Page], postmark: Emulator, shop: Shop
) -> None:
    with Canary() as canary:
        html = HOSTILE.replace("CANARY", canary.url).replace("EMULATOR", postmark.base_url)
        id_ = shop.send(HtmlBody=html)
        page = open_page(f"{postmark.base_url}/inbox/messages/{id_}/frame")
        page.get_by_text("words").wait_for()
        page.wait_for_timeout(300)
        assert page.title() == "Taken over"
        assert canary.seen == []


def test_a_mail_made_of_frames_stays_empty(open_page: Callable[..., Page], postmark: Emulator, shop: Shop) -> None:
    with Canary() as canary:
        id_ = shop.send(Subject="Frames", HtmlBody=FRAMESET.replace("CANARY", canary.url))
        page = open_page(f"{postmark.base_url}/inbox/messages/{id_}")
        page.wait_for_timeout(300)
        assert len(page.frames) == 2
        assert canary.seen == []


def test_hostile_templates_and_inbound_mail_are_harmless(
    open_page: Callable[..., Page], postmark: Emulator, shop: Shop
) -> None:
    with Canary() as canary:
        html = HOSTILE.replace("CANARY", canary.url).replace("EMULATOR", postmark.base_url)
        inbound = _actions.receive(postmark.state, {"From": "a@example.com", "Subject": "In", "HtmlBody": html})
        page = open_page(f"{postmark.base_url}/inbox/inbound/{inbound}")
        page.frame_locator("iframe.mail").get_by_text("words").wait_for()
        made = shop.call("POST", "/templates", {"Name": "T", "Subject": "T", "HtmlBody": "{{{html}}}", "TextBody": "t"})
        page.goto(f"{postmark.base_url}/inbox/templates/{SERVER}/{made['TemplateId']}")
        page.evaluate(
            "html => { const model = document.getElementById('model'); model.value = JSON.stringify({ html });"
            " model.dispatchEvent(new Event('input', { bubbles: true })); }",
            html,
        )
        page.frame_locator("iframe.mail").get_by_text("words").wait_for()
        page.wait_for_timeout(300)
        assert page.title() == "T · Postmark emulator"
        assert canary.seen == []


def test_remote_content_comes_with_the_switch_and_not_before(
    open_page: Callable[..., Page], postmark: Emulator, shop: Shop
) -> None:
    with Canary() as canary:
        html = f'<p>words</p><img src="{canary.url}/logo.png"><script src="{canary.url}/script.js"></script>'
        id_ = shop.send(HtmlBody=html)
        page = open_page(f"{postmark.base_url}/inbox/messages/{id_}")
        page.frame_locator("iframe.mail").get_by_text("words").wait_for()
        switch = page.get_by_role("switch", name="Remote content")
        assert switch.get_attribute("aria-checked") == "false"
        assert "blocked" in page.locator(".hint").inner_text()
        assert canary.seen == []
        with page.expect_event("requestfinished", lambda request: request.url.endswith("/logo.png")):
            switch.click()
        assert switch.get_attribute("aria-checked") == "true"
        assert [line for line in canary.seen if line != "connection"] == ["GET /logo.png HTTP/1.1"]


def test_inline_images_are_shown(open_page: Callable[..., Page], postmark: Emulator, shop: Shop) -> None:
    picture = {"Name": "a.png", "Content": PNG, "ContentType": "image/png", "ContentID": "cid:a"}
    id_ = shop.send(HtmlBody='<p>words</p><img src="cid:a">', Attachments=[picture])
    page = open_page(f"{postmark.base_url}/inbox/messages/{id_}")
    image = page.frame_locator("iframe.mail").locator("img")
    image.wait_for(state="attached")
    frame = page.frames[-1]
    frame.wait_for_load_state()
    assert image.evaluate("image => image.complete && image.naturalWidth") == 1


def test_a_preview_follows_its_model(open_page: Callable[..., Page], postmark: Emulator, shop: Shop) -> None:
    fields = {"Name": "Hi", "Subject": "Hi {{name}}", "HtmlBody": "<h1>Dear {{name}}</h1>", "TextBody": "{{name}}"}
    made = shop.call("POST", "/templates", fields)
    page = open_page(f"{postmark.base_url}/inbox/templates/{SERVER}/{made['TemplateId']}")
    model = page.get_by_label("Model (JSON)")
    model.fill('{"name": "Grace"}')
    page.frame_locator("iframe.mail").get_by_text("Dear Grace").wait_for()
    page.locator(".rendered-subject", has_text="Hi Grace").wait_for()
    model.fill('{"name": ')
    page.get_by_text("Not JSON").wait_for()
    assert model.input_value() == '{"name": '
    assert page.evaluate("history.length") <= 2


def test_a_tab_nobody_looks_at_holds_no_connection(
    open_page: Callable[..., Page], postmark: Emulator, shop: Shop
) -> None:
    page = open_page(postmark.base_url)
    page.locator("#live[data-state=on]").wait_for()
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    assert page.evaluate("source.readyState") == 2
    shop.send(Subject="Meanwhile")
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_text("Meanwhile").wait_for()


def test_everything_works_by_keyboard(open_page: Callable[..., Page], postmark: Emulator, shop: Shop) -> None:
    shop.send(Subject="Older")
    shop.send(Subject="Newer")
    page = open_page(postmark.base_url)

    def focused() -> str:
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", page.evaluate("document.activeElement.outerHTML")
        return str(page.evaluate("document.activeElement.innerText.trim()"))

    page.keyboard.press("Tab")
    assert focused() == "Skip to the content"
    assert page.locator(".skip").bounding_box() is not None
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.press("Tab")
    assert focused() == "Filters"
    page.keyboard.press("Enter")
    assert page.get_by_label("Stream").is_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert "Newer" in focused()
    page.keyboard.press("ArrowDown")
    assert "Older" in focused()
    page.keyboard.press("Home")
    assert "Newer" in focused()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/messages/*")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText") == "More…":
            break
    focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "type"
    page.keyboard.press("Escape")
    assert focused() == "More…"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert focused() == "Unsubscribe"
    page.keyboard.press("Enter")
    page.get_by_text("The recipient unsubscribed.").wait_for()


@pytest.mark.parametrize("width", [320, 768])
def test_no_width_scrolls_sideways(open_page: Callable[..., Page], filled: tuple[str, str, str], width: int) -> None:
    page = open_page("about:blank", viewport={"width": width, "height": 700})
    for url in every_page(filled):
        page.goto(url)
        for details in page.locator("main details").all():
            details.evaluate("each => each.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url


def test_the_menu_of_a_phone_leads_everywhere(open_page: Callable[..., Page], filled: tuple[str, str, str]) -> None:
    page = open_page(filled[0], viewport={"width": 320, "height": 640}, has_touch=True)
    page.get_by_text("Menu", exact=True).tap()
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Statistics").tap()
    page.wait_for_url("**/inbox/statistics")
    assert page.get_by_role("heading", level=1).inner_text() == "Statistics"
    page.goto(filled[0])
    page.locator(".row").first.tap()
    page.get_by_role("link", name="All messages").tap()
    page.wait_for_url(f"{filled[0]}/")


NAMELESS = re.compile(
    r"^\s*- (?:button|link|textbox|searchbox|combobox|switch|spinbutton|img|article)(?: \[.*\])?:?$",
    re.MULTILINE,
)


def test_whatever_can_be_used_has_a_name_and_no_page_breaks_its_own_policy(
    open_page: Callable[..., Page], filled: tuple[str, str, str]
) -> None:
    page = open_page("about:blank")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for url in every_page(filled):
        page.goto(url)
        page.locator("#live[data-state=on]").wait_for()
        assert complaints == [], url
        tree = page.locator("body").aria_snapshot()
        assert NAMELESS.findall(tree) == [], url
        assert tree.count("- main") == 1
        assert page.locator("h1").count() == 1
        assert page.locator("iframe:not([title])").count() == 0
        ids = page.locator("[id]").evaluate_all("all => all.map(each => each.id)")
        assert len(ids) == len(set(ids)), url


CONTRAST = """() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const ground = node => {
    for (; node; node = node.parentElement) {
      const color = parse(getComputedStyle(node).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const bad = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const words = walker.currentNode.data.trim();
    if (!words || !node.getClientRects().length || node.closest("svg, .hidden, .skip")) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) bad.add(`${ratio.toFixed(2)} ${node.className || node.tagName}: ${words.slice(0, 30)}`);
  }
  return [...bad];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_its_ground(
    open_page: Callable[..., Page], filled: tuple[str, str, str], scheme: str
) -> None:
    page = open_page("about:blank", color_scheme=scheme)
    for url in every_page(filled):
        page.goto(url)
        assert page.evaluate(CONTRAST) == [], url
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(int(part) for part in re.findall(r"\d+", ground)) < 200) is (scheme == "dark")


def test_pages_are_complete_without_scripts(open_page: Callable[..., Page], filled: tuple[str, str, str]) -> None:
    page = open_page(filled[0], java_script_enabled=False)
    page.get_by_role("searchbox").fill("receipt")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?text=receipt**")
    page.locator(".row").first.click()
    page.get_by_role("link", name="Events").click()
    page.locator(".timeline li").first.wait_for()
    page.goto(f"{filled[0]}/inbox/templates/{SERVER}/{SERVER + 2}")
    page.get_by_label("Model (JSON)").fill('{"total": "99"}')
    page.get_by_role("button", name="Render").click()
    page.frame_locator("iframe.mail").get_by_text("99").wait_for()
