"""Bulk requests: validated as a whole, released step by step on the clock."""

from __future__ import annotations

import base64
import binascii
import json
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from ...templates import parse
from ..http.call import Call, handles
from ..mail.accept import accept
from ..mail.addresses import parse_list
from ..mail.checks import Checked, check_bodies, check_message, check_metadata
from ..mail.rendering import find_template, render_parts, tokens_for
from ..reference import dates
from ..reference.json_text import dumps
from ..reference.problems import Json, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..state.state import State
    from ..state.store import Row

_FIRST_STEP = 0.5
_STEP = 0.25
_STEP_MESSAGES = 200
_PARTS = ("Subject", "HtmlBody", "TextBody")
_COLUMNS = "id, at, status, total, position, released, failed, subject"
_NOT_APPROVED = "This endpoint requires approval to access. Contact support to use the Bulk API postmarkapp.com/contact"
_SEVERAL = "Multiple errors occurred. Inspect the Errors property for more information."


def _check_approval(call: Call) -> None:
    if not call.state.settings.bulk_approved:
        raise Problem(14, _NOT_APPROVED)


def _check(call: Call) -> None:
    """All problems at once: one keeps its code, several become code 11."""
    _check_approval(call)
    body = call.body
    found: dict[str, list[Problem]] = {}

    def probe(field: str, look: Callable[[], object]) -> None:
        try:
            look()
        except Problem as problem:
            found.setdefault(field, []).append(problem)

    stream = body.get("MessageStream") or "broadcast"
    probe("From", lambda: _check_sender(call, body))
    probe("MessageStream", lambda: _check_stream(call, stream))
    probe("Metadata", lambda: check_metadata(body.get("Metadata")))
    probe("HtmlBody", lambda: _check_content(call, body))
    messages = body.get("Messages")
    probe("Messages", lambda: _check_any(messages))
    for index, message in enumerate(messages or ()):
        probe(f"Messages[{index}]", partial(_check_entry, message))
    problems = [problem for each in found.values() for problem in each]
    if len(problems) == 1:
        raise problems[0]
    if problems:
        errors = {
            field: [{"ErrorCode": each.code, "Message": each.text} for each in ones] for field, ones in found.items()
        }
        raise Problem(11, _SEVERAL, body={"ErrorCode": 11, "Message": _SEVERAL, "Errors": errors})


def _check_sender(call: Call, body: dict[str, Json]) -> None:
    names = ("From", "ReplyTo", "Tag", "Attachments", "Headers")
    probe: dict[str, Json] = {name: body[name] for name in names if name in body}
    probe["To"] = body.get("From")
    probe["MessageStream"] = "outbound"
    check_message(call.state, None, {name: value for name, value in probe.items() if value is not None})


def _check_stream(call: Call, stream_id: str) -> None:
    stream = call.state.records.get("stream", call.server, stream_id)
    if stream is None or stream["ArchivedAt"] is not None:
        raise Problem(1226, "The message stream for the provided 'ID' was not found.")
    if stream["MessageStreamType"] == "Inbound":
        raise Problem(1236, f"The stream provided: '{stream_id}' is an inbound stream and cannot send.")


def _check_content(call: Call, body: dict[str, Json]) -> None:
    if "TemplateId" in body or body.get("TemplateAlias"):
        _template(call.state, call.server, body)
        return
    check_bodies(body)
    for name in _PARTS:
        parsed = parse(body.get(name) or "")
        if parsed.errors:
            raise Problem(1122, f"The '{name}' field is not valid: {parsed.errors[0].message}")


def _check_any(messages: Json) -> None:
    if not messages:
        raise Problem(300, "Zero recipients specified")


def _check_entry(message: dict[str, Json]) -> None:
    check_message_recipients(message)
    check_metadata(message.get("Metadata"))


def check_message_recipients(message: dict[str, Json]) -> None:
    """Between one and fifty good addresses."""
    count = sum(len(parse_list(message[kind], kind)) for kind in ("To", "Cc", "Bcc") if message.get(kind))
    if count == 0:
        raise Problem(300, "Zero recipients specified")
    if count > 50:  # noqa: PLR2004 - as for single messages
        raise Problem(300, f"{count} recipients; To, Cc and Bcc together may have 50.")


def _template(state: State, server: int, body: dict[str, Json]) -> tuple[dict[str, Json], dict[str, Json]]:
    wanted = body["TemplateId"] if "TemplateId" in body else body["TemplateAlias"]
    template = find_template(state, server, wanted, active=True)
    layout = find_template(state, server, template["LayoutTemplate"]) if template["LayoutTemplate"] else {}
    return template, layout


@handles("emails_send_bulk", check=_check)
def send_bulk(call: Call) -> Json:
    """Take the request; its messages follow."""
    now = call.state.clock.now()
    id_ = str(uuid4())
    body = call.body
    call.state.store.write(
        "INSERT INTO bulk (id, server, at, status, total, position, released, failed, due, subject, body)"
        " VALUES (?, ?, ?, 'Accepted', ?, 0, 0, 0, ?, ?, ?)",
        (
            id_,
            call.server,
            now,
            len(body["Messages"]),
            now + call.state.delay(_FIRST_STEP),
            body.get("Subject"),
            dumps(body),
        ),
    )
    return _answer(_row(call.state, call.server, id_))


