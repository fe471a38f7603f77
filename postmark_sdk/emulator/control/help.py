"""What ``GET /_emulator/help`` tells: everything that can be asked of and said to a running emulator."""

from __future__ import annotations

_MAIL = '{"message_id": "..."}'

VERBS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "See": (
        ("GET", "", "", "tokens, clock, settings, counters"),
        ("GET", "/help", "", "this list"),
        ("GET", "/sent", "?stream=&tag=&recipient=&status=&text=&before=&limit=", "messages, newest first"),
        ("GET", "/sent/{message_id}", "", "one of them, with its request and events"),
        ("GET", "/sent/{message_id}/advice", "", "what could be better about it"),
        ("GET", "/dump", "?format=yaml", "what it holds, as --seed and /restore take it"),
        ("GET", "/refusals", "?before=&limit=", "what was refused, and why"),
        ("GET", "/deliveries", "?before=&limit=", "posts to webhooks, with each try"),
        ("GET", "/counters", "", "how much happened since the last reset"),
        ("GET", "/faults", "", "those still to come"),
        ("GET", "/clock", "", "the emulator's time"),
        ("GET", "/settings", "", "every setting"),
    ),
    "One mail, for tests in a browser": (
        ("GET", "/messages/latest", "?to=&stream=&tag=&text=&after=&wait=", "the newest, with its links and codes"),
        ("GET", "/messages/latest/html", "?to=&...&wait=&remote=", "its HTML as a page"),
        ("GET", "/messages/latest/text", "?to=&...&wait=", "its text"),
        ("GET", "/messages/{message_id}", "", "one, with its links and codes"),
        ("GET", "/messages/{message_id}/html", "?to=&remote=", "its HTML as a page"),
        ("GET", "/messages/{message_id}/text", "", "its text"),
    ),
    "Change": (
        ("POST", "/reset", "", "everything is as at the start"),
        ("POST", "/restore", '{"Servers": [...]}', "forget everything and hold what /dump gave"),
        ("POST", "/seed", '{"messages": 20}', "example messages"),
        ("POST", "/servers", '{"name": "Second", "token": "second"}', "another server"),
        ("POST", "/settings", '{"rate_limit": 10}', "any of the settings"),
        ("POST", "/faults", '{"kind": "cut", "times": 1, "path": "/email*"}', "the next requests go wrong"),
        ("DELETE", "/faults", "", "none is to come"),
        ("POST", "/clock", '{"now": "2026-11-29T12:00:00Z", "frozen": true}', "set, freeze or resume it"),
        ("POST", "/clock/advance", '{"seconds": 3600}', "what is due then is done at once"),
        ("POST", "/settle", '{"timeout": 60}', "wait until nothing is under way"),
        ("POST", "/webhooks/{id}/pause", '{"trigger": "Bounce"}', "as after lasting failure"),
        ("POST", "/deliveries/{key}/again", "", "post it once more"),
    ),
    "Let happen": (
        ("POST", "/bounce", '{"message_id": "...", "type": "HardBounce"}', "a bounce"),
        ("POST", "/complain", _MAIL, "a spam complaint"),
        ("POST", "/open", _MAIL, "its recipient opens it"),
        ("POST", "/click", '{"message_id": "...", "link": "https://..."}', "its recipient follows a link"),
        ("POST", "/unsubscribe", _MAIL, "its recipient wants no more"),
        ("POST", "/suppress", '{"address": "...", "stream": "outbound"}', "an address on the suppression list"),
        ("POST", "/confirm", '{"address": "..."}', "a sender signature is confirmed"),
        ("POST", "/inbound", '{"From": "...", "Subject": "..."} or a mail\'s source', "a mail arrives"),
    ),
    "For mail programs": (
        ("GET", "/open/{message_id}/{recipient}", "", "the pixel of a tracked mail"),
        ("GET", "/click/{message_id}/{recipient}/{location}/{number}", "", "where a tracked link leads"),
    ),
}
"""Section -> method, path below ``/_emulator``, query or body, and what it is."""


def help_text(base_url: str) -> str:
    """Every verb in a line, and one to begin with."""
    lines = [
        "What can be asked of and said to this emulator. Bodies and answers are JSON; recipients may be left out.",
        "",
        f"""  curl -s {base_url}/_emulator/faults -d '{{"kind": "rate_limit", "times": 2}}'""",
    ]
    for section, verbs in VERBS.items():
        lines += ["", section]
        for method, path, given, what in verbs:
            call = (
                f"{method} /_emulator{path}{given}" if given.startswith("?") else f"{method} /_emulator{path} {given}"
            )
            lines.append(f"  {call.strip()}\n      {what}")
    return "\n".join([*lines, ""])
