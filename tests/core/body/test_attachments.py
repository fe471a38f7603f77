"""Files are read once, become base64 once, and are streamed with a known length."""

from __future__ import annotations

import base64
import binascii
import io
import json
import mimetypes
import os
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest

from postmark_sdk import Attachment, Email, PostmarkClient, converter
from postmark_sdk._core.body import content
from postmark_sdk._core.body.media_types import ending_of
from postmark_sdk._core.body.payload import Payload
from postmark_sdk.models import Attachment as AttachmentModel
from tests.core.wire import MAIL, ROW, TOKEN, Line, sent
from tests.description import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DATA = bytes(range(256)) * 40
ENCODED = base64.b64encode(DATA).decode()


def test_bytes_files_and_paths_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(DATA)
    made = [
        Attachment.from_bytes(DATA, "report.pdf"),
        Attachment.from_file(io.BytesIO(DATA), "report.pdf"),
        Attachment.from_path(path),
        Attachment.from_path(str(path), name="report.pdf"),
    ]
    wire = {"Name": "report.pdf", "Content": ENCODED, "ContentType": "application/pdf"}
    assert sent(attachments=made)["Attachments"] == [wire] * 4
    assert converter().unstructure(made[0]) == wire
    assert Attachment.from_bytes(b"", "data").content_type == "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("report.csv", "text/csv"),
        ("report.csv.gz", "application/gzip"),
        ("archive.tgz", "application/gzip"),
        ("log.txt.bz2", "application/x-bzip2"),
        ("page.html.xz", "application/x-xz"),
        ("old.tar.Z", "application/octet-stream"),
    ],
)
def test_what_is_compressed_is_not_typed_as_what_is_inside(name: str, kind: str) -> None:
    assert Attachment.from_bytes(b"", name).content_type == kind


def test_bytes_may_be_of_any_kind_and_nothing_else() -> None:
    for data in (bytearray(b"png"), memoryview(b"png")):
        assert Attachment.from_bytes(data, "a.png").content == content.FileContent(b"png")
        assert Attachment.inline(data, "a.png")[0].content == content.FileContent(b"png")
    wrong: Any
    for wrong in (5, "text", [1, 2], None):
        with pytest.raises(TypeError, match="content: it takes bytes"):
            Attachment.from_bytes(wrong, "a.png")
    with pytest.raises(TypeError, match="content: it takes bytes, not str"):
        Attachment.from_file(cast("Any", io.StringIO("text")), "a.txt")


def test_an_inline_image_says_what_the_html_needs(tmp_path: Path) -> None:
    path = tmp_path / "my logo.png"
    path.write_bytes(b"png")
    logo, src = Attachment.inline(path)
    other, other_src = Attachment.inline(b"png", "logo.png")
    assert src.startswith("cid:")
    assert " " not in src
    assert src != other_src
    assert logo.src == src
    assert (other.name, other.content_type) == ("logo.png", "image/png")
    assert sent(attachments=[logo])["Attachments"][0]["ContentID"] == src
    with pytest.raises(TypeError, match="name"):
        Attachment.inline(b"png")


@pytest.mark.parametrize("size", [0, 1, 2, 3, 100, content.PIECE_BYTES - 1, content.PIECE_BYTES + 1, 2_000_000])
def test_content_is_base64_in_pieces_of_known_length(size: int) -> None:
    data = bytes(size)
    made = content.FileContent(data)
    assert b"".join(made.pieces()) == base64.b64encode(data)
    assert b"".join(made.pieces()) == base64.b64encode(data), "it can be asked for again"
    assert len(made) == len(str(made))
    assert made == base64.b64encode(data).decode()
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301 - our own


