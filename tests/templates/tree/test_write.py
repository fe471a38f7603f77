"""Templates are written as they are, only where they may be, and only what differs."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postmark_sdk.templates.tree import (
    TemplateSource,
    TemplateTree,
    UnsafeFolderError,
    folder_name,
    new_folders,
    read_tree,
    write_template,
)

WELCOME = TemplateSource(
    alias="welcome",
    name="Grüße",
    subject="Hi, {{ name }}",
    html_body="<p>\r\n\u20ac</p>\n",
    text_body="no newline",
    layout_template="main",
)
PLACE = PurePosixPath("welcome")


def names(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_a_template_is_written_as_the_vendors_command_writes_it(tmp_path: Path) -> None:
    written = write_template(tmp_path, PLACE, WELCOME)
    assert (
        sorted(map(str, written))
        == names(tmp_path)
        == [
            "welcome/content.html",
            "welcome/content.txt",
            "welcome/meta.json",
        ]
    )
    assert (tmp_path / "welcome/content.html").read_bytes() == b"<p>\r\n\xe2\x82\xac</p>\n"
    assert (tmp_path / "welcome/content.txt").read_bytes() == b"no newline"
    assert (tmp_path / "welcome/meta.json").read_text(encoding="utf-8") == (
        '{\n  "Name": "Grüße",\n  "Alias": "welcome",\n  "Subject": "Hi, {{ name }}",\n'
        '  "TemplateType": "Standard",\n  "LayoutTemplate": "main"\n}\n'
    )
    assert read_tree(tmp_path).folders[0].template == WELCOME


def test_a_layout_has_neither_subject_nor_layout() -> None:
    layout = TemplateSource(alias="main", name="Main", is_layout=True, html_body="{{{ @content }}}")
    assert layout.meta() == {"Name": "Main", "Alias": "main", "TemplateType": "Layout"}
    assert layout.to_wire() == {
        "Name": "Main",
        "Alias": "main",
        "TemplateType": "Layout",
        "HtmlBody": "{{{ @content }}}",
    }
    assert TemplateSource.from_wire({**layout.to_wire(), "Subject": None, "TextBody": "", "TemplateId": 5}) == layout


def test_what_is_the_same_already_is_not_touched(tmp_path: Path) -> None:
    write_template(tmp_path, PLACE, WELCOME)
    meta = tmp_path / "welcome/meta.json"
    reformatted = json.dumps(json.loads(meta.read_bytes()))
    meta.write_text(reformatted)
    assert write_template(tmp_path, PLACE, WELCOME) == []
    assert meta.read_text() == reformatted


def test_metadata_that_leaves_out_what_the_folder_says_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "_layouts/main").mkdir(parents=True)
    meta = tmp_path / "_layouts/main/meta.json"
    meta.write_text('{"Name": "Main", "Subject": ""}')
    layout = TemplateSource(alias="main", name="Main", is_layout=True, text_body="{{{ @content }}}")
    assert list(map(str, write_template(tmp_path, PurePosixPath("_layouts/main"), layout))) == [
        "_layouts/main/content.txt"
    ]
    assert meta.read_text() == '{"Name": "Main", "Subject": ""}'


def test_a_body_that_is_no_more_loses_its_file_and_other_files_stay(tmp_path: Path) -> None:
    write_template(tmp_path, PLACE, WELCOME)
    (tmp_path / "welcome/model.json").write_text("{}")
    bare = TemplateSource(
        alias="welcome", name="Grüße", subject="Hi, {{ name }}", html_body="x", layout_template="main"
    )
    assert list(map(str, write_template(tmp_path, PLACE, bare))) == ["welcome/content.html", "welcome/content.txt"]
    assert names(tmp_path) == ["welcome/content.html", "welcome/meta.json", "welcome/model.json"]


def test_other_fields_of_the_metadata_and_their_order_stay(tmp_path: Path) -> None:
    (tmp_path / "welcome").mkdir()
    meta = tmp_path / "welcome/meta.json"
    meta.write_text('{"Owner": "growth", "Alias": "welcome", "Name": "Old", "Subject": "Gone"}')
    layout = TemplateSource(alias="welcome", name="New", is_layout=True, html_body="{{{ @content }}}")
    write_template(tmp_path, PLACE, layout)
    assert list(json.loads(meta.read_text()).items()) == [
        ("Owner", "growth"),
        ("Alias", "welcome"),
        ("Name", "New"),
        ("TemplateType", "Layout"),
    ]


def test_broken_metadata_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "welcome").mkdir()
    for broken in ("{", "[]"):
        (tmp_path / "welcome/meta.json").write_text(broken)
        write_template(tmp_path, PLACE, WELCOME)
        assert read_tree(tmp_path).folders[0].template == WELCOME


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    write_template(tmp_path, PLACE, WELCOME)
    path = tmp_path / "welcome/content.txt"
    path.chmod(0o640)
    path.write_text("other")
    write_template(tmp_path, PLACE, WELCOME)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_file_that_cannot_be_written_stays_as_it_was_and_leaves_nothing_behind(tmp_path: Path) -> None:
    write_template(tmp_path, PLACE, WELCOME)
    broken = TemplateSource(alias="welcome", name="N", subject="S", html_body="half \ud800")
    with pytest.raises(UnicodeEncodeError):
        write_template(tmp_path, PLACE, broken)
    assert read_tree(tmp_path).folders[0].template == WELCOME
    (tmp_path / "welcome/content.html").unlink()
    (tmp_path / "welcome/content.html").mkdir()
    with pytest.raises(OSError, match=r"content\.html"):
        write_template(tmp_path, PLACE, WELCOME)
    assert names(tmp_path) == ["welcome/content.txt", "welcome/meta.json"]


def test_a_folder_that_leads_out_of_the_tree_is_refused(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "welcome").symlink_to(outside, target_is_directory=True)
    for place in (PLACE, PurePosixPath("../outside")):
        with pytest.raises(UnsafeFolderError, match="leads out of"):
            write_template(root, place, WELCOME)
    assert names(outside) == []


def test_a_linked_file_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("precious")
    (tmp_path / "root/welcome").mkdir(parents=True)
    (tmp_path / "root/welcome/content.html").symlink_to(target)
    write_template(tmp_path / "root", PLACE, WELCOME)
    assert target.read_text() == "precious"


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("password-reset_2.v1", "password-reset_2.v1"),
        ("con", "%63on"),
        ("Com1.html", "%43om1.html"),
        ("console", "console"),
        ("ends.", "ends%2E"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
        ("..", "%2E%2E"),
        ("_layouts", "%5Flayouts"),
        (".git", "%2Egit"),
        ("a\\b:c", "a%5Cb%3Ac"),
        ("a\x00b", "a%00b"),
        ("é", "%C3%A9"),
        ("~root", "%7Eroot"),
    ],
)
def test_an_alias_becomes_a_folder_name_of_every_system(alias: str, name: str) -> None:
    assert folder_name(alias) == name


@given(st.text(min_size=1))
def test_no_alias_leads_anywhere_else(alias: str) -> None:
    name = folder_name(alias)
    assert name.isascii()
    assert not {*name} & {*'/\\:*?"<>|\0 '}
    assert name[0] not in "._~"
    assert not name.endswith(".")
    assert len(name) < 150


def test_new_folders_differ_by_more_than_case_and_known_ones_stay(tmp_path: Path) -> None:
    write_template(tmp_path, PurePosixPath("marketing/first"), WELCOME)
    write_template(tmp_path, PurePosixPath("news"), TemplateSource(alias="other", name="O", subject="S", text_body="x"))
    tree = read_tree(tmp_path)
    templates = [
        WELCOME,
        *(TemplateSource(alias=alias, name="N", subject="S", text_body="x") for alias in ("News", "x", "y" * 300)),
        TemplateSource(alias="main", name="Main", is_layout=True, html_body="{{{ @content }}}"),
    ]
    places = {alias: str(path) for alias, path in new_folders(tree, templates).items()}
    assert places["welcome"] == "marketing/first"
    assert places["News"] == "News~2"
    assert places["x"] == "x"
    assert places["main"] == "_layouts/main"
    assert places["y" * 300].startswith("y" * 120 + "~")
    assert new_folders(TemplateTree(tmp_path), [WELCOME]) == {"welcome": PurePosixPath("welcome")}
