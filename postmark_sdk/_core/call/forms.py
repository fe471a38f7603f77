"""The types of what callers may write. Annotations name them; whoever evaluates one imports this module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from email.headerregistry import Address
from typing import Protocol, TypeAlias

from typing_extensions import NotRequired, TypedDict

from ..body.content import FileContent


# The generated ``Header``, ``HeaderParams`` and ``HeaderWire`` are such: they stand on this module, and naming them
# here would close a circle.
class NamedValue(Protocol):
    """What has a name and a value, as the model ``Header``."""

    @property
    def name(self) -> str:
        """Name of the header."""
        ...

    @property
    def value(self) -> str:
        """Its value."""
        ...


class NamedValueParams(TypedDict):
    """A header as a dict with Python's names."""

    name: str
    value: str
    extra: NotRequired[Mapping[str, object]]


class NamedValueWire(TypedDict):
    """A header as a dict with Postmark's names."""

    Name: str
    Value: str


Recipient: TypeAlias = str | tuple[str | None, str] | Address
"""An address, ``Name <address>``, a pair of name and address, or the standard library's ``Address``."""

Recipients: TypeAlias = Recipient | Sequence[Recipient]
"""One recipient or several; a string may hold several, separated by commas."""

HeadersInput: TypeAlias = Mapping[str, str] | Sequence[NamedValue | NamedValueParams | NamedValueWire | tuple[str, str]]
"""Mail headers, as a mapping, as pairs of name and value, or as models."""

MetadataInput: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
"""Keys and values, as a mapping or as pairs."""


Content: TypeAlias = str | FileContent
"""Base64, or the content that ``Attachment.from_bytes`` and its like make."""
