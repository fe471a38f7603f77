"""Inbound mail: received, blocked by rules, posted to the server's hook, searched."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from uuid import uuid4

from ..http.call import Call, handles
from ..state import dates
from ..state.json_text import dumps
from ..state.paging import Filter, contains, page
from ..state.problems import Json, Problem, confirmation
from ..state.records import ACCOUNT
from ..webhooks.hooks import INBOUND_DELAYS, Target, post

if TYPE_CHECKING:
    from ..state.state import State
    from ..state.store import Row

COLUMNS = "id, status, blocked_reason, payload"
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
_DATE_STYLE = "%a, %d %b %Y %H:%M:%S +0000"
_HASH = re.compile(r"[^@+]*\+([^@]*)@")


def receive(state: State, server: int, given: dict[str, Json], raw: str | None = None) -> str:
    """A mail arrived at the inbound address; its id."""
    payload = _payload(state, server, given)
    reason = _blocked(state, server, payload)
    hook = _hook(state, server)
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
        _post(state, server, payload["MessageID"])
    return str(payload["MessageID"])


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


def _hook(state: State, server: int) -> str:
    document = state.records.get("server", ACCOUNT, server) or {}
    return str(document.get("InboundHookUrl") or "")


def _post(state: State, server: int, message_id: str) -> None:
    payload = json.loads(state.store.value("SELECT payload FROM inbound WHERE id = ?", (message_id,)))
    document = state.records.get("server", ACCOUNT, server) or {}
    if not document.get("RawEmailEnabled"):
        payload.pop("RawEmail", None)
    target = Target(None, _hook(state, server), (), include_content=False, first_open_only=False)
    post(state, target, server, "Inbound", message_id, payload, len(INBOUND_DELAYS))


def finish(state: State, message_id: str, *, delivered: bool) -> None:
    """The last attempt at posting an inbound mail is over."""
    status = "Processed" if delivered else "Failed"
    state.store.write("UPDATE inbound SET status = ? WHERE id = ?", (status, message_id))


@handles("inbound_list")
def search_inbound(call: Call) -> Json:
    """Inbound mail, newest first; blocked and failed ones only when asked for."""
    query = call.query
    chosen = Filter(["server = ?"], [call.server])
    chosen.add("status = ?", query.get("status", "processed").capitalize())
    if "recipient" in query:
        chosen.add("(' ' || recipients || ' ') LIKE ? ESCAPE '\\'", contains(f" {query['recipient'].lower()} "))
    if "fromemail" in query:
        chosen.add("sender = ?", query["fromemail"].lower())
    if "subject" in query:
        chosen.add("subject LIKE ? ESCAPE '\\'", contains(query["subject"]))
    for name, column in (("tag", "tag"), ("mailboxhash", "mailbox_hash")):
        if name in query:
            chosen.add(f"{column} = ?", query[name])
    chosen.between(query, 700)
    total, rows = page(call.state, "inbound", COLUMNS, chosen, query, order="at DESC, key DESC")
    return {"TotalCount": total, "InboundMessages": [inbound_answer(row) for row in rows]}


_DETAILS_ONLY = ("TextBody", "HtmlBody", "StrippedTextReply", "Headers")


def inbound_answer(row: Row, *, details: bool = False) -> dict[str, Json]:
    """An inbound mail as the API shows it: attachments without content."""
    id_, status, reason, text = row
    payload = json.loads(text)
    payload.pop("RawEmail", None)
    attachments = [
        {
            "Name": str(each.get("Name", "")),
            "ContentType": str(each.get("ContentType", "")),
            "ContentID": str(each.get("ContentID") or ""),
            "ContentLength": _length(each),
        }
        for each in payload["Attachments"]
    ]
    answer = {name: value for name, value in payload.items() if details or name not in _DETAILS_ONLY}
    answer.update(MessageID=id_, Attachments=attachments, Status=status)
    if details:
        answer["BlockedReason"] = reason
    return answer


def _length(attachment: dict[str, Json]) -> int:
    length = attachment.get("ContentLength")
    if type(length) is int:
        return length
    return len(str(attachment.get("Content", "")).rstrip("=")) * 3 // 4


def find_inbound(state: State, server: int, message_id: str) -> Row:
    """An inbound mail by id; code 701 if there is none."""
    row = state.store.row(
        f"SELECT {COLUMNS} FROM inbound WHERE id = ? AND server = ?",  # noqa: S608 - our own names
        (message_id.lower(), server),
    )
    if row is None:
        raise Problem(701, "This message was not found.")
    return row


@handles("inbound_get")
def get_inbound(call: Call) -> Json:
    """One inbound mail with bodies and headers."""
    return inbound_answer(find_inbound(call.state, call.server, call.path["message_id"]), details=True)


@handles("inbound_bypass")
def bypass(call: Call) -> Json:
    """Let a blocked mail through."""
    id_ = _again(call, "Blocked", "This message was not found or cannot be bypassed.")
    return confirmation(f"Successfully bypassed message: {id_}.")


@handles("inbound_retry")
def retry(call: Call) -> Json:
    """Post a failed mail once more."""
    id_ = _again(call, "Failed", "This message was not found or cannot be retried.")
    return confirmation(f"Successfully rescheduled failed message: {id_}.")


def _again(call: Call, status: str, refusal: str) -> str:
    id_ = call.path["message_id"].lower()
    hook = _hook(call.state, call.server)
    changed = call.state.store.change(
        "UPDATE inbound SET status = ? WHERE id = ? AND server = ? AND status = ?",
        ("Scheduled" if hook else "Processed", id_, call.server, status),
    )
    if not changed:
        raise Problem(701, refusal)
    if hook:
        _post(call.state, call.server, id_)
    return id_
