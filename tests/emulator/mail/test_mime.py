"""The source of a mail that was sent: all of it can be read, and nothing in it opens what was closed."""

from __future__ import annotations

from email import message_from_string
from email.policy import default
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from postmark_sdk.emulator import Emulator

BROKEN = "=?gb2312?B?jMKjrNXi?="
BREAKS = "=?utf-8?q?=0D=0ABcc:_evil=40mail.example?="
TEXTS = [
    BROKEN,
    BREAKS,
    "=?utf-8?q?caf=C3?=",
    "=?utf-8?q?caf=C3?= =?utf-8?q?=A9?=",
    "=?idna?q?=8C?=",
    "=?no-such-charset?q?x?=",
    "=?utf-8?b?!!!?=",
    "=?utf-8?q?=00?=",
    "caf\u00e9 \U0001f600 \u2028 \x85 end",
    "(" * 300,
    '"' * 301,
    "a;b=c; filename*=utf-8''x",
    "x" * 1990,
    "\u00e9 " * 900,
    "\x1c\x1d\x00\x07",
]


def fields(text: str) -> dict[str, dict[str, Any]]:
    file = {"Name": "a.txt", "Content": "aGVsbG8=", "ContentType": "text/plain"}
    name = text[:100].replace('"', "'").replace("(", "[")
    return {
        "subject": {"Subject": text},
        "sender": {"From": f'"{name}" <a@example.com>'},
        "recipient": {"To": f'"{name}" <b@example.org>, c@b\u00fccher.example'},
        "header": {"Headers": [{"Name": "X-Own", "Value": text}]},
        "references": {"Headers": [{"Name": "References", "Value": text}]},
        "id": {"Headers": [{"Name": "Message-ID", "Value": text}]},
        "file": {"Attachments": [{**file, "Name": f"{text[:200]}.txt"}]},
        "type": {"Attachments": [{**file, "ContentType": f"text/{text[:100]}"}]},
        "content id": {"Attachments": [{**file, "ContentID": f"cid:{text[:200]}"}]},
    }


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
@pytest.mark.parametrize("place", fields(""))
def test_whatever_was_taken_can_be_read_in_every_way(
    postmark: Emulator, api: httpx.Client, email: dict[str, Any], place: str, text: str
) -> None:
    answer = api.post("/email", json={**email, **fields(text)[place]})
    assert answer.status_code == 200, answer.text
    id_ = answer.json()["MessageID"]
    for path in (
        f"/messages/outbound/{id_}/details",
        f"/messages/outbound/{id_}/dump",
        f"/inbox/messages/{id_}?view=source",
        f"/inbox/messages/{id_}/source",
        f"/_emulator/sent/{id_}",
    ):
        assert api.get(path).status_code == 200, path
    assert postmark.sent()[0].message_id == id_
    bounce = postmark.bounce(id_)
    assert "Hello there" in api.get(f"/bounces/{bounce}/dump").json()["Body"]
    assert api.get("/inbox/bounces").status_code == 200
    source = api.get(f"/messages/outbound/{id_}/dump").json()["Body"]
    head, _, body = source.partition("\r\n\r\n")
    assert "\nBcc:" not in source
    assert "MIME-Version: 1.0" in head
    assert "Hello there" in body
    assert head.isascii()


def test_names_files_and_text_come_back_from_the_source(api: httpx.Client, email: dict[str, Any]) -> None:
    given = {
        **email,
        "From": '"M\u00fcller, \\"J\u00f6rg\\"" <a@example.com>',
        "To": '"Acme (Support)" <b@example.org>, Ren\u00e9e <c@example.org>, d@example.org',
        "Subject": "Gr\u00fc\u00dfe " * 40,
        "HtmlBody": "<p>Hello</p>",
        "Attachments": [
            {"Name": "r\u00e9sum\u00e9.pdf", "Content": "JVBERg==", "ContentType": "application/pdf"},
            {"Name": "a b.png", "Content": "iVBORw==", "ContentType": "image/png", "ContentID": "cid:logo"},
        ],
    }
    id_ = api.post("/email", json=given).json()["MessageID"]
    mail = message_from_string(api.get(f"/messages/outbound/{id_}/dump").json()["Body"], policy=default)
    assert [(each.display_name, each.addr_spec) for each in mail["From"].addresses] == [
        ('M\u00fcller, "J\u00f6rg"', "a@example.com")
    ]
    assert [(each.display_name, each.addr_spec) for each in mail["To"].addresses] == [
        ("Acme (Support)", "b@example.org"),
        ("Ren\u00e9e", "c@example.org"),
        ("", "d@example.org"),
    ]
    assert mail["Subject"] == ("Gr\u00fc\u00dfe " * 40).strip()
    files = [
        (part.get_filename(), part.get_content_disposition(), part["Content-ID"]) for part in mail.iter_attachments()
    ]
    assert files == [("r\u00e9sum\u00e9.pdf", "attachment", None), ("a b.png", "inline", "<logo>")]
    html = mail.get_body(("html",))
    assert html is not None
    assert html.get_content().strip() == "<p>Hello</p>"
