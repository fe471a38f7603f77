"""``/_emulator/...``: what a test says to the emulator itself, and where pixels and rewritten links lead."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from ..mail.tracking import PIXEL, record_click, record_open
from ..reference import dates
from ..reference.json_text import dumps, loads
from ..reference.limits import as_number
from ..reference.problems import EmulatorError, Json, Problem, only
from . import actions, reading
from .documents import servers_of, to_yaml
from .dumping import dump
from .help import help_text
from .schedule import is_settled

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from ..state.state import State

Verb = Callable[[Json, "Request"], Json]
_PAGE = ("before", "limit")
_LONGEST_SETTLE = 60.0
_POLL = 0.005


def routes(state: State) -> list[BaseRoute]:
    """All of them."""
    verbs = {**_readings(state), **_changes(state), **_happenings(state)}
    found: list[BaseRoute] = [
        Route(f"/_emulator{path}", _endpoint(verb), methods=[method]) for (method, path), verb in verbs.items()
    ]
    return [
        *found,
        Route("/_emulator/", _endpoint(lambda _body, _request: about(state))),
        Route("/_emulator/settle", _settle(state), methods=["POST"]),
        Route("/_emulator/inbound", _inbound(state), methods=["POST"]),
        Route("/_emulator/open/{message_id}/{recipient:path}", _pixel(state)),
        Route("/_emulator/click/{message_id}/{recipient}/{location}/{number:int}", _link(state)),
    ]


def nothing_else() -> BaseRoute:
    """What answers to all that nothing else answers to."""

    async def endpoint(request: Request) -> Json:
        raise Problem(
            12, f"There is no {request.method} {request.url.path}; /_emulator/help lists what is.", status=404
        )

    return Route("/_emulator/{rest:path}", answering(endpoint), methods=["GET", "POST", "PUT", "PATCH", "DELETE"])


def _taking(*names: str) -> Callable[[Verb], Verb]:
    """A verb whose body has these fields at most."""

    def made(verb: Verb) -> Verb:
        def run(body: Json, request: Request) -> Json:
            only(body, *names)
            return verb(body, request)

        return run

    return made


def _readings(state: State) -> dict[tuple[str, str], Verb]:
    return {
        ("GET", ""): lambda _body, _request: about(state),
        ("GET", "/help"): lambda _body, _request: PlainTextResponse(help_text(state.base_url)),
        ("GET", "/sent"): lambda _body, request: {"Messages": _sent(state, request)},
        ("GET", "/sent/{message_id}"): lambda _body, request: _one(state, request.path_params["message_id"]),
        ("GET", "/sent/{message_id}/advice"): lambda _body, request: _advice(state, request.path_params["message_id"]),
        ("GET", "/clock"): lambda _body, _request: clock_of(state),
        ("GET", "/settings"): lambda _body, _request: actions.settings_of(state),
        ("GET", "/faults"): lambda _body, _request: {"Faults": state.faults.pending()},
        ("GET", "/counters"): lambda _body, _request: reading.counters(state),
        ("GET", "/dump"): lambda _body, request: _dump(state, request),
        ("GET", "/refusals"): lambda _body, request: {"Refusals": reading.refusals(state, **_window(request))},
        ("GET", "/deliveries"): lambda _body, request: {"Deliveries": reading.deliveries(state, **_window(request))},
    }


def _changes(state: State) -> dict[tuple[str, str], Verb]:
    return {
        ("POST", "/reset"): _taking()(lambda _body, _request: actions.reset(state)),
        ("POST", "/restore"): lambda body, _request: _restore(state, body),
        ("POST", "/seed"): _taking("messages")(
            lambda body, _request: actions.seed(state, messages=_number(body, "messages", 0))
        ),
        ("POST", "/clock"): _taking("now", "frozen")(lambda body, _request: _set_clock(state, body)),
        ("POST", "/clock/advance"): _taking("seconds")(lambda body, _request: _advance(state, body)),
        ("POST", "/settings"): lambda body, _request: actions.change_settings(state, body),
        ("POST", "/faults"): lambda body, _request: actions.add_fault(state, body),
        ("DELETE", "/faults"): lambda _body, _request: state.faults.clear(),
        ("POST", "/servers"): _taking("name", "token", "sandbox")(lambda body, _request: _server(state, body)),
        ("POST", "/webhooks/{id:int}/pause"): _taking("trigger")(
            lambda body, request: actions.pause_webhook(state, request.path_params["id"], _text(body, "trigger"))
        ),
        ("POST", "/deliveries/{key:int}/again"): _taking()(
            lambda _body, request: actions.send_again(state, request.path_params["key"])
        ),
    }


def _happenings(state: State) -> dict[tuple[str, str], Verb]:
    def on_message(action: Callable[..., object], **extra: str) -> Verb:
        def run(body: Json, _request: Request) -> Json:
            values = {name: _text(body, name, default) for name, default in extra.items()}
            outcome = action(state, _text(body, "message_id"), recipient=body.get("recipient"), **values)
            return {"BounceID": outcome} if isinstance(outcome, int) else None

        return _taking("message_id", "recipient", *extra)(run)

    return {
        ("POST", "/bounce"): on_message(actions.bounce, type="HardBounce"),
        ("POST", "/complain"): on_message(actions.complain),
        ("POST", "/open"): on_message(actions.open_message, user_agent="", ip=""),
        ("POST", "/click"): on_message(actions.click, link="", location="HTML", user_agent="", ip=""),
        ("POST", "/unsubscribe"): on_message(actions.unsubscribe),
        ("POST", "/suppress"): _taking("address", "stream")(
            lambda body, _request: actions.suppress(state, _text(body, "address"), _text(body, "stream", "outbound"))
        ),
        ("POST", "/confirm"): _taking("address")(lambda body, _request: actions.confirm(state, _text(body, "address"))),
    }


def _answer(value: Json, status: int = 200) -> Response:
    return Response(dumps(value), status, media_type="application/json")


def _guarded(request: Request) -> None:
    """A web page of somebody else must not control the emulator of whoever visits it."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Problem(10, "Requests from other origins are refused.", status=403)


