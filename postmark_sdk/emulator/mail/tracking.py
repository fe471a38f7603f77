"""The pixel and the rewritten links of a mail as its reader gets it."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..reference.problems import Problem
from .contents import content_of
from .links import html_links, rewrite_links, text_links
from .outcomes import click_link, find_sent, first_recipient, open_message

if TYPE_CHECKING:
    from ..state.state import State

PIXEL = bytes.fromhex("47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b")
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)


def links_of(state: State, key: int, location: str) -> list[str]:
    """Tracked links of one body of a message, in order."""
    row = state.store.row("SELECT json_extract(summary, '$.TrackLinks') FROM contents WHERE message = ?", (key,))
    where = row[0] if row else "None"
    parts = content_of(state, key).parts
    if location == "HTML":
        return html_links(parts.get("HtmlBody") or "") if where in {"HtmlAndText", "HtmlOnly"} else []
    return text_links(parts.get("TextBody") or "") if where in {"HtmlAndText", "TextOnly"} else []


def rendered_html(state: State, message_id: str, recipient: str | None, base_url: str) -> str:
    """The HTML body with pixel and links as they would reach this recipient."""
    with state.lock:
        sent = find_sent(state, message_id)
        address = first_recipient(state, sent, recipient)
        body = content_of(state, sent.key).parts.get("HtmlBody") or ""
        tracks_links = bool(links_of(state, sent.key, "HTML"))
        tracks_opens = state.store.value("SELECT opens_tracked FROM messages WHERE key = ?", (sent.key,))
    suffix = f"{sent.id}/{quote(address, safe='@')}"
    if tracks_links:
        numbers = count()
        body = rewrite_links(body, lambda _link: f"{base_url}/_emulator/click/{suffix}/HTML/{next(numbers)}")
    if tracks_opens:
        pixel = f'<img src="{base_url}/_emulator/open/{suffix}" width="1" height="1" alt="">'
        end = _BODY_END.search(body)
        body = body + pixel if end is None else body[: end.start()] + pixel + body[end.start() :]
    return body


def record_open(state: State, message_id: str, recipient: str, user_agent: str, ip: str) -> None:
    """The pixel was loaded; without open tracking nothing is counted."""
    with state.change():
        sent = find_sent(state, message_id)
        address = first_recipient(state, sent, recipient)
        if state.store.value("SELECT opens_tracked FROM messages WHERE key = ?", (sent.key,)):
            open_message(state, sent, address, user_agent, ip)
    state.wake()


def record_click(
    state: State, message_id: str, recipient: str, location: str, number: int, user_agent: str, ip: str
) -> str:
    """A rewritten link was followed; where it leads."""
    with state.change():
        sent = find_sent(state, message_id)
        address = first_recipient(state, sent, recipient)
        links = links_of(state, sent.key, location)
        if not 0 <= number < len(links):
            raise Problem(701, "This link was not found.", status=404)
        click_link(state, sent, address, links[number], location, user_agent, ip)
    state.wake()
    return links[number]
