"""The mail that the options of ``postmark send`` describe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...frame.failures import USAGE, CommandError
from ...frame.inputs import content, document, pairs, text

if TYPE_CHECKING:
    from ....models import Attachment, Email, TemplatedEmail

__all__ = ["Given", "composed"]


_UNREADABLE = "\ufffd"


class Given(NamedTuple):
    """The options as they were written."""

    sender: str | None
    to: list[str] | None
    cc: list[str] | None
    bcc: list[str] | None
    reply_to: list[str] | None
    subject: str | None
    text: str | None
    html: str | None
    template: str | None
    model: str | None
    eml: str | None
    attach: list[str]
    inline: list[str]
    stream: str | None
    tag: str | None
    metadata: list[str]
    header: list[str]
    track_opens: bool | None
    track_links: str | None


def composed(given: Given) -> Email | TemplatedEmail:
    """The mail, not yet checked: the SDK does that.

    Raises:
        CommandError: Options that do not go together, or whose text cannot be read.
        InvalidMessageError: The file of ``--eml`` holds what Postmark cannot take.
        OSError: A file cannot be read.
    """
    from ....models import Email, TemplatedEmail  # noqa: PLC0415 - --help needs none

    fields = {name: value for name, value in _fields(given).items() if value not in (None, [], {})}
    if given.template is not None:
        _refuse(given, "--template brings the content", "subject", "text", "html", "eml")
        return TemplatedEmail(**fields, **_template(given))
    _refuse(given, "--model is for a --template", "model")
    if given.eml is None:
        return Email(**fields, **_content(given))
    mail = _changed(_read(given.eml), {**fields, **_content(given)})
    _refuse_unreadable(mail, given.eml)
    return mail


def _fields(given: Given) -> dict[str, Any]:
    return {
        "from_": given.sender,
        "to": given.to,
        "cc": given.cc,
        "bcc": given.bcc,
        "reply_to": given.reply_to,
        "tag": given.tag,
        "message_stream": given.stream,
        "metadata": pairs(given.metadata, "--metadata"),
        "headers": pairs(given.header, "--header", ":"),
        "track_opens": given.track_opens,
        "track_links": given.track_links,
        "attachments": _attachments(given),
    }


def _content(given: Given) -> dict[str, Any]:
    read = {
        "subject": given.subject,
        "text_body": text(given.text, "--text"),
        "html_body": text(given.html, "--html"),
    }
    return {name: value for name, value in read.items() if value is not None}


def _template(given: Given) -> dict[str, Any]:
    name = given.template or ""
    which = {"template_id": int(name)} if name.isdecimal() else {"template_alias": name}
    return {**which, "template_model": document(given.model, "--model") or {}}


def _refuse(given: Given, why: str, *names: str) -> None:
    wrong = [f"--{name}" for name in names if getattr(given, name) is not None]
    if wrong:
        raise CommandError(f"{why}: leave {', '.join(wrong)} out", status=USAGE)


def _attachments(given: Given) -> list[Attachment]:
    if not (given.attach or given.inline):
        return []
    from ....models import Attachment  # noqa: PLC0415 - few mails have some

    return [
        *(Attachment.from_path(path) for path in given.attach),
        *(Attachment.from_path(path, content_id=Path(path).name) for path in given.inline),
    ]


def _read(file: str) -> Email:
    import email.policy  # noqa: PLC0415 - only for --eml

    from ...._core.body.mime.message import email_of  # noqa: PLC0415
    from ....errors import InvalidMessageError, Problem  # noqa: PLC0415

    found: list[Problem] = []
    made: Any = email_of(email.message_from_bytes(content(file), policy=email.policy.default), "", found)
    if found:
        raise InvalidMessageError([Problem(*problem) for problem in found])
    mail: Email = made
    return mail


def _refuse_unreadable(mail: Email, file: str) -> None:
    """What could not be decoded would arrive as a mark in place of each letter."""
    texts = {"subject": mail.subject, "text": mail.text_body, "HTML": mail.html_body, "sender": mail.from_}
    broken = [name for name, value in texts.items() if _UNREADABLE in str(value or "")]
    if broken:
        raise CommandError(
            f"{file}: the {' and the '.join(broken)} cannot be read: its bytes are not of the charset that it names",
            "Name the right charset in its Content-Type, encode its headers, or save it as UTF-8.",
        )


def _changed(mail: Email, fields: dict[str, Any]) -> Email:
    """What is given replaces what the mail has; files, headers and metadata are added."""
    from attrs import evolve  # noqa: PLC0415 - only for --eml

    if "metadata" in fields:
        fields["metadata"] = {**dict(_pairs(mail.metadata)), **fields["metadata"]}
    if "headers" in fields:
        fields["headers"] = [*_pairs(mail.headers), *fields["headers"].items()]
    if "attachments" in fields:
        fields["attachments"] = [*(mail.attachments or ()), *fields["attachments"]]
    return evolve(mail, **fields)


def _pairs(given: Any) -> list[Any]:
    return list(given.items() if hasattr(given, "items") else given or ())
