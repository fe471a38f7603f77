"""Parts of a mail: its two bodies, and its files with their bytes. No I/O."""

from __future__ import annotations

import contextlib
import copy
import re
from email.policy import Compat32, default
from email.utils import quote
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ...schema.generated import generated
from ..inputs import content_id
from ..media_types import ending_of
from ..shown import is_shown, shown_ids
from .charsets import bytes_of, text_of
from .headers import decoded, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

    from ...schema.model import Model

_BODIES = {"text/plain": "text_body", "text/html": "html_body"}
_NO_FORMS = frozenset({"text/calendar", "text/vcard", "text/x-vcard"})
"""Texts that say something else than the bodies beside which they stand."""
_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_ENCODED = frozenset({"base64", "quoted-printable"})


class _AsWritten(Compat32):
    """Headers as text for the older functions: the newer parser breaks at some that a stranger can write.

    Written again, they are as they were: a signature holds for the words of a mail, and other programs read a report.
    """

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 - as the base
        return written(value).strip()

    def fold_binary(self, name: str, value: Any) -> bytes:
        if not isinstance(value, str) or hasattr(value, "fold"):
            return default.fold_binary(name, value)
        lines = re.sub(r"\r?\n", self.linesep, value)
        return f"{name}: {lines}{self.linesep}".encode("utf-8", "surrogateescape")


_AS_WRITTEN = _AsWritten()


class _Leaf(NamedTuple):
    """A part that holds something; a mail inside a mail is one of them."""

    part: Message
    alternative: int | None
    """Of parts that say the same in several forms, the number they share."""

    @property
    def kind(self) -> str:
        return self.part.get_content_type()

    @property
    def is_attachment(self) -> bool:
        return self.part.get_content_disposition() == "attachment"

    @property
    def is_named(self) -> bool:
        return bool(_file_name(self.part))


def contents_of(message: Message, *, page: str | None, templated: bool) -> dict[str, Any]:
    """The bodies and files as fields of an ``Email``.

    Args:
        message: The mail.
        page: HTML that is sent instead of its own. None: its own is.
        templated: Whether a template brings the HTML. Nobody knows what it shows: all but attachments by name are taken
            for shown.
    """
    leaves = list(_leaves(message))
    bodies = _bodies(leaves)
    texts: dict[str, str] = {name: _text(leaf.part) for name, leaf in bodies.items()}
    ids = None if templated else shown_ids(texts.get("html_body") if page is None else page)
    rest = [leaf for leaf in leaves if not any(leaf is body for body in bodies.values())]
    files: list[Model] = []
    for leaf in rest:
        if not _is_another_form(leaf, bodies):
            files += _files(leaf, len(files) + 1, ids)
    return {**texts, "attachments": files or None}


def _leaves(message: Message, alternative: int | None = None) -> Iterator[_Leaf]:
    part = copy.copy(message)
    part.policy = _AS_WRITTEN
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        number = id(message) if part.get_content_subtype() == "alternative" else None
        for inner in cast("list[Message]", part.get_payload()):
            yield from _leaves(inner, number)
    else:
        yield _Leaf(part, alternative)


# --- bodies ---------------------------------------------------------------------------------------------------------


def _bodies(leaves: list[_Leaf]) -> dict[str, _Leaf]:
    """The first text of each kind that is no file; if all have names, the first of them and its other form."""
    texts = [leaf for leaf in leaves if leaf.kind in _BODIES and not leaf.is_attachment]
    chosen = [leaf for leaf in texts if not leaf.is_named]
    if not chosen and texts:
        chosen = [leaf for leaf in texts if leaf is texts[0] or _are_alternatives(leaf, texts[0])]
    found: dict[str, _Leaf] = {}
    for leaf in chosen:
        found.setdefault(_BODIES[leaf.kind], leaf)
    return found


def _are_alternatives(leaf: _Leaf, other: _Leaf) -> bool:
    return leaf.alternative is not None and leaf.alternative == other.alternative


def _is_another_form(leaf: _Leaf, bodies: dict[str, _Leaf]) -> bool:
    """Whether it says what a body says, for programs that like it better: Markdown, AMP, HTML for watches."""
    return (
        leaf.part.get_content_maintype() == "text"
        and leaf.kind not in _NO_FORMS
        and not (leaf.is_attachment or leaf.is_named)
        and any(_are_alternatives(leaf, body) for body in bodies.values())
    )


