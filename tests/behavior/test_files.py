from __future__ import annotations

import base64
import errno
import io
import os
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postmark_sdk._behavior.inbound import files
from postmark_sdk._behavior.inbound.files import safe_name
from postmark_sdk.errors import DecodeError
from postmark_sdk.webhooks import InboundAttachment, InboundEvent, parse
from tests.webhooks.payloads import example

if TYPE_CHECKING:
    from typing_extensions import Self

_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{digit}" for port in ("COM", "LPT") for digit in "0123456789¹²³")}

_HOSTILE = [
    "../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/passwd",
    "C:\\Windows\\system.ini",
    "\\\\server\\share\\x",
    "file.txt:stream",
    "..",
    ".",
    "...",
    "",
    "   ",
    "~root",
    "~/x",
    ".bashrc",
    ".htaccess",
    "a\x00b.txt",
    "\x00",
    "a\nb\r\tc.txt",
    "CON",
    "con.txt",
    "NUL.tar.gz",
    "nul .txt",
    "COM1",
    "com¹.txt",
    "LPT9.log",
    "CONIN$",
    "aux.",
    "name. . .",
    "x" * 4096,
    "x" * 4096 + ".pdf",
    "x." + "y" * 4096,
    "é" * 4096 + ".pdf",
    "😀" * 2000,
    "\uff0e\uff0e\uff0fetc\uff0fpasswd",
    "..\u2215..\u2215etc",
    "a\u2044b\uff3cc",
    "invoice\u202efdp.exe",
    "\u200b\u200d.txt",
    "\ud800.txt",
    "\ue000.txt",
    'a<b>c|d?e*f"g.txt',
    "$(rm -rf).txt",
    "%2e%2e%2fpasswd",
    "…/…",
    "\uff0e\uff0e",
    "\u3000",
]


def attachment(name: Any = "note.txt", content: bytes = b"content", **fields: Any) -> InboundAttachment:
    fields = {"content_type": "text/plain", "content_base64": base64.b64encode(content).decode(), **fields}
    return InboundAttachment(name=name, **fields)


def everything_in(directory: Path) -> set[Path]:
    return {path for path in directory.rglob("*") if not path.is_dir()}


@pytest.mark.parametrize("name", _HOSTILE, ids=range(len(_HOSTILE)))
def test_a_hostile_name_writes_one_file_inside_the_directory(tmp_path: Path, name: str) -> None:
    directory = tmp_path / "a" / "b"
    path = attachment(name).save(directory)
    assert everything_in(tmp_path) == {path}
    assert (path.parent, path.read_bytes()) == (directory, b"content")


@pytest.mark.parametrize("name", _HOSTILE, ids=range(len(_HOSTILE)))
def test_a_hostile_name_becomes_one_that_every_system_takes(name: str) -> None:
    assert_harmless(safe_name(name))


def assert_harmless(name: str) -> None:
    assert 0 < len(name.encode()) <= 160
    assert not set(name) & set('/\\:*?"<>|')
    assert all(unicodedata.category(character)[0] != "C" for character in name)
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert name.partition(".")[0].rstrip().upper() not in _RESERVED


@given(st.text(st.characters(), max_size=300))
def test_any_name_is_made_harmless(name: str) -> None:
    assert_harmless(safe_name(name))
    assert safe_name(safe_name(name)) == safe_name(name)


@given(st.text(st.sampled_from("./\\ \x00:conaul1.¹\u202e\uff0f\uff0ex"), max_size=12))
def test_any_mixture_of_the_dangerous_is_made_harmless(name: str) -> None:
    assert_harmless(safe_name(name))


@pytest.mark.parametrize(
    ("name", "content_type", "expected"),
    [
        ("report 2026.pdf", None, "report 2026.pdf"),
        ("Übersicht.xlsx", None, "Übersicht.xlsx"),
        ("данные.csv", None, "данные.csv"),
        ("写真.jpg", None, "写真.jpg"),
        ("no-ending", None, "no-ending"),
        ("a/b.txt", None, "a_b.txt"),
        ("con.txt", None, "_con.txt"),
        ("console.txt", None, "console.txt"),
        ("", 'message/rfc822; charset="us-ascii"', "attachment.eml"),
        ("..", "image/png", "attachment.png"),
        (None, None, "attachment.dat"),
        (5, "no/such-type", "attachment.dat"),
        ("x" * 300 + ".pdf", None, "x" * 146 + ".pdf"),
    ],
)
def test_an_ordinary_name_stays_as_it_is(name: object, content_type: object, expected: str) -> None:
    assert safe_name(name, content_type) == expected


def test_a_name_that_is_taken_gets_a_number_and_nothing_is_overwritten(tmp_path: Path) -> None:
    paths = [attachment(content=str(number).encode()).save(tmp_path) for number in range(4)]
    assert [path.name for path in paths] == ["note.txt", "note-1.txt", "note-2.txt", "note-3.txt"]
    assert [path.read_bytes() for path in paths] == [b"0", b"1", b"2", b"3"]
    assert attachment("note").save(tmp_path).name == "note"
    assert attachment("note").save(tmp_path).name == "note-1"


