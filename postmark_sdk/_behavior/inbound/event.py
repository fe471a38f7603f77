"""An inbound mail: its thread, its files, its answers."""

from __future__ import annotations

import datetime as _dt
import os
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from ... import _types as _t
from ..._core.body.shown import is_shown, shown_ids
from ..events import Event
from . import headers as _headers

if TYPE_CHECKING:
    from ..._generated.models.header import Header
    from ..._generated.models.inbound_address import InboundAddress
    from ..._generated.models.inbound_attachment import InboundAttachment
    from ..._generated.models.inbound_event import InboundEvent


class InboundEventMixin(Event):
    """Reads the mail's headers, makes files and answers of it."""

    __slots__ = ()

    __kind__: ClassVar[str] = "Inbound"
    __identity__: ClassVar[tuple[tuple[str, ...], ...]] = (("message_id",),)

    if TYPE_CHECKING:
        date: str | None
        from_: str | None
        from_full: InboundAddress
        html_body: str | None
        headers: list[Header]
        attachments: list[InboundAttachment]

    def __attrs_post_init__(self) -> None:
        """Likewise for one that is made by hand."""
        self._completed()

    def _completed(self) -> None:
        """Tell the files which of them the HTML body shows."""
        named = [one for one in _headers.files(self.attachments) if one.content_id]
        ids = shown_ids(self.html_body) if named else frozenset()
        for one in named:
            one.is_inline = is_shown(one.content_id, ids)

    def header(self, name: str) -> str | None:
        """The first value of a mail header, folds undone; None if there is none. Case does not matter."""
        return _headers.first(self.headers, name)

    def header_values(self, name: str) -> list[str]:
        """All values of a mail header, in the order of the mail: what Postmark wrote stands above what it got."""
        return list(_headers.values(self.headers, name))

    @property
    def sent_at(self) -> _dt.datetime | None:
        """``date`` as an aware time; None if the sender's text cannot be read. Without a zone it is taken for UTC."""
        return _headers.read_date(self.date)

    @property
    def internet_message_id(self) -> str | None:
        """The sender's own ``Message-ID`` with its angle brackets. ``message_id`` is Postmark's."""
        return next(iter(_headers.message_ids(self.header("Message-ID"))), None)

    @property
    def in_reply_to(self) -> str | None:
        """The ``Message-ID`` of the mail that this one answers, None if it answers none."""
        return next(iter(_headers.message_ids(self.header("In-Reply-To"))), None)

    @property
    def references(self) -> list[str]:
        """The ``Message-ID`` of each earlier mail of the thread, oldest first."""
        return _headers.message_ids(self.header("References"))

    @property
    def spam(self) -> _t.SpamReport:
        """What Postmark's spam filter said; headers of the same names that the sender wrote are not believed."""
        return _headers.spam_report(self.headers)

    @property
    def is_automatic(self) -> bool:
        """Whether a program wrote it (an out-of-office note, a bounce, a list). Do not answer such mail by program."""
        return _headers.is_automatic(self.headers, getattr(self.from_full, "email", None) or self.from_)

    def to_email_message(self) -> EmailMessage:
        """The mail as a message of the standard library.

        Made of ``raw_email`` where the server hands it on, else of the parts: then the original structure, blind copies
        and headers that Postmark leaves out are lost.

        Raises:
            DecodeError: The content of an attachment is no base64, or parts are nested too deeply.
        """
        from .stdlib_mail import to_email_message  # noqa: PLC0415 - the email package, for those who want it

        return to_email_message(cast("InboundEvent", self))

    def save_attachments(self, directory: str | os.PathLike[str]) -> list[Path]:
        """Write all files into a directory; see ``InboundAttachment.save``.

        Returns:
            Paths of the new files, in the order of ``attachments``.
        """
        return [attachment.save(directory) for attachment in _headers.files(self.attachments)]

    def reply(
        self,
        *,
        from_: _t.Recipient | None = None,
        text_body: str | None = None,
        html_body: str | None = None,
        to_all: bool = False,
        quote: bool = True,
        automatic: bool = False,
        **fields: _t.Unpack[_t.ReplyFields],
    ) -> _t.Email:
        """An answer, ready for ``emails.send``: recipient, ``Re:`` subject, threading headers, quoted text.

        The quotation in ``html_body`` is the mail's text: markup of a stranger is not sent on under your name.

        Args:
            from_: Sender; an inbound address of Postmark cannot be one. None: the client's default.
            text_body: Your text; the quotation is put below it.
            html_body: Your HTML; likewise.
            to_all: Send a copy to the other recipients of the mail.
            quote: Quote the mail.
            automatic: Say that a program answers (``Auto-Submitted``), so that no other program answers it.
            **fields: Further fields of the ``Email``. ``headers`` are added to the threading headers.

        Returns:
            The message. It goes to ``Reply-To`` where the mail has one, and to 50 addresses at most. Addresses that
            Postmark does not take are left out.
        """
        from . import replies  # noqa: PLC0415 - only for those who answer

        event, bodies = cast("InboundEvent", self), replies.Bodies(text_body, html_body)
        manner = replies.Manner(to_all, quote, automatic)
        return replies.reply(event, bodies, manner, from_=from_, fields=fields)

    def forward(
        self,
        to: _t.Recipients,
        *,
        from_: _t.Recipient | None = None,
        text_body: str | None = None,
        html_body: str | None = None,
        attachments: bool = True,
        **fields: _t.Unpack[_t.ReplyFields],
    ) -> _t.Email:
        """A copy for somebody else, ready for ``emails.send``: ``Fwd:`` subject, the mail's text and HTML, its files.

        Files that Postmark does not send (programs, and what does not fit into 10 MB) are left out, and named in the
        text. HTML of more than 4 MB is left out too.

        Args:
            to: Recipients.
            from_: Sender; an inbound address of Postmark cannot be one. None: the client's default.
            text_body: Your text, above the mail.
            html_body: Your HTML, above the mail. None: made of ``text_body``.
            attachments: Send the files on.
            **fields: Further fields of the ``Email``. ``headers`` are added to ``References``.

        Returns:
            The message.
        """
        from . import replies  # noqa: PLC0415 - only for those who forward

        event, bodies = cast("InboundEvent", self), replies.Bodies(text_body, html_body)
        return replies.forward(event, to, bodies, from_=from_, files=attachments, fields=fields)
