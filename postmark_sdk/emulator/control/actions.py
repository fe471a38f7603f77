"""Verbs of control, Python object and inbox: what a test or a person makes happen."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from ..endpoints.bounces import COLUMNS, activate_row
from ..endpoints.domains import verify_keys
from ..endpoints.server import add_server as seed_server
from ..endpoints.streams import find_stream
from ..endpoints.suppressions import NO_AUTHORITY, add_suppression, remove_suppression
from ..mail import outcomes
from ..mail.accept import accept
from ..mail.checks import check_message
from ..mail.inbound import receive as receive_mail
from ..mail.parse_mime import parse_eml
from ..reference import dates
from ..reference.bounce_types import BOUNCE_TYPES, find_type
from ..reference.json_text import dumps
from ..reference.problems import EmulatorError, Json, Problem, only
from ..state.faults import parse_fault
from ..state.records import ACCOUNT
from ..webhooks.hooks import INBOUND_DELAYS, OUTBOUND_DELAYS, enabled, verified, with_statuses
from .documents import plain
from .loading import begin, check_token, load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..state.state import Settings, State
    from ..webhooks.events import Sent


def reset(state: State) -> None:
    """Forget everything and begin as fresh as at the start; the clock too."""
    _begin_anew(state, lambda: begin(state))


def _begin_anew(state: State, fill: Callable[[], None]) -> None:
    with state.change():
        state.store.clear()
        state.records.reload()
        state.texts.forget()
        fill()
        state.epoch += 1
        state.busy = 0
    state.faults.clear()
    state.requests.clear()
    state.clock.reset()
    state.settings.latency = 0.0
    state.wake()


def restore(state: State, document: Json) -> None:
    """Forget everything, and hold what this document describes."""
    checked = plain(document)
    _begin_anew(state, lambda: load(state, checked))


def seed(state: State, *, messages: int = 0) -> None:
    """Example messages, for something to look at."""
    with state.change():
        for number in range(messages):
            message: dict[str, Json] = {
                "From": "Emulator <sender@example.com>",
                "To": f"recipient-{number}@example.org",
                "Subject": f"Example {number}",
                "TextBody": f"This is example number {number}.",
                "HtmlBody": f'<p>This is <a href="https://example.com/{number}">example number {number}</a>.</p>',
                "Tag": ("welcome", "receipt", "reminder")[number % 3],
                "TrackOpens": True,
                "TrackLinks": "HtmlAndText",
                "MessageStream": "outbound",
            }
            server = first_server(state)
            checked = check_message(state, server, message)
            accept(state, server, checked, message, operation="emails_send", request=dumps(message))
    state.wake()


def first_server(state: State) -> int:
    """The server that is meant when none is named."""
    servers = state.records.all("server", ACCOUNT)
    if not servers:
        raise Problem(601, "There is no server.")
    return int(servers[0]["ID"])


def add_server(state: State, name: str, *, token: str | None = None, sandbox: bool = False) -> dict[str, Json]:
    """Another server, with a token of one's choice."""
    if token is not None:
        check_token("token", token)
        if state.server_of(token) is not None:
            raise EmulatorError("token is that of another server.")
    fields = {"Name": name, "DeliveryType": "Sandbox" if sandbox else "Live"}
    with state.change():
        return dict(seed_server(state, fields, token or str(uuid4())))


def advance(state: State, seconds: float) -> None:
    """Move the clock; what is due then is done by the scheduler."""
    state.clock.advance(seconds)
    state.wake()


def add_fault(state: State, given: Json) -> None:
    """Let the next requests that match go wrong."""
    state.faults.add(parse_fault(given))


def _sent_to(state: State, message_id: str, recipient: str | None) -> tuple[Sent, str]:
    """A message and the one of its recipients that is meant."""
    try:
        sent = outcomes.find_sent(state, message_id)
    except Problem as problem:
        raise Problem(problem.code, f"There is no message {message_id!r}; give the id of one that was sent.") from None
    return sent, outcomes.first_recipient(state, sent, recipient)


def bounce(state: State, message_id: str, recipient: str | None = None, type: str = "HardBounce") -> int:
    """Let a sent message bounce; the bounce's id."""
    found = find_type(type)
    if found is None:
        raise Problem(1000, f"'{type}' is not a bounce type. They are: {', '.join(BOUNCE_TYPES)}.")
    with state.change():
        sent, address = _sent_to(state, message_id, recipient)
        record = outcomes.bounce(state, sent, address, found)
    state.wake()
    return int(record["ID"])


def complain(state: State, message_id: str, recipient: str | None = None) -> int:
    """Let a recipient mark a message as spam; the id of the complaint."""
    return bounce(state, message_id, recipient, "SpamComplaint")


def open_message(
    state: State, message_id: str, recipient: str | None = None, user_agent: str = "", ip: str = ""
) -> None:
    """Let a recipient open a message, tracked or not."""
    with state.change():
        sent, address = _sent_to(state, message_id, recipient)
        outcomes.open_message(state, sent, address, user_agent, ip)
    state.wake()


def click(
    state: State,
    message_id: str,
    link: str,
    recipient: str | None = None,
    location: str = "HTML",
    user_agent: str = "",
    ip: str = "",
) -> None:
    """Let a recipient follow a link, tracked or not."""
    if location not in {"HTML", "Text"}:
        raise Problem(403, "Invalid request field(s): 'location'. It is HTML or Text.")
    with state.change():
        sent, address = _sent_to(state, message_id, recipient)
        outcomes.click_link(state, sent, address, link, location, user_agent, ip)
    state.wake()


