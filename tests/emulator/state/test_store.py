"""The file that keeps everything."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk.emulator import Emulator
from postmark_sdk.emulator.__main__ import main
from tests.emulator.client import client

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_file_keeps_everything(tmp_path: Path, email: dict[str, Any]) -> None:
    path = str(tmp_path / "mail.db")
    with Emulator(db=path) as postmark, client(postmark) as api:
        sent_id = api.post("/email", json=email).json()["MessageID"]
        number = api.post("/templates", json={"Name": "N", "Alias": "n", "Subject": "S", "TextBody": "T"}).json()
        postmark.suppress("gone@example.org")
    with Emulator(db=path) as postmark, client(postmark) as api:
        assert api.get(f"/messages/outbound/{sent_id}/details").status_code == 200
        assert api.get("/templates/n").json()["TemplateId"] == number["TemplateId"]
        assert api.post("/email", json={**email, "To": "gone@example.org"}).json()["ErrorCode"] == 406
        made = api.post("/templates", json={"Name": "M", "Subject": "S", "TextBody": "T"}).json()
        assert made["TemplateId"] == number["TemplateId"] + 1


def test_a_second_emulator_on_the_same_file_says_so(tmp_path: Path, email: dict[str, Any]) -> None:
    path = str(tmp_path / "mail.db")
    with Emulator(db=path) as first:
        with pytest.raises(OSError, match="in use by another emulator"):
            Emulator(db=path)
        with client(first) as api:
            assert api.post("/email", json=email).status_code == 200
    with Emulator(db=path) as second:
        assert len(second.sent()) == 1


def test_the_command_says_in_one_line_that_the_file_is_in_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "mail.db")
    with Emulator(db=path):
        assert main(["--port", "0", "--db", path]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line == f"{path} is in use by another emulator. Stop that one, or give this one a file of its own."


def test_a_file_of_another_version_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "mail.db")
    Emulator(db=path).stop()
    with closing(sqlite3.connect(path)) as database:
        database.execute("ALTER TABLE bounces ADD COLUMN shade TEXT")
        database.commit()
    with pytest.raises(OSError, match="of another version of the emulator: its table 'bounces' differs"):
        Emulator(db=path)


def text(path: Path) -> None:
    path.write_text("Dear diary, " * 1000)


def torn(path: Path) -> None:
    with Emulator(db=str(path)):
        pass
    path.write_bytes(path.read_bytes()[:9000])


def overwritten(path: Path) -> None:
    with Emulator(db=str(path)):
        pass
    path.write_bytes(path.read_bytes().replace(b'"Name":', b'"Name";'))


def of_an_application(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE customers (name TEXT)")


def with_other_columns(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE messages (body TEXT)")


def folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("spoil", [text, torn, overwritten, of_an_application, with_other_columns, folder])
def test_a_file_that_is_none_of_its_own_is_one_clear_line_and_stays_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], None]
) -> None:
    path = tmp_path / "mail.db"
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    assert main(["--port", "0", "--db", str(path)]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(str(path))
    assert "ive another file" in line
    if spoil is of_an_application:
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("customers",)]
    elif spoil is text:
        assert path.read_bytes() == before
