"""Methods of resources that tell what came over the wire besides what it means."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar, overload

from typing_extensions import ParamSpec

from ..http.outcome import Failure, Reply
from ..http.raw import APIResponse
from ..schema.generated import generated
from .resource import AsyncResource, Resource
from .settings import misconfigured

if TYPE_CHECKING:
    from ..schema.operation import Operation
    from .aio import AsyncCore
    from .core import Call, Core
    from .sync import SyncCore

P = ParamSpec("P")
T = TypeVar("T")


@overload
def with_response(  # type: ignore[overload-overlap]  # what is awaited is looked for first
    method: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, APIResponse[T]]]: ...
@overload
def with_response(method: Callable[P, T]) -> Callable[P, APIResponse[T]]: ...
def with_response(method: Callable[..., Any]) -> Callable[..., Any]:
    """The same method, with status, headers and request id beside its result.

    >>> from postmark_sdk import PostmarkClient, with_response
    >>> client = PostmarkClient("server-token-for-examples")
    >>> response = with_response(client.emails.send)(from_="a@example.com", to="b@example.org")  # doctest: +SKIP
    >>> response.result.message_id, response.status_code, response.headers, response.request_id  # doctest: +SKIP

    Args:
        method: A method of a client's resource that makes one call, such as ``client.emails.send``; sync or async.

    Returns:
        What takes the same arguments and returns an ``APIResponse``. Errors are as always; ``APIError`` has status and
        headers, too.

    Raises:
        ConfigurationError: It is none: it iterates, or makes calls of its own.
    """
    resource: Any = getattr(method, "__self__", None)
    if not isinstance(resource, Resource | AsyncResource) or not _makes_one_call(resource, method.__name__):
        raise misconfigured("with_response: it takes a method of a client that makes one call, as client.emails.send")
    function: Any = method.__func__  # type: ignore[attr-defined]  # a bound method has one

    def call(*args: Any, **given: Any) -> Any:
        seen = _Seen()
        try:
            return seen.beside(function(seen.watching(resource), *args, **given))
        except BaseException:
            args = ()  # nobody who prints a traceback's variables shall see addresses
            given.clear()
            raise

    async def acall(*args: Any, **given: Any) -> Any:
        seen = _Seen()
        try:
            return seen.beside(await function(seen.watching(resource), *args, **given))
        except BaseException:
            args = ()  # as above
            given.clear()
            raise

    return functools.wraps(method)(acall if isinstance(resource, AsyncResource) else call)


def _makes_one_call(resource: Any, name: str) -> bool:
    label = f"{type(resource).__module__.rpartition('.')[2]}.{name}"
    return label in _labels()


@functools.cache
def _labels() -> frozenset[str]:
    return frozenset(each.label for each in generated("operations").OPERATIONS.values())


class _Seen:
    """The last answer of a call."""

    def __init__(self) -> None:
        self._reply: Reply | None = None

    def watching(self, resource: Any) -> Any:
        """The resource, with a core that shows its answers."""
        return type(resource)(lambda: _Watched(resource._core(), self))  # noqa: SLF001 - half of one thing

    def finish(self, core: Core, call: Call, outcome: Reply | Failure) -> Any:
        """What a core makes of an outcome; an answer of which it makes something is kept."""
        result = core.finish(call, outcome)
        self._reply = outcome if isinstance(outcome, Reply) else None
        return result

    def beside(self, result: T) -> APIResponse[T]:
        """The result of the method, with the answer."""
        reply = self._reply
        assert reply is not None  # noqa: S101 - what returns has had one
        return APIResponse(
            result=result,
            status_code=reply.status,
            headers=dict(reply.headers),
            content=reply.body,
            attempts=reply.attempts,
        )


class _Watched:
    """What a resource asks of a core, sync or async."""

    def __init__(self, core: SyncCore | AsyncCore, seen: _Seen) -> None:
        self._core = core
        self._finish = functools.partial(seen.finish, core)
        self.cut = core.cut

    def call(self, operation: Operation[Any], **given: Any) -> Any:
        """As the core's."""
        try:
            return self._core.call(operation, finish=self._finish, **given)
        finally:
            given.clear()  # nobody who prints a traceback's variables shall see addresses
