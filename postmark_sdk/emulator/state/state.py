"""Everything one running emulator knows."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from ..reference.description import Description, load_description
from ..reference.limits import MAX_TEMPLATES
from .clock import Clock
from .faults import Faults
from .rate import Rate
from .records import ACCOUNT, Records
from .texts import Texts

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from ..reference.problems import Json
    from .store import Store


@dataclass
class Settings:
    """How this emulator behaves where Postmark itself depends on the account or on time."""

    strict: bool = False
    """Refuse unknown request fields with code 403; Postmark ignores them."""
    check_senders: bool = False
    """Refuse senders without signature or domain (codes 400 and 401)."""
    pending_approval: bool = False
    """The account is in review: recipients must share the sender's domain (code 412)."""
    may_send: bool = True
    """Whether the account may send at all (code 413 if not)."""
    bulk_approved: bool = True
    """Whether the Bulk API answers (code 14 if not)."""
    may_delete_servers: bool = True
    """Whether servers may be deleted by API (code 604 if not)."""
    may_remove_data: bool = True
    """Whether data removals are enabled (code 1302 if not)."""
    ip_allowed: bool = True
    """Whether the address that calls is on the allow list (sends are answered with 403 and code 1480 if not)."""
    dns_verified: bool = True
    """Whether DNS checks of domains (DKIM, return path) find their records."""
    max_templates: int = MAX_TEMPLATES
    """How many templates and layouts a server holds; Postmark raises it on request."""
    live_style: bool = False
    """Webhooks as live ones look: no empty ``Metadata``, whole seconds."""
    latency: float = 0.0
    """Seconds every answer of the API is held back."""
    rate_limit: int = 0
    """Requests that are answered within a second of the emulator's clock, the others get 429; 0 is no limit."""
    search_delay: float = 0.0
    """Seconds of the emulator's clock until a message that was taken is found."""
    shuffle_webhooks: bool = False
    """Post what happens within moments of each other in any order."""
    time_scale: float = 1.0
    """How many times faster than announced retries and bulk jobs go."""
    allowed_hosts: frozenset[str] = frozenset()
    """Hosts beyond loopback that webhooks may be posted to; ``*`` is all."""
    names: frozenset[str] = frozenset()
    """Public names it answers to; ``*`` is all."""
    webhook_timeout: float = 10.0
    """Real seconds a webhook receiver has."""


@dataclass
class State:
    """The store and what hangs on it; functions of the emulator take it first."""

    store: Store
    clock: Clock = field(default_factory=Clock)
    settings: Settings = field(default_factory=Settings)
    faults: Faults = field(default_factory=Faults)
    rate: Rate = field(default_factory=Rate)
    dice: Random = field(default_factory=Random)
    """What order shuffled webhooks come in."""
    description: Description = field(default_factory=load_description)
    requests: Counter[str] = field(default_factory=Counter)
    """Requests per operation since the last reset."""
    start: Json = None
    """The document that a fresh store is set up from; None is one server and a few templates."""
    base_url: str = ""
    """Where this emulator is reached; empty until it listens."""
    wake: Callable[[], None] = lambda: None
    """Tells the scheduler that there may be new work."""
    busy: int = 0
    """Webhook posts under way, of this epoch."""
    epoch: int = 0
    """Grows with every reset: what began before it belongs to nothing that is there after it."""
    closing: bool = False
    """The server is to stop: whatever waits ends."""

    def __post_init__(self) -> None:
        self.records: Records = Records(self.store)
        self.texts: Texts = Texts(self.store)
        self._tokens: dict[str, int] = {}
        self._tokens_version = -1

    @property
    def lock(self) -> threading.RLock:
        """Held by whoever reads several things that belong together."""
        return self.store.lock

    @property
    def revision(self) -> int:
        """Grows with every change."""
        return self.store.revision

    @contextmanager
    def change(self) -> Iterator[None]:
        """One transaction; documents in memory follow its outcome."""
        try:
            with self.store.transaction():
                yield
        except BaseException:
            if self.records.dirty:
                with self.store.lock:
                    self.records.reload()
            raise
        self.records.dirty = False

    def server_of(self, token: str) -> int | None:
        """The server a token belongs to."""
        if self._tokens_version != self.records.version:
            with self.lock:  # Whoever changes documents may be halfway through.
                self._tokens = {
                    each.lower(): server["ID"]
                    for server in self.records.all("server", ACCOUNT)
                    for each in server["ApiTokens"]
                }
                self._tokens_version = self.records.version
        return self._tokens.get(token.lower())

    @property
    def account_token(self) -> str:
        """The token of the account API."""
        with self.lock:
            account = self.records.get("account", ACCOUNT, "account")
        return str(account["Token"]) if account else ""

    def delay(self, seconds: float) -> int:
        """Ticks that an announced delay takes here."""
        return round(seconds / self.settings.time_scale * 10_000_000)
