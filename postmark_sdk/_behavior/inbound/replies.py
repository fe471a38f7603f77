"""Answers to an inbound mail, and copies of it for others, as messages ready to be sent."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ..._core.body.inputs import headers as header_rows
from ..._core.body.text import clean, utf8_length
from ..._core.body.validate import problems
from ..._core.schema.generated import generated
from ..handing_on import attachment_of
from .headers import files, first, message_ids
from .people import Person, people, usable

if TYPE_CHECKING:
    from ..._core.call.forms import Recipient
    from ..._generated.models.attachment import Attachment
    from ..._generated.models.email import Email
    from ..._generated.models.inbound_event import InboundEvent

# A stranger decides how long things are; the answer must be one that Postmark takes.
_MAX_RECIPIENTS = 50
_MAX_SUBJECT = 1900
_MAX_TEXT = 500_000
"""Characters; each may become six in HTML, and a body takes 5 MB."""
_MAX_PAGE = 4 * 1024 * 1024
"""Bytes of HTML that are sent on; of more, only the text is."""
_MAX_REFERENCES = 900
"""Characters of ``References``; a header line may have 998."""
_ROOM_FOR_FILES = 9 * 1024 * 1024
"""Bytes of base64 that files may take: a message has 10 MB in all."""
_RE = re.compile(r"\s*re(\s*\[\d+\])?\s*:", re.IGNORECASE)
_FWD = re.compile(r"\s*(fwd?|fw)\s*:", re.IGNORECASE)


# What is_automatic and every other program looks for (RFC 3834, 5).
_AUTOMATIC = {"Auto-Submitted": "auto-replied"}


class Bodies(NamedTuple):
    """What the author of an answer wrote."""

    text: str | None
    html: str | None


class Manner(NamedTuple):
    """How to answer."""

    to_all: bool
    quote: bool
    automatic: bool


def reply(event: InboundEvent, bodies: Bodies, manner: Manner, *, from_: Recipient | None, fields: Any) -> Email:
    """An answer in the thread of the mail."""
    to = _reply_addresses(event)[:_MAX_RECIPIENTS]
    others = _others(event, to, from_)[: _MAX_RECIPIENTS - len(to)] if manner.to_all else []
    email: type[Email] = generated("models.email").Email
    return email(
        from_=from_,
        to=to,
        cc=others or None,
        subject=_prefixed("Re: ", _RE, event.subject),
        text_body=_with_quote(bodies.text, event) if manner.quote and bodies.text is not None else bodies.text,
        html_body=_with_html_quote(bodies.html, event) if manner.quote and bodies.html is not None else bodies.html,
        **_with_headers(fields, {**_thread(event), **(_AUTOMATIC if manner.automatic else {})}),
    )


def forward(
    event: InboundEvent, to: Any, bodies: Bodies, *, from_: Recipient | None, files: bool, fields: Any
) -> Email:
    """A copy of the mail for somebody else."""
    kept, left_out = _fitting(event) if files else ([], [])
    page = 0 < utf8_length(_text(event.html_body)) <= _MAX_PAGE
    if not page:  # nothing shows them
        for one in kept:
            one.content_id = None
    email: type[Email] = generated("models.email").Email
    return email(
        from_=from_,
        to=to,
        subject=_prefixed("Fwd: ", _FWD, event.subject),
        text_body=_forwarded_text(bodies.text or "", event, left_out),
        html_body=_forwarded_html(bodies, event, left_out) if page else None,
        attachments=kept or None,
        **_with_headers(fields, _references(event)),
    )


# --- to whom ----------------------------------------------------------------------------------------------------------


def _reply_addresses(event: InboundEvent) -> list[Person]:
    """Where the sender wants answers: ``Reply-To``, else the sender; one that is refused if there is no other."""
    sender = _full([event.from_full])
    return people(event.reply_to) or usable(sender) or people(event.from_) or sender


def _others(event: InboundEvent, to: list[Person], from_: Any) -> list[Person]:
    """The other recipients, without ourselves: neither the inbound address nor the new sender."""
    seen = {address.lower() for _, address in (*to, *people(event.original_recipient), *_sender(from_))}
    return [
        (name, address)
        for name, address in usable((*_full(event.to_full), *_full(event.cc_full)))
        if address.lower() not in seen and not address.lower().endswith("@inbound.postmarkapp.com")
    ]


def _sender(from_: Any) -> list[Person]:
    if isinstance(from_, tuple):
        return [("", str(from_[-1]))]
    return people(getattr(from_, "addr_spec", from_))


def _full(people: Any) -> list[Person]:
    found = people if isinstance(people, list) else []
    return [
        (clean(one.name) if isinstance(one.name, str) else "", clean(one.email))
        for one in found
        if isinstance(getattr(one, "email", None), str) and one.email
    ]


# --- headers ----------------------------------------------------------------------------------------------------------


def _prefixed(prefix: str, present: re.Pattern[str], subject: Any) -> str:
    text = clean(subject)[:_MAX_SUBJECT] if isinstance(subject, str) else ""
    return text if present.match(text) else f"{prefix}{text}".rstrip()


def _thread(event: InboundEvent) -> dict[str, str]:
    """What makes mail programs show the answer below the mail (RFC 5322, 3.6.4)."""
    ids = message_ids(first(event.headers, "Message-ID"))
    return {"In-Reply-To": ids[0], **_references(event)} if ids else _references(event)


def _references(event: InboundEvent) -> dict[str, str]:
    earlier = message_ids(first(event.headers, "References"))
    if not earlier:
        parents = message_ids(first(event.headers, "In-Reply-To"))
        earlier = parents if len(parents) == 1 else []
    chain = list(dict.fromkeys([*earlier, *message_ids(first(event.headers, "Message-ID"))]))
    return {"References": " ".join(_fitting_ids(chain))} if chain else {}


def _fitting_ids(chain: list[str]) -> list[str]:
    """As many as a header holds. The first and the last say most, then those before the last."""
    if len(chain) == 1:
        return chain
    first, *middle, last = chain
    kept = [last]
    room = _MAX_REFERENCES - len(last) - len(first) - 1
    if room >= 0:
        for one in reversed(middle):
            room -= len(one) + 1
            if room < 0:
                break
            kept.insert(0, one)
        kept.insert(0, first)
    return kept


def _with_headers(fields: dict[str, Any], thread: dict[str, str]) -> dict[str, Any]:
    """The caller's further fields; their headers win over ours."""
    given = header_rows(fields["headers"]) if fields.get("headers") is not None else []
    names = {str(row["Name"]).lower() for row in given}
    ours = [(name, value) for name, value in thread.items() if name.lower() not in names]
    theirs = [(row["Name"], row["Value"]) for row in given]
    return {**fields, "headers": [*ours, *theirs] or None}


