"""One request on its way to the function that answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from ..reference.problems import Json, Problem

if TYPE_CHECKING:
    from ..reference.description import Operation
    from ..state.state import State

TEST_TOKEN = "POSTMARK_API_TEST"  # noqa: S105 - published: it validates and sends nothing


@dataclass
class Call:
    """What a handler gets: everything decoded and judged by the description."""

    state: State
    operation: Operation
    server: int
    """The calling server; 0 for account calls and for the test token."""
    test: bool
    """Whether the token is ``POSTMARK_API_TEST``."""
    path: dict[str, str]
    query: dict[str, Json]
    """Documented parameters by lower-case name, converted."""
    given_query: dict[str, str]
    """Every parameter by lower-case name, as it was written."""
    body: Json
    """Normalised: documented spelling, no nulls."""
    given: Json
    """As it was sent."""
    raw: bytes
    item_problems: dict[int, Problem] = field(default_factory=dict)
    """For batches: what the description has against single items."""
    refused_items: list[tuple[int, Problem]] = field(default_factory=list)
    """Filled by batches, for the log of refusals."""

    def given_messages(self) -> list[Json]:
        """The messages of a batch as they were sent."""
        if isinstance(self.given, list):
            return self.given
        return next((list(value) for name, value in self.given.items() if name.lower() == "messages"), [])


Handler = Callable[[Call], Json]
AsyncHandler = Callable[[Call], Awaitable[Json]]
Check = Callable[[Call], None]
HandlerT = TypeVar("HandlerT", bound=Handler)
AsyncHandlerT = TypeVar("AsyncHandlerT", bound=AsyncHandler)

HANDLERS: dict[str, Handler] = {}
ASYNC_HANDLERS: dict[str, AsyncHandler] = {}
CHECKS: dict[str, Check] = {}


def handles(operation_id: str, *, check: Check | None = None) -> Callable[[HandlerT], HandlerT]:
    """Register the function that answers an operation, and the rules its body must pass first."""

    def register(handler: HandlerT) -> HandlerT:
        HANDLERS[operation_id] = handler
        if check is not None:
            CHECKS[operation_id] = check
        return handler

    return register


def handles_async(operation_id: str, *, check: Check | None = None) -> Callable[[AsyncHandlerT], AsyncHandlerT]:
    """The same for operations that call out themselves; they open their own transactions."""

    def register(handler: AsyncHandlerT) -> AsyncHandlerT:
        ASYNC_HANDLERS[operation_id] = handler
        if check is not None:
            CHECKS[operation_id] = check
        return handler

    return register
