"""Which links are tracked, and that rewriting changes nothing else."""

from __future__ import annotations

import pytest

from postmark_sdk.emulator.mail.links import html_links, rewrite_links, text_links


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('<a href="https://x.example/1">One</a>', ["https://x.example/1"]),
        ("<A CLASS=b HREF='HTTP://x.example/?a=1&amp;b=2'>One</A>", ["HTTP://x.example/?a=1&b=2"]),
        ("<a href=https://x.example/1>One</a>", ["https://x.example/1"]),
        ("<a\nhref = \"https://x.example/'q'\" >One</a>", ["https://x.example/'q'"]),
        ('<a title="5 > 4 < 6" href="https://x.example/1">One</a>', ["https://x.example/1"]),
        ("<a title=\"href='https://y.example/'\" href='https://x.example/1'>One</a>", ["https://x.example/1"]),
        ('<a data-href="https://y.example/">One</a>', []),
        ('<a href="mailto:a@example.com">One</a><a name=top>Two</a><a href="#top">Three</a>', []),
        ('<abbr href="https://y.example/">One</abbr><img src="https://y.example/1.png">', []),
        ('<a href="https://x.example/1', []),
    ],
)
def test_links_on_the_web_are_found(body: str, found: list[str]) -> None:
    assert html_links(body) == found
    assert (rewrite_links(body, lambda _link: "https://t.example/0") == body) is (not found)


def test_only_the_address_changes() -> None:
    body = "<p>a < b <a class='x' href='https://x.example/1' target=_blank>One</a> & <a href=/2>Two</a></p>"
    expected = (
        "<p>a < b <a class='x' href=\"https://t.example/?a&amp;b\" target=_blank>One</a> & <a href=/2>Two</a></p>"
    )
    assert rewrite_links(body, lambda _link: "https://t.example/?a&b") == expected


def test_links_of_a_text_end_before_the_full_stop() -> None:
    text = "See https://x.example/1. Or (HTTPS://x.example/a,b), or <https://x.example/2>!"
    assert text_links(text) == ["https://x.example/1", "HTTPS://x.example/a,b", "https://x.example/2"]
