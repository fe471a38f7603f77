"""The way from a client to its core: nothing is imported or opened before the first call."""

from __future__ import annotations

import sys

from .settings import misconfigured

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from .settings import Settings

    P = TypeVar("P")

_PACKAGE = __name__.partition("_core")[0]


class Site:
    """A line of the caller's."""

    __slots__ = ("file", "line")

    def __init__(self, file: str, line: int) -> None:
        self.file = file
        self.line = line


def caller() -> Site:
    """The innermost line outside this package."""
    frame: Any = sys._getframe(1)  # noqa: SLF001 - what warnings and logging use; inspect would read source files
    while frame.f_back is not None and f"{frame.f_globals.get('__name__')}.".startswith(_PACKAGE):
        frame = frame.f_back
    return Site(frame.f_code.co_filename, frame.f_lineno)


class Shared:
    """What a client and its copies have in common: the connections, and what was asked for all of them.

    Args:
        given: The HTTP client that the caller gave, if any.
        factory: What makes transports, if the caller gave that.
    """

    def __init__(self, given: Any, factory: Any = None) -> None:
        self.closed = False
        self.sandboxes: set[str | None] = set()
        self._given = given
        self._factory = factory
        self._site = caller()
        self._once: dict[str, Any] = {}

    def pool(self, make: Callable[[Any, Site, str, Any], P], base_url: str) -> P:
        """The one pool."""
        return self._one("pool", lambda: make(self._given, self._site, base_url, self._factory))

    def marks(self, make: Callable[[], P]) -> P:
        """The marks given to mails."""
        return self._one("marks", make)

    def _one(self, name: str, make: Callable[[], P]) -> P:
        """The one thing of a kind, made on first use.

        Two threads may both make one, which opens nothing, and ``setdefault`` chooses: a lock could be held by a thread
        that does not exist in a forked child.
        """
        one: P = self._once.get(name) or self._once.setdefault(name, make())
        return one

    @property
    def made(self) -> Any:
        """The pool, None while there is none."""
        return self._once.get("pool")


class Link:
    """Settings, and the core that is made of them on first use."""

    def __init__(
        self, settings: Settings, make: Callable[[Settings, Shared], Any], shared: Shared, *, owner: bool = True
    ) -> None:
        self.settings = settings
        self._make = make
        self._shared = shared
        self._owner = owner
        self._made: Any = None

    def core(self) -> Any:
        """The core, sync or async as its client."""
        if self._made is None:  # two threads may both make one; they share the pool, so either will do
            self._made = self._make(self.settings, self._shared)
        if self._shared.closed:  # asked last: what was made before is closed with it
            raise misconfigured("this client is closed: make a new one, or call it inside its with block")
        return self._made

    def enter(self) -> None:
        """Begin a ``with`` block."""
        if self._shared.closed:
            raise misconfigured(
                "this client was closed and cannot be opened again: make a new one for each with block or start"
            )

    def copy(self, settings: Settings) -> Link:
        """For a copy of the client, which does not own the connections."""
        return Link(settings, self._make, self._shared, owner=False)

    def __reduce__(self) -> str:
        """Refuse pickle and copy: a client holds connections, and tokens that do not belong into a file."""
        raise misconfigured(
            "a client cannot be pickled or copied: make one in each process, from the environment or the token; "
            "models and errors travel"
        )

    def close(self) -> Any:
        """Close the connections, if they are ours and there are any; the async pool answers with an awaitable."""
        if not self._owner:
            return None
        self._shared.closed = True
        return self._shared.made.close() if self._shared.made is not None else None
