"""Letters as mail programs read them: labels of charsets mean what they always meant to those who wrote them. No I/O.

https://encoding.spec.whatwg.org/#names-and-labels
"""

from __future__ import annotations

import codecs
import contextlib
import functools
import re

_WIDER = {
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "iso8859-11": "cp874",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "tis-620": "cp874",
}
"""What is written under a name of Python's is often more, and nothing else: these read both."""
# Of the library's own, or slow beyond measure: no mail is written in them.
_NOT_OF_MAILS = frozenset({"idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
_ESCAPES = re.compile(rb"\x1b(\$[@B]|\([BIJ])")
_PAIRS = re.compile(rb"((?:[\xa1-\xfe][\xa1-\xfe])+)")


def text_of(data: bytes, label: str) -> str:
    """The text of bytes with this label; a label that nobody knows counts as UTF-8."""
    codec = codec_of(label) or "utf-8"
    with contextlib.suppress(ValueError):
        # What is more than ASCII, and reads as UTF-8, is that.
        return data.decode("utf-8" if codec == "ascii" else codec)
    wider = _WIDER_STILL.get(codec)
    return data.decode(codec, "replace") if wider is None else wider(data)


def bytes_of(text: str, label: str) -> bytes:
    """The bytes of a text with this label; of one that cannot be written so, UTF-8."""
    try:
        return text.encode(codec_of(label) or "utf-8")
    except ValueError:
        return text.encode()


@functools.lru_cache(64)
def codec_of(label: str) -> str | None:
    """The name of Python's codec for a label, None if there is none."""
    name = _of_python(label) or _of_the_web(label)
    return None if name is None else _WIDER.get(name, name)


def _of_python(label: str) -> str | None:
    try:
        name = codecs.lookup(label.strip().lower()).name
        "".encode(name)
    except (LookupError, ValueError):  # unknown, or not of texts
        return None
    return None if name in _NOT_OF_MAILS else name


def _of_the_web(label: str) -> str | None:
    """For labels that Python does not know, such as ``x-sjis``; the extra ``mime``."""
    try:
        import webencodings  # type: ignore[import-not-found, import-untyped, unused-ignore]  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    known = webencodings.lookup(label)
    return None if known is None else _of_python(known.codec_info.name)


def _western(data: bytes) -> str:
    return data.decode("cp1252", "replace")


def _japanese_of_unix(data: bytes) -> str:
    """With the letters that Windows has besides, and Python's codec has not."""
    first, *rest = _PAIRS.split(data)
    found = [first.decode("euc_jp", "replace")]
    for pairs, others in zip(rest[::2], rest[1::2], strict=True):
        found += (_letters(bytes(byte & 0x7F for byte in pairs)), others.decode("euc_jp", "replace"))
    return "".join(found)


def _japanese_of_mails(data: bytes) -> str:
    """Likewise."""
    first, *rest = _ESCAPES.split(data)
    found = [first.decode("ascii", "replace")]
    for escape, segment in zip(rest[::2], rest[1::2], strict=True):
        if escape.startswith(b"$"):
            found.append(_letters(segment))
        else:
            kana = bytes(byte | 0x80 for byte in segment) if escape == b"(I" else segment
            found.append(kana.decode("cp932", "replace"))
    return "".join(found)


def _letters(pairs: bytes) -> str:
    """Of rows and cells of JIS X 0208, by the codec of Windows, which has further rows."""
    moved = bytearray()
    for row, cell in zip(pairs[::2], pairs[1::2], strict=False):
        first = ((row + 1) >> 1) + (0x70 if row < 0x5F else 0xB0)  # noqa: PLR2004 - see JIS X 0208, annex 1
        second = cell + ((0x1F if cell < 0x60 else 0x20) if row & 1 else 0x7E)  # noqa: PLR2004 - likewise
        moved += bytes((first & 0xFF, second & 0xFF))
    return moved.decode("cp932", "replace")


_WIDER_STILL = {"ascii": _western, "euc_jp": _japanese_of_unix, "iso2022_jp": _japanese_of_mails}
