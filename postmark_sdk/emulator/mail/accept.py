"""A message that passed every check: store it, deliver or bounce it, and say what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from ..reference import dates
from ..reference.bounce_types import fake_type
from ..reference.json_text import dumps
from ..reference.problems import Json, Problem
from ..state.records import ACCOUNT
from ..webhooks.events import Sent
from .addresses import header_text
from .links import html_links, text_links
from .outcomes import bounce, deliver

if TYPE_CHECKING:
    from ..state.state import State
    from .checks import Checked

_BOUNCE_DOMAIN = "@bounce-testing.postmarkapp.com"


def result_for_test(state: State, message: dict[str, Json]) -> dict[str, Json]:
    """The answer to ``POSTMARK_API_TEST``: everything was checked, nothing is kept."""
    result: dict[str, Json] = {"To": message["To"]} if message.get("To") else {}
    result["SubmittedAt"] = dates.utc(state.clock.now())
    result["MessageID"] = str(uuid4())
    result["ErrorCode"] = 0
    result["Message"] = "Test job accepted"
    return result


def find_suppressed(state: State, server: int, checked: Checked) -> list[str]:
    """Recipients on the stream's suppression list; code 406 if it is all of them."""
    addresses = checked.addresses
    marks = ",".join("?" * len(addresses))
    rows = state.store.rows(
        f"SELECT address FROM suppressions WHERE server = ? AND stream = ? AND address IN ({marks})",  # noqa: S608
        (server, checked.stream, *addresses),
    )
    if not rows:
        return []
    found = {row[0] for row in rows}
    suppressed = [address for address in addresses if address in found]
    if len(suppressed) == len(addresses):
        raise Problem(
            406,
            "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: "
            f"{', '.join(suppressed)}. Inactive recipients are ones that have generated a hard bounce, a spam "
            "complaint, or a manual suppression.",
        )
    return suppressed


def accept(
    state: State,
    server: int,
    checked: Checked,
    message: dict[str, Json],
    *,
    operation: str,
    request: str,
    rendered: dict[str, Json] | None = None,
) -> dict[str, Json]:
    """Take a message; ``rendered`` holds subject and bodies that a template produced."""
    suppressed = find_suppressed(state, server, checked)
    at = state.clock.now()
    sent = _store(state, server, checked, message, rendered, at, operation, request)
    reached = [address for address in checked.addresses if address not in suppressed]
    fakes = {address: _fake(checked, address) for address in reached}
    deliver(state, sent, [address for address in reached if fakes[address] is None], at)
    for address, type_ in fakes.items():
        if type_ is not None:
            bounce(state, sent, address, type_, fake=True)
    result: dict[str, Json] = {"To": message["To"]} if message.get("To") else {}
    result["SubmittedAt"] = dates.utc(at)
    result["MessageID"] = sent.id
    result["ErrorCode"] = 0
    result["Message"] = "OK" if not suppressed else _partly(suppressed)
    return result


def _partly(suppressed: list[str]) -> str:
    return (
        f"Message OK, but will not deliver to these inactive addresses: {', '.join(suppressed)}. Inactive recipients "
        "are ones that have generated a hard bounce or a spam complaint."
    )


def _fake(checked: Checked, address: str) -> str | None:
    if address.endswith(_BOUNCE_DOMAIN):
        return fake_type(address.partition("@")[0])
    return fake_type(checked.bounce_type) if checked.bounce_type else None


def _store(
    state: State,
    server: int,
    checked: Checked,
    message: dict[str, Json],
    rendered: dict[str, Json] | None,
    at: int,
    operation: str,
    request: str,
) -> Sent:
    parts = message if rendered is None else rendered
    tracking = _tracking(state, server, message, parts)
    addresses = checked.addresses
    summary = _summary(state, server, checked, message, tracking)
    sent_id = str(uuid4())
    tag, subject = message.get("Tag"), parts.get("Subject")
    key = state.store.write(
        "INSERT INTO messages (id, server, stream, at, day, tag, sender, sender_address, subject, status, recipients,"
        " opens_tracked, links_tracked) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'Sent', ?, ?, ?)",
        (
            sent_id,
            server,
            checked.stream,
            at,
            dates.eastern_day(at),
            tag,
            header_text(checked.sender),
            checked.sender.email.lower(),
            subject,
            len(addresses),
            tracking["opens"],
            tracking["links"],
        ),
    )
    state.store.write(
        "INSERT INTO contents (message, summary, operation, request, rendered) VALUES (?, ?, ?, ?, ?)",
        (key, dumps(summary), operation, request, None if rendered is None else dumps(rendered)),
    )
    state.store.write_many(
        "INSERT INTO recipients (message, address) VALUES (?, ?)", [(key, address) for address in addresses]
    )
    metadata = message.get("Metadata") or {}
    if metadata:
        state.store.write_many(
            "INSERT INTO metadata (message, name, value) VALUES (?, ?, ?)",
            [(key, name.lower(), value) for name, value in metadata.items()],
        )
    return Sent(key, sent_id, server, checked.stream, tag, checked.sender.email, subject, metadata)


def _tracking(state: State, server: int, message: dict[str, Json], parts: dict[str, Json]) -> dict[str, Json]:
    document = state.records.get("server", ACCOUNT, server) or {}
    html, text = parts.get("HtmlBody") or "", parts.get("TextBody") or ""
    where = message.get("TrackLinks") or document.get("TrackLinks") or "None"
    links: set[str] = set()
    if where in {"HtmlAndText", "HtmlOnly"}:
        links.update(html_links(html))
    if where in {"HtmlAndText", "TextOnly"}:
        links.update(text_links(text))
    opens = bool(message.get("TrackOpens") or document.get("TrackOpens"))
    return {"opens": int(opens and bool(html)), "links": len(links), "TrackOpens": opens, "TrackLinks": where}


def _summary(
    state: State, server: int, checked: Checked, message: dict[str, Json], tracking: dict[str, Json]
) -> dict[str, Json]:
    document = state.records.get("server", ACCOUNT, server) or {}
    summary: dict[str, Json] = {
        kind: [address.as_json() for address in checked.recipients.get(kind, ())] for kind in ("To", "Cc", "Bcc")
    }
    summary["Recipients"] = [
        address.email for kind in ("To", "Cc", "Bcc") for address in checked.recipients.get(kind, ())
    ]
    summary["Attachments"] = [attachment["Name"] for attachment in message.get("Attachments") or ()]
    summary["TrackOpens"] = tracking["TrackOpens"]
    summary["TrackLinks"] = tracking["TrackLinks"]
    summary["Metadata"] = message.get("Metadata") or {}
    summary["Sandboxed"] = document.get("DeliveryType") == "Sandbox"
    for name in ("TemplateId", "TemplateAlias"):
        if name in message:
            summary[name] = message[name]
    return summary