def test_base64_is_made_once_for_500_recipients(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(data: bytes, **options: Any) -> bytes:
        calls.append(len(data))
        return binascii_original(data, **options)

    binascii_original = binascii.b2a_base64
    monkeypatch.setattr(binascii, "b2a_base64", counted)
    shared = Attachment.from_bytes(DATA, "a.pdf")
    line = Line()
    line.call(lambda client: client.emails.send_batch([Email(**MAIL, attachments=[shared])] * 500))
    assert calls == [len(DATA)]
    assert {mail["Attachments"][0]["Content"] for mail in line.bodies[0]} == {ENCODED}


def test_the_body_is_streamed_with_its_length_and_can_be_repeated() -> None:
    seen: list[tuple[dict[str, str], list[int], bytes]] = []

    class Transport(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            assert isinstance(request.stream, httpx.SyncByteStream)
            chunks = list(request.stream)
            seen.append((dict(request.headers), [len(chunk) for chunk in chunks], b"".join(chunks)))
            return httpx.Response(429 if len(seen) == 1 else 200, json=ROW)

    big = Attachment.from_bytes(bytes(3_000_000), "a.pdf")
    with PostmarkClient(TOKEN, http_client=httpx.Client(transport=Transport())) as client:
        client._link.core().sleep = lambda _: None
        client.emails.send(**MAIL, attachments=[big])
    (headers, sizes, first), (_, _, second) = seen
    assert headers["content-length"] == str(len(first))
    assert "transfer-encoding" not in headers
    assert max(sizes) < 1_500_000
    assert first == second
    assert json.loads(first)["Attachments"][0]["Content"] == base64.b64encode(bytes(3_000_000)).decode()


def test_base64_of_the_callers_own_is_sent_as_it_is() -> None:
    for text in ("YQ==", base64.b64encode(bytes(9000)).decode(), base64.encodebytes(bytes(9000)).decode()):
        attachment = {"name": "a.pdf", "content": text, "content_type": "application/pdf"}
        assert sent(attachments=[attachment])["Attachments"][0]["Content"] == text


def test_a_payload_knows_its_length_in_bytes() -> None:
    payload = Payload(['{"a":"ä'.encode(), content.FileContent(b"xyz"), b'"}'])
    assert b"".join(payload.chunks()) == '{"a":"äeHl6"}'.encode()
    assert payload.length == len('{"a":"äeHl6"}'.encode())
    assert payload.has_contents


def test_contents_show_no_data() -> None:
    assert repr(content.FileContent(b"secret")) == "FileContent(<6 bytes>)"
    assert "secret" not in repr(Attachment.from_bytes(b"secret", "a.txt"))


def test_orjson_writes_the_same_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    orjson = pytest.importorskip("orjson")
    from postmark_sdk._core.body import json_text as writing

    monkeypatch.setattr(writing, "orjson", orjson)
    for text in ("a", 'x"\\/\b\f\n\r\t\x00\x1f\x7f' * 40, "äöü \u2028 \U0001f600" * 40, "half \ud800" * 40):
        assert writing._quote_fast(text) == writing.quote_short(text)


@pytest.mark.parametrize(("version", "used"), [("3.9.14", "False"), ("3.9.15", "True"), ("4.0.0", "True")])
def test_an_orjson_that_crashes_on_nested_json_is_not_used(tmp_path: Path, version: str, used: str) -> None:
    (tmp_path / "orjson.py").write_text(f"__version__ = {version!r}\nloads = dumps = None\n", "utf-8")
    program = "from postmark_sdk._core.body import json_text; print(json_text.orjson is not None)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    command = [sys.executable, "-c", program]
    printed = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert printed.stdout.strip() == used


@pytest.mark.parametrize("read", [0, 4, len(DATA)])
def test_a_file_at_its_end_is_read_from_its_start(read: int) -> None:
    file = io.BytesIO(DATA)
    file.seek(read)
    rest = DATA[read:] or DATA
    assert Attachment.from_file(file, "a.dat").content == content.FileContent(rest)


def test_a_file_that_cannot_go_back_says_what_to_do() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"x")
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert Attachment.from_file(pipe, "a.txt").content == "eA=="
        with pytest.raises(ValueError, match=r"nothing is left to read.*from_bytes"):
            Attachment.from_file(pipe, "a.txt")


@pytest.mark.parametrize("written", ["a@b", "<a@b>", "cid:a@b", "CID:a@b", " <cid:a@b> "])
def test_an_id_may_be_written_in_any_of_its_forms(written: str) -> None:
    files = [
        Attachment.from_bytes(b"x", "a.png", content_id=written),
        {"name": "a.png", "content": "eA==", "content_type": "image/png", "content_id": written},
    ]
    assert [each["ContentID"] for each in sent(attachments=files)["Attachments"]] == ["cid:a@b"] * 2
    assert Attachment.from_bytes(b"x", "a.png", content_id=written).src == "cid:a@b"


@pytest.mark.parametrize("nothing", [None, "", "<>", "cid:"])
def test_no_id_is_left_out(nothing: str | None) -> None:
    file = {"Name": "a.png", "Content": "eA==", "ContentType": "image/png"}
    assert sent(attachments=[{**file, "ContentID": nothing}])["Attachments"] == [file]


def test_what_other_packages_say_of_a_file_is_no_mistake() -> None:
    file = {"Name": "a.png", "Content": "eA==", "ContentType": "image/png"}
    further = {"ContentLength": 1, "Disposition": "inline"}
    lower = {"name": "a.png", "content": "eA==", "content_type": "image/png", "content_length": 1}
    assert sent(attachments=[{**file, **further}, lower])["Attachments"] == [file, file]


@pytest.mark.parametrize("files", [[], None])
def test_types_are_known_without_the_lists_of_the_system(files: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mimetypes, "_db", mimetypes.MimeTypes(files or ()))
    types = {name: Attachment.from_bytes(b"x", name).content_type for name in ("a.docx", "B.XLSX", "c.ics", "d.webp")}
    assert types == {
        "a.docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "B.XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "c.ics": "text/calendar",
        "d.webp": "image/webp",
    }
    assert Attachment.from_bytes(b"x", "docx").content_type == "application/octet-stream"


def test_no_ending_that_is_made_up_is_one_that_postmark_refuses() -> None:
    refused = AttachmentModel.__rules__["name"].forbidden_extensions
    types = {*mimetypes.types_map.values(), *mimetypes.common_types.values(), "application/octet-stream", "x/y", ""}
    assert {ending_of(kind).lstrip(".") for kind in types}.isdisjoint(refused)
    assert [ending_of(each) for each in ("text/calendar; method=REQUEST", "Message/RFC822", "x/y")] == [
        ".ics",
        ".eml",
        "",
    ]


@pytest.mark.parametrize("known_as", ["name", "filename"])
def test_a_file_may_know_its_own_name(known_as: str) -> None:
    file: Any = type("File", (io.BytesIO,), {known_as: "/somewhere/report.pdf"})(DATA)
    made = Attachment.from_file(file)
    assert (made.name, made.content_type) == ("report.pdf", "application/pdf")


@pytest.mark.parametrize("name", [None, 3, ""])
def test_a_file_without_a_name_needs_one(name: Any) -> None:
    file: Any = type("File", (io.BytesIO,), {"name": name})(DATA)
    with pytest.raises(TypeError, match=r"name: the file has none of its own; give one"):
        Attachment.from_file(file)


def test_a_file_that_is_read_with_await_says_what_to_give() -> None:
    class Upload:
        async def read(self) -> bytes:
            return DATA

    with pytest.raises(TypeError, match=r"give the plain file inside \(an UploadFile's \.file\)"):
        Attachment.from_file(cast("Any", Upload()), "report.pdf")
