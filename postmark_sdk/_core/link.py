"""The way from a client to its core: nothing is imported or opened before the first call."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .settings import Settings

C = TypeVar("C")
P = TypeVar("P")


class Shared:
    """What a client and its copies have in common: the connections."""

    def __init__(self, given: Any) -> None:
        self.closed = False
        self._given = given
        self._lock = threading.Lock()
        self._pool: Any = None

    def pool(self, make: Callable[[Any], P]) -> P:
        """The one pool, made on first use around the HTTP client that the caller gave, if any."""
        with self._lock:
            if self._pool is None:
                self._pool = make(self._given)
            pool: P = self._pool
            return pool

    @property
    def made(self) -> Any:
        """The pool, None while there is none."""
        return self._pool


class Link(Generic[C]):
    """Settings, and the core that is made of them on first use."""

    def __init__(
        self, settings: Settings, make: Callable[[Settings, Shared], C], shared: Shared, *, owner: bool = True
    ) -> None:
        self.settings = settings
        self._make = make
        self._shared = shared
        self._owner = owner
        self._made: C | None = None

    def core(self) -> C:
        """The core."""
        if self._shared.closed:
            raise ConfigurationError("this client is closed: make a new one, or call it inside its with block")
        if self._made is None:  # two threads may both make one; they share the pool, so either will do
            self._made = self._make(self.settings, self._shared)
        return self._made

    def copy(self, settings: Settings) -> Link[C]:
        """For a copy of the client, which does not own the connections."""
        return Link(settings, self._make, self._shared, owner=False)

    def close(self) -> Any:
        """Close the connections, if they are ours and there are any; the async pool answers with an awaitable."""
        if not self._owner:
            return None
        self._shared.closed = True
        return self._shared.made.close() if self._shared.made is not None else None