# --- quotations -------------------------------------------------------------------------------------------------------


def _attribution(event: InboundEvent) -> str:
    name = _text(event.from_name) or _text(getattr(event.from_full, "email", None)) or _text(event.from_)
    when = f"On {clean(_text(event.date))}, " if _text(event.date) else ""
    return f"{when}{clean(name) or 'the sender'} wrote:"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def plain_text(event: InboundEvent) -> str:
    """The text of the mail; of one that only has HTML, what a reader would see of it. Cut where it is endless."""
    text = _text(event.text_body) or html_to_text(_text(event.html_body))
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}\n[...]"


def _with_quote(written: str, event: InboundEvent) -> str:
    lines = [f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in plain_text(event).splitlines()]
    return "\n".join([written.rstrip(), "", _attribution(event), *lines, ""])


def _with_html_quote(written: str, event: InboundEvent) -> str:
    # The text and not the HTML of the mail: a stranger's markup must not go out under the sender's name.
    quoted = html.escape(plain_text(event)).replace("\n", "<br>\n")
    return (
        f"{written}\n<p>{html.escape(_attribution(event))}</p>\n"
        f'<blockquote style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">{quoted}</blockquote>'
    )


def _letterhead(event: InboundEvent) -> list[str]:
    rows = (
        ("From", _shown([event.from_full]) or _text(event.from_)),
        ("Date", _text(event.date)),
        ("Subject", _text(event.subject)),
        ("To", _shown(event.to_full) or _text(event.to)),
        ("Cc", _shown(event.cc_full) or _text(event.cc)),
    )
    return [f"{name}: {clean(value)}" for name, value in rows if value]


def _shown(people: Any) -> str:
    return ", ".join(f"{name} <{address}>" if name else address for name, address in _full(people))


_FORWARD_LINE = "---------- Forwarded message ----------"


def _forwarded_text(written: str, event: InboundEvent, left_out: list[str]) -> str:
    above = [written.rstrip(), ""] if written.strip() else []
    return "\n".join([*above, *_notes(left_out), _FORWARD_LINE, *_letterhead(event), "", plain_text(event)])


def _forwarded_html(bodies: Bodies, event: InboundEvent, left_out: list[str]) -> str:
    written = bodies.html if bodies.html is not None else _as_html(bodies.text or "")
    head = _as_html("\n".join([*_notes(left_out), _FORWARD_LINE, *_letterhead(event)]))
    return f"{written}\n<p>{head}</p>\n{_text(event.html_body)}"


def _as_html(text: str) -> str:
    return html.escape(text).replace("\n", "<br>\n")


def _notes(left_out: list[str]) -> list[str]:
    return [f"[Not forwarded: {', '.join(left_out)}]", ""] if left_out else []


# --- files ------------------------------------------------------------------------------------------------------------


def _fitting(event: InboundEvent) -> tuple[list[Attachment], list[str]]:
    """The files that Postmark takes, in their order, and the names of the others."""
    page = utf8_length(_text(event.html_body))
    kept: list[Attachment] = []
    left_out: list[str] = []
    room = _ROOM_FOR_FILES - utf8_length(_text(event.text_body)[:_MAX_TEXT]) - (page if page <= _MAX_PAGE else 0)
    for one in map(attachment_of, files(event.attachments)):
        if problems(one) or len(one.content) > room:
            left_out.append(one.name)
        else:
            room -= len(one.content)
            kept.append(one)
    return kept, left_out


# Each pattern reads a text once: the parser of the standard library takes minutes for some that a stranger can write.
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style|title|template)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|p|div|tr|li|h[1-6]|blockquote|table)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[/!?a-z][^<>]*>", re.IGNORECASE)


def html_to_text(page: str) -> str:
    """What a reader would see, without layout."""
    shown = _HIDDEN.sub("", page[:_MAX_TEXT])
    broken = _BREAK.sub("\n", re.sub(r"\s+", " ", shown))
    lines = [line.strip() for line in _unescaped(_TAG.sub("", broken)).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # a character number of thousands of digits
        return text
