"""Inbound mail: searched, let through, posted again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..http.call import Call, handles
from ..mail.inbound import hook_of, post_mail
from ..reference.problems import Json, Problem, confirmation
from ..state.paging import Filter, contains, page

if TYPE_CHECKING:
    from ..state.state import State
    from ..state.store import Row

COLUMNS = "id, status, blocked_reason, payload"


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
    hook = hook_of(call.state, call.server)
    changed = call.state.store.change(
        "UPDATE inbound SET status = ? WHERE id = ? AND server = ? AND status = ?",
        ("Scheduled" if hook else "Processed", id_, call.server, status),
    )
    if not changed:
        raise Problem(701, refusal)
    if hook:
        post_mail(call.state, call.server, id_)
    return id_
