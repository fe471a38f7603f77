"""``/_emulator/messages/...``: one mail and nothing else, for tests in a browser, and what to click or type of it."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from .control import reading
from .control.routes import answering, number_of
from .inbox.frames import frame_policy, inline_addresses, with_inline_images, without_frames, without_hints
from .inbox.links import links
from .mail.markup import Tag, Text, pieces
from .reference.problems import Json, Problem, only

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from .state.state import State

    Endpoint = Callable[[Request], Awaitable[Json]]

_PATH = "/_emulator/messages"
_LONGEST_WAIT = 60.0
_POLL = 0.02
_LARGEST_KEY = 2**53
_FILTERS = {"to": "recipient", "stream": "stream", "tag": "tag", "text": "text"}
_PARAMETERS = (*_FILTERS, "after", "wait", "remote")
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-dns-prefetch-control": "off",
    "cache-control": "no-store",
}
_ADDRESS = re.compile(r"://\S+")
_CODE = re.compile(
    r"(?<![\w.,:/#@$€£+©-])(?<!© )(?<!\([Cc]\) )(?<![Cc]opyright )"
    r"(?:[0-9]{4,8}|[0-9]{3}[ -][0-9]{3})(?![\w@/%$€£-]|[.,:][0-9])"
)
_WITHIN_WORDS = frozenset({"a", "b", "em", "font", "i", "span", "strong", "u"})
_MAX_SCANNED = 200_000
"""Characters of a body that are looked through."""


def routes(state: State) -> list[BaseRoute]:
    """All of them."""

    async def latest(request: Request) -> Json:
        return _with_finds(await _latest(state, request))

    def latest_body(name: str) -> Endpoint:
        async def endpoint(request: Request) -> Json:
            found = await _latest(state, request)
            return RedirectResponse(f"{_PATH}/{found['MessageID']}/{name}?{request.url.query}", 303)

        return endpoint

    async def one(request: Request) -> Json:
        return _with_finds(_message(state, request))

    async def html(request: Request) -> Json:
        return _html(state, request)

    async def text(request: Request) -> Json:
        return PlainTextResponse(_body(_message(state, request), "TextBody"), headers=_HEADERS)

    return [
        Route(f"{_PATH}/latest", answering(latest)),
        Route(f"{_PATH}/latest/html", answering(latest_body("html"))),
        Route(f"{_PATH}/latest/text", answering(latest_body("text"))),
        Route(f"{_PATH}/{{message_id}}", answering(one)),
        Route(f"{_PATH}/{{message_id}}/html", answering(html)),
        Route(f"{_PATH}/{{message_id}}/text", answering(text)),
    ]


async def _latest(state: State, request: Request) -> dict[str, Json]:
    """The newest message that fits, once there is one."""
    query = request.query_params
    only(query, *_PARAMETERS)  # one that is misspelt would let any mail through
    filters: dict[str, Json] = {_FILTERS[name]: query[name] for name in _FILTERS if query.get(name)}
    if "recipient" in filters:
        filters["recipient"] = _address(filters["recipient"])
    after = number_of(request, "after", 0, _LARGEST_KEY)
    seconds = number_of(request, "wait", 0, _LONGEST_WAIT)
    loop = asyncio.get_running_loop()
    end, seen = loop.time() + seconds, -1
    while True:
        if state.revision != seen:
            seen = state.revision
            found = reading.messages(state, **filters, limit=1)
            whole = reading.message(state, found[0]["MessageID"]) if found and found[0]["Key"] > after else None
            if whole is not None:
                return whole
        if loop.time() >= end or state.closing:
            told = ", ".join(f"{name}={query[name]}" for name in (*_FILTERS, "after") if query.get(name))
            raise Problem(701, f"No message for {told or 'anybody'} within {seconds:g} seconds.", status=404)
        await asyncio.sleep(_POLL)


def _address(text: str) -> str:
    """A plus sign in a query is a blank, which no address has: somebody forgot to write %2B."""
    return text.strip().replace(" ", "+").lower()


def _message(state: State, request: Request) -> dict[str, Json]:
    found = reading.message(state, request.path_params["message_id"])
    if found is None:
        raise Problem(701, "This message was not found.", status=404)
    return found


def _body(message: dict[str, Json], name: str) -> str:
    body = message[name]
    if not body:
        other = "text" if name == "HtmlBody" else "html"
        path = f"{_PATH}/{message['MessageID']}/{other}"
        raise Problem(701, f"This message has no {name}; the other one is at {path}.", status=404)
    return str(body)


def _with_finds(message: dict[str, Json]) -> dict[str, Json]:
    html, text = message["HtmlBody"] or "", message["TextBody"] or ""
    path = f"{_PATH}/{message['MessageID']}"
    return {
        **message,
        "Links": [{"Url": link.url, "Text": link.text, "Location": link.location} for link in links(html, text)],
        "Codes": codes(message["Subject"], text, html),
        "HtmlPath": f"{path}/html" if html else None,
        "TextPath": f"{path}/text" if text else None,
    }


def _html(state: State, request: Request) -> Response:
    """The HTML body as its recipient gets it; it can run nothing, and its links open in its place."""
    message = _message(state, request)
    _body(message, "HtmlBody")
    query, base = request.query_params, str(request.base_url).rstrip("/")
    wanted = _address(query.get("to", ""))
    recipient = wanted if wanted in (each.lower() for each in message["Recipients"]) else None
    folder = f"/inbox/messages/{message['MessageID']}/inline/"
    images = inline_addresses(message["Attachments"], f"{base}{folder}")
    shown = without_frames(reading.rendered_html(state, message["MessageID"], recipient, base))
    remote = query.get("remote") == "1"
    policy = frame_policy(base, (folder, "/_emulator/open/"), remote=remote)
    body = with_inline_images(shown if remote else without_hints(shown), images)
    return HTMLResponse(body, headers={**_HEADERS, "content-security-policy": policy})


def codes(subject: str, text: str, html: str) -> list[str]:
    """What looks like a code to type: four to eight digits, or twice three, that stand by themselves; each once."""
    places = (subject, text[:_MAX_SCANNED], _words(html[:_MAX_SCANNED]))
    found = (code for place in places for code in _CODE.findall(_ADDRESS.sub(" ", place)))
    return list(dict.fromkeys(code.replace(" ", "").replace("-", "") for code in found))


def _words(html: str) -> str:
    """The text that is shown; what stands in different cells or paragraphs is no word."""
    words: list[str] = []
    for piece in pieces(html):
        if isinstance(piece, Text):
            words.append(piece.text)
        elif isinstance(piece, Tag) and piece.name not in _WITHIN_WORDS:
            words.append("\n")
    return "".join(words)
