"""The plain functions behind the inbox."""

from __future__ import annotations

from datetime import date

import pytest
from starlette.datastructures import Headers

from postmark_sdk.emulator.http.hosts import may_ask
from postmark_sdk.emulator.inbox.environment import json_markup, parse_time, shorten, size
from postmark_sdk.emulator.inbox.files import disposition, media_type
from postmark_sdk.emulator.inbox.filters import Filters
from postmark_sdk.emulator.inbox.frames import (
    _with_target,
    frame_policy,
    wants_remote,
    with_inline_images,
    without_frames,
    without_hints,
)
from postmark_sdk.emulator.inbox.guard import origin_is_ours
from postmark_sdk.emulator.inbox.links import Link, links
from postmark_sdk.emulator.inbox.marks import marks
from postmark_sdk.emulator.inbox.plots import days_between, nice_top, plot, shares, tick_values


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:8080", True),
        ("127.8.9.1", True),
        ("localhost", True),
        ("localhost:80", True),
        ("postmark:8080", True),
        ("LOCALHOST.:80", True),
        ("shop.localhost:80", True),
        ("[::1]:8080", True),
        ("192.168.1.5:8080", True),
        ("mail.internal:8080", True),
        ("shop.local", True),
        ("nas.home.arpa", True),
        ("Mail.Example.com:8080", True),
        ("arpa.example", False),
        ("sub.mail.example.com", False),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:8080", False),
        ("evil.example@127.0.0.1", False),
        ("127.0.0.1:8080 evil", False),
        ("127.0.0.1; img-src *", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_only_names_nobody_else_can_point_here_are_answered(host: str, *, ours: bool) -> None:
    assert may_ask(host, frozenset({"mail.example.com"})) is ours
    assert may_ask(host, frozenset({"*"}))


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"origin": "http://127.0.0.1:80"}, True),
        ({"origin": "http://127.0.0.1:80", "sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:80"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"origin": "http://127.0.0.1:81"}, False),
        ({"origin": "https://127.0.0.1:80"}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"referer": "http://127.0.0.1:80/"}, False),
        ({}, False),
    ],
)
def test_a_change_needs_proof_that_it_comes_from_a_page_of_ours(headers: dict[str, str], *, ours: bool) -> None:
    assert origin_is_ours(Headers({"host": "127.0.0.1:80", **headers}), "http") is ours


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("receipt.pdf", "attachment; filename=\"receipt.pdf\"; filename*=UTF-8''receipt.pdf"),
        ('a"; filename="b.html', "filename=\"a__ filename__b.html\"; filename*=UTF-8''a%22%3B%20filename%3D%22b.html"),
        ("../../etc/passwd", 'filename="_.._etc_passwd"'),
        ("a\r\nSet-Cookie: x=1", 'filename="a__Set-Cookie_ x_1"'),
        ("Rechnung_März.pdf", "filename*=UTF-8''Rechnung_M%C3%A4rz.pdf"),
        ("gnp.\u202egpj.exe", "gnp._gpj.exe"),
        ("", 'filename="attachment"'),
        ("...", 'filename="attachment"'),
    ],
)
def test_a_file_name_cannot_leave_its_header(name: str, expected: str) -> None:
    made = disposition(name)
    assert expected in made
    assert made.isascii()
    assert not {"\r", "\n", "/"} & set(made)


def test_a_surrogate_in_a_file_name_does_no_harm() -> None:
    assert disposition("a\ud800b").startswith("attachment; ")


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("image/PNG; name=x", "image/png"),
        ("text/html", "text/html"),
        ("", "application/octet-stream"),
        ("nonsense", "application/octet-stream"),
        ("text/html\r\nX: y", "text/html"),
    ],
)
def test_media_types_lose_their_parameters(given: str, taken: str) -> None:
    assert media_type(given) == taken


def test_times_of_postmark_are_read_in_all_their_forms() -> None:
    full = parse_time("2026-01-15T16:09:19.6421112-05:00")
    short = parse_time("2026-01-15T21:09:19.64Z")
    assert full is not None
    assert short is not None
    assert full.timestamp() - short.timestamp() == pytest.approx(0.002111, abs=1e-6)
    assert parse_time("Sat, 1 Nov 2025") is None


