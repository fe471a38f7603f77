"""The emulator as a Python object."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from socket import socket
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypeVar

from typing_extensions import Self

from ._app import App
from ._runner import Runner, bind, configure, listen, url_of
from .control import actions, reading
from .control.documents import plain, read_document
from .control.dumping import dump
from .control.loading import begin
from .control.schedule import is_settled
from .control.seed import SERVER_TOKEN
from .control.sent import SentMessage, sent_message
from .reference import dates
from .reference.problems import EmulatorError, Problem
from .state.faults import FaultKind
from .state.state import Settings, State
from .state.store import Store

P = ParamSpec("P")
T = TypeVar("T")

_POLL = 0.002


class Emulator:
    """A local Postmark: every endpoint with state, on a free port, in this process.

    ``with Emulator() as postmark:`` or ``async with``; between, ``base_url``, ``server_token`` and ``account_token``
    are what a client needs. Nothing is ever sent. What cannot be done is an :class:`EmulatorError` that says why.

    Args:
        host: Address to listen on.
        port: 0 takes a free one.
        db: An SQLite file that keeps everything; in memory without it.
        seed: What a fresh one holds, and again after ``reset``, instead of one server and three templates: a file in
            YAML or JSON, or what ``dump`` gives. A ``db`` that holds something already stays as it is.
        time_scale: How many times faster than announced webhook retries and bulk jobs go.
        allow_hosts: Names it answers to beside addresses and names that nobody can register; ``"*"`` for any.
        allow_webhook_hosts: Hosts beyond loopback that webhooks may be posted to; ``"*"`` for any.
        check_senders: Refuse senders without confirmed signature or verified domain (codes 400, 401).
        search_delay: Seconds of the emulator's clock until searches, details and sources find what was sent.
        rate_limit: Requests answered within a second of the emulator's clock; the others get 429. 0 is no limit.
        shuffle_webhooks: Post events that come within moments of each other in any order.
        strict: Refuse unknown request fields with code 403, where Postmark ignores them.
        live_style: Webhooks as live ones look: no empty ``Metadata``, whole seconds.

    Raises:
        OSError: The file of ``db`` is in use by another emulator, damaged, or a database of something else.
        EmulatorError: A number is below 0, or ``time_scale`` is 0. Or ``seed`` cannot be read, or holds what Postmark
            would refuse; it says where and why.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        db: str | None = None,
        seed: str | os.PathLike[str] | Mapping[str, Any] | None = None,
        time_scale: float = 1.0,
        allow_hosts: Iterable[str] = (),
        allow_webhook_hosts: Iterable[str] = (),
        check_senders: bool = False,
        search_delay: float = 0.0,
        rate_limit: int = 0,
        shuffle_webhooks: bool = False,
        strict: bool = False,
        live_style: bool = False,
    ) -> None:
        settings = Settings(
            names=frozenset(name.lower() for name in (host, *allow_hosts)),
            allowed_hosts=frozenset(name.lower() for name in allow_webhook_hosts),
        )
        given: dict[str, Any] = {
            "strict": strict,
            "check_senders": check_senders,
            "search_delay": search_delay,
            "rate_limit": rate_limit,
            "shuffle_webhooks": shuffle_webhooks,
            "live_style": live_style,
            "time_scale": time_scale,
        }
        _do(actions.set_fields, settings, given)
        start = read_document(seed) if isinstance(seed, (str, os.PathLike)) else plain(seed)
        self.state: State = State(Store(db), settings=settings, start=start)
        if not self.state.account_token:
            self._fill(f"{seed}: " if isinstance(seed, (str, os.PathLike)) else "")
        self._host = host
        self._port = port
        self._runner: Runner | None = None

    def _fill(self, source: str) -> None:
        try:
            with self.state.change():
                self._do(begin)
        except BaseException as error:
            self.state.store.close()
            if isinstance(error, EmulatorError):
                raise EmulatorError(f"{source}{error}") from None
            raise

    def __repr__(self) -> str:
        """Where it is reached, and how much it took."""
        name = type(self).__name__.lstrip("_")
        if self._runner is None:
            return f"<{name}, not running>"
        count = self.state.store.value("SELECT COUNT(*) FROM messages")
        return f"<{name} {self.base_url}, messages={count}>"

    @property
    def base_url(self) -> str:
        """``http://127.0.0.1:PORT`` while it runs."""
        return self.state.base_url

    @property
    def server_token(self) -> str:
        """Token of the first server: the one that is there from the start, or that of ``seed``."""
        servers = reading.servers(self.state)
        return str(servers[0]["ApiTokens"][0]) if servers else SERVER_TOKEN

    @property
    def account_token(self) -> str:
        """Token of the account API."""
        return self.state.account_token

    def start(self) -> Self:
        """Listen; return once requests are answered."""
        listener = self._listen()
        self._runner = Runner(App(self.state), listener)
        self._runner.start()
        return self

    def _listen(self) -> socket:
        try:
            listener = listen(self._bind())
        except OSError:
            self.state.store.close()
            raise
        self.state.base_url = url_of(listener)
        return listener

    def _bind(self) -> socket:
        return bind(self._host, self._port)

    def stop(self) -> None:
        """Stop listening and close the database."""
        if self._runner is not None:
            self._runner.stop()
            self._runner = None
        self.state.store.close()

    def serve(self, announce: Callable[[], None] | None = None) -> int:
        """Run in this thread until interrupted."""
        listener = self._listen()
        app = App(self.state)
        app.on_started = announce
        try:
            configure(app).run(sockets=[listener])
        except KeyboardInterrupt:
            return 0
        finally:
            listener.close()
            self.state.store.close()
        return 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def reset(self) -> None:
        """Forget everything: messages, templates, webhooks, faults, latency; the clock is real time again."""
        actions.reset(self.state)

    def dump(self) -> dict[str, Any]:
        """What it holds, as ``Emulator(seed=...)`` and ``restore`` take it.

        Account, domains, sender signatures, and servers with their tokens, streams, templates, inbound rules, messages,
        suppressions and webhooks; not what became of messages, and no received mail.
        """
        return dump(self.state)

    def restore(self, document: Mapping[str, Any]) -> None:
        """Forget everything, and hold what ``dump`` gave."""
        self._do(actions.restore, document)

    def seed(self, *, messages: int = 0) -> None:
        """Put example messages in, for something to look at."""
        actions.seed(self.state, messages=messages)

    def sent(
        self, *, stream: str | None = None, tag: str | None = None, recipient: str | None = None, limit: int = 1000
    ) -> list[SentMessage]:
        """What was accepted, oldest first; the newest ``limit`` of it."""
        with self.state.lock:
            listed = reading.messages(self.state, stream=stream, tag=tag, recipient=recipient, limit=limit)
            return [sent_message(self.state, each["MessageID"]) for each in reversed(listed)]

    def counters(self) -> dict[str, Any]:
        """How much happened since the last reset: ``Accepted``, ``Refused``, ``Opens``, ``Webhooks``, ..."""
        return reading.counters(self.state)

    def refusals(self, *, limit: int = 50) -> list[dict[str, Any]]:
        """Requests and batch items that were refused, newest first, with the answer they got."""
        return reading.refusals(self.state, limit=limit)

    def deliveries(self, *, message_id: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
        """Webhook posts with their attempts, newest first."""
        return reading.deliveries(self.state, message_id=message_id, limit=limit)

    @property
    def now(self) -> datetime:
        """The emulator's time."""
        return dates.moment_of(self.state.clock.now())

    def set_clock(self, moment: datetime) -> None:
        """Continue from this moment."""
        self.state.clock.set(dates.to_ticks(moment))
        self.state.wake()

    def freeze_clock(self) -> None:
        """Stand still; ``advance`` still moves."""
        self.state.clock.freeze()

    def resume_clock(self) -> None:
        """Run again."""
        self.state.clock.resume()
        self.state.wake()

    def advance(self, seconds: float, *, timeout: float = 60.0) -> None:
        """Move the clock forward and wait until everything that is due then was done.

        Args:
            seconds: How far, in the emulator's time.
            timeout: Real seconds to wait at most; ``TimeoutError`` after that.
        """
        actions.advance(self.state, seconds)
        self.settle(timeout=timeout)

    def settle(self, *, timeout: float = 60.0) -> None:
        """Wait until no webhook or bulk job is due or under way; ``TimeoutError`` after ``timeout`` real seconds."""
        end = time.monotonic() + timeout
        self.state.wake()
        while not is_settled(self.state):
            if time.monotonic() > end:
                message = f"The emulator was still busy after {timeout} seconds."
                raise TimeoutError(message)
            time.sleep(_POLL)

    def set_latency(self, seconds: float) -> None:
        """Hold every answer of the API back this long, in real seconds."""
        self._do(actions.change_settings, {"latency": seconds})

    def change_settings(self, **changes: bool | float) -> None:
        """What the account may do and how the emulator behaves.

        ``check_senders=True``, ``pending_approval=True``, ``may_send=False``, ``bulk_approved=False``,
        ``may_delete_servers=False``, ``dns_verified=False``,
        ``ip_allowed=False``, ``search_delay=30``, ``rate_limit=10``, ``shuffle_webhooks=True``, ...
        """
        self._do(actions.change_settings, changes)

    def fail_next(
        self,
        times: int = 1,
        *,
        kind: FaultKind = "status",
        status: int = 500,
        error_code: int | None = None,
        message: str = "Injected by the emulator.",
        retry_after: str | float | None = None,
        path: str = "*",
        method: str | None = None,
        processed: bool = False,
        seconds: float = 60.0,
    ) -> None:
        """Let the next matching requests go wrong; :class:`Fault` explains each argument and every kind."""
        given: dict[str, Any] = {
            "kind": kind,
            "times": times,
            "status": status,
            "error_code": error_code,
            "message": message,
            "retry_after": None if retry_after is None else str(retry_after),
            "path": path,
            "method": method,
            "processed": processed,
            "seconds": seconds,
        }
        self._do(actions.add_fault, given)

    def clear_faults(self) -> None:
        """Drop the faults that are still to come."""
        self.state.faults.clear()

    def add_server(self, name: str, *, token: str | None = None, sandbox: bool = False) -> str:
        """Another server; its token."""
        made = self._do(actions.add_server, name, token=token, sandbox=sandbox)
        return str(made["ApiTokens"][0])

    def inbound(self, mail: Mapping[str, Any] | bytes, *, recipient: str | None = None) -> str:
        """Let a mail arrive, as Postmark would post it (``{"From": ...}``) or as its source (bytes); its id."""
        if isinstance(mail, bytes):
            return self._do(actions.receive_eml, mail, recipient=recipient)
        given = dict(mail)
        if recipient is not None:
            given["OriginalRecipient"] = recipient
        return self._do(actions.receive, given)

    def bounce(self, message: str | SentMessage, *, recipient: str | None = None, type: str = "HardBounce") -> int:
        """Let a message bounce; the bounce's id."""
        return self._do(actions.bounce, _id_of(message), recipient, type)

    def complain(self, message: str | SentMessage, *, recipient: str | None = None) -> int:
        """Let a recipient mark a message as spam; the id of the complaint."""
        return self._do(actions.complain, _id_of(message), recipient)

    def open(self, message: str | SentMessage, *, recipient: str | None = None, user_agent: str = "") -> None:
        """Let a recipient open a message."""
        self._do(actions.open_message, _id_of(message), recipient, user_agent)

    def click(
        self, message: str | SentMessage, link: str, *, recipient: str | None = None, user_agent: str = ""
    ) -> None:
        """Let a recipient follow a link of a message."""
        self._do(actions.click, _id_of(message), link, recipient, user_agent=user_agent)

    def unsubscribe(self, message: str | SentMessage, *, recipient: str | None = None) -> None:
        """Let a recipient unsubscribe from the message's stream."""
        self._do(actions.unsubscribe, _id_of(message), recipient)

    def pause_webhook(self, webhook_id: int, trigger: str) -> None:
        """Let one trigger of a webhook be unverified, as Postmark does after lasting failure; the others go on."""
        self._do(actions.pause_webhook, webhook_id, trigger)

    def suppress(self, address: str, *, stream: str = "outbound", reason: str = "ManualSuppression") -> None:
        """Put an address on a suppression list."""
        origin = "Customer" if reason == "ManualSuppression" else "Recipient"
        self._do(actions.suppress, address, stream, reason, origin)

    def confirm(self, address: str) -> None:
        """Let the owner of a sender signature confirm it."""
        self._do(actions.confirm, address)

    def _do(self, action: Callable[Concatenate[State, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return _do(action, self.state, *args, **kwargs)


def _do(action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What over HTTP is an answer with Postmark's envelope is an error here."""
    try:
        return action(*args, **kwargs)
    except Problem as problem:
        raise EmulatorError(problem.text) from None


def _id_of(message: str | SentMessage) -> str:
    return message if isinstance(message, str) else message.message_id
