"""One mail and nothing else, for tests in a browser."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk.emulator._mails import codes
from tests.emulator.client import client

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from postmark_sdk.emulator import Emulator

MAIL = {
    "From": "shop@example.com",
    "To": "ada@example.org",
    "Subject": "Your code is 482913",
    "TextBody": "Confirm: https://shop.example/confirm?code=11112222 or type 482 913.",
    "HtmlBody": '<p>Hello</p><a href="https://shop.example/confirm?a=1&amp;b=2">Confirm <b>now</b></a>',
}
MESSAGES = "/_emulator/messages"


@pytest.fixture
def control(postmark: Emulator) -> Iterator[httpx.Client]:
    with client(postmark) as made:
        yield made


def test_the_latest_mail_to_somebody_tells_its_links_and_codes(control: httpx.Client) -> None:
    control.post("/email", json=MAIL)
    id_ = control.post("/email", json=MAIL).json()["MessageID"]
    control.post("/email", json={**MAIL, "To": "bob@example.org"})
    found = control.get(f"{MESSAGES}/latest", params={"to": "Ada@example.org"}).json()
    assert (found["MessageID"], found["Subject"]) == (id_, MAIL["Subject"])
    assert found["Links"] == [
        {"Url": "https://shop.example/confirm?a=1&b=2", "Text": "Confirm now", "Location": "HTML"},
        {"Url": "https://shop.example/confirm?code=11112222", "Text": "", "Location": "Text"},
    ]
    assert found["Codes"] == ["482913"]
    assert control.get(f"{MESSAGES}/{id_}").json() == found
    assert control.get(found["TextPath"]).text == MAIL["TextBody"]
    assert "Confirm <b>now</b></a>" in control.get(found["HtmlPath"]).text


@pytest.mark.parametrize("body", ["html", "text"])
def test_the_latest_body_is_reached_by_one_address(control: httpx.Client, body: str) -> None:
    id_ = control.post("/email", json=MAIL).json()["MessageID"]
    answer = control.get(f"{MESSAGES}/latest/{body}", params={"to": "ada@example.org"}, follow_redirects=True)
    assert (answer.status_code, answer.url.path) == (200, f"{MESSAGES}/{id_}/{body}")


def test_whoever_waits_gets_the_next_mail(control: httpx.Client) -> None:
    control.post("/email", json=MAIL)
    before = control.get(f"{MESSAGES}/latest", params={"to": "ada@example.org"}).json()
    found: list[Any] = []

    def wait() -> None:
        wanted: dict[str, Any] = {"to": "ada@example.org", "after": before["Key"], "wait": 60}
        found.append(control.get(f"{MESSAGES}/latest", params=wanted).json())

    waiting = threading.Thread(target=wait)
    waiting.start()
    control.post("/email", json={**MAIL, "To": "bob@example.org"})
    id_ = control.post("/email", json={**MAIL, "Subject": "Next"}).json()["MessageID"]
    waiting.join()
    assert [(each["MessageID"], each["Subject"]) for each in found] == [(id_, "Next")]


def test_nothing_that_fits_in_time_is_404_and_says_what_was_asked(control: httpx.Client) -> None:
    control.post("/email", json=MAIL)
    key = control.get(f"{MESSAGES}/latest").json()["Key"]
    answer = control.get(f"{MESSAGES}/latest", params={"to": "ada@example.org", "after": key, "wait": "0.05"})
    assert answer.status_code == 404
    assert answer.json() == {
        "ErrorCode": 701,
        "Message": f"No message for to=ada@example.org, after={key} within 0.05 seconds.",
    }
    assert control.get(f"{MESSAGES}/latest", params={"stream": "broadcast"}).status_code == 404
    assert control.get(f"{MESSAGES}/latest", params={"text": "your CODE"}).status_code == 200


@pytest.mark.parametrize("wrong", ["-1", "61", "x", "nan"])
def test_a_wait_has_a_limit(control: httpx.Client, wrong: str) -> None:
    answer = control.get(f"{MESSAGES}/latest", params={"wait": wrong})
    assert answer.json()["Message"] == "Invalid request field(s): 'wait'. It is a number from 0 to 60."


@pytest.mark.parametrize("path", ["none", "none/html", "none/text"])
def test_what_is_not_there_is_404(control: httpx.Client, path: str) -> None:
    answer = control.get(f"{MESSAGES}/{path}")
    assert (answer.status_code, answer.json()["ErrorCode"]) == (404, 701)


def test_a_body_that_a_mail_has_not_is_named(control: httpx.Client) -> None:
    plain = {name: value for name, value in MAIL.items() if name != "HtmlBody"}
    id_ = control.post("/email", json=plain).json()["MessageID"]
    assert control.get(f"{MESSAGES}/{id_}").json()["HtmlPath"] is None
    told = control.get(f"{MESSAGES}/{id_}/html").json()["Message"]
    assert told == f"This message has no HtmlBody; the other one is at {MESSAGES}/{id_}/text."


def test_a_plus_sign_in_an_address_need_not_be_escaped(control: httpx.Client) -> None:
    tracked = {**MAIL, "To": "Ada+Shop@example.org", "TrackLinks": "HtmlOnly"}
    id_ = control.post("/email", json=tracked).json()["MessageID"]
    for to in ("ada+shop@example.org", "ada%2bshop@example.org", "Ada+Shop@Example.org"):
        found = control.get(f"{MESSAGES}/latest/html?to={to}", follow_redirects=True)
        assert f"/_emulator/click/{id_}/" in found.text


def test_a_misspelt_filter_is_refused(control: httpx.Client) -> None:
    control.post("/email", json=MAIL)
    answer = control.get(f"{MESSAGES}/latest?recipient=bob@example.org")
    assert answer.status_code == 422
    assert answer.json()["Message"] == (
        "Invalid request field(s): 'recipient'. It takes to, stream, tag, text, after, wait, remote."
    )


def test_a_tracked_mail_is_shown_as_its_recipient_gets_it(control: httpx.Client, postmark: Emulator) -> None:
    tracked = {**MAIL, "To": "ada@example.org, bob@example.org", "TrackOpens": True, "TrackLinks": "HtmlOnly"}
    id_ = control.post("/email", json=tracked).json()["MessageID"]
    shown = control.get(f"{MESSAGES}/{id_}/html", params={"to": "bob@example.org"}).text
    click = f"{postmark.base_url}/_emulator/click/{id_}/bob@example.org/HTML/0"
    assert click in shown
    assert control.get(click).headers["location"] == "https://shop.example/confirm?a=1&b=2"
    assert postmark.counters()["Clicks"] == 1


def test_pictures_in_the_mail_are_shown(control: httpx.Client) -> None:
    picture = {"Name": "a.png", "Content": "iVBORw==", "ContentType": "image/png", "ContentID": "cid:logo"}
    id_ = control.post("/email", json={**MAIL, "HtmlBody": '<img src="cid:logo">', "Attachments": [picture]}).json()
    shown = control.get(f"{MESSAGES}/{id_['MessageID']}/html").text
    address = shown.partition('src="')[2].partition('"')[0]
    assert control.get(address).content == b"\x89PNG"


def test_what_a_mail_contains_can_do_nothing(control: httpx.Client) -> None:
    nasty = '<script>alert(1)</script><iframe src="https://evil.example"></iframe><link rel="preconnect" href="//x">'
    id_ = control.post("/email", json={**MAIL, "HtmlBody": nasty}).json()["MessageID"]
    answer = control.get(f"{MESSAGES}/{id_}/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "allow-scripts" not in policy
    assert "<iframe" not in answer.text
    assert "<link" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    text = control.get(f"{MESSAGES}/{id_}/text")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert control.get(f"{MESSAGES}/{id_}", headers={"Origin": "https://evil.example"}).status_code == 403


@pytest.mark.parametrize(
    ("text", "html", "found"),
    [
        ("Use 1234.", "", ["1234"]),
        ("Use 123-456 or 123 456 or 87654321", "", ["123456", "87654321"]),
        ("123 or 123456789 or a1234 or #12345 or 12,500 or $1500 or 1000.50 or 1500%", "", []),
        ("Call +49 1234 or +491234567", "", ["1234"]),
        ("© 2026 Shop, (c) 2026 Shop, Copyright 2026 Shop, ©2026 Shop, © 2019-2026 Shop", "&copy; 2026 Shop", []),
        ("https://a.example/123456 and me@1234.example", "", []),
        (
            "",
            "<style>a{width:1200px} 1234 </style><p>The <b>12</b><b>34</b></p><td>5678</td><td>9012</td>",
            ["1234", "5678", "9012"],
        ),
        ("", "<head><title>4321</title><body>8888<![x", ["8888"]),
        ("", '<a href="https://a.example/?c=123456">x</a>', []),
        ("\u0661\u0662\u0663\u0664", "", []),
    ],
)
def test_codes_are_what_stands_by_itself(text: str, html: str, found: list[str]) -> None:
    assert codes("", text, html) == found
