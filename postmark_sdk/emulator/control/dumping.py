"""What an emulator holds as a document that sets up another one: the form that ``loading`` reads.

Not in it: what became of messages (bounces, opens, clicks, webhook posts), received mail, refusals, and numbers that
only the emulator gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..endpoints.server import EDITABLE
from ..endpoints.templates import active_templates
from ..endpoints.webhooks import webhook_answer
from ..mail.contents import content_of
from ..reference import dates
from ..state.records import ACCOUNT
from ..webhooks.hooks import enabled, verified

if TYPE_CHECKING:
    from ..mail.contents import Content
    from ..reference.problems import Json
    from ..state.state import State

_USUAL = {"Color": "blue", "DeliveryType": "Live", "SmtpApiActivated": True, "TrackLinks": "None"}
"""Fields of a server that need not be said, beside those that are empty, 0 or false."""
_TEMPLATE = ("TemplateId", "Name", "Alias", "Subject", "TemplateType", "LayoutTemplate", "HtmlBody", "TextBody")
_OF_TEMPLATES = {"templateid", "templatealias", "templatemodel", "inlinecss"}
_TICKS_PER_MICROSECOND = 10


def dump(state: State) -> dict[str, Json]:
    """Everything that ``load`` takes."""
    with state.lock:
        document: dict[str, Json] = {
            "AccountToken": state.account_token,
            "Domains": [_domain(each) for each in state.records.all("domain", ACCOUNT)],
            "SenderSignatures": [_signature(each) for each in state.records.all("signature", ACCOUNT)],
            "Servers": [_server(state, each) for each in state.records.all("server", ACCOUNT)],
        }
    return _said(document)


def _said(document: dict[str, Json]) -> dict[str, Json]:
    """Without what is empty."""
    return {name: value for name, value in document.items() if value not in (None, "", [], {})}


def _domain(domain: dict[str, Json]) -> dict[str, Json]:
    return _said(
        {name: domain[name] for name in ("Name", "ReturnPathDomain", "DKIMVerified", "ReturnPathDomainVerified")}
    )


def _signature(signature: dict[str, Json]) -> dict[str, Json]:
    return _said(
        {
            "FromEmail": signature["EmailAddress"],
            "Name": signature["Name"],
            "ReplyToEmail": signature["ReplyToEmailAddress"],
            "ReturnPathDomain": signature["ReturnPathDomain"],
            "ConfirmationPersonalNote": signature["ConfirmationPersonalNote"],
            "Confirmed": signature["Confirmed"],
        }
    )


def _server(state: State, server: dict[str, Json]) -> dict[str, Json]:
    number = server["ID"]
    fields = {name: server[name] for name in (*EDITABLE, "DeliveryType") if server[name] != _USUAL.get(name, "")}
    templates = sorted(active_templates(state, number), key=lambda each: bool(each["TemplateType"] != "Layout"))
    return _said(
        {
            "Name": server["Name"],
            "ApiTokens": server["ApiTokens"],
            **{name: value for name, value in fields.items() if value or name in _USUAL},
            "MessageStreams": [_stream(each) for each in state.records.all("stream", number)],
            "Templates": [_said({name: each[name] for name in _TEMPLATE}) for each in templates],
            "InboundRules": [{"Rule": each["Rule"]} for each in state.records.all("inbound_rule", number)],
            "Messages": _messages(state, number),
            "Suppressions": _suppressions(state, number),
            "Webhooks": [_webhook(each) for each in state.records.all("webhook", number)],
        }
    )


def _stream(stream: dict[str, Json]) -> dict[str, Json]:
    names = ("ID", "Name", "Description", "MessageStreamType", "SubscriptionManagementConfiguration")
    return _said({**{name: stream[name] for name in names}, "Archived": stream["ArchivedAt"] is not None or None})


def _messages(state: State, server: int) -> list[dict[str, Json]]:
    rows = state.store.rows("SELECT key, id, at, stream FROM messages WHERE server = ? ORDER BY key", (server,))
    return [
        {"MessageID": id_, "ReceivedAt": _moment(at), **_request(state, server, content_of(state, key))}
        for key, id_, at, stream in rows
        if state.records.get("stream", server, stream) is not None
    ]


def _moment(ticks: int) -> str:
    return dates.utc(ticks - ticks % _TICKS_PER_MICROSECOND)


def _request(state: State, server: int, content: Content) -> dict[str, Json]:
    """As it was asked for; with the bodies that went out where its template is gone."""
    message = content.message
    if content.parts is message or (content.operation != "emails_send_bulk" and _has_template(state, server, message)):
        return message
    own = {name: value for name, value in message.items() if name.lower() not in _OF_TEMPLATES}
    return {**own, **content.parts}


def _has_template(state: State, server: int, message: dict[str, Json]) -> bool:
    wanted = message.get("TemplateId"), str(message.get("TemplateAlias") or "").lower()
    return any(
        each["TemplateId"] == wanted[0] or (wanted[0] is None and (each["Alias"] or "").lower() == wanted[1])
        for each in active_templates(state, server)
    )


def _suppressions(state: State, server: int) -> list[dict[str, Json]]:
    rows = state.store.rows(
        "SELECT address, stream, reason, origin, at FROM suppressions WHERE server = ? ORDER BY at, stream, address",
        (server,),
    )
    return [
        {
            "EmailAddress": address,
            "MessageStream": stream,
            "SuppressionReason": reason,
            "Origin": origin,
            "CreatedAt": _moment(at),
        }
        for address, stream, reason, origin, at in rows
        if state.records.get("stream", server, stream) is not None
    ]


def _webhook(webhook: dict[str, Json]) -> dict[str, Json]:
    passed = verified(webhook)
    answer = {name: value for name, value in webhook_answer(webhook).items() if name not in {"ID", "Status"}}
    return _said(
        {**answer, "Statuses": {kind: "verified" if kind in passed else "unverified" for kind in enabled(webhook)}}
    )
