"""Setting an emulator up with what a document describes, the form in which ``dumping`` writes it.

Its sections hold the bodies of Postmark's own calls: each is judged and carried out as such a call is.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

from ...templates.tree import read_tree
from ..endpoints.domains import with_active_key
from ..endpoints.server import EDITABLE, add_server
from ..endpoints.streams import archive
from ..endpoints.suppressions import add_suppression
from ..endpoints.templates import add_template
from ..endpoints.webhooks import new_webhook
from ..http.call import HANDLERS, TEST_TOKEN, Call
from ..http.validate import judge
from ..mail.addresses import is_address
from ..reference import dates
from ..reference.json_text import dumps
from ..reference.normalise import normalise
from ..reference.problems import EmulatorError, Json, Problem
from ..state.records import ACCOUNT
from ..webhooks.hooks import enabled, with_statuses
from .seed import ACCOUNT_TOKEN, SERVER_TOKEN, seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..state.state import State

_ACCOUNT = ("AccountToken", "Domains", "SenderSignatures", "Servers")
_SECTIONS = (
    "MessageStreams",
    "TemplateFolder",
    "Templates",
    "InboundRules",
    "Messages",
    "Suppressions",
    "Webhooks",
)
"""Of a server, beside its own fields and ``ApiTokens``."""
_QUOTES = "; put it in quotes"
_TOKEN = re.compile(r"[!-~]+")
_SUPPRESSION = ("EmailAddress", "MessageStream", "SuppressionReason", "Origin", "CreatedAt")


def begin(state: State) -> None:
    """Fill an empty store with what this emulator has at the start."""
    if state.start is None:
        seed(state)
    else:
        load(state, state.start)


def load(state: State, document: Json) -> None:
    """Fill an empty store; what is wrong is an :class:`EmulatorError` that says where and why.

    Nothing is posted to webhooks about it.
    """
    _check_names(document, _ACCOUNT, "The document")
    token = _text(document, "AccountToken", ACCOUNT_TOKEN)
    check_token("AccountToken", token)
    state.records.put("account", ACCOUNT, "account", {"Token": token})
    posted = state.store.value("SELECT MAX(key) FROM deliveries") or 0
    _each(document, "Domains", lambda each: _domain(state, each))
    _each(document, "SenderSignatures", lambda each: _signature(state, each))
    for index, each in enumerate(_list(document, "Servers")):
        with _at(f"Servers[{index}]"):
            _server(state, each, index)
    state.store.write("DELETE FROM deliveries WHERE key > ?", (posted,))


class _MisplacedError(EmulatorError):
    def __init__(self, place: str, text: str) -> None:
        super().__init__(f"{place}: {text}")
        self.place = place
        self.text = text


@contextmanager
def _at(place: str) -> Iterator[None]:
    """What is refused inside is told with its place."""
    try:
        yield
    except _MisplacedError as error:
        raise _MisplacedError(f"{place}.{error.place}", error.text) from None
    except Problem as problem:
        raise _MisplacedError(place, problem.text) from None
    except EmulatorError as error:
        raise _MisplacedError(place, str(error)) from None


def _check_names(given: Json, names: Sequence[str], what: str) -> None:
    if not isinstance(given, dict):
        raise EmulatorError(f"{what} is no object; it has {', '.join(names)}.")
    for name in given:
        if name not in names:
            raise EmulatorError(f"{what} has no field {name!r}; it has {', '.join(names)}.")


def _list(given: dict[str, Json], name: str) -> list[dict[str, Json]]:
    value = given.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise EmulatorError(f"{name} is no list.")
    for index, each in enumerate(value):
        if not isinstance(each, dict):
            raise EmulatorError(f"{name}[{index}] is no object.")
    return value


def _text(given: dict[str, Json], name: str, default: str) -> str:
    value = given.get(name, default)
    if not isinstance(value, str) or not value.strip():
        raise EmulatorError(f"{name} is no text{_QUOTES if isinstance(value, (int, float)) else ''}.")
    return value.strip()


def _flag(given: dict[str, Json], name: str, *, default: bool) -> bool:
    value = given.get(name, default)
    if not isinstance(value, bool):
        raise EmulatorError(f"{name} is neither true nor false.")
    return value


def _moment(given: dict[str, Json], name: str) -> int | None:
    """Ticks of a moment that may be left out; one without a zone is Eastern, as Postmark reads them."""
    if given.get(name) is None:
        return None
    try:
        return dates.moment_ticks(str(given[name]))
    except ValueError:
        raise EmulatorError(f"{name} is no moment such as 2026-11-29T12:00:00Z.") from None


def _each(given: dict[str, Json], name: str, load_one: Callable[[dict[str, Json]], object]) -> None:
    for index, each in enumerate(_list(given, name)):
        with _at(f"{name}[{index}]"):
            load_one(each)


def _judged(state: State, operation_id: str, server: int, body: dict[str, Json]) -> Call:
    """A call with this body, as it would be on its way to the function that answers it."""
    operation = state.description.operations[operation_id]
    unknown: list[str] = []
    normalise(body, operation.shape, unknown)
    # Mails were taken with whatever their senders wrote.
    if unknown and operation.tag != "emails":
        raise EmulatorError(f"There is no field {unknown[0].removeprefix('$.')!r}.")
    call = Call(
        state=state,
        operation=operation,
        server=server,
        test=False,
        path={},
        query={},
        given_query={},
        body=None,
        given=body,
        raw=dumps(body).encode(),
    )
    judge(call)
    for problem in call.item_problems.values():
        raise problem
    return call


def _without(given: dict[str, Json], *names: str) -> dict[str, Json]:
    return {name: value for name, value in given.items() if name not in names}


def _domain(state: State, given: dict[str, Json]) -> None:
    flags = ("DKIMVerified", "ReturnPathDomainVerified")
    made = HANDLERS["domains_create"](_judged(state, "domains_create", 0, _without(given, *flags)))
    document = with_active_key(made) if _flag(given, "DKIMVerified", default=True) else made
    verified = _flag(given, "ReturnPathDomainVerified", default=bool(made["ReturnPathDomain"]))
    state.records.put("domain", ACCOUNT, made["ID"], {**document, "ReturnPathDomainVerified": verified})


def _signature(state: State, given: dict[str, Json]) -> None:
    body = _without(given, "Confirmed")
    made = HANDLERS["sender_signatures_create"](_judged(state, "sender_signatures_create", 0, body))
    if _flag(given, "Confirmed", default=True):
        state.records.put("signature", ACCOUNT, made["ID"], {**with_active_key(made), "Confirmed": True})


def _server(state: State, given: dict[str, Json], index: int) -> None:
    _check_names(given, ("ApiTokens", *EDITABLE, "DeliveryType", *_SECTIONS), "A server")
    number = _new_server(state, _without(given, "ApiTokens", *_SECTIONS), _tokens(state, given, index))
    _each(given, "MessageStreams", lambda each: _stream(state, number, each))
    for template in _folder_templates(given):
        with _at(f"TemplateFolder: {template['Alias']}"):
            _template(state, number, template)
    for at, template in sorted(enumerate(_list(given, "Templates")), key=_layouts_first):
        with _at(f"Templates[{at}]"):
            _template(state, number, template)
    _each(given, "InboundRules", lambda each: _perform(state, "inbound_rules_create", number, each))
    _each(given, "Messages", lambda each: _message(state, number, each))
    _each(given, "Suppressions", lambda each: _suppression(state, number, each))
    _each(given, "Webhooks", lambda each: _webhook(state, number, each))
    _each(given, "MessageStreams", lambda each: _archive(state, number, each))


def _layouts_first(entry: tuple[int, dict[str, Json]]) -> bool:
    return str(entry[1].get("TemplateType", "")).lower() != "layout"


def _tokens(state: State, given: dict[str, Json], index: int) -> list[str]:
    tokens = given.get("ApiTokens")
    if tokens is None:
        tokens = [SERVER_TOKEN if index == 0 else f"{SERVER_TOKEN}-{index + 1}"]
    if not isinstance(tokens, list) or not tokens:
        raise EmulatorError("ApiTokens is no list of tokens.")
    for at, token in enumerate(tokens):
        check_token(f"ApiTokens[{at}]", token)
        if state.server_of(token) is not None:
            raise EmulatorError("ApiTokens has one that another server has.")
    return tokens


def check_token(name: str, token: Json) -> None:
    """Raise EmulatorError for what no client can send as a token of its own."""
    if not isinstance(token, str) or not token:
        raise EmulatorError(f"{name} is no text{_QUOTES if isinstance(token, (int, float)) else ''}.")
    if not _TOKEN.fullmatch(token):
        raise EmulatorError(f"{name} has a blank or another character that no client sends.")
    if token.upper() == TEST_TOKEN:
        raise EmulatorError(f"{name} is the token for tests, {TEST_TOKEN}, which belongs to no server.")


def _new_server(state: State, fields: dict[str, Json], tokens: list[str]) -> int:
    body = _judged(state, "servers_create", 0, fields).body
    if any(each["Name"].lower() == body["Name"].lower() for each in state.records.all("server", ACCOUNT)):
        raise EmulatorError(f"Name is that of another server: {body['Name']!r}.")
    made = add_server(state, body, tokens[0])
    state.records.put("server", ACCOUNT, made["ID"], {**made, "ApiTokens": tokens})
    return int(made["ID"])


def _perform(state: State, operation_id: str, server: int, body: dict[str, Json]) -> Json:
    return HANDLERS[operation_id](_judged(state, operation_id, server, body))


def _stream(state: State, server: int, given: dict[str, Json]) -> None:
    """A new stream, or other words for one that every server has."""
    body = _without(given, "Archived")
    there = state.records.get("stream", server, body.get("ID"))
    if there is None:
        _perform(state, "message_streams_create", server, body)
        return
    kind = there["MessageStreamType"]
    if str(body.get("MessageStreamType", kind)).lower() != kind.lower():
        raise EmulatorError(f"MessageStreamType of {body['ID']!r} is {kind}, and stays.")
    call = _judged(state, "message_streams_update", server, _without(body, "ID", "MessageStreamType"))
    call.path["stream_id"] = body["ID"]
    HANDLERS["message_streams_update"](call)


def _archive(state: State, server: int, given: dict[str, Json]) -> None:
    if _flag(given, "Archived", default=False):
        archive(state, server, given["ID"])


def _folder_templates(given: dict[str, Json]) -> list[dict[str, Json]]:
    if given.get("TemplateFolder") is None:
        return []
    try:
        tree = read_tree(_text(given, "TemplateFolder", ""))
    except NotADirectoryError as error:
        raise EmulatorError(f"TemplateFolder: {error}") from None
    if tree.problems:
        raise EmulatorError(f"TemplateFolder: {tree.problems[0]}")
    return [folder.template.to_wire() for folder in tree.folders]


def _template(state: State, server: int, given: dict[str, Json]) -> None:
    number = given.get("TemplateId")
    if number is None:
        number = state.records.next_number("template")
    elif isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise EmulatorError("TemplateId is no number above 0.")
    elif state.records.get("template", server, number) is not None:
        raise EmulatorError(f"TemplateId is that of another template: {number}.")
    state.records.reserve("template", number)
    add_template(_judged(state, "templates_create", server, _without(given, "TemplateId")), number)


def _message(state: State, server: int, given: dict[str, Json]) -> None:
    """A mail that was sent: its request, and when and under which id it was taken."""
    body = _without(given, "MessageID", "ReceivedAt")
    templated = any(name.lower() in {"templateid", "templatealias"} for name in body)
    made = _perform(state, "emails_send_with_template" if templated else "emails_send", server, body)["MessageID"]
    key, at = state.store.one("SELECT key, at FROM messages WHERE id = ?", (made,))
    id_ = _message_id(_text(given, "MessageID", made))
    at = _moment(given, "ReceivedAt") or at
    if id_ != made and state.store.row("SELECT 1 FROM messages WHERE id = ?", (id_,)):
        raise EmulatorError(f"MessageID is that of another message: {id_}.")
    day = dates.eastern_day(at)
    state.store.write("UPDATE messages SET id = ?, at = ?, day = ? WHERE key = ?", (id_, at, day, key))
    state.store.write("UPDATE events SET at = ? WHERE message = ?", (at, key))
    state.store.write("UPDATE bounces SET message = ?, at = ?, day = ? WHERE message = ?", (id_, at, day, made))
    # Those that are still to hold have a section of their own; the next message must not be refused for them.
    state.store.write("DELETE FROM suppressions WHERE server = ?", (server,))


def _message_id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise EmulatorError("MessageID is no UUID such as 0a129aee-e1cd-480d-b08d-4f48548ff48d.") from None


def _suppression(state: State, server: int, given: dict[str, Json]) -> None:
    _check_names(given, _SUPPRESSION, "A suppression")
    address = _text(given, "EmailAddress", "").lower()
    stream = _text(given, "MessageStream", "outbound")
    reason = _text(given, "SuppressionReason", "ManualSuppression")
    origin = _text(given, "Origin", "Customer" if reason == "ManualSuppression" else "Recipient")
    if not is_address(address):
        raise EmulatorError(f"EmailAddress is no address: {address!r}.")
    known = "SELECT 1 FROM suppressions WHERE server = ? AND stream = ? AND address = ?"
    if state.store.row(known, (server, stream, address)):
        raise EmulatorError(f"EmailAddress is suppressed in this stream already: {address!r}.")
    id_ = add_suppression(state, server, stream, address, reason, origin)
    at = _moment(given, "CreatedAt")
    if at is not None:
        state.store.write(
            "UPDATE suppressions SET at = ? WHERE server = ? AND stream = ? AND address = ?", (at, server, id_, address)
        )


def _webhook(state: State, server: int, given: dict[str, Json]) -> None:
    """A webhook that passed its check for each trigger, unless ``Statuses`` says otherwise."""
    statuses = given.get("Statuses") or {}
    if not isinstance(statuses, dict) or any(each not in ("verified", "unverified") for each in statuses.values()):
        raise EmulatorError("Statuses names a trigger that is neither verified nor unverified.")
    webhook = new_webhook(_judged(state, "webhooks_create", server, _without(given, "Statuses")))
    for kind in statuses:
        if kind not in webhook["Triggers"]:
            raise EmulatorError(f"Statuses has no trigger {kind!r}; it has {', '.join(webhook['Triggers'])}.")
    passed = [kind for kind in enabled(webhook) if statuses.get(kind, "verified") == "verified"]
    state.records.put("webhook", server, webhook["ID"], with_statuses(webhook, passed, checked=True))
