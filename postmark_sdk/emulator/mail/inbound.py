"""A mail that arrives: completed, blocked by rules, posted to the server's hook."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from uuid import uuid4

from ..reference import dates
from ..reference.json_text import dumps
from ..reference.problems import Json, Problem
from ..state.records import ACCOUNT
from ..webhooks.hooks import INBOUND_DELAYS, Target, post

if TYPE_CHECKING:
    from ..state.state import State

_TEXTS = (
    ("FromName", ""),
    ("MessageStream", "inbound"),
    ("From", ""),
    ("To", ""),
    ("Cc", ""),
    ("Bcc", ""),
    ("Subject", ""),
    ("ReplyTo", ""),
    ("MailboxHash", ""),
    ("Date", ""),
    ("TextBody", ""),
    ("HtmlBody", ""),
    ("StrippedTextReply", ""),
    ("Tag", ""),
    ("OriginalRecipient", ""),
)
_LISTS = ("ToFull", "CcFull", "BccFull", "Headers", "Attachments")
_ORDER = [
    "FromName",
    "MessageStream",
    "From",
    "FromFull",
    "To",
    "ToFull",
    "Cc",
    "CcFull",
    "Bcc",
    "BccFull",
    "OriginalRecipient",
    "Subject",
    "MessageID",
    "ReplyTo",
    "MailboxHash",
    "Date",
    "TextBody",
    "HtmlBody",
    "StrippedTextReply",
    "Tag",
    "Headers",
    "Attachments",
]
_KNOWN = {*_ORDER, "RawEmail"}
_BY_LETTERS = {name.lower(): name for name in _ORDER}
_DATE_STYLE = "%a, %d %b %Y %H:%M:%S +0000"
_HASH = re.compile(r"[^@+]*\+([^@]*)@")


def receive(state: State, server: int, given: dict[str, Json], raw: str | None = None) -> str:
    """A mail arrived at the inbound address; its id."""
    _check_names(given)
    payload = _payload(state, server, given)
    reason = _blocked(state, server, payload)
    hook = hook_of(state, server)
    status = "Blocked" if reason else ("Scheduled" if hook else "Processed")
    addresses = [each.get("Email", "") for name in ("ToFull", "CcFull", "BccFull") for each in payload[name]]
    state.store.write(
        "INSERT INTO inbound (id, server, at, status, sender, recipients, subject, tag, mailbox_hash, blocked_reason,"
        " payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            payload["MessageID"],
            server,
            state.clock.now(),
            status,
            str(payload["FromFull"].get("Email", "")).lower(),
            " ".join([*addresses, payload["OriginalRecipient"]]).lower(),
            payload["Subject"],
            payload["Tag"],
            payload["MailboxHash"],
            reason,
            dumps({**payload, "RawEmail": raw} if raw else payload),
        ),
    )
    if hook and not reason:
        post_mail(state, server, payload["MessageID"])
    return str(payload["MessageID"])


def _check_names(given: dict[str, Json]) -> None:
    """What Postmark never posts would be left out without a word."""
    for name in given:
        if name not in _KNOWN:
            near = _BY_LETTERS.get(str(name).replace("_", "").lower())
            advice = f"did you mean {near!r}?" if near else f"it has {', '.join(_ORDER)}."
            raise Problem(403, f"An inbound mail has no field {name!r}; {advice}")


def _payload(state: State, server: int, given: dict[str, Json]) -> dict[str, Json]:
    filled: dict[str, Json] = {name: str(given.get(name) or default) for name, default in _TEXTS}
    for name in _LISTS:
        value = given.get(name)
        filled[name] = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    document = state.records.get("server", ACCOUNT, server) or {}
    filled["FromFull"] = _address(given.get("FromFull"), filled["From"], filled["FromName"])
    filled["From"] = filled["From"] or filled["FromFull"]["Email"]
    filled["FromName"] = filled["FromName"] or filled["FromFull"]["Name"]
    filled["To"] = filled["To"] or document.get("InboundAddress", "")
    for name in ("To", "Cc", "Bcc"):
        if filled[name] and not filled[f"{name}Full"]:
            filled[f"{name}Full"] = [_address(None, part.strip(), "") for part in filled[name].split(",")]
    first = filled["ToFull"][0]["Email"] if filled["ToFull"] else ""
    filled["OriginalRecipient"] = filled["OriginalRecipient"] or first
    filled["MailboxHash"] = filled["MailboxHash"] or mailbox_hash(filled["OriginalRecipient"])
    filled["MessageID"] = str(uuid4())
    moment = dates.moment_of(state.clock.now())
    filled["Date"] = filled["Date"] or moment.strftime(_DATE_STYLE)
    return {name: filled[name] for name in _ORDER}


def _address(full: Json, email: str, name: str) -> dict[str, Json]:
    given = full if isinstance(full, dict) else {}
    address = str(given.get("Email") or email)
    return {
        "Email": address,
        "Name": str(given.get("Name") or name),
        "MailboxHash": str(given.get("MailboxHash") or mailbox_hash(address)),
    }


def mailbox_hash(address: str) -> str:
    """What stands behind the first plus sign of the local part."""
    found = _HASH.match(address)
    return found[1] if found else ""


def _blocked(state: State, server: int, payload: dict[str, Json]) -> str | None:
    sender = str(payload["FromFull"]["Email"]).lower()
    for rule in state.records.all("inbound_rule", server):
        text = str(rule["Rule"]).lower()
        if sender == text or sender.rpartition("@")[2] == text.lstrip("@"):
            return f"Sender blocked by inbound rule '{rule['Rule']}'"
    document = state.records.get("server", ACCOUNT, server) or {}
    threshold = document.get("InboundSpamThreshold") or 0
    score = _spam_score(payload["Headers"])
    if threshold and score is not None and score > threshold:
        return f"Spam score {score} is above the threshold {threshold}"
    return None


def _spam_score(headers: list[dict[str, Json]]) -> float | None:
    for header in headers:
        if str(header.get("Name", "")).lower() == "x-spam-score":
            try:
                return float(header.get("Value", ""))
            except (TypeError, ValueError):
                return None
    return None


def hook_of(state: State, server: int) -> str:
    """Where the mails of a server are posted; empty if nowhere."""
    document = state.records.get("server", ACCOUNT, server) or {}
    return str(document.get("InboundHookUrl") or "")


def post_mail(state: State, server: int, message_id: str) -> None:
    """Put a mail that is stored into the queue of webhooks."""
    payload = json.loads(state.store.value("SELECT payload FROM inbound WHERE id = ?", (message_id,)))
    document = state.records.get("server", ACCOUNT, server) or {}
    if not document.get("RawEmailEnabled"):
        payload.pop("RawEmail", None)
    target = Target(None, hook_of(state, server), (), include_content=False, first_open_only=False)
    post(state, target, server, "Inbound", message_id, payload, len(INBOUND_DELAYS))