def _row(state: State, server: int, id_: str) -> Row:
    row = state.store.row(f"SELECT {_COLUMNS} FROM bulk WHERE id = ? AND server = ?", (id_.lower(), server))  # noqa: S608
    if row is None:
        raise Problem(12, "The bulk request was not found.", status=404)
    return row


def _answer(row: Row) -> dict[str, Json]:
    id_, at, status, total, position, released, failed, subject = row
    percent = round(100 * position / total, 2)
    answer: dict[str, Json] = {
        "Id": id_,
        "SubmittedAt": dates.utc(at),
        "TotalMessages": total,
        "PercentageCompleted": int(percent) if percent == int(percent) else percent,
        "Status": status,
    }
    if subject:
        answer["Subject"] = subject
    answer["ReleasedCount"] = released
    answer["FailedCount"] = failed
    return answer


@handles("emails_get_bulk")
def get_bulk(call: Call) -> Json:
    """How far a request is."""
    _check_approval(call)
    return _answer(_row(call.state, call.server, call.path["bulk_request_id"]))


@handles("emails_list_bulk")
def list_bulk(call: Call) -> Json:
    """Requests, newest first."""
    _check_approval(call)
    below = _page_start(call.query.get("paginationkey"))
    count = call.query["count"]
    rows = call.state.store.rows(
        f"SELECT key, {_COLUMNS} FROM bulk WHERE server = ? AND key < ? ORDER BY key DESC LIMIT ?",  # noqa: S608
        (call.server, below, count + 1),
    )
    answer: dict[str, Json] = {"Requests": [_answer(row[1:]) for row in rows[:count]]}
    if len(rows) > count:
        answer["PaginationKey"] = base64.urlsafe_b64encode(f"bulk:{rows[count - 1][0]}".encode()).decode()
    return answer


def _page_start(key: str | None) -> int:
    if key is None:
        return 2**62
    try:
        word, _, number = base64.b64decode(key, altchars=b"-_", validate=True).decode("ascii").partition(":")
        if word == "bulk" and 0 < int(number) < 2**62:
            return int(number)
    except (binascii.Error, UnicodeError, ValueError):
        pass
    raise Problem(13, "The pagination key is not valid.")


def next_step(state: State) -> int | None:
    """When the next step of any request is due."""
    due: int | None = state.store.value("SELECT MIN(due) FROM bulk WHERE due IS NOT NULL")
    return due


def run_steps(state: State) -> None:
    """Every step that is due."""
    while True:
        with state.lock:
            row = state.store.row(
                "SELECT key, server, total, position, released, failed, due, body FROM bulk WHERE due <= ?"
                " ORDER BY due, key LIMIT 1",
                (state.clock.now(),),
            )
            if row is None:
                return
            with state.change():
                _step(state, row)


def _step(state: State, row: Row) -> None:
    key, server, total, position, released, failed, due, text = row
    body = json.loads(text)
    chosen = body["Messages"][position : position + _STEP_MESSAGES]
    for entry in chosen:
        if _release(state, server, body, entry):
            released += 1
        else:
            failed += 1
    position += len(chosen)
    done = position >= total
    state.store.write(
        "UPDATE bulk SET status = ?, position = ?, released = ?, failed = ?, due = ? WHERE key = ?",
        (
            "Completed" if done else "Processing",
            position,
            released,
            failed,
            None if done else due + state.delay(_STEP),
            key,
        ),
    )


def _release(state: State, server: int, body: dict[str, Json], entry: dict[str, Json]) -> bool:
    message = _merged(body, entry)
    try:
        checked: Checked = check_message(state, server, message)
        model = entry.get("TemplateModel") or {}
        if "TemplateId" in body or body.get("TemplateAlias"):
            template, layout = _template(state, server, body)
        else:
            template, layout = body, {}
        rendered = render_parts(
            template,
            layout,
            model,
            tokens=tokens_for(state, server, checked.stream),
            inline=body.get("InlineCss", True),
        )
        check_bodies(rendered)
        accept(
            state,
            server,
            checked,
            message,
            operation="emails_send_bulk",
            request=dumps(message),
            rendered=rendered,
        )
    except Problem:
        return False
    return True


def _merged(body: dict[str, Json], entry: dict[str, Json]) -> dict[str, Json]:
    """One message: what is common, with the entry's own metadata and headers on top."""
    message = {name: value for name, value in body.items() if name != "Messages"}
    message["MessageStream"] = body.get("MessageStream") or "broadcast"
    metadata = {**(body.get("Metadata") or {}), **(entry.get("Metadata") or {})}
    own = {header["Name"].lower() for header in entry.get("Headers") or ()}
    common = [header for header in body.get("Headers") or () if header["Name"].lower() not in own]
    message.update(entry)
    message["Metadata"] = metadata
    message["Headers"] = [*common, *(entry.get("Headers") or ())]
    return message
