"""What callers may write for addresses, headers, metadata and template models, and its form on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..call.forms import Content, HeadersInput, MetadataInput, Recipient, Recipients


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
        return ", ".join(sender(item) for item in value)  # type: ignore[arg-type]  # no pair: that was one
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


def named(name: str | None, address: str) -> str:
    """``Name <address>``, the name quoted where it has to be; without a name the address alone."""
    if not name or not name.strip():
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
    """The JSON form of a template's model."""
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
