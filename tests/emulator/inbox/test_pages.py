"""Every page and every button of the inbox over HTTP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from postmark_sdk.emulator.control import actions as _actions
from postmark_sdk.emulator.control import reading as _reading
from tests.emulator.client import SERVER
from tests.emulator.inbox.scene import PNG, SECTIONS, Receiver, Shop, hook, shop_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postmark_sdk.emulator import Emulator


@pytest.fixture(scope="module")
def one_shop(running: Emulator) -> Iterator[Shop]:
    with shop_of(running) as made:
        yield made


@pytest.fixture
def shop(postmark: Emulator, one_shop: Shop) -> Shop:
    assert one_shop.postmark is postmark
    return one_shop


@pytest.fixture(scope="module")
def one_browser(running: Emulator) -> Iterator[httpx.Client]:
    headers = {"Origin": running.base_url}
    with httpx.Client(base_url=running.base_url, headers=headers, follow_redirects=True, timeout=60) as client:
        yield client


@pytest.fixture
def browser(postmark: Emulator, one_browser: httpx.Client) -> httpx.Client:
    assert str(one_browser.base_url).rstrip("/") == postmark.base_url
    return one_browser


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.parametrize("path", SECTIONS)
def test_every_section_is_there_even_when_nothing_happened(browser: httpx.Client, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.count("<h1") == 1
    assert '<main id="main"' in answer.text
    assert 'aria-current="page"' in answer.text
    assert "style=" not in answer.text
    assert re.search(r"\son[a-z]+=", answer.text) is None


@pytest.mark.parametrize("path", SECTIONS)
def test_pages_forbid_everything_from_elsewhere(browser: httpx.Client, path: str) -> None:
    headers = browser.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


def test_the_page_needs_nothing_that_is_not_shipped(browser: httpx.Client) -> None:
    page = browser.get("/").text
    addresses = re.findall(r'(?:src|href)="([^"#]+)"', page)
    assert all(address.startswith("/") for address in addresses)
    for address in (each for each in addresses if "/static/" in each):
        assert browser.get(address).status_code == 200
    for name in ("inbox.css", "inbox.js"):
        assert "//" not in browser.get(f"/inbox/static/{name}").text.replace("// ", "")


def test_the_overview_says_what_to_export(browser: httpx.Client, postmark: Emulator) -> None:
    page = browser.get("/").text
    assert f"export POSTMARK_BASE_URL={postmark.base_url}" in page
    assert f"export POSTMARK_SERVER_TOKEN={postmark.server_token}" in page


def test_a_message_is_listed_with_what_became_of_it(browser: httpx.Client, shop: Shop) -> None:
    shop.receipt()
    listed = text_of(browser.get("/").text)
    for part in ("ada@example.com", "Your receipt from Lighthouse Books", "receipt", "outbound", "Delivered"):
        assert part in listed


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("text=invoice", {"Invoice"}),
        ("text=GRACE", {"Confirm"}),
        ("tag=confirm", {"Confirm"}),
        ("stream=broadcast", {"Letter"}),
        ("recipient=ada@example.com", {"Invoice", "Letter"}),
        ("status=Bounced", {"Confirm"}),
        ("status=Delivered&tag=invoice", {"Invoice"}),
        ("text=50%25_off", set()),
        (f"server={SERVER}", {"Invoice", "Letter", "Confirm"}),
        ("server=99", set()),
        ("stream=%3Cscript%3E", set()),
    ],
)
def test_lists_are_searched_and_filtered(
    browser: httpx.Client, shop: Shop, postmark: Emulator, query: str, found: set[str]
) -> None:
    shop.send(Subject="Invoice", Tag="invoice")
    shop.send(Subject="Letter", MessageStream="broadcast")
    bounced = shop.send(Subject="Confirm", Tag="confirm", To="grace@example.com")
    _actions.bounce(postmark.state, bounced)
    page = browser.get(f"/?{query}").text
    subjects = set(re.findall(r'<span class="subject" dir="auto">([^<]*)</span>', page))
    assert subjects == found
    assert "<script>" not in page
    total = re.search(r'data-live="total">([^<]*)<', page)
    assert total is not None
    assert total[1] == str(len(found))
    if not found:
        assert "Nothing matches" in page


def test_long_lists_go_on_and_come_back(browser: httpx.Client, shop: Shop) -> None:
    mail = {"From": "shop@example.com", "To": "ada@example.com", "TextBody": "x"}
    shop.call("POST", "/email/batch", [{**mail, "Subject": f"Number {number}"} for number in range(120)])
    first = browser.get("/").text
    assert "Number 119<" in first
    assert "Number 69<" not in first
    older = re.search(r'href="(/\?before=\d+)"', first)
    assert older is not None
    second = browser.get(older[1]).text
    assert "Number 69<" in second
    assert "Number 119<" not in second
    assert "Back to the newest" in second


@pytest.mark.parametrize(
    ("view", "parts"),
    [
        ("html", ["<iframe", 'sandbox="allow-popups allow-popups-to-escape-sandbox"', "Remote content"]),
        ("text", ["Thank you, Ada. Follow the parcel"]),
        ("events", ["Delivered", "ada@example.com"]),
        ("advice", ["Nothing to say"]),
        ("links", ["https://shop.example.com/orders/1042", "Click"]),
        ("headers", ["X-Shop-Order", "1042"]),
        ("attachments", ["receipt.pdf", "application/pdf, 18.0 kB", "Download"]),
        ("metadata", ["customer", "c-77"]),
        ("source", ["Subject: Your receipt from Lighthouse Books", "Download .eml"]),
        ("json", ["TrackLinks", "HtmlAndText", "characters)"]),
    ],
)
def test_a_message_shows_all_its_sides(browser: httpx.Client, shop: Shop, view: str, parts: list[str]) -> None:
    page = browser.get(f"/inbox/messages/{shop.receipt()}", params={"view": view})
    assert page.status_code == 200
    for part in parts:
        assert part in page.text, part
    assert page.text.count("<h1") == 1


def test_advice_is_counted_and_leads_to_the_line_it_is_about(browser: httpx.Client, shop: Shop) -> None:
    id_ = shop.send(
        HtmlBody="<p>Hello.</p>\n<p style='gap:1px'>\n<b style='gap:2px'><i>{{</i>", TextBody="Hello, {{name}}."
    )
    assert 'Advice <span class="count">2</span>' in browser.get(f"/inbox/messages/{id_}").text
    page = browser.get(f"/inbox/messages/{id_}?view=advice").text
    assert "“{{name}}” was not filled in." in page
    assert re.search(r'HTML, <a href="#HTML-2">line 2</a>, 2 times', page)
    assert '<li id="HTML-2">&lt;p style=&#39;gap:1px&#39;&gt;</li>' in page
    assert '<li id="Text-1">Hello, {{name}}.</li>' in page


def test_many_recipients_are_folded(browser: httpx.Client, shop: Shop) -> None:
    page = browser.get(
        f"/inbox/messages/{shop.send(To=', '.join(f'r{number}@example.com' for number in range(50)))}"
    ).text
    assert "and 45 more" in page
    folded = re.search(r'<details id="all-To">.*?</details>', page)
    assert folded is not None
    assert folded[0].count("@example.com") == 45


def test_a_template_mail_shows_what_was_rendered_and_what_was_sent(browser: httpx.Client, shop: Shop) -> None:
    shop.call(
        "POST", "/templates", {"Name": "Hi", "Alias": "hi", "Subject": "Hi {{name}}", "TextBody": "Dear {{name}}"}
    )
    answer = shop.call(
        "POST",
        "/email/withTemplate",
        {"From": "shop@example.com", "To": "ada@example.com", "TemplateAlias": "hi", "TemplateModel": {"name": "Ada"}},
    )
    page = browser.get(f"/inbox/messages/{answer['MessageID']}").text
    assert "Dear Ada" in page
    assert "Hi Ada" in page
    sent = browser.get(f"/inbox/messages/{answer['MessageID']}?view=json").text
    assert "TemplateModel" in sent


def test_the_frame_is_inert_and_keeps_inline_images(browser: httpx.Client, shop: Shop, postmark: Emulator) -> None:
    id_ = shop.receipt()
    frame = browser.get(f"/inbox/messages/{id_}/frame")
    policy = frame.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "script-src" not in policy
    assert frame.text.startswith('<!doctype html><base target="_blank">')
    image = f"{postmark.base_url}/inbox/messages/{id_}/inline/1"
    assert f'src="{image}"' in frame.text
    assert f"{postmark.base_url}/_emulator/open/" in frame.text
    shown = httpx.get(image, timeout=60)
    assert shown.headers["content-type"] == "image/png"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert browser.get(f"/inbox/messages/{id_}/inline/0").status_code == 404


def test_a_message_without_html_has_no_frame(browser: httpx.Client, shop: Shop) -> None:
    page = browser.get(f"/inbox/messages/{shop.send()}?view=html").text
    assert "<iframe" not in page
    assert "no HTML body" in page


def test_downloads_are_files_and_never_pages(browser: httpx.Client, shop: Shop) -> None:
    html = {"Name": 'a".html', "Content": PNG, "ContentType": "text/html"}
    id_ = shop.send(Attachments=[html])
    for path in ("attachments/0", "source", "request"):
        answer = browser.get(f"/inbox/messages/{id_}/{path}")
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert browser.get(f"/inbox/messages/{id_}/request").json()["Attachments"][0]["Content"] == PNG
    assert browser.get(f"/inbox/messages/{id_}/attachments/1").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/inbox/messages/none",
        "/inbox/messages/none/frame",
        "/inbox/messages/none/source",
        "/inbox/messages/none/request",
        "/inbox/messages/none/attachments/0",
        "/inbox/messages/none/inline/0",
        "/inbox/inbound/none",
        "/inbox/inbound/none/frame",
        "/inbox/inbound/none/attachments/0",
        f"/inbox/templates/{SERVER}/999",
        f"/inbox/templates/{9**400}/{9**400}",
        "/inbox/previews/none",
        "/inbox/none",
        "/inbox/static/none",
    ],
)
def test_what_is_not_there_is_said_to_be_missing(browser: httpx.Client, path: str) -> None:
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize(
    ("verb", "form", "event"),
    [
        ("bounce", {}, "Bounced"),
        ("bounce", {"type": "SoftBounce", "recipient": "grace.hopper@example.org"}, "Bounced"),
        ("complain", {}, "Complaint"),
        ("open", {}, "Opened"),
        ("click", {"link": "https://shop.example.com/orders/1042", "location": "HTML"}, "Clicked"),
        ("unsubscribe", {}, "Subscription changed"),
    ],
)
def test_buttons_make_things_happen(
    browser: httpx.Client, shop: Shop, verb: str, form: dict[str, str], event: str
) -> None:
    id_ = shop.receipt()
    answer = browser.post(f"/inbox/messages/{id_}/{verb}?tag=receipt", data=form)
    assert answer.status_code == 200
    assert answer.history[0].status_code == 303
    assert answer.url.params["tag"] == "receipt"
    assert 'class="note" role="status"' in answer.text
    events = text_of(browser.get(f"/inbox/messages/{id_}?view=events").text)
    assert event in events or (event == "Complaint" and "Bounced" in events)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/inbox/messages/none/bounce", {}),
        ("/inbox/messages/{id}/bounce", {"type": "Invented"}),
        ("/inbox/messages/{id}/bounce", {"recipient": "stranger@example.com"}),
        ("/inbox/messages/{id}/explode", {}),
        ("/inbox/bounces/99/activate", {}),
        ("/inbox/suppressions", {"address": "no address", "stream": f"{SERVER}/outbound", "reason": "HardBounce"}),
        ("/inbox/suppressions", {"address": "a@example.com", "stream": "1/none", "reason": "HardBounce"}),
        ("/inbox/suppressions/remove", {"server": str(SERVER), "stream": "none", "address": "a@example.com"}),
        ("/inbox/webhooks/deliveries/99/again", {}),
        ("/inbox/advance", {"hours": "-1"}),
        ("/inbox/inbound/new", {"from": "a@example.com\nBcc: b@example.com", "to": "x@example.com"}),
        ("/inbox/inbound/upload", {}),
    ],
)
def test_what_cannot_be_done_is_explained(browser: httpx.Client, shop: Shop, path: str, form: dict[str, str]) -> None:
    answer = browser.post(path.replace("{id}", shop.send()), data=form)
    assert 400 <= answer.status_code < 500
    assert 'role="alert"' in answer.text


def test_a_refused_request_stands_beside_its_exact_answer(browser: httpx.Client, shop: Shop) -> None:
    said = shop.call("POST", "/email", {"From": "shop@", "To": "ada@example.com", "Subject": "<i>", "TextBody": "x"})
    page = text_of(browser.get("/inbox/refused").text)
    assert str(said["ErrorCode"]) in page
    assert said["Message"].split("'")[0] in page
    assert "&lt;i&gt;" in page
    assert "POST /email" in page
    assert "HTTP 422" in page


def test_a_refused_item_of_a_batch_is_named(browser: httpx.Client, shop: Shop) -> None:
    good = {"From": "shop@example.com", "To": "ada@example.com", "Subject": "Hi", "TextBody": "x"}
    shop.call("POST", "/email/batch", [good, {**good, "From": "shop@"}])
    assert "message 2 of the batch" in browser.get("/inbox/refused").text


def test_a_body_that_is_no_json_is_shown_as_it_came(browser: httpx.Client, postmark: Emulator) -> None:
    headers = {"X-Postmark-Server-Token": postmark.server_token, "Content-Type": "application/json"}
    httpx.post(f"{postmark.base_url}/email", content=b'{"From": <script>', headers=headers, timeout=60)
    page = browser.get("/inbox/refused").text
    assert "{&#34;From&#34;: &lt;script&gt;" in page


def test_half_a_character_in_a_refused_body_is_shown_as_it_was_written(
    browser: httpx.Client, postmark: Emulator
) -> None:
    headers = {"X-Postmark-Server-Token": postmark.server_token, "Accept": "application/json"}
    headers["Content-Type"] = "application/json"
    browser.post("/email", content=rb'{"Subject": "\ud800 half"}', headers=headers)
    assert r"\ud800 half" in browser.get("/inbox/refused").text


def test_a_template_is_previewed_for_a_model(browser: httpx.Client, shop: Shop) -> None:
    made = shop.call(
        "POST",
        "/templates",
        {
            "Name": "Hi",
            "Alias": "hi",
            "Subject": "Hi {{name}}",
            "HtmlBody": "<h1>{{name}}</h1>",
            "TextBody": "{{name}}!",
        },
    )
    path = f"/inbox/templates/{SERVER}/{made['TemplateId']}"
    assert path in browser.get("/inbox/templates").text
    assert "name_Value" in browser.get(path).text
    page = browser.post(path, data={"model": '{"name": "Ada & <Co>"}'}).text
    assert "Hi Ada &amp;" in page
    key = re.search(r'src="(/inbox/previews/[0-9a-f]+)"', page)
    assert key is not None
    frame = browser.get(key[1])
    assert "<h1>Ada &amp; &lt;Co&gt;</h1>" in frame.text
    assert "default-src 'none'; img-src data:;" in frame.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("model", "words"),
    [("{", "Not JSON"), ("[1]", "A model is an object"), ("[" * 100_000, "Not JSON"), ('{"a": 1, }', "line 1, column")],
)
def test_a_model_that_is_none_is_explained_and_kept(browser: httpx.Client, model: str, words: str) -> None:
    page = browser.post(f"/inbox/templates/{SERVER}/{SERVER + 1}", data={"model": model})
    assert page.status_code == 200
    assert words in page.text
    assert "<textarea" in page.text


def test_bounces_can_be_activated(browser: httpx.Client, shop: Shop, postmark: Emulator) -> None:
    _actions.bounce(postmark.state, shop.send())
    page = browser.get("/inbox/bounces").text
    path = re.search(r'action="(/inbox/bounces/\d+/activate)"', page)
    assert path is not None
    after = browser.post(path[1])
    assert "gets mail again" in after.text
    assert path[1] not in after.text
    assert "No address is suppressed" in browser.get("/inbox/suppressions").text


def test_who_reads_a_message_does_not_narrow_the_list(browser: httpx.Client, shop: Shop) -> None:
    shop.send(Subject="To somebody else", To="margaret@example.org")
    id_ = shop.receipt()
    path = f"/inbox/messages/{id_}"
    page = browser.get(f"{path}?reader=grace.hopper@example.org&stream=outbound").text
    assert "To somebody else" in page
    assert f'src="{path}/frame?reader=grace.hopper%40example.org"' in page
    assert page.count('<input type="hidden" name="stream" value="outbound">') == 3
    narrowed = browser.get(f"{path}?recipient=grace.hopper@example.org").text
    assert "To somebody else" not in narrowed
    assert f'src="{path}/frame?reader=grace.hopper%40example.org"' in narrowed


def test_suppressions_are_added_and_removed(browser: httpx.Client, shop: Shop) -> None:
    form = {"address": "Ada@example.com", "stream": f"{SERVER}/outbound", "reason": "ManualSuppression"}
    assert "ada@example.com" in browser.post("/inbox/suppressions", data=form).text
    mail = {"From": "shop@example.com", "To": "ada@example.com", "Subject": "Hi", "TextBody": "x"}
    assert shop.call("POST", "/email", mail)["ErrorCode"] == 406
    assert "Nothing matches" in browser.get("/inbox/suppressions?text=grace").text
    removal = {"server": str(SERVER), "stream": "outbound", "address": "ada@example.com"}
    assert "no longer suppressed" in browser.post("/inbox/suppressions/remove", data=removal).text
    assert shop.call("POST", "/email", mail)["ErrorCode"] == 0


def test_a_complaint_stays_for_good(browser: httpx.Client, shop: Shop, postmark: Emulator) -> None:
    _actions.complain(postmark.state, shop.send())
    assert "/inbox/suppressions/remove" not in browser.get("/inbox/suppressions").text
    removal = {"server": str(SERVER), "stream": "outbound", "address": "ada@example.com"}
    answer = browser.post("/inbox/suppressions/remove", data=removal)
    assert answer.status_code == 422
    assert "required authority" in answer.text


def test_webhook_attempts_are_shown_and_repeated(browser: httpx.Client, shop: Shop, postmark: Emulator) -> None:
    with Receiver() as receiver:
        hook(shop, receiver)
        id_ = shop.receipt()
        receiver.wait_for("Delivery")
        before = len(receiver.posts)
        page = browser.get("/inbox/webhooks").text
        assert receiver.url in page
        again = re.search(r'action="(/inbox/webhooks/deliveries/\d+/again)"', page)
        assert again is not None
        assert browser.post(again[1]).status_code == 200
        shown = browser.post(again[1], data={"message": id_})
        assert shown.url.path == f"/inbox/messages/{id_}"
        postmark.state.clock.advance(0)
        receiver.wait_for("Delivery")
        _wait_until(lambda: len(receiver.posts) > before)
        _wait_until(lambda: ">200<" in browser.get("/inbox/webhooks").text)


def _wait_until(condition: object) -> None:
    import threading
    import time

    assert callable(condition)
    end = time.monotonic() + 60
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        pause.wait(0.02)


def test_statistics_are_drawn_and_told(browser: httpx.Client, shop: Shop, postmark: Emulator) -> None:
    id_ = shop.receipt()
    _actions.open_message(postmark.state, id_)
    page = browser.get("/inbox/statistics?days=7").text
    drawn = re.findall(r'<svg class="bars" [^>]*aria-label="([^"]+)"', page)
    assert len(drawn) == 6
    assert drawn[0].startswith("Sent per day: most on ")
    assert drawn[1].endswith("In total all opens 1, first opens 1.")
    assert page.count("As a table") == 6
    assert page.count("<rect class=") >= 2
    assert browser.get("/inbox/statistics?days=9999&stream=broadcast&tag=%00").status_code == 200


def test_statistics_of_a_stream_that_is_not_there_are_explained(browser: httpx.Client) -> None:
    answer = browser.get("/inbox/statistics?stream=none")
    assert answer.status_code == 422
    assert "Code 1226." in answer.text


def test_a_mail_can_be_received_by_form(browser: httpx.Client) -> None:
    form = {
        "from": "Ada Lovelace <ada@example.com>",
        "to": "abc+order42@inbound.postmarkapp.com",
        "subject": "Grüße",
        "text": "Hello there",
        "html": "<b>Hello</b><img src=cid:x>",
    }
    files = {"files": ("note.txt", b"attached", "text/plain")}
    page = browser.post("/inbox/inbound/new", data=form, files=files)
    assert "The mail was received." in page.text
    for part in ("Grüße", "Ada Lovelace", "order42", "ada@example.com"):
        assert part in page.text
    path = page.url.path
    assert "Hello there" in browser.get(f"{path}?view=text").text
    assert "<b>Hello</b>" in browser.get(f"{path}/frame").text
    attachment = browser.get(f"{path}/attachments/0")
    assert attachment.content == b"attached"
    assert attachment.headers["content-disposition"].startswith('attachment; filename="note.txt"')
    for view in ("headers", "attachments", "source", "events", "json"):
        assert browser.get(f"{path}?view={view}").status_code == 200
    assert (
        "Grüße" in browser.get("/inbox/inbound?text=gr").text or "Grüße" in browser.get("/inbox/inbound?text=ada").text
    )
    assert "Nothing matches" in browser.get("/inbox/inbound?text=nobody").text


def test_a_mail_can_be_uploaded(browser: httpx.Client) -> None:
    raw = b"From: ada@example.com\r\nTo: x@inbound.postmarkapp.com\r\nSubject: From a file\r\n\r\nHello\r\n"
    page = browser.post("/inbox/inbound/upload", files={"file": ("mail.eml", raw, "message/rfc822")})
    assert page.url.path.startswith("/inbox/inbound/")
    assert "From a file" in page.text


def test_the_emulator_can_be_reset_and_moved_in_time(browser: httpx.Client, shop: Shop, postmark: Emulator) -> None:
    before = postmark.state.clock.now()
    shop.send(Subject="Gone soon")
    assert "clock was moved" in browser.post("/inbox/advance", data={"hours": "2"}).text
    assert postmark.state.clock.now() - before >= 2 * 3600 * 10_000_000
    page = browser.post("/inbox/reset").text
    assert "Gone soon" not in page
    assert "as new" in page


def test_changes_are_announced_as_they_happen(browser: httpx.Client, shop: Shop, postmark: Emulator) -> None:
    with browser.stream("GET", "/inbox/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert next(lines).startswith("retry: ")
        seen = [line for line, _ in zip(lines, range(4), strict=False)]
        assert f"data: {postmark.state.revision}" in seen
        shop.send()
        assert next(line for line in lines if line.startswith("data: ")) == f"data: {postmark.state.revision}"


def test_what_changes_while_a_page_is_read_is_announced_to_it(
    browser: httpx.Client, shop: Shop, postmark: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_, read, seen = shop.send(), _reading.deliveries, []

    def then_another(*given: Any, **named: Any) -> Any:
        found = read(*given, **named)
        seen.append(postmark.state.revision)
        shop.send()
        return found

    monkeypatch.setattr(_reading, "deliveries", then_another)
    page = browser.get(f"/inbox/messages/{id_}").text
    shown = re.search(r'data-revision="(\d+)"', page)
    assert shown is not None
    assert int(shown[1]) <= seen[0] < postmark.state.revision


def test_several_servers_are_told_apart(browser: httpx.Client, shop: Shop, postmark: Emulator) -> None:
    other = _actions.add_server(postmark.state, "Sandbox", token="emulator-sandbox-token", sandbox=True)
    shop.send(Subject="From the first")
    answer = httpx.post(
        f"{postmark.base_url}/email",
        json={"From": "a@example.com", "To": "b@example.com", "Subject": "From the other", "TextBody": "x"},
        headers={"X-Postmark-Server-Token": "emulator-sandbox-token"},
        timeout=60,
    )
    assert answer.status_code == 200
    page = browser.get("/").text
    assert "emulator-sandbox-token" in page
    assert "sandbox" in page
    one = browser.get(f"/?server={other['ID']}").text
    assert "From the other" in one
    assert "From the first" not in one
    for path in SECTIONS:
        assert browser.get(f"{path}?server={other['ID']}").status_code == 200
