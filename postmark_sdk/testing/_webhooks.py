"""Webhooks as a test sees them: where they go, and what was posted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from ..emulator import Emulator
from ..emulator.control.actions import first_server
from ..emulator.endpoints.webhooks import TRIGGERS
from ..emulator.state.records import ACCOUNT
from ._receiver import Receiver

_ALL = 1_000_000


@dataclass(frozen=True)
class WebhookPost:
    """One event that was posted, with everything that became of it."""

    kind: str
    """``Delivery``, ``Bounce``, ``SpamComplaint``, ``Open``, ``Click``, ``SubscriptionChange`` or ``Inbound``."""
    url: str
    """Where to; a password in it is masked."""
    payload: dict[str, Any] = field(repr=False)
    """The JSON body."""
    message_id: str | None
    trace_id: str
    state: str
    """``delivered``, ``pending`` (to be repeated) or ``failed``."""
    status_codes: tuple[int | None, ...]
    """One for each attempt; None where nothing was answered."""


class Webhooks(Sequence[WebhookPost]):
    """Posts of webhooks, oldest first. Each look first waits for what is under way, so a test need not sleep."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._receiver: Receiver | None = None

    def connect(
        self,
        url: str | None = None,
        *,
        triggers: Iterable[str] = tuple(TRIGGERS),
        stream: str = "outbound",
        username: str | None = None,
        password: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> int:
        """Have events posted; unlike ``client.webhooks.create`` without sample posts at first.

        Args:
            url: Your endpoint on this machine. None: the test's own, which answers 200, when only the payloads matter.
            triggers: Kinds of events; all of them unless given.
            stream: Message stream to follow.
            username: For basic auth, with ``password``.
            password: For basic auth.
            headers: Headers to send along.

        Returns:
            The webhook's id, as ``client.webhooks`` knows it.

        Raises:
            ValueError: There is no such trigger.
        """
        wanted = set(triggers)
        if wanted - set(TRIGGERS):
            raise ValueError(f"no such trigger: {', '.join(sorted(wanted - set(TRIGGERS)))}; {', '.join(TRIGGERS)}")
        return self._keep(
            {
                "Url": url or self._own_url(),
                "MessageStream": stream,
                "Status": "verified",
                "HttpAuth": None if username is None else {"Username": username, "Password": password or ""},
                "HttpHeaders": [{"Name": name, "Value": value} for name, value in (headers or {}).items()],
                "Triggers": {kind: {**fields, "Enabled": kind in wanted} for kind, fields in TRIGGERS.items()},
            }
        )

    def connect_inbound(self, url: str | None = None) -> None:
        """Have inbound mail posted; ``url`` as for :meth:`connect`."""
        state = self._emulator.state
        with state.change():
            server = first_server(state)
            document = state.records.get("server", ACCOUNT, server) or {}
            state.records.put("server", ACCOUNT, server, {**document, "InboundHookUrl": url or self._own_url()})

    def payloads(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The JSON bodies, of one kind or of all: what to hand to your handler."""
        return [post.payload for post in self if kind in {None, post.kind}]

    def close(self) -> None:
        """End the test's own endpoint."""
        if self._receiver is not None:
            self._receiver.close()
            self._receiver = None

    @overload
    def __getitem__(self, index: int) -> WebhookPost: ...
    @overload
    def __getitem__(self, index: slice) -> list[WebhookPost]: ...
    def __getitem__(self, index: int | slice) -> WebhookPost | list[WebhookPost]:
        posts = self._posts()
        if isinstance(index, int) and not -len(posts) <= index < len(posts):
            raise IndexError(f"there is no webhook post {index}: {len(posts)} made")
        return posts[index]

    def __iter__(self) -> Iterator[WebhookPost]:
        return iter(self._posts())

    def __len__(self) -> int:
        return len(self._posts())

    def __repr__(self) -> str:
        return f"<Webhooks: {', '.join(f'{post.kind} {post.state}' for post in self._posts()) or 'none posted'}>"

    def _posts(self) -> list[WebhookPost]:
        self._emulator.settle()
        return [_post(each) for each in reversed(self._emulator.deliveries(limit=_ALL))]

    def _keep(self, webhook: dict[str, Any]) -> int:
        state = self._emulator.state
        with state.change():
            number = state.records.next_number("webhook")
            state.records.put("webhook", first_server(state), number, {"ID": number, **webhook})
        return number

    def _own_url(self) -> str:
        if self._receiver is None:
            self._receiver = Receiver()
        return self._receiver.url


def _post(delivery: dict[str, Any]) -> WebhookPost:
    return WebhookPost(
        kind=delivery["Kind"],
        url=delivery["Url"],
        payload=delivery["Payload"],
        message_id=delivery["MessageID"],
        trace_id=delivery["TraceId"],
        state=delivery["State"],
        status_codes=tuple(attempt["StatusCode"] for attempt in delivery["Attempts"]),
    )