def unsubscribe(state: State, message_id: str, recipient: str | None = None) -> None:
    """Let a recipient unsubscribe from the message's stream."""
    with state.change():
        sent, address = _sent_to(state, message_id, recipient)
        outcomes.suppress(state, sent.server, sent.stream, address, "ManualSuppression", "Recipient", sent=sent)
    state.wake()


def activate(state: State, bounce_id: int) -> None:
    """Reactivate the address of a bounce."""
    with state.change():
        row = state.store.row(f"SELECT {COLUMNS} FROM bounces WHERE id = ?", (bounce_id,))  # noqa: S608 - our own names
        if row is None:
            raise Problem(1001, "The bounce was not found.")
        activate_row(state, row)
    state.wake()


def suppress(
    state: State,
    address: str,
    stream: str = "outbound",
    reason: str = "ManualSuppression",
    origin: str = "Customer",
    server_id: int | None = None,
) -> None:
    """Put an address on a suppression list."""
    with state.change():
        add_suppression(state, server_id or first_server(state), stream, address, reason, origin)
    state.wake()


def unsuppress(state: State, server_id: int, stream: str, address: str) -> None:
    """Take an address off a suppression list, where Postmark lets a customer do that."""
    with state.change():
        id_ = find_stream(state, server_id, stream)["ID"]
        if not remove_suppression(state, server_id, id_, address.strip().lower()):
            raise Problem(1406, NO_AUTHORITY)
    state.wake()


def confirm(state: State, address: str) -> None:
    """Let the owner of a sender signature confirm it; DNS has its key by then."""
    with state.change():
        for signature in state.records.all("signature", ACCOUNT):
            if signature["EmailAddress"].lower() == address.strip().lower():
                verified = verify_keys(state, signature)
                state.records.put("signature", ACCOUNT, signature["ID"], {**verified, "Confirmed": True})
                return
    raise Problem(501, "This signature was not found.", status=404)


def receive(state: State, payload: dict[str, Json], server_id: int | None = None, raw: str | None = None) -> str:
    """Let a mail arrive, given as Postmark would post it; its id."""
    if not isinstance(payload, dict):
        raise Problem(403, "An inbound mail is a JSON object.")
    with state.change():
        id_ = receive_mail(state, server_id or first_server(state), payload, raw)
    state.wake()
    return id_


def receive_eml(state: State, raw: bytes, server_id: int | None = None, recipient: str | None = None) -> str:
    """Let a mail arrive, given as its source; its id."""
    payload = parse_eml(raw, recipient, dates.moment_of(state.clock.now()))
    return receive(state, payload, server_id, raw.decode("utf-8", "replace"))


def pause_webhook(state: State, webhook_id: int, trigger: str, server_id: int | None = None) -> None:
    """Let a trigger be unverified, as Postmark does after lasting failure."""
    server = server_id or first_server(state)
    webhook = state.records.get("webhook", server, webhook_id)
    if webhook is None:
        raise Problem(1352, "The webhook for the provided 'ID' was not found.")
    if trigger not in enabled(webhook):
        raise Problem(1353, f"The webhook has no trigger '{trigger}' that is enabled.")
    with state.change():
        left = [kind for kind in verified(webhook) if kind != trigger]
        state.records.put("webhook", server, webhook_id, with_statuses(webhook, left, checked=True))


def send_again(state: State, delivery_key: int) -> None:
    """Post a webhook once more, with all its repeats ahead of it."""
    with state.change():
        row = state.store.row("SELECT kind, state FROM deliveries WHERE key = ?", (delivery_key,))
        if row is None:
            raise Problem(701, "This webhook delivery was not found.", status=404)
        retries = len(INBOUND_DELAYS if row[0] == "Inbound" else OUTBOUND_DELAYS)
        state.store.write(
            "UPDATE deliveries SET state = 'pending', due = ?, retries = ? WHERE key = ?",
            (state.clock.now(), retries, delivery_key),
        )
    state.wake()


_SETTINGS: dict[str, Json] = {
    "strict": bool,
    "check_senders": bool,
    "pending_approval": bool,
    "may_send": bool,
    "bulk_approved": bool,
    "may_delete_servers": bool,
    "may_remove_data": bool,
    "ip_allowed": bool,
    "dns_verified": bool,
    "live_style": bool,
    "shuffle_webhooks": bool,
    "rate_limit": int,
    "max_templates": int,
    "search_delay": (int, float),
    "latency": (int, float),
    "time_scale": (int, float),
    "webhook_timeout": (int, float),
}


def change_settings(state: State, changes: Mapping[str, Json]) -> None:
    """Set what the account may do and how the emulator behaves."""
    set_fields(state.settings, changes)


def set_fields(settings: Settings, changes: Mapping[str, Json]) -> None:
    """The same before there is a state."""
    only(changes, *_SETTINGS)
    for name, value in changes.items():
        kind = _SETTINGS[name]
        is_number = kind is not bool and isinstance(value, bool)
        if not isinstance(value, kind) or is_number or (kind is not bool and value < 0):
            wanted = "true or false" if kind is bool else "a whole number" if kind is int else "a number"
            raise Problem(
                403, f"Invalid request field(s): '{name}'. It is {wanted}{'' if kind is bool else ', 0 or more'}."
            )
    if changes.get("time_scale") == 0:
        raise Problem(403, "Invalid request field(s): 'time_scale'.")
    for name, value in changes.items():
        setattr(settings, name, value)


def settings_of(state: State) -> dict[str, Json]:
    """The present settings."""
    return {name: getattr(state.settings, name) for name in _SETTINGS}
