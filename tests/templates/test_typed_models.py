"""From templates and sample models to TypedDicts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import get_type_hints

from postmark_sdk import TypedTemplate
from postmark_sdk.templates.tree import read_tree
from postmark_sdk.templates.typed_models import typed_models

if TYPE_CHECKING:
    from pathlib import Path

ANY_TEXT = "str | int | float"


def module(root: Path, templates: dict[str, str], samples: dict[str, list[object]] | None = None) -> str:
    for alias, body in templates.items():
        folder = root / alias
        folder.mkdir(parents=True)
        (folder / "meta.json").write_text(json.dumps({"Name": alias, "Subject": "S"}))
        (folder / "content.txt").write_text(body, encoding="utf-8")
        for number, sample in enumerate((samples or {}).get(alias, [])):
            (folder / f"model.{number}.json").write_text(json.dumps(sample))
    return typed_models(read_tree(root), "a command")


def run(source: str) -> dict[str, Any]:
    space: dict[str, Any] = {}
    exec(compile(source, "mail_templates.py", "exec", dont_inherit=True), space)  # noqa: S102 - our own words
    return space


def fields(source: str, name: str) -> dict[str, str]:
    """Key -> type, as the module says it once it runs."""
    hints = get_type_hints(run(source)[name], include_extras=True)
    return {key: str(hint).replace("typing_extensions.", "").replace("typing.", "") for key, hint in hints.items()}


def written(source: str, name: str) -> list[str]:
    """The lines of a class."""
    block = source.split(f"class {name}(TypedDict):\n", 1)[1].split("\n\n\n", 1)[0]
    return [line.strip() for line in block.splitlines()[2:]]


@pytest.mark.parametrize(
    ("body", "samples", "lines"),
    [
        ("{{a}}", [], [f"a: {ANY_TEXT}"]),
        ("{{a}}", [{"a": "x"}], ["a: str"]),
        ("{{a}}", [{"a": "x"}, {"a": 1}, {"a": None}], ["a: str | int | None"]),
        ("{{a}}", [{"a": 1}, {"a": 1.5}], ["a: float"]),
        ("{{a}}", [{"a": None}], [f"a: {ANY_TEXT} | None"]),
        ("{{a}}", [{"a": True}], ["a: bool"]),
        ("{{#a}}x{{/a}}", [], ["a: object"]),
        ("{{#a}}x{{/a}}", [{"a": True}], ["a: bool"]),
        ("{{#a}}x{{/a}}", [{"a": True}, {}], ["a: NotRequired[bool]"]),
        ("{{^a}}x{{/a}}", [{}], ["a: NotRequired[object]"]),
        ("{{#a}}{{.}}{{/a}}", [{"a": "x"}, {}], ["a: NotRequired[str]"]),
        ("{{#a}}{{../b}}{{/a}}", [{}, {"a": 1, "b": 2}], ["a: NotRequired[int]", "b: NotRequired[int]"]),
        ("{{a}}", [{}, {"a": 1}], ["a: int"]),
        ("{{#a.b}}{{/a.b}}", [], ["a: TA"]),
        ("{{a.b}}", [{"a": {"b": "x"}}], ["a: TA"]),
        ("{{#a}}{{b}}{{/a}}", [{"a": {"b": 1}}, {"a": False}], ["a: TA | bool"]),
        ("{{#each a}}{{.}}{{/each}}", [], [f"a: Sequence[{ANY_TEXT}]"]),
        ("{{#each a}}{{.}}{{/each}}", [{"a": ["x", 1]}], ["a: Sequence[str | int]"]),
        ("{{#each a}}{{b}}{{/each}}", [{"a": []}], ["a: Sequence[TAItem]"]),
        ("{{#each a}}{{/each}}", [{"a": ["x"]}, {"a": None}], ["a: Sequence[str] | None"]),
        ("{{#a}}{{#each .}}{{b}}{{/each}}{{/a}}", [{"a": [{"b": 1}]}, {}], ["a: NotRequired[Sequence[TAItem]]"]),
        ("{{#each a}}{{#each .}}{{.}}{{/each}}{{/each}}", [{"a": [[1], [2]]}], ["a: Sequence[Sequence[int]]"]),
        ("{{#a}}x{{/a}}", [{"a": [1]}, {"a": {"z": 1}}], ["a: Mapping[str, object] | Sequence[object]"]),
        ("{{#each a}}{{../../b}}{{/each}}", [{"a": [1], "b": 2}], ["a: Sequence[int]", "b: int"]),
        ("no variables", [], []),
    ],
)
def test_a_key_has_the_types_that_template_and_samples_show(
    tmp_path: Path, body: str, samples: list[object], lines: list[str]
) -> None:
    source = module(tmp_path, {"t": body}, {"t": samples})
    assert written(source, "TModel") == lines
    assert fields(source, "TModel").keys() == {line.partition(":")[0] for line in lines}


def test_a_key_of_a_list_may_be_left_out_where_an_element_does(tmp_path: Path) -> None:
    body = "{{#each a}}{{b}}{{#c}}{{.}}{{/c}}{{/each}}"
    source = module(tmp_path, {"t": body}, {"t": [{"a": [{"b": 1, "c": "x"}, {"b": 2}]}]})
    assert written(source, "TAItem") == ["b: int", "c: NotRequired[str]"]


def test_all_parts_and_the_layout_count(tmp_path: Path) -> None:
    (tmp_path / "_layouts/l").mkdir(parents=True)
    (tmp_path / "_layouts/l/meta.json").write_text('{"Name": "L"}')
    (tmp_path / "_layouts/l/content.html").write_text("{{a}}{{{ @content }}}")
    (tmp_path / "t").mkdir()
    (tmp_path / "t/meta.json").write_text('{"Name": "T", "Subject": "{{b}}", "LayoutTemplate": "l"}')
    (tmp_path / "t/content.html").write_text("{{c}}")
    (tmp_path / "t/content.txt").write_text("{{d}}")
    source = typed_models(read_tree(tmp_path), "a command")
    assert fields(source, "TModel").keys() == {"a", "b", "c", "d"}
    assert "LModel" not in source


def test_names_that_meet_stay_apart(tmp_path: Path) -> None:
    source = module(tmp_path, {"a-b": "{{c.d}}", "a.b": "{{c.d}}", "a": "{{b_c.d}}", "typed": "{{dict.x}}"})
    space = run(source)
    handles = {name: value.alias for name, value in space.items() if isinstance(value, TypedTemplate)}
    assert handles == {"A": "a", "A_B": "a-b", "A_B2": "a.b", "TYPED": "typed"}
    assert space["A_B2"].model.__name__ == "ABModel2"
    assert fields(source, "TypedDict2") == {"x": "str | int | float"}


def test_keys_that_are_no_attributes_are_kept(tmp_path: Path) -> None:
    source = module(tmp_path, {"t": "{{class}}{{0}}{{__x}}{{ﬁ}}{{a.from}}"})
    assert fields(source, "TModel").keys() == {"class", "0", "__x", "ﬁ", "a"}
    assert fields(source, "TA").keys() == {"from"}


def test_a_key_with_the_name_of_a_type_hides_none(tmp_path: Path) -> None:
    body = "{{str.x}}{{name}}{{#NotRequired}}{{.}}{{/NotRequired}}{{TStr}}"
    source = module(tmp_path, {"t": body}, {"t": [{"str": {"x": 1}, "name": "Ada", "TStr": 1}]})
    assert 'TModel = TypedDict(\n    "TModel"' in source
    assert fields(source, "TModel").keys() == {"str", "name", "NotRequired", "TStr"}


def test_the_same_templates_give_the_same_text(tmp_path: Path) -> None:
    source = module(tmp_path, {"b": "{{x}}{{y}}", "a": "{{#each z}}{{k}}{{/each}}"}, {"b": [{"x": 1, "y": None}]})
    assert typed_models(read_tree(tmp_path), "a command") == source
    assert source.startswith('# Generated by "a command". Do not edit.\n# ruff: noqa\n# fmt: off\n"""Mail templates')


def test_no_template_at_all_is_an_empty_module(tmp_path: Path) -> None:
    assert fields(module(tmp_path, {}) + "\nclass X: pass", "X") == {}
