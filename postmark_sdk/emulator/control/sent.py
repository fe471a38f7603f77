"""Messages as the Python object hands them out."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import TYPE_CHECKING

from ..mail.addresses import quoted
from ..mail.advice.letter import Advice, Letter
from . import reading

if TYPE_CHECKING:
    from ..reference.problems import Json
    from ..state.state import State


@dataclass(frozen=True)
class SentAttachment:
    """A file that went with a message."""

    name: str
    content_type: str
    content: bytes = field(repr=False)
    content_id: str | None = None


@dataclass(frozen=True)
class SentMessage:
    """A message the emulator accepted, as its recipients would have got it."""

    message_id: str
    server_id: int
    stream: str
    from_: str = field(repr=False)
    to: list[str]
    cc: list[str] = field(repr=False)
    bcc: list[str] = field(repr=False)
    recipients: list[str] = field(repr=False)
    """Bare addresses of To, Cc and Bcc."""
    reply_to: str | None = field(repr=False)
    subject: str
    html_body: str | None = field(repr=False)
    text_body: str | None = field(repr=False)
    tag: str | None
    metadata: dict[str, str] = field(repr=False)
    headers: list[tuple[str, str]] = field(repr=False)
    attachments: list[SentAttachment] = field(repr=False)
    track_opens: bool
    track_links: str
    template_id: int | None
    template_alias: str | None
    template_model: dict[str, object] | None = field(repr=False)
    request: dict[str, object] = field(repr=False)
    """The message as it was sent to the API."""
    events: list[str]
    """Types of what happened to it, oldest first: ``Delivered``, ``Opened``, ..."""
    broadcast: bool = field(default=False, repr=False)
    """Whether it went to a stream for broadcasts."""

    @property
    def advice(self) -> list[Advice]:
        """What could be better, problems first: links that lead nowhere, what mail programs do not support, ..."""
        letter = Letter(
            subject=self.subject,
            html=self.html_body or "",
            text=self.text_body or "",
            headers=tuple(self.headers),
            attachments=tuple((each.name, each.content_id) for each in self.attachments),
            broadcast=self.broadcast,
        )
        return letter.advice()


def sent_message(state: State, message_id: str) -> SentMessage:
    """A stored message in this form."""
    found: Json = reading.message(state, message_id)
    request = found["Request"]
    model = next((value for name, value in request.items() if name.lower() == "templatemodel"), None)
    return SentMessage(
        message_id=found["MessageID"],
        server_id=found["ServerID"],
        stream=found["MessageStream"],
        from_=_sender(found["From"]),
        to=_addresses(found["To"]),
        cc=_addresses(found["Cc"]),
        bcc=_addresses(found["Bcc"]),
        recipients=found["Recipients"],
        reply_to=found["ReplyTo"],
        subject=found["Subject"],
        html_body=found["HtmlBody"],
        text_body=found["TextBody"],
        tag=found["Tag"] or None,
        metadata=found["Metadata"],
        headers=[(header["Name"], header["Value"]) for header in found["Headers"]],
        attachments=_attachments(state, found),
        track_opens=found["TrackOpens"],
        track_links=found["TrackLinks"],
        template_id=found["TemplateId"],
        template_alias=found["TemplateAlias"],
        template_model=model if isinstance(model, dict) else None,
        request=request,
        events=[event["Type"] for event in found["MessageEvents"]],
        broadcast=reading.is_broadcast(state, found),
    )


def _sender(text: str) -> str:
    name, address = parseaddr(text)
    if not name:
        return address
    return f"{quoted(name)} <{address}>"


def _addresses(given: list[dict[str, str]]) -> list[str]:
    return [f"{each['Name']} <{each['Email']}>" if each["Name"] else each["Email"] for each in given]


def _attachments(state: State, found: dict[str, Json]) -> list[SentAttachment]:
    files = []
    for index, described in enumerate(found["Attachments"]):
        whole = reading.attachment(state, found["MessageID"], index)
        if whole is not None:
            files.append(SentAttachment(*whole, content_id=described["ContentID"]))
    return files