def test_like_names_are_numbered_in_few_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    exists = os.path.lexists

    def counting(path: Path) -> bool:
        nonlocal looks
        looks += 1
        return exists(path)

    monkeypatch.setattr(os.path, "lexists", counting)
    names = [attachment(content=b"").save(tmp_path).name for _ in range(300)]
    assert names == ["note.txt", *(f"note-{number}.txt" for number in range(1, 300))]
    assert looks < 300 * 20  # 45,000, were each number tried


def test_a_name_that_is_taken_at_the_last_moment_gets_another_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([False])
    exists = os.path.lexists
    monkeypatch.setattr(os.path, "lexists", lambda path: next(answers, None) is None and exists(path))
    (tmp_path / "note.txt").write_bytes(b"theirs")
    assert attachment().save(tmp_path).name == "note-1.txt"
    assert (tmp_path / "note.txt").read_bytes() == b"theirs"


def test_a_name_of_which_every_number_is_taken_is_an_os_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_MAX_NUMBERS", 2)
    saved = [attachment().save(tmp_path) for _ in range(2)]
    with pytest.raises(FileExistsError, match="every number of this name is taken"):
        attachment().save(tmp_path)
    assert everything_in(tmp_path) == set(saved)


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs rights there")
def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    outside, directory = tmp_path / "outside.txt", tmp_path / "inside"
    outside.write_bytes(b"mine")
    directory.mkdir()
    (directory / "note.txt").symlink_to(outside)
    (directory / "note-1.txt").symlink_to(tmp_path / "nowhere.txt")
    assert attachment().save(directory).name == "note-2.txt"
    assert outside.read_bytes() == b"mine"
    assert not (tmp_path / "nowhere.txt").exists()


def test_all_files_of_a_mail_are_saved_in_their_order(tmp_path: Path) -> None:
    event = parse(example("inbound"))
    assert isinstance(event, InboundEvent)
    assert [path.name for path in event.save_attachments(tmp_path)] == ["image.png", "note.txt"]
    assert (tmp_path / "note.txt").read_bytes() == b"Hello"


def test_a_file_that_cannot_be_written_whole_does_not_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __init__(self, path: Path) -> None:
            self.file = io.FileIO(path, "x")

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()

        def write(self, _: bytes) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "open", lambda path, _: Full(path))
    with pytest.raises(OSError, match="space"):
        attachment().save(tmp_path)
    monkeypatch.undo()
    assert everything_in(tmp_path) == set()


def test_a_name_that_the_file_system_refuses_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = files._write

    def refusing(folder: Path, name: str, content: bytes) -> Path:
        if not name.isascii():
            raise OSError(errno.EILSEQ, os.strerror(errno.EILSEQ))
        return written(folder, name, content)

    monkeypatch.setattr(files, "_write", refusing)
    assert attachment("写真.txt").save(tmp_path).name == "attachment.txt"


def test_a_directory_that_cannot_be_written_to_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        attachment().save(tmp_path / "file")


def test_content_is_the_decoded_bytes() -> None:
    event = parse(example("inbound"))
    assert isinstance(event, InboundEvent)
    assert [each.content for each in event.attachments] == [b"\x89PNG\r\n\x1a\n", b"Hello"]
    assert [each.is_inline for each in event.attachments] == [True, False]


def test_content_under_the_name_of_the_dashboards_check_is_read() -> None:
    event = parse(example("inbound", "test"))
    assert isinstance(event, InboundEvent)
    assert event.attachments[0].content == b"Hello"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, b""),
        ("", b""),
        ("SGVsbG8", b"Hello"),
        ("SGVs\r\nbG8=", b"Hello"),
        ("_-__", b"\xff\xef\xff"),
        ("/+//", b"\xff\xef\xff"),
        (" QQ== \n", b"A"),
    ],
)
def test_content_without_padding_with_line_breaks_or_for_urls_is_read(text: str | None, expected: bytes) -> None:
    assert attachment(content_base64=text).content == expected


@given(st.binary(), st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]), st.booleans())
def test_no_byte_is_lost(data: bytes, encode: Any, padded: bool) -> None:  # noqa: FBT001 - drawn
    text = encode(data).decode()
    assert attachment(content_base64=text if padded else text.rstrip("=")).content == data


@given(st.text(alphabet="Aa0+/-_= \n.%é", max_size=12))
def test_what_is_read_is_all_that_came(text: str) -> None:
    try:
        data = attachment(content_base64=text).content
    except DecodeError:
        return
    assert len(data) == len("".join(text.split()).rstrip("=")) * 3 // 4


@pytest.mark.parametrize(
    "text", ["x", "SGVsb", 5, 0, False, [], {}, ["a"], {"a": 1}, "....", "QQ==QQ==", "=", "é", "QQ=\x00=", "QUJD="]
)
def test_content_that_is_no_base64_is_a_decode_error(text: Any) -> None:
    with pytest.raises(DecodeError, match="no base64"):
        _ = attachment(content_base64=text).content


def test_names_of_megabytes_are_looked_at_from_both_ends() -> None:
    marks = "\u0301\u0323" * 2_000_000  # to sort them takes hours
    assert safe_name(f"a{marks}.pdf").endswith(".pdf")
    assert len(safe_name(marks).encode()) <= 150
