"""What is said about a mail, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from postmark_sdk.emulator.mail.advice.advise import advise
from postmark_sdk.emulator.mail.advice.letter import MAX_PER_TOPIC, Letter
from postmark_sdk.emulator.mail.advice.programs import (
    ALL,
    GMAIL,
    OUTLOOK,
    OUTLOOK_COM,
    PROPERTIES,
    SHEETS,
    SOURCES,
    TAGS,
    VALUES,
    YAHOO,
)
from tests.emulator.inbox.scene import RECEIPT

WORDS = "Thank you, your order is packed and leaves our house today."


FIRST_WORDS = "Lists of mails show the first words beside the subject:"


def found(**fields: Any) -> list[tuple[str, str, int | None, str]]:
    """Level, part, line and text of the advice on a mail that is right but for these fields."""
    letter = Letter(**{"subject": "Your order", "html": f"<p>{WORDS}</p>", "text": WORDS, **fields})
    return [(each.level, each.part, each.line, each.text) for each in advise(letter)]


def on(body: str) -> list[tuple[str, str, int | None, str]]:
    return found(html=f"<p>{WORDS}</p>\n{body}")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"html": "", "text": "Hi"},
        {"html": "<p>Hi</p>", "text": "Hi"},
        {
            "html": "<img src='https://shop.com/a.png' alt=''>Please confirm: this is your address.",
            "text": "Please confirm",
        },
        {"text": "A text that says it otherwise but with the words: thank you, your order is packed, it leaves today."},
        {"broadcast": True, "html": f"<p>{WORDS}</p><a href='{{{{{{ pm:unsubscribe_url }}}}}}'>Enough</a>"},
        {"broadcast": True, "text": f"{WORDS} Unsubscribe: https://shop.com/out"},
        {"broadcast": True, "headers": (("list-unsubscribe", "<https://shop.com/out>"),)},
        {"subject": "x" * 70},
        {
            "html": "<img src='https://shop.com/a' alt=''>您好、您的订单已经发货、预计明天送达、感谢您的购买。",
            "text": "您好",
        },
        {"html": f"<p>{WORDS}</p>{'<br>' * 15_000}"},
    ],
)
def test_a_mail_that_is_right_gets_no_advice(fields: dict[str, Any]) -> None:
    assert found(**fields) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"subject": " "}, ("problem", "Subject", None, "The mail has no subject.")),
        ({"subject": "x" * 71}, ("hint", "Subject", None, "The subject has 71 characters.")),
        ({"subject": "Hi {{name}}"}, ("problem", "Subject", None, "“{{name}}” was not filled in.")),
        ({"text": f"{WORDS}\n\nHi {{% user %}}"}, ("problem", "Text", 3, "“{% user %}” was not filled in.")),
        ({"text": ""}, ("hint", "Text", None, "There is HTML and no text.")),
        (
            {"text": "Nothing of this sentence stands anywhere else, whatever somebody reads there instead."},
            ("hint", "Text", None, "Of 10 different words of one part none are in the other."),
        ),
        (
            {
                "html": f"<p>{WORDS} {' '.join(f'word{number}' for number in range(30))}</p>",
                "text": "Use another program",
            },
            ("hint", "Text", None, "The text has 3 different words, the HTML 40."),
        ),
        ({"text": f"{WORDS}\n{'x' * 999}"}, ("hint", "Text", 2, "A line of the text is longer than 998 characters.")),
        (
            {"html": f"<p>{WORDS}</p>{'<br>' * 22_000}"},
            ("hint", "HTML", None, "The HTML has 86 KB: Gmail cuts it at 102 KB. Tracked links make it longer."),
        ),
        (
            {"html": f"<p>{WORDS}</p>{'<br>' * 30_000}"},
            ("problem", "HTML", None, "The HTML has 117 KB: Gmail cuts it at 102 KB and hides the rest."),
        ),
        (
            {"html": '<img src="https://shop.com/all.png" alt="Sale">', "text": "Sale"},
            ("problem", "HTML", None, "The HTML consists of images and hardly any words."),
        ),
        (
            {"html": f"<a href='https://shop.com/1'>View this mail in your browser</a>\u200c <p>{WORDS}</p>"},
            (
                "hint",
                "HTML",
                1,
                f"{FIRST_WORDS} “View this mail in your browser Thank you, your order is packed and leaves our h…”",
            ),
        ),
        (
            {"broadcast": True},
            (
                "hint",
                "HTML",
                None,
                "It goes to a broadcast stream and has no link to unsubscribe: Postmark adds one at the end.",
            ),
        ),
    ],
)
def test_words_and_weight(fields: dict[str, Any], expected: tuple[str, str, int | None, str]) -> None:
    assert found(**fields) == [expected]


UNREACHABLE = "A link leads to a machine that recipients do not reach:"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "A link leads nowhere: “”"),
        ("#", "A link leads nowhere: “#”"),
        ("javascript:go()", "A link leads nowhere: “javascript:go()”"),
        ("/orders/7", "A link is not complete: “/orders/7”"),
        ("orders/7", "A link is not complete: “orders/7”"),
        ("//shop.com/7", "A link is not complete: “//shop.com/7”"),
        ("shop.com", "A link is not complete: “shop.com”"),
        ("ftp://shop.com", "A link begins with what mail programs do not open: “ftp://shop.com”"),
        ("https://", "A link cannot be read: “https://”"),
        ("https://[::1", "A link cannot be read: “https://[::1”"),
        ("https://shop .com/", "A link cannot be read: “https://shop .com/”"),
        ("https://example.com/7", "A link leads to an address for examples: “https://example.com/7”"),
        ("http://www.example.org", "A link leads to an address for examples: “http://www.example.org”"),
        ("http://example", "A link leads to an address for examples: “http://example”"),
        ("http://localhost:8000/7", f"{UNREACHABLE} “http://localhost:8000/7”"),
        ("http://127.0.0.1/7", f"{UNREACHABLE} “http://127.0.0.1/7”"),
        ("http://[::1]:80/7", f"{UNREACHABLE} “http://[::1]:80/7”"),
        ("http://192.168.1.5/7", f"{UNREACHABLE} “http://192.168.1.5/7”"),
        ("https://shop.test/7", f"{UNREACHABLE} “https://shop.test/7”"),
        ("https://web/7", f"{UNREACHABLE} “https://web/7”"),
        ("https://shop.com/%7B%7Bid%7D%7D", "A link was not filled in: “https://shop.com/%7B%7Bid%7D%7D”"),
        ("https://shop.com/{{ id }}", "“{{ id }}” was not filled in."),
        ("https://shop.com/7?a=b&amp;c=d#e", None),
        ("HTTPS://shop.example.com/", None),
        ("https://8.8.8.8/", None),
        ("mailto:ada@example.com", None),
        ("tel:+4989123456", None),
        ("#top", None),
        ("{{{ pm:unsubscribe }}}", None),
        ("{{{pm:unsubscribe_url}}}", None),
    ],
)
def test_where_links_lead(url: str, said: str | None) -> None:
    expected = [] if said is None else [("problem", "HTML", 2, said)]
    assert on(f"<a class=x HREF='{url}' >there</a>") == expected


def test_links_of_the_text_are_looked_at_too() -> None:
    text = f"{WORDS}\nhttps://shop.com/7\nhttp://localhost/8. And https://shop.com/7 and http://localhost/9"
    assert found(text=text) == [
        ("problem", "Text", 3, f"{UNREACHABLE} “http://localhost/8”"),
        ("problem", "Text", 3, f"{UNREACHABLE} “http://localhost/9”"),
    ]


@pytest.mark.parametrize(
    ("words", "url", "deceives"),
    [
        ("https://bank.com/login", "https://evil.com/login", True),
        ("www.bank.com", "https://bank.com.evil.com/", True),
        ("bank.com/x", "https://evil.com/", True),
        ("bank.com", "https://www.bank.com/login", False),
        ("bank.com", "https://click.bank.com/7", False),
        ("https://shop.bank.com", "https://bank.com", False),
        ("Look at bank.com", "https://evil.com", False),
        ("version 1.2", "https://shop.com", False),
        ("invoice.pdf", "https://shop.com", False),
        ("bank.com", "mailto:ada@bank.com", False),
    ],
)
def test_a_link_that_reads_like_another_address_deceives(words: str, url: str, *, deceives: bool) -> None:
    texts = [text for *_, text in on(f'<a href="{url}">{words}</a>')]
    assert (len(texts) == 1 and texts[0].startswith("The link reads")) is deceives
    assert deceives or texts == []


def test_a_link_needs_something_to_read() -> None:
    nothing = [("hint", "HTML", 2, "The link to “https://shop.com” has nothing to read.")]
    assert on('<a href="https://shop.com"><img src="https://shop.com/a.png" alt=""></a>') == nothing
    assert on('<a href="https://shop.com"> &nbsp; </a>') == nothing
    assert on('<a href="https://shop.com"><img src="https://shop.com/a.png" alt="Shop"></a>') == []
    assert on('<a name="top"></a>') == []


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ('<img src="https://shop.com/a.png">', ("hint", "An image has no alt: “https://shop.com/a.png”")),
        ('<img src="http://shop.com/a.png" alt>', ("hint", "An image comes by plain http: “http://shop.com/a.png”")),
        ('<img src="/a.png" alt="">', ("problem", "An image is not complete: “/a.png”")),
        ('<img alt="">', ("problem", "An image is not complete: “”")),
        ('<img src="cid:a" alt="">', ("problem", "The HTML shows “cid:a”, and no attachment has that ContentID.")),
        (
            "<p style='background: url(cid:b)'>",
            ("problem", "The HTML shows “cid:b”, and no attachment has that ContentID."),
        ),
        ("<!-- <img src='x'> -->", None),
        ("<script>'<img>'</script>", ("problem", "Mail programs take out <script>.")),
    ],
)
def test_images(tag: str, said: tuple[str, str] | None) -> None:
    problems = [(level, text) for level, _, line, text in on(tag) if line == 2 and not text.startswith("Outlook")]
    assert problems == ([] if said is None else [said])


def test_attachments_to_be_shown_are_shown() -> None:
    html = f'<p>{WORDS}</p><img src="cid:Logo@shop" alt="">'
    assert found(html=html, attachments=(("logo.png", "cid:logo@shop"), ("invoice.pdf", None))) == []
    assert found(html=html, attachments=(("logo.png", "<logo@shop>"), ("seal.png", "cid:seal"))) == [
        ("hint", "Attachments", None, "“seal.png” is attached to be shown, and the HTML does not show “cid:seal”.")
    ]


@pytest.mark.parametrize(
    ("html", "name", "programs"),
    [
        ("<p style='DISPLAY : Flex'>", "display: flex", {OUTLOOK}),
        ("<p style='color: red; display:inline-grid'>", "display: grid", {GMAIL, OUTLOOK, YAHOO}),
        ("<p style='position:fixed'>", "position: absolute and fixed", {*ALL}),
        ("<style>p { background: #fff url(https://shop.com/a.png) }</style>", "background-image", {OUTLOOK}),
        ("<p style='background: linear-gradient(red, blue)'>", "gradients", {OUTLOOK, OUTLOOK_COM}),
        ("<p style='color: var(--x)'>", "CSS variables", {*ALL}),
        ("<p style='width: calc(100% - 2px)'>", "calc(), min(), max(), clamp()", {OUTLOOK, OUTLOOK_COM, YAHOO}),
        ("<p style='font-size: 1.5rem'>", "the unit rem", {OUTLOOK, YAHOO}),
        ("<p style='color: rgb(0 0 0 / 50%)'>", "modern colours such as rgb(0 0 0 / 50%)", {*ALL}),
        ("<style>p::after{content:''}</style>", "::before and ::after", {GMAIL, OUTLOOK, YAHOO}),
        ("<style>@font-face{font-family:x}</style>", "@font-face", {GMAIL, OUTLOOK_COM, YAHOO}),
        ("<svg><path d=''/></svg>", "<svg> in the HTML", {*ALL}),
        ("<body><style></style></body>", "<style> inside of <body>", {GMAIL}),
        ("<img alt='' src='https://shop.com/a.webp?x'>", "WebP and AVIF images", {OUTLOOK}),
        ("<img alt='' src='data:image/png;base64,AA'>", "images written into src by data:", {GMAIL}),
        ("<link rel='StyleSheet' href=x>", "style sheets by <link>", {GMAIL, OUTLOOK_COM, YAHOO}),
        ("<form></form>", "<form>", {OUTLOOK, OUTLOOK_COM}),
    ],
)
def test_what_programs_do_not_support(html: str, name: str, programs: set[str]) -> None:
    [(_, _, line, text)] = on(html)
    assert text.endswith(f" not support {name}.")
    assert {each for each in ALL if each in text} == programs
    assert line == 2


@pytest.mark.parametrize(
    "html",
    [
        "<!--[if mso]><p style='display:flex'><v:rect></v:rect><![endif]-->",
        "<style>/* display: flex; @import */ .display:hover { color: rgb(1, 2, 3); --display: none }</style>",
        "<p class='display:flex' title='<svg>'>display: flex &lt;svg></p>",
        "<p style='display:block; position:relative; max-width:600px; margin:0 auto'>",
        "<link rel=icon href=x><img alt='' src='https://shop.com/svg.png?a.svg'>",
        "<style>@media (max-width: 600px) { a { color: #fff } }</style>",
    ],
)
def test_what_all_programs_show_is_not_mentioned(html: str) -> None:
    assert on(html) == []


def test_the_same_thing_is_said_once_with_its_first_line() -> None:
    [advice] = advise(Letter(subject="x", text=WORDS, html=f"<p>{WORDS}</p>\n\n<br>" + "<p style='gap:1px'>\n" * 7))
    assert (advice.topic, advice.line, advice.times) == ("mail programs", 3, 7)


def test_of_many_different_things_only_some_are_said() -> None:
    links = "".join(f"<a href='/{number}'>there</a>" for number in range(500))
    assert len(on(links)) == MAX_PER_TOPIC


def test_an_ordinary_mail_gets_little_advice() -> None:
    text = "Thank you, Ada. Your order 1042 is packed. Follow the parcel: https://shop.example.com/orders/1042"
    assert found(html=RECEIPT, text=text, attachments=(("seal.png", "cid:seal.png"),)) == []


def test_every_row_of_the_table_says_what_to_do() -> None:
    rows = [feature for features in PROPERTIES.values() for _, feature in features]
    rows += [feature for table in (VALUES, SHEETS, SOURCES) for _, feature in table]
    rows += TAGS.values()
    assert all(feature.todo.endswith(".") for feature in rows)
    assert all(feature.programs or feature.level == "problem" for feature in rows)


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "<!",
        "<a ",
        "<a href='",
        '<a "x',
        "<b>",
        "<img src=x ",
        "<a href=http://x.test/?>x</a>",
        "<style>/*",
        "<p style='display:grid;color:var(--x)'>",
        "{{{pm:",
        "{{ x }}",
        "a:b;",
        "\n",
        "=cid:x ",
        "http://a.b/ ",
        "a.b.",
    ],
)
def test_hostile_mail_is_read_in_no_time(piece: str) -> None:
    body = piece * (5_000_000 // len(piece))
    assert advise(Letter(html=body, text=body, subject="x"))
    assert advise(Letter(html=f"<style>{body}", subject="x"))
