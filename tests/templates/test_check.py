"""A check finds in files what Postmark would refuse, and what a model lacks, each in its place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from postmark_sdk.templates import parse
from postmark_sdk.templates.check import check_tree
from postmark_sdk.templates.tree import read_tree

if TYPE_CHECKING:
    from pathlib import Path


def found(root: Path, files: dict[str, str]) -> list[str]:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return [f"{'E' if each.is_error else 'W'} {each.problem}" for each in check_tree(read_tree(root))]


NO_LIST = "'name' is used like an array by the template, but is a scalar value or object in your model."


def meta(**fields: object) -> str:
    return json.dumps({"Name": "W", "Subject": "S", **fields}, indent=1)


LAYOUT = {
    "_layouts/main/meta.json": '{"Name": "Main"}',
    "_layouts/main/content.html": "<html>\n {{company}} {{{ @content }}}</html>",
}


def test_a_tree_without_faults_has_no_findings(tmp_path: Path) -> None:
    files = {
        **LAYOUT,
        "w/meta.json": meta(LayoutTemplate="MAIN", Subject="Hi, {{name}}"),
        "w/content.html": "{{#each items}}{{title}} {{../../name}}{{#note}}{{.}}{{/note}}{{/each}}",
        "w/content.txt": "{{name}} {{{ pm:unsubscribe }}} {{^items}}none{{/items}}",
        "w/model.json": '{"name": "Ada", "company": "ACME", "items": [{"title": "x", "note": "y"}, {"title": null}]}',
        "w/model.empty.json": '{"name": "", "company": "ACME", "items": []}',
    }
    assert found(tmp_path, files) == []


def test_a_source_that_does_not_parse_is_said_once_in_its_own_file(tmp_path: Path) -> None:
    layout = {**LAYOUT, "_layouts/main/content.html": "\n{{#a}}{{{ @content }}}"}
    users = {
        f"{name}/{file}": text
        for name in "vw"
        for file, text in (("meta.json", meta(LayoutTemplate="main")), ("content.html", "x"), ("model.json", "{}"))
    }
    assert found(tmp_path, {**layout, **users, "w/content.txt": "a\n{{x y}}"}) == [
        f"E _layouts/main/content.html:2:1: {parse('{{#a}}').errors[0].message}",
        f"E w/content.txt:2:1: {parse('{{x y}}').errors[0].message}",
    ]


def test_a_fault_of_a_subject_stands_where_the_metadata_has_it(tmp_path: Path) -> None:
    text = '{"Name": "W",\n  "Subject": "\\"Ü\\" {{ nmae }} {{x}}"}'
    files = {"w/meta.json": text, "w/content.txt": "x", "w/model.json": '{"name": "Ada", "x": 1}'}
    line = text.splitlines()[1]
    assert found(tmp_path, files)[0] == (
        f"E w/meta.json:2:{line.index('{{') + 1}: 'nmae' is not in w/model.json; did you mean 'name'?"
    )


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        ("{{nmae}}", "1:1: 'nmae' is not in w/model.json; did you mean 'name'?"),
        ("{{zzz}}", "1:1: 'zzz' is not in w/model.json"),
        ("\n{{user.nick}}", "2:1: 'user.nick' is not in w/model.json"),
        ("{{user.nmae}}", "1:1: 'user.nmae' is not in w/model.json; did you mean 'user.name'?"),
        ("{{usre.name}}", "1:1: 'usre.name' is not in w/model.json; did you mean 'user.name'?"),
        ("{{name.first}}", "1:1: 'name.first' is not in w/model.json"),
        ("{{#user}}{{age}}{{/user}}", "1:10: 'age' is not in w/model.json; did you mean '../age'?"),
        ("{{#each l}}{{../age}}{{/each}}", "1:12: '../age' is not in w/model.json; did you mean '../../age'?"),
        ("{{#each nolist}}x{{/each}}", "1:1: 'nolist' is not in w/model.json"),
        ("{{^user}}{{/user}}{{^none}}{{age}}{{/none}}", "1:28: 'age' is not in w/model.json; did you mean '../age'?"),
        ("a {{#each name}}x{{/each}}", f"1:3: {NO_LIST} (w/model.json)"),
    ],
)
def test_a_variable_that_a_model_lacks_is_an_error_with_its_place(tmp_path: Path, body: str, finding: str) -> None:
    model = '{"name": "Ada", "user": {"name": "ada"}, "age": 5, "l": [1], "none": null}'
    errors = found(tmp_path, {"w/meta.json": meta(), "w/content.html": body, "w/model.json": model})
    assert [error for error in errors if error.startswith("E")] == [f"E w/content.html:{finding}"]


def test_each_model_is_tried(tmp_path: Path) -> None:
    files = {
        "w/meta.json": meta(),
        "w/content.txt": "{{a}}{{#b}}{{c}}{{/b}}",
        "w/model.json": '{"a": 1}',
        "w/model.two.json": '{"b": {"d": 1}}',
    }
    assert found(tmp_path, files) == [
        "E w/content.txt:1:1: 'a' is not in w/model.two.json",
        "E w/content.txt:1:12: 'c' is not in w/model.two.json",
        "W w/model.two.json:1:8: the template does not use 'b.d'",
    ]


def test_what_a_layout_asks_for_is_said_in_the_layout(tmp_path: Path) -> None:
    files = {**LAYOUT, "w/meta.json": meta(LayoutTemplate="main"), "w/content.html": "x", "w/model.json": "{}"}
    assert found(tmp_path, files) == ["E _layouts/main/content.html:2:2: 'company' is not in w/model.json"]


def test_a_key_that_no_part_uses_is_a_warning_with_its_place(tmp_path: Path) -> None:
    files = {
        "w/meta.json": meta(Subject="{{a}}"),
        "w/content.html": "{{b.c}}",
        "w/content.txt": "{{#each d}}{{e}}{{/each}}",
        "w/model.json": '{"a": "{\\"y\\": 1}", "b": {"c": 1, "x": []},\n "d": [{"e": 1},\n {"z": {}, "e": 2}], "f": 1}',
    }
    assert found(tmp_path, files) == [
        "W w/model.json:1:35: the template does not use 'b.x'",
        "W w/model.json:3:3: the template does not use 'd[].z'",
        "W w/model.json:3:22: the template does not use 'f'",
    ]


def test_a_section_that_no_model_knows_is_a_warning(tmp_path: Path) -> None:
    files = {
        "w/meta.json": meta(),
        "w/content.txt": "{{#known}}{{#in}}x{{/in}}{{/known}} {{^unknown}}{{/unknown}} {{#off}}{{#x}}{{/x}}{{/off}}",
        "w/model.json": "{}",
        "w/model.two.json": '{"known": {"in": true}, "off": false}',
    }
    assert found(tmp_path, files) == ["W w/content.txt:1:37: no sample model says anything of 'unknown'"]


@pytest.mark.parametrize(
    ("files", "finding"),
    [
        (
            {"w/meta.json": '{\n"Name": "W"}', "w/content.txt": "x"},
            'w/meta.json:2:9: no "Subject", which Postmark insi',
        ),
        ({"w/meta.json": meta()}, "w/meta.json:2:10: neither content.html nor content.txt has anything in it"),
        ({"w/meta.json": meta(LayoutTemplate="x"), "w/content.txt": "x"}, "w/meta.json:4:20: there is no layout with"),
        ({"1 2/meta.json": meta(), "1 2/content.txt": "x"}, "1 2/meta.json: '1 2' is no alias: one begins with a let"),
        ({"w/meta.json": meta(Name="x" * 256), "w/content.txt": "x"}, "w/meta.json:2:10: the name has 256 characters"),
        ({"_layouts/m/meta.json": meta(), "_layouts/m/content.txt": "x"}, "_layouts/m/content.txt: a layout has {{{ @"),
        ({"w/meta.json": "{"}, "w/meta.json:1:2: not JSON"),
    ],
)
def test_what_postmark_would_refuse_is_an_error(tmp_path: Path, files: dict[str, str], finding: str) -> None:
    assert [text.removeprefix("E ")[: len(finding)] for text in found(tmp_path, files)] == [finding]


def test_a_template_is_no_layout(tmp_path: Path) -> None:
    files = {"v/meta.json": meta(), "v/content.txt": "x", "w/meta.json": meta(LayoutTemplate="v"), "w/content.txt": "x"}
    assert found(tmp_path, files) == ["E w/meta.json:4:20: there is no layout with the alias 'v'"]


def test_a_layout_by_itself_is_tried_with_its_own_models(tmp_path: Path) -> None:
    assert found(tmp_path, {**LAYOUT, "_layouts/main/model.json": '{"x": 1}'}) == [
        "E _layouts/main/content.html:2:2: 'company' is not in _layouts/main/model.json",
        "W _layouts/main/model.json:1:2: the template does not use 'x'",
    ]
