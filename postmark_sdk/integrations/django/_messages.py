"""A mail of Django's as ``emails.send`` takes it. Nothing of it is lost in silence."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ..._core.body.coerce import coerce
from ..._core.body.content import FileContent
from ..._core.body.headers import POSTMARKS_OWN, instead_of
from ..._core.body.mime.message import email_of
from ..._core.body.text import a_kind
from ..._core.mail.chunks import names_template
from ..._core.mail.defaults import completed
from ...errors import InvalidMessageError, Problem
from ...models import Email, TemplatedEmail
from .._extras import missing

try:
    from django.conf import settings
    from django.utils.functional import Promise
except ImportError as error:
    raise missing("django", error) from error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from email.message import Message

    from ...models import Attachment

_NOTHING = (None, "", "\n")
"""What a message says of a field that it does not set; Django ends a text that is empty, too."""
_OF_ANYMAIL = {
    "envelope_sender": "nothing, Postmark sets the return path",
    "esp_extra": "message.postmark = {...}, a dict of fields of Email or TemplatedEmail",
    "merge_data": "message.postmark = {'merge_data': ...}",
    "merge_global_data": "message.postmark = {'template_model': ...}",
    "merge_headers": "message.postmark = {'merge_headers': ...}",
    "merge_metadata": "message.postmark = {'merge_metadata': ...}",
    "metadata": "message.postmark = {'metadata': ...}",
    "send_at": "nothing, Postmark sends at once",
    "tags": "message.postmark = {'tag': ...}",
    "template_id": "message.postmark = {'template_id': ...} or {'template_alias': ...}",
    "track_clicks": "message.postmark = {'track_links': ...}",
    "track_opens": "message.postmark = {'track_opens': ...}",
}
"""What a message may bring from there, and what to write instead."""
_OF_MESSAGES = {"from": "from_email=", "reply-to": "reply_to=[...]", "subject": "subject="}
_READ_BY_DJANGO = frozenset({"From", "Reply-To"})
"""In this spelling only."""
_TAKEN_FORMS = frozenset({"text/plain", "text/html"})
_OF_TEMPLATES = ("subject", "html_body", "text_body")


def mail_of(message: Any, said_by_it: Mapping[Any, Any], where: str) -> Email | TemplatedEmail | Message:
    """The same mail, with what it says for Postmark alone; what Postmark cannot take stays for ``send`` to name.

    Raises:
        InvalidMessageError: It says something that would be lost.
    """
    found = list(_lost(message, where))
    if found:
        raise InvalidMessageError(found)
    mime = _mime(message)
    own = _own(said_by_it, where)
    page, templated = getattr(own, "html_body", None), isinstance(own, TemplatedEmail)
    said = cast("Email", email_of(mime, where, found, page=page, templated=templated))
    _restore_line_ends(said.attachments or (), message)
    return mime if found else _completed(own, said, where)


def _lost(message: Any, where: str) -> Iterator[Problem]:
    for name in sorted(message.extra_headers):
        if problem := _header_problem(name):
            yield Problem(f"{where}.extra_headers[{name.lower()!r}]", problem)
    yield from _further_forms(message, where)
    if set(message.recipients()) != set(filter(None, [*message.to, *message.cc, *message.bcc])):
        problem = (
            "not those of to, cc and bcc, where Postmark sends it; to lead mail elsewhere use Guard(redirect_to=...)"
        )
        yield Problem(f"{where}.recipients()", problem)
    for name, instead in _OF_ANYMAIL.items():
        value = getattr(message, name, None)
        if value is False or (value and not callable(value)):  # Anymail's UNSET is a class, and it has no methods
            yield Problem(f"{where}.{name}", f"django-anymail's, which is not read here; instead: {instead}")


def _header_problem(name: str) -> str:
    lower = name.lower()
    if lower in {"to", "cc", "bcc"}:
        return f"Postmark sends to the addresses that it shows; give them as {lower}=[...] of the message"
    if lower in _OF_MESSAGES and name not in _READ_BY_DJANGO:
        return f"given as {_OF_MESSAGES[lower]} of the message; as a header it would be lost"
    return "" if lower == "date" or lower not in POSTMARKS_OWN else instead_of(lower)


def _further_forms(message: Any, where: str) -> Iterator[Problem]:
    """Those of the text that Postmark has no place for."""
    taken = {f"text/{str(message.content_subtype).lower()}"} if message.body else set()
    if not taken <= _TAKEN_FORMS:
        problem = f"{taken.pop()}; Postmark takes text/plain and text/html: send one of them, and attach this one"
        yield Problem(f"{where}.content_subtype", problem)
    forms: Any = getattr(message, "alternatives", None) or ()
    for place, (_, mimetype) in enumerate(forms):
        kind = str(mimetype).partition(";")[0].strip().lower()
        if kind != "text/calendar" and (kind not in _TAKEN_FORMS or kind in taken):
            problem = f"a further form, {kind}; Postmark takes one text and one HTML body: leave it out, or attach it"
            yield Problem(f"{where}.alternatives[{place}]", problem)
        taken.add(kind)


def _mime(message: Any) -> Message:
    mime: Message = message.message()
    for name in {"date", "message-id"} - {name.lower() for name in message.extra_headers}:  # Postmark writes these
        del mime[name]
    if len(mime.get_all("Reply-To", ())) > 1:  # Django 4.2 writes one from among the headers twice
        del mime["Reply-To"]
        mime["Reply-To"] = message.extra_headers["Reply-To"]
    if message.bcc:
        mime["Bcc"] = ", ".join(map(str, message.bcc))
    return mime


def _restore_line_ends(files: Iterable[Attachment], message: Any) -> None:
    """Django 6.1 changes those of attached texts; what was attached is sent."""
    encoding = str(message.encoding or settings.DEFAULT_CHARSET)
    texts = [
        (name, bytes(text) if isinstance(text, bytes | bytearray | memoryview) else str(text).encode(encoding))
        for name, text, kind in (each for each in message.attachments if isinstance(each, tuple))
        if str(kind).startswith("text/")
    ]
    for file in files:
        for name, data in texts:
            if name in {None, "", file.name} and _lines(data) == _lines(cast("FileContent", file.content).data):
                file.content = FileContent(data)
                texts.remove((name, data))
                break


def _lines(data: bytes) -> list[bytes]:
    return data.splitlines() or [b""]


# --- the attribute ``postmark`` -------------------------------------------------------------------------------------


def said_by(message: Any, where: str) -> dict[Any, Any]:
    """What a message says for Postmark alone.

    Raises:
        InvalidMessageError: It is no dict.
    """
    more = _translated(getattr(message, "postmark", None) or {})
    if not isinstance(more, Mapping):
        problem = f"{a_kind(more)}; it takes a dict of fields of Email or TemplatedEmail"
        raise InvalidMessageError([Problem(f"{where}.postmark", problem)])
    return dict(more)


def _own(more: Mapping[Any, Any], where: str) -> Any:
    found: list[Problem] = []
    own = coerce(TemplatedEmail if names_template(more) else Email, more, f"{where}.postmark", found)
    if found:
        raise InvalidMessageError(found)
    return own


def _translated(value: Any) -> Any:
    """The same with its lazy texts as they read now."""
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, dict):
        return {_translated(key): _translated(item) for key, item in value.items()}
    return type(value)(map(_translated, value)) if type(value) in {list, tuple} else value


def _completed(own: Any, said: Email, where: str) -> Any:
    """Its own fields, and those of the message where these say nothing; what is a list or a dict in both is joined."""
    given = {name: value for name in Email.__wire__ if (value := getattr(said, name)) not in _NOTHING}
    lost = [name for name in _OF_TEMPLATES if name in given and isinstance(own, TemplatedEmail)]
    if lost:
        problem = "a template brings its own subject and text: leave subject and body of the message empty"
        raise InvalidMessageError([Problem(f"{where}.{name}", problem) for name in lost])
    mail: Any = completed(own, given)
    if own.attachments is not None and "attachments" in given:
        with contextlib.suppress(TypeError):  # what is no list is left to the checks
            mail.attachments = [*given["attachments"], *own.attachments]
    return mail
