from __future__ import annotations

import datetime as _dt
from typing import Any

from postmark_sdk.cli.frame.text import HIDDEN, as_json, plain, printable, shown
from postmark_sdk.models import Header, Server, Webhook, WebhookHttpAuth, WebhookTriggers


def test_secrets_are_named_and_not_told() -> None:
    webhook = Webhook(
        id=1,
        message_stream="outbound",
        triggers=WebhookTriggers(),
        url="https://user:secret-for-tests@hooks.example.com",
        http_auth=WebhookHttpAuth(username="user", password="secret-for-tests"),
        http_headers=[Header(name="X-Secret", value="secret-for-tests")],
    )
    told = plain([webhook, Server(id=2, name="", api_tokens=["secret-for-tests"])])
    assert "secret-for-tests" not in str(told)
    assert told[0]["http_auth"] == {"username": "user", "password": HIDDEN}
    assert told[0]["url"] == f"https://user:{HIDDEN}@hooks.example.com"
    assert told[1]["api_tokens"] == HIDDEN


def test_what_would_steer_a_terminal_is_blank() -> None:
    assert printable("a\x1b[31mb\r\n\x9bc") == "a [31mb   c"
    assert shown("a\x07b") == "a b"


def test_cells_are_short_words() -> None:
    noon = _dt.datetime(2026, 11, 29, 12, tzinfo=_dt.timezone.utc)
    assert shown(noon) == f"{noon.astimezone():%Y-%m-%d %H:%M}"
    cells: list[Any] = [None, {}, True, False, 0, ["a", "b"]]
    assert list(map(shown, cells)) == ["", "", "yes", "no", "0", "a, b"]


def test_json_is_one_line_of_any_text() -> None:
    assert as_json({"a": ["\n", "\udc80", "ä"]}) == '{"a": ["\\n", "\\udc80", "\\u00e4"]}'
