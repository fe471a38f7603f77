"""Names of mail headers: which may be written at all, and which are not the caller's to set."""

from __future__ import annotations

FIELDS = {
    "bcc": "bcc",
    "cc": "cc",
    "from": "from_",
    "reply-to": "reply_to",
    "subject": "subject",
    "to": "to",
}
"""Headers that have fields of their own."""

# Answered with code 300, "Header 'Date' not allowed."
POSTMARKS_OWN = frozenset({"content-type", "date", "dkim-signature", "received", "return-path", "sender"})
"""Headers that Postmark writes."""


def is_header_name(name: str) -> bool:
    """Whether a mail header may be called so: visible ASCII without a colon."""
    return name.isascii() and name.isprintable() and name != "" and not (":" in name or " " in name)


def is_free(name: str) -> bool:
    """Whether a header of this name is the caller's to set."""
    lower = name.lower()
    return lower not in FIELDS and lower not in POSTMARKS_OWN


def instead_of(name: str) -> str:
    """What to do instead of setting a header that is not free."""
    field = FIELDS.get(name.lower())
    return "leave it out: Postmark writes it itself" if field is None else f"give it as {field}, a field of its own"
