"""What became of a message, in words and with an icon: never by colour alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..reference.problems import Json


class Mark(NamedTuple):
    """One small label."""

    tone: str
    """``good``, ``bad``, ``warn``, ``info`` or ``plain``; decides the colour."""
    icon: str
    label: str


_EVENTS = {
    "Delivered": Mark("good", "check", "Delivered"),
    "Transient": Mark("warn", "clock", "Delayed"),
    "Opened": Mark("info", "open", "Opened"),
    "LinkClicked": Mark("info", "click", "Clicked"),
    "Bounced": Mark("bad", "bounce", "Bounced"),
    "SpamComplaint": Mark("bad", "flag", "Complaint"),
    "SubscriptionChanged": Mark("warn", "suppressed", "Subscription changed"),
}
_DELIVERIES = {
    "delivered": Mark("good", "check", "Answered"),
    "pending": Mark("warn", "clock", "Waiting"),
    "failed": Mark("bad", "refused", "Given up"),
}
_ADVICE = {"problem": Mark("bad", "flag", "Problem"), "hint": Mark("info", "dot", "Hint")}
# A bounced or opened message was handed over too: saying so again is noise.
_IMPLIED = {"Delivered": ("Opened", "LinkClicked", "Bounced")}


def event_mark(kind: str) -> Mark:
    """The label of one event."""
    return _EVENTS.get(kind, Mark("plain", "dot", kind))


def deliveries_mark(state: str) -> Mark:
    """The label of a webhook delivery."""
    return _DELIVERIES.get(state, Mark("plain", "dot", state))


def advice_mark(level: str) -> Mark:
    """The label of one piece of advice."""
    return _ADVICE[level]


def marks(message: Json) -> list[tuple[Mark, int]]:
    """Labels of a message in a list with how often each happened; ``Sent`` while nothing has."""
    events: dict[str, int] = {kind: count for kind, count in message["Events"].items() if count}
    hidden = {kind for kind, others in _IMPLIED.items() if any(other in events for other in others)}
    kinds = [*(kind for kind in _EVENTS if kind in events), *(kind for kind in events if kind not in _EVENTS)]
    shown = [(event_mark(kind), events[kind]) for kind in kinds if kind not in hidden]
    return shown or [(Mark("plain", "sent", message["Status"]), 1)]
