"""What Postmark checks in a message before it takes it, in the order it answers.

https://postmarkapp.com/developer/api/overview#error-codes
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ..reference import limits
from ..reference.problems import Json, Problem, invalid_fields
from ..state.records import ACCOUNT
from .addresses import Address, parse_list

if TYPE_CHECKING:
    from ..state.state import State

_HEADER_NAME = re.compile(r"[!-9;-~]+")
_OWN_HEADERS = frozenset(
    {
        "bcc",
        "cc",
        "content-type",
        "date",
        "dkim-signature",
        "from",
        "received",
        "reply-to",
        "return-path",
        "sender",
        "subject",
        "to",
    }
)
"""Those that have a field of their own, or that only Postmark writes."""
_METADATA_TEXT = (
    "Invalid metadata content. Field names are limited to 20 characters, values to 80 characters, and a message "
    "may carry 10 fields."
)
_KINDS = ("To", "Cc", "Bcc")


@dataclass
class Checked:
    """A message that passed, with what the checks found out."""

    sender: Address
    recipients: dict[str, tuple[Address, ...]]
    """Addresses by ``To``, ``Cc``, ``Bcc``."""
    stream: str
    bounce_type: str | None
    """From the ``X-PM-Bounce-Type`` header."""

    @cached_property
    def addresses(self) -> list[str]:
        """Every recipient once, lower-cased, in order."""
        every = (address.email.lower() for kind in _KINDS for address in self.recipients.get(kind, ()))
        return list(dict.fromkeys(every))


def check_message(state: State, server: int | None, message: dict[str, Json]) -> Checked:
    """Everything but the bodies, which a template may still have to produce."""
    sender = _sender(message)
    recipients = _recipients(message)
    if "ReplyTo" in message:
        parse_list(message["ReplyTo"], "Reply-To")
    _texts(message)
    check_metadata(message.get("Metadata"))
    _attachments(message)
    bounce_type = _headers(message)
    stream = message.get("MessageStream") or "outbound"
    if server is not None:
        check_stream(state, server, stream)
        check_sender(state, sender)
    checked = Checked(sender, recipients, stream, bounce_type)
    check_account(state, checked)
    return checked


def check_bodies(message: dict[str, Json]) -> None:
    """At least one body, none too large, and a subject that fits."""
    html, text = message.get("HtmlBody"), message.get("TextBody")
    if not html and not text:
        raise Problem(300, "Provide either email TextBody or HtmlBody or both.")
    for name, body in (("HtmlBody", html), ("TextBody", text)):
        if body and _bytes(body, limits.MAX_BODY_PART_BYTES) > limits.MAX_BODY_PART_BYTES:
            raise Problem(300, f"'{name}' is larger than 5 MB.")
    if limits.utf16_units(message.get("Subject") or "") > limits.MAX_SUBJECT_UNITS:
        raise Problem(300, f"'Subject' is longer than {limits.MAX_SUBJECT_UNITS} characters.")


def _bytes(text: str, limit: int) -> int:
    """UTF-8 length where it matters; no text of a quarter of the limit can exceed it."""
    return len(text) if len(text) * 4 <= limit or text.isascii() else len(text.encode())


def _sender(message: dict[str, Json]) -> Address:
    text = message.get("From")
    if text is None:
        raise invalid_fields("'From'")
    if limits.utf16_units(text) > limits.MAX_FROM_UNITS:
        raise Problem(300, f"'From' is longer than {limits.MAX_FROM_UNITS} characters.")
    addresses = parse_list(text, "From")
    if not addresses:
        raise Problem(300, "Invalid 'From' value.")
    return addresses[0]


def _recipients(message: dict[str, Json]) -> dict[str, tuple[Address, ...]]:
    found = {kind: parse_list(message[kind], kind) for kind in _KINDS if message.get(kind)}
    count = sum(len(addresses) for addresses in found.values())
    if count == 0:
        raise Problem(300, "Zero recipients specified")
    if count > limits.MAX_RECIPIENTS:
        raise Problem(300, f"{count} recipients; To, Cc and Bcc together may have {limits.MAX_RECIPIENTS}.")
    return found


def _texts(message: dict[str, Json]) -> None:
    if len(message.get("Tag") or "") > limits.MAX_TAG_CHARACTERS:
        raise Problem(300, f"'Tag' is longer than {limits.MAX_TAG_CHARACTERS} characters.")


def check_metadata(metadata: dict[str, str] | None) -> None:
    """Ten keys of 20 characters, unique without regard to case, values of 80."""
    if not metadata:
        return
    too_long = any(
        len(name) > limits.MAX_METADATA_KEY or len(value) > limits.MAX_METADATA_VALUE
        for name, value in metadata.items()
    )
    if too_long or len(metadata) > limits.MAX_METADATA_KEYS:
        raise Problem(300, _METADATA_TEXT)
    if len({name.lower() for name in metadata}) < len(metadata):
        raise Problem(300, "Invalid metadata content. Field names must be unique without regard to case.")


def _attachments(message: dict[str, Json]) -> None:
    for attachment in message.get("Attachments") or ():
        name, content = attachment.get("Name"), attachment.get("Content")
        if name is None or content is None:
            continue  # The description names what is missing.
        if name.rpartition(".")[2].strip().lower() in limits.FORBIDDEN_EXTENSIONS and "." in name:
            raise Problem(411, "Attachment file type not allowed.")
        try:
            data = base64.b64decode("".join(content.split()), validate=True)
        except (binascii.Error, ValueError):
            raise Problem(300, f"The content of attachment '{name}' is not valid base64.") from None
        if not data:
            raise Problem(300, "Zero-sized attachments not allowed.")


def _headers(message: dict[str, Json]) -> str | None:
    bounce_type = None
    for header in message.get("Headers") or ():
        name, value = header.get("Name"), header.get("Value")
        if name is None or value is None:
            continue  # The description names what is missing.
        if not _HEADER_NAME.fullmatch(name):
            raise Problem(300, f"Invalid header name: '{name}'.")
        if name.lower() in _OWN_HEADERS:
            raise Problem(300, f"Header '{name}' not allowed.")
        if "\r" in value or "\n" in value:
            raise Problem(300, f"The value of header '{name}' must not contain line breaks.")
        if name.lower() == "x-pm-bounce-type":
            bounce_type = value
    return bounce_type


def check_stream(state: State, server: int, stream_id: str) -> dict[str, Json]:
    """The stream exists here and can send."""
    stream = state.records.get("stream", server, stream_id)
    if stream is None or stream["ArchivedAt"] is not None:
        raise Problem(1235, f"The stream provided: '{stream_id}' does not exist on this server.")
    if stream["MessageStreamType"] == "Inbound":
        raise Problem(1236, f"The stream provided: '{stream_id}' is an inbound stream and cannot send.")
    return stream


def check_sender(state: State, sender: Address) -> None:
    """Codes 400 and 401, where the emulator was asked to be that strict."""
    if not state.settings.check_senders:
        return
    email = sender.email.lower()
    domains = state.records.all("domain", ACCOUNT)
    if any(domain["Name"].lower() == email.rpartition("@")[2] and domain["DKIMVerified"] for domain in domains):
        return
    signatures = state.records.all("signature", ACCOUNT)
    own = [signature for signature in signatures if signature["EmailAddress"].lower() == email]
    if not own:
        raise Problem(
            400,
            f"The 'From' address you supplied ({sender.email}) is not a Sender Signature on your account. Please add "
            "and confirm this address in order to be able to use it in the 'From' field of your messages.",
        )
    if not own[0]["Confirmed"]:
        raise Problem(
            401,
            f"The 'From' address you supplied ({sender.email}) is a Sender Signature that is not confirmed yet. Please "
            "confirm it in order to be able to use it in the 'From' field of your messages.",
        )


def check_account(state: State, checked: Checked) -> None:
    """Codes 412 and 413: what the account may do at all."""
    if not state.settings.may_send:
        raise Problem(413, "This account is not allowed to send.")
    if not state.settings.pending_approval:
        return
    own = checked.sender.email.lower().rpartition("@")[2]
    others = dict.fromkeys(email.rpartition("@")[2] for email in checked.addresses)
    others.pop(own, None)
    if others:
        foreign = "', '".join(others)
        raise Problem(
            412,
            "While your account is pending approval, all recipient addresses must share the same domain as the 'From' "
            f"address. The domain of the 'From' address is '{own}', but you are attempting to send email to the "
            f"following domain(s): '{foreign}'.",
        )