def test_sizes_are_said_in_units() -> None:
    assert [size(number) for number in (0, 999, 1000, 23_456, 5_000_000)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "23.5 kB",
        "5.0 MB",
    ]


def test_json_is_escaped_and_attachments_are_cut() -> None:
    shown = json_markup({"<b>": "<script>alert(1)</script>", "n": -1.5e3, "t": True, "z": None, "a": ["x" * 5000]})
    assert "<script>" not in shown
    assert '<span class="j-key">&#34;&lt;b&gt;&#34;</span>' in shown
    assert '<span class="j-number">-1500.0</span>' in shown
    assert '<span class="j-word">true</span>' in shown
    assert "(5,000 characters)" in shown
    assert shorten([{"a": "y" * 3000}])[0]["a"].endswith("(3,000 characters)")


def test_filters_go_through_addresses_unchanged() -> None:
    filters = Filters.read({"text": " a&b ", "tag": "x=1", "server": "2", "other": "gone", "before": "77"})
    assert filters == Filters(text="a&b", tag="x=1", server="2", before="77")
    assert filters.link("/", before="") == "/?text=a%26b&server=2&tag=x%3D1"
    assert filters.link("/m", view="html", before="") == "/m?text=a%26b&server=2&tag=x%3D1&view=html"
    assert Filters().link("/") == "/"
    assert (filters.server_id, filters.before_key, filters.chosen, filters.active) == (2, 77, 2, True)
    assert Filters(server="²", before="-1").arguments()["server_id"] is None


def test_links_of_both_bodies_are_found_once_each() -> None:
    html = (
        '<a href="https://a.example/?x=1&amp;y=2">One <b>two</b></a><a href="javascript:alert(1)">no</a>'
        "<a href=https://a.example/?x=1&y=2>again</a><a name=x>"
    )
    assert links(html, "See https://b.example/path. And https://b.example/path, too (http://c.example).") == [
        Link("https://a.example/?x=1&y=2", "One two", "HTML"),
        Link("https://b.example/path", "", "Text"),
        Link("http://c.example", "", "Text"),
    ]


def test_inline_images_are_pointed_at_their_attachment() -> None:
    html = '<img src=cid:logo><img src=\'CID:Logo\'><p style="background:url(cid:logo)"><img src="cid:none">cid:logo'
    assert with_inline_images(html, {"logo": "/x"}) == (
        '<img src=/x><img src=\'/x\'><p style="background:url(/x)"><img src="cid:none">cid:logo'
    )


@pytest.mark.parametrize(
    ("html", "wants"),
    [
        ('<img src="https://x.example/a.png">', True),
        ("<td background=//x.example/a.png>", True),
        ("<p style=\"background:url( 'http://x.example')\">", True),
        ('<link rel="stylesheet" href="https://x.example/a.css">', True),
        ('<style>@import "https://x.example/a.css"</style>', True),
        ('<a href="https://x.example">x</a>', False),
        ('<img src="cid:a"><img src="data:image/png;base64,AA">', False),
    ],
)
def test_remote_content_is_noticed(html: str, *, wants: bool) -> None:
    assert wants_remote(html) is wants


def test_link_tags_do_not_survive_blocking() -> None:
    hostile = "<link rel=preconnect href=//x><LINK\nrel=x><link/rel=y><li<linknk rel=z><linked>"
    assert without_hints(hostile).lower().count("<link") == 2
    assert "<linknk" in without_hints(hostile)
    assert "<linked>" in without_hints(hostile)


def test_frames_do_not_survive() -> None:
    hostile = "<iframe src=//x>a</iframe><IFRAME/src=//y></IFRAME\n><frameset><frame src=//z><if<iframerame ><iframes>"
    made = without_frames(hostile)
    assert made == (
        "<noembed src=//x>a</noembed><noembed/src=//y></noembed\n><basefont><basefont src=//z><if<iframerame ><iframes>"
    )