async def _body(request: Request) -> Json:
    raw = await request.body()
    body = loads(raw) if raw.strip() else {}
    if not isinstance(body, dict):
        raise Problem(403, "The request body must be a JSON object.")
    return body


def answering(endpoint: Callable[[Request], Awaitable[Json]]) -> Callable[[Request], Awaitable[Response]]:
    """What answers with JSON, or a response of its own; what cannot be done is Postmark's envelope."""

    async def answer(request: Request) -> Response:
        try:
            _guarded(request)
            value = await endpoint(request)
        except EmulatorError as error:
            problem = Problem(403, str(error))
            return _answer(problem.body, problem.status)
        except Problem as problem:
            return _answer(problem.body, problem.status)
        return value if isinstance(value, Response) else _answer({} if value is None else value)

    return answer


def _endpoint(verb: Verb) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Json:
        return verb({} if request.method == "GET" else await _body(request), request)

    return answering(endpoint)


def _settle(state: State) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Json:
        body = await _body(request)
        only(body, "timeout")
        seconds = _number(body, "timeout", _LONGEST_SETTLE)
        loop = asyncio.get_running_loop()
        end = loop.time() + min(seconds, _LONGEST_SETTLE)
        # Work ends in several places and threads; a short look now and then is simpler than telling from each.
        while not is_settled(state) and loop.time() < end:  # noqa: ASYNC110
            await asyncio.sleep(_POLL)
        return {"Settled": is_settled(state)}

    return answering(endpoint)


def _inbound(state: State) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Json:
        return {"MessageID": await _receive(state, request)}

    return answering(endpoint)


async def _receive(state: State, request: Request) -> str:
    only(request.query_params, "server", "recipient")
    server = as_number(request.query_params.get("server", ""))
    if request.headers.get("content-type", "").lower().startswith("application/json"):
        return actions.receive(state, await _body(request), server)
    return actions.receive_eml(state, await request.body(), server, request.query_params.get("recipient"))


def _pixel(state: State) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        params = request.path_params
        agent, ip = _reader(request)
        try:
            record_open(state, params["message_id"], params["recipient"].rstrip("/"), agent, ip)
        except Problem as problem:
            return _answer(problem.body, 404)
        return Response(PIXEL, media_type="image/gif", headers={"Cache-Control": "no-store"})

    return endpoint


def _link(state: State) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        params = request.path_params
        agent, ip = _reader(request)
        try:
            target = record_click(
                state, params["message_id"], params["recipient"], params["location"], params["number"], agent, ip
            )
        except Problem as problem:
            return _answer(problem.body, 404)
        return RedirectResponse(target, 302, headers={"Cache-Control": "no-store"})

    return endpoint


