"""What callers may write for addresses, headers, metadata and template models, and its form on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from email.headerregistry import Address
    from typing import Protocol

    from typing_extensions import NotRequired, TypedDict

    from .content import FileContent

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


Recipient: TypeAlias = "str | tuple[str, str] | Address"
"""An address, ``Name <address>``, a pair of name and address, or the standard library's ``Address``."""

Recipients: TypeAlias = "Recipient | Sequence[Recipient]"
"""One recipient or several; a string may hold several, separated by commas."""

HeadersInput: TypeAlias = (
    "Mapping[str, str] | Sequence[NamedValue | NamedValueParams | NamedValueWire | tuple[str, str]]"
)
"""Mail headers, as a mapping, as pairs of name and value, or as models."""

MetadataInput: TypeAlias = "Mapping[str, str] | Iterable[tuple[str, str]]"
"""Keys and values, as a mapping or as pairs."""


Content: TypeAlias = "str | FileContent"
"""Base64, or the content that ``Attachment.from_bytes`` and its like make."""


def sender(value: Recipient) -> str:
    """The wire form of one address."""
    return value if isinstance(value, str) else _one(value)


def recipients(value: Recipients) -> str:
    """The wire form of addresses: joined by commas."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple) and is_pair(value):
        return _one(value)
    if isinstance(value, Iterable):
        return ", ".join(sender(item) for item in value)
    return _one(value)


def is_pair(value: tuple[Any, ...]) -> bool:
    """Whether it is a name and an address, and not two addresses; an address may be its own name."""
    name, address = map(str, value) if len(value) == 2 else ("@", "@")  # noqa: PLR2004 - a pair
    alone = "@" in name and "@" in address and " " not in name.strip()
    return not alone or name.strip().lower() == address.strip().lower()


def _one(value: Any) -> str:
    if isinstance(value, tuple):
        return named(*value)
    return named(value.display_name, value.addr_spec)


_SPECIALS = frozenset('()<>[]:;@\\,."')


def named(name: str, address: str) -> str:
    """``Name <address>``, the name quoted where it has to be."""
    if not name.strip():
        return address
    if _SPECIALS.isdisjoint(name):
        return f"{name.strip()} <{address}>"
    escaped = name.strip().replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{address}>'


def headers(value: HeadersInput) -> list[dict[str, str]]:
    """The wire form of headers: a list of name and value."""
    if isinstance(value, Mapping):
        return [{"Name": name, "Value": text} for name, text in value.items()]
    return [_header(item) for item in value]


def _header(item: Any) -> dict[str, str]:
    if isinstance(item, tuple):
        name, text = item
        return {"Name": name, "Value": text}
    if isinstance(item, Mapping):
        return {"Name": item.get("name", item.get("Name")), "Value": item.get("value", item.get("Value"))}
    return {"Name": item.name, "Value": item.value}


def metadata(value: MetadataInput) -> dict[str, str]:
    """The wire form of metadata."""
    return dict(value)


def template_model(value: object) -> Any:
    """The JSON form of a template's model; what stands inside a dict is left to the JSON encoder."""
    if isinstance(value, dict):
        return value
    from ..schema.converter import converter  # noqa: PLC0415 - cattrs is loaded only where a model needs it

    return converter().unstructure(value)


def content(value: Content) -> str:
    """The base64 of an attachment."""
    return str(value)


def content_id(value: str) -> str:
    """``cid:`` and the id, as the HTML shows it, whichever way it was written; empty if there is none."""
    from .shown import bare_id  # noqa: PLC0415 - few mails show pictures

    text = bare_id(value)
    return f"cid:{text}" if text else ""