@pytest.mark.parametrize(
    ("html", "start"),
    [
        ("<p>", '<base target="_blank"><p>'),
        ("<!DOCTYPE html><p>", '<!DOCTYPE html><base target="_blank"><p>'),
        ("\n<!-- a --> <!--b--><!doctype html SYSTEM 'x'>\n", "\n<!-- a --> <!--b--><!doctype html SYSTEM 'x'><base"),
        ("<!-- <!doctype html> -->", '<base target="_blank"><!--'),
        ("<!-- open", '<base target="_blank"><!-- open'),
        ("<!doctype html", '<base target="_blank"><!doctype'),
        ("", '<base target="_blank">'),
    ],
)
def test_a_doctype_stays_first(html: str, start: str) -> None:
    assert _with_target(html).startswith(start)


@pytest.mark.parametrize(
    "piece",
    [
        "<!---->",
        "<!--",
        "src= ",
        "src=",
        "url( ",
        " ",
        "<a ",
        "<a href=",
        "<![x",
        "<!",
        "http://.",
        "cid:",
        "=",
        "<iframe",
    ],
)
def test_hostile_text_is_read_in_no_time(piece: str) -> None:
    for text in (piece * (600_000 // len(piece)), f"src={piece * 200_000}", f"<a {piece * 100_000}"):
        wants_remote(text)
        without_hints(without_frames(_with_target(text)))
        with_inline_images(text, {"a": "b"})
        assert len(links(text, text)) <= 500


def test_a_frame_may_load_nothing_but_what_is_named() -> None:
    strict = frame_policy("http://127.0.0.1:1", ("/inbox/x/", "/_emulator/open/"), remote=False)
    assert "default-src 'none'" in strict
    assert "img-src data: http://127.0.0.1:1/inbox/x/ http://127.0.0.1:1/_emulator/open/;" in strict
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in strict
    assert "https:" not in strict
    open_policy = frame_policy("http://127.0.0.1:1", (), remote=True)
    assert "img-src data: http: https:" in open_policy
    for policy in (strict, open_policy):
        assert "script" not in policy
        assert "form-action 'none'" in policy
        assert "base-uri 'none'" in policy


def test_marks_say_what_became_of_a_message() -> None:
    def labels(**events: int) -> list[str]:
        return [mark.label for mark, _ in marks({"Status": "Sent", "Events": events})]

    assert labels() == ["Sent"]
    assert labels(Delivered=1) == ["Delivered"]
    assert labels(Opened=2, Delivered=1) == ["Opened"]
    assert labels(SubscriptionChanged=1, Bounced=1) == ["Bounced", "Subscription changed"]
    assert labels(Invented=1, Delivered=1) == ["Delivered", "Invented"]


@pytest.mark.parametrize("value", [0, 1, 4, 5, 9, 10, 11, 99, 100, 101, 12_345, 999_999])
def test_an_axis_ends_on_a_round_number(value: int) -> None:
    top = nice_top(value)
    assert max(value, 1) <= top <= max(4, 2 * value)
    assert tick_values(top)[-1] == top


def test_a_plot_counts_days_that_the_answer_leaves_out() -> None:
    days = days_between(date(2026, 2, 27), date(2026, 3, 2))
    made = plot("Opens", {"Days": [{"Date": "2026-03-01", "Opens": 6, "Unique": 3}]}, days, Opens="All", Unique="First")
    assert [bar.values for bar in made.bars] == [(0, 0), (0, 0), (6, 3), (0, 0)]
    assert made.totals == (6, 3)
    assert made.peak == "most on 1 March: 6"
    tall, short = made.bars[2].shapes
    assert tall[3] > short[3] > 0
    assert tall[2] > short[2]
    assert plot("Opens", {"Days": []}, days, Opens="All").peak == "nothing in this time"


def test_shares_are_ordered_and_sum_up() -> None:
    assert shares({"Days": [], "B": 1, "A": 3, "Zero": 0}) == [("A", 3, 75.0), ("B", 1, 25.0)]
