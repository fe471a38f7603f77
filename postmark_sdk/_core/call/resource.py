"""What every resource and both clients stand on: the way from an attribute to the core, made on first use."""

from __future__ import annotations

from ..schema.generated import generated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from typing import Any, ClassVar, TypeVar

    from ...errors import PostmarkError
    from ..schema.operation import Operation
    from .aio import AsyncCore
    from .link import Link
    from .sync import SyncCore

    F = TypeVar("F", bound=Callable[..., Any])
    T = TypeVar("T")


def hide(given: dict[str, Any]) -> None:
    """Empty what a failed call was given, so that nobody who prints a traceback's variables prints addresses.

    The dicts are those that Python and the generated methods made for this one call.
    """
    fields = given.get("fields")
    if fields:
        fields.clear()
    given.clear()


def declared(declaration: Callable[..., Any]) -> Callable[[F], F]:
    """Have shells, ``help`` and ``inspect.signature`` show the keywords that a method takes.

    It takes them as ``**fields``, which :func:`hide` can empty; names of its own it could not.
    """

    def mark(method: F) -> F:
        method.__wrapped__ = declaration  # type: ignore[attr-defined]  # where inspect looks
        return method

    return mark


def own_errors() -> type[PostmarkError]:
    """What to catch. Python asks for it when something was raised: the errors are not loaded with a client."""
    from ...errors import PostmarkError  # noqa: PLC0415

    return PostmarkError


class Resource:
    """A group of calls."""

    __slots__ = ("_core",)

    def __init__(self, core: Callable[[], SyncCore]) -> None:
        self._core = core

    def _call(self, operation: Operation[T], **given: Any) -> T:
        try:
            answer: T = self._core().call(operation, **given)
        except BaseException:
            hide(given)
            raise
        return answer

    def _pages(
        self,
        operation: Operation[Any],
        *,
        path: str | None = None,
        query: Mapping[str, Any] | None = None,
        **given: Any,
    ) -> Iterator[Any]:
        try:
            return self._core().pages(operation, path=path, query=query or {}, **given)
        except own_errors() as error:
            del path, query  # as in hide
            raise error.with_traceback(None)  # noqa: B904 - the same error, without the frames that hold them


class AsyncResource:
    """A group of calls."""

    __slots__ = ("_core",)

    def __init__(self, core: Callable[[], AsyncCore]) -> None:
        self._core = core

    async def _call(self, operation: Operation[T], **given: Any) -> T:
        try:
            answer: T = await self._core().call(operation, **given)
        except BaseException:
            hide(given)
            raise
        return answer

    def _pages(
        self,
        operation: Operation[Any],
        *,
        path: str | None = None,
        query: Mapping[str, Any] | None = None,
        **given: Any,
    ) -> AsyncIterator[Any]:
        try:
            return self._core().pages(operation, path=path, query=query or {}, **given)
        except own_errors() as error:
            del path, query  # as in hide
            raise error.with_traceback(None)  # noqa: B904 - the same error, without the frames that hold them


class _Holder:
    """Attributes that become resources when they are first read."""

    __resources__: ClassVar[Mapping[str, str]]
    _prefix: ClassVar[str]
    _link: Link

    if not TYPE_CHECKING:  # checkers know the attributes from the generated class; this would hide misspelt ones

        def __getattr__(self, name: str) -> Any:
            class_name = self.__resources__.get(name)
            if class_name is None:
                raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
            resource = getattr(generated(f"resources.{name}"), self._prefix + class_name)(self._link.core)
            self.__dict__[name] = resource
            return resource

    def __dir__(self) -> list[str]:
        """Resources included, so that interactive completion shows them."""
        return sorted({*super().__dir__(), *self.__resources__})

    def __reduce__(self) -> str:
        """Refuse pickle and copy, with a sentence."""
        return self._link.__reduce__()


class ResourceHolder(_Holder):
    """The base of the sync client's attributes."""

    _prefix = ""


class AsyncResourceHolder(_Holder):
    """The base of the async client's attributes."""

    _prefix = "Async"