def _text(part: Message) -> str:
    text = _unencoded(part)
    return text_of(_data(part), _label(part)) if text is None else text


def _label(part: Message) -> str:
    """Of its charset."""
    with contextlib.suppress(LookupError, TypeError, ValueError):  # one in a charset that is none
        return part.get_content_charset("utf-8") or "utf-8"
    return "utf-8"


def _unencoded(part: Message) -> str | None:
    """The text of a mail that was parsed from text: its letters outside ASCII were never encoded."""
    with contextlib.suppress(LookupError, TypeError, ValueError):  # a charset that is none
        text = part.get_payload()
        if isinstance(text, str) and not text.isascii():
            return text if part.get_payload(decode=True) == text.encode("raw-unicode-escape") else None
    return None


# --- files ----------------------------------------------------------------------------------------------------------


def _files(leaf: _Leaf, number: int, ids: frozenset[str] | None) -> Iterator[Model]:
    """The file of a part; none of one without a name that is blank, as some programs put them between others."""
    part, name = leaf.part, _file_name(leaf.part)
    data = _bytes(part)
    if not name and not data.strip():
        return
    found = written(part.get("Content-ID", ""))
    shown = not leaf.is_attachment if ids is None else is_shown(found, ids)
    cls: Any = generated("models.attachment").Attachment
    yield cls.from_bytes(
        data,
        name or f"part-{number}{ending_of(leaf.kind)}",
        content_type="; ".join([leaf.kind, *_parameters(part)]),
        content_id=content_id(found) if shown else None,
    )


def _file_name(part: Message) -> str:
    """The name that its writer gave a file, on one line."""
    found = _parameter(part, "filename", "content-disposition") or _parameter(part, "name", "content-type")
    return " ".join(decoded(_value(found)).split()) if found else ""


def _parameter(part: Message, name: str, header: str) -> Any:
    return next((value for found, value in _all_parameters(part, header)[1:] if found.lower() == name), None)


def _all_parameters(part: Message, header: str) -> list[Any]:
    """What a header is and its parameters; none of one whose pieces do not go together, at which the library breaks."""
    try:
        return list(part.get_params([], header))
    except (TypeError, ValueError):
        return []


def _value(parameter: Any) -> str:
    """Of a parameter; one of RFC 2231 is a tuple with its charset."""
    if isinstance(parameter, tuple):
        label, _, text = parameter
        return text_of(str(text).encode("raw-unicode-escape"), label or "us-ascii")
    return str(parameter)


def _bytes(part: Message) -> bytes:
    if part.get_content_maintype() == "message" and part.is_multipart():
        return _source(part)
    text = _unencoded(part)
    return _data(part) if text is None else bytes_of(text, _label(part))


def _data(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _source(part: Message) -> bytes:
    """A mail inside a mail, or the groups of lines of a delivery report, as they were written."""
    inner = cast("list[Message]", part.get_payload())
    if part.get("Content-Transfer-Encoding", "").lower() in _ENCODED and not inner[0].keys():
        whole = copy.copy(part)  # against the book, so that the parser did not look inside
        whole.set_payload(inner[0].get_payload())
        return _data(whole)
    source = b"".join(map(_written, inner))
    return source.rstrip(b"\n") + b"\n" if len(inner) > 1 else source


def _written(message: Message) -> bytes:
    try:
        return message.as_bytes(policy=_AS_WRITTEN)
    except Exception:  # noqa: BLE001 - it fails in many ways; or the mail was parsed from text
        return message.as_string(policy=_AS_WRITTEN).encode("utf-8", "surrogateescape")


def _parameters(part: Message) -> Iterator[str]:
    """Those of its type, such as the ``method`` of an invitation; its name is told elsewhere."""
    done = {"name", "boundary"}
    for name, parameter in _all_parameters(part, "content-type")[1:]:
        text = _value(parameter)
        if name in done or not _TOKEN.fullmatch(name):
            continue
        done.add(name)
        if text and text.isascii() and text.isprintable():
            yield f"{name}={text}" if _TOKEN.fullmatch(text) else f'{name}="{quote(text)}"'
