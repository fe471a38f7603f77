"""What every resource and both clients stand on: the way from an attribute to the core, made on first use."""

from __future__ import annotations

from ... import _types as _t
from ..schema.generated import generated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from typing import Any, TypeVar

    from ...errors import PostmarkError
    from ..schema.operation import Operation
    from .link import Link

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
    __legacy__: tuple[str, ...] = ()

    def __init__(self, core: _t.Callable[[], _t.SyncCore]) -> None:
        self._core = core

    def __dir__(self) -> list[str]:
        """Without what is deprecated, so that completion does not offer it."""
        return sorted({*super().__dir__()} - {*self.__legacy__})

    def _call(self, operation: Operation[T], **given: Any) -> T:
        try:
            answer: T = self._core().call(operation, **given)
        except BaseException:
            hide(given)
            raise
        return answer

    def _call_in_parts(self, operation: Operation[T], **given: Any) -> T:
        from .parts import joined  # noqa: PLC0415 - few calls take lists

        core = self._core()
        try:
            lists = core.cut(operation, given.pop("body"))
            answers: list[T] = [core.call(operation, body=each, **given) for each in lists]
        except BaseException:
            hide(given)
            lists = []
            raise
        return joined(answers)

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
    __legacy__: tuple[str, ...] = ()

    def __init__(self, core: _t.Callable[[], _t.AsyncCore]) -> None:
        self._core = core

    def __dir__(self) -> list[str]:
        """Without what is deprecated, so that completion does not offer it."""
        return sorted({*super().__dir__()} - {*self.__legacy__})

    async def _call(self, operation: Operation[T], **given: Any) -> T:
        try:
            answer: T = await self._core().call(operation, **given)
        except BaseException:
            hide(given)
            raise
        return answer

    async def _call_in_parts(self, operation: Operation[T], **given: Any) -> T:
        from .parts import joined  # noqa: PLC0415 - few calls take lists

        core = self._core()
        try:
            lists = core.cut(operation, given.pop("body"))
            answers: list[T] = [await core.call(operation, body=each, **given) for each in lists]
        except BaseException:
            hide(given)
            lists = []
            raise
        return joined(answers)

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


class _Attribute:
    """A resource that is imported and made when it is first read; then it stands in the client itself."""

    def __init__(self, name: str, class_name: str) -> None:
        self._name = name
        self._class_name = class_name

    def __get__(self, client: _Holder | None, _: type) -> Any:
        """The resource of a client; of the class, what ``create_autospec`` and ``help`` read: the resource's class."""
        cls = getattr(generated(f"resources.{self._name}"), self._class_name)
        if client is None:
            return cls
        resource = client.__dict__[self._name] = cls(client._link.core)  # noqa: SLF001 - half of one thing
        return resource


class _Holder:
    """Attributes that become resources when they are first read."""

    __legacy__: tuple[str, ...] = ()
    _prefix = ""
    if TYPE_CHECKING:
        _link: Link

    def __init_subclass__(cls) -> None:
        """Give a generated class its attributes."""
        for name, class_name in vars(cls).get("__resources__", {}).items():
            setattr(cls, name, _Attribute(name, cls._prefix + class_name))

    def __dir__(self) -> list[str]:
        """Without what is legacy, so that completion does not offer it."""
        return sorted({*super().__dir__()} - {*self.__legacy__})

    def __reduce__(self) -> str:
        """Refuse pickle and copy, with a sentence."""
        return self._link.__reduce__()


class ResourceHolder(_Holder):
    """The base of the sync client's attributes."""


class AsyncResourceHolder(_Holder):
    """The base of the async client's attributes."""

    _prefix = "Async"