def _reader(request: Request) -> tuple[str, str]:
    return request.headers.get("user-agent", ""), request.client.host if request.client else ""


def about(state: State) -> dict[str, Json]:
    """What a client needs to know, and how it stands."""
    first = reading.servers(state)[:1]
    return {
        "BaseUrl": state.base_url,
        "ServerToken": first[0]["ApiTokens"][0] if first else None,
        "AccountToken": state.account_token,
        "Revision": state.revision,
        "Clock": clock_of(state),
        "Settings": actions.settings_of(state),
        "Counters": reading.counters(state),
    }


def clock_of(state: State) -> dict[str, Json]:
    """The emulator's time."""
    return {"Now": dates.utc(state.clock.now()), "Frozen": state.clock.frozen}


def _dump(state: State, request: Request) -> Json:
    only(request.query_params, "format")
    document = dump(state)
    if request.query_params.get("format") == "yaml":
        return PlainTextResponse(to_yaml(document), media_type="application/yaml; charset=utf-8")
    return document


def _restore(state: State, document: dict[str, Json]) -> None:
    for server in servers_of(document):
        # Whoever reaches this port is not to read folders of the machine.
        if "TemplateFolder" in server:
            raise Problem(403, "Folders are read with --seed only; send Templates.")
    actions.restore(state, document)


def _set_clock(state: State, body: dict[str, Json]) -> dict[str, Json]:
    if body.get("frozen") is True:
        state.clock.freeze()
    elif body.get("frozen") is False:
        state.clock.resume()
    if "now" in body:
        try:
            state.clock.set(dates.moment_ticks(_text(body, "now")))
        except ValueError:
            raise Problem(403, "Invalid request field(s): 'now'.") from None
    state.wake()
    return clock_of(state)


def _advance(state: State, body: dict[str, Json]) -> dict[str, Json]:
    actions.advance(state, _number(body, "seconds", None))
    return clock_of(state)


def _server(state: State, body: dict[str, Json]) -> dict[str, Json]:
    token = _text(body, "token", "") or None
    made = actions.add_server(state, _text(body, "name"), token=token, sandbox=bool(body.get("sandbox")))
    return {name: value for name, value in made.items() if not name.startswith("_")}


def _sent(state: State, request: Request) -> list[dict[str, Json]]:
    names = ("stream", "tag", "recipient", "status", "text")
    filters: dict[str, Json] = {name: request.query_params[name] for name in names if name in request.query_params}
    listed = reading.messages(state, **filters, **_window(request, *names))
    whole = [reading.message(state, each["MessageID"]) for each in listed]
    return [each for each in whole if each is not None]


def _one(state: State, message_id: str) -> dict[str, Json]:
    found = reading.message(state, message_id)
    if found is None:
        raise Problem(701, "This message was not found.", status=404)
    return found


def _advice(state: State, message_id: str) -> dict[str, Json]:
    names = {"todo": "ToDo"}
    found = reading.advice(state, _one(state, message_id))
    return {
        "Advice": [{names.get(name, name.title()): value for name, value in asdict(each).items()} for each in found]
    }


def _window(request: Request, *others: str) -> dict[str, Json]:
    only(request.query_params, *others, *_PAGE)
    window: dict[str, Json] = {}
    for name in _PAGE:
        text = request.query_params.get(name, "")
        if text:
            if not (text.isascii() and text.isdigit() and len(text) < 16):  # noqa: PLR2004 - well below 64 bits
                raise Problem(403, f"Invalid request field(s): '{name}'.")
            window[name] = int(text)
    return window


def number_of(request: Request, name: str, default: float, most: float) -> float:
    """A number of the query, at least 0."""
    text = request.query_params.get(name, "")
    try:
        number = float(text) if text else default
    except ValueError:
        number = math.nan
    if not 0 <= number <= most:
        raise Problem(403, f"Invalid request field(s): '{name}'. It is a number from 0 to {most:g}.")
    return number


def _text(body: dict[str, Json], name: str, default: str | None = None) -> str:
    value = body.get(name, default)
    if not isinstance(value, str):
        raise Problem(403, f"Invalid request field(s): '{name}'.")
    return value


def _number(body: dict[str, Json], name: str, default: float | None) -> Json:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > 10**9:
        raise Problem(403, f"Invalid request field(s): '{name}'.")
    return value
