"""A tree of files is read, and what is wrong with it is said with its place."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from postmark_sdk.templates.tree import FileProblem, TemplateSource, TemplateTree, read_tree


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


META = '{"Name": "Welcome", "Alias": "welcome", "Subject": "Hi", "TemplateType": "Standard"}'


def problems(tree: TemplateTree) -> list[str]:
    return [str(problem) for problem in tree.problems]


def test_a_tree_as_the_vendors_documentation_shows_it_is_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "_layouts/plain/meta.json": '{\n  "Name": "Plain",\n  "Alias": "plain",\n  "TemplateType": "Layout"\n}',
            "_layouts/plain/content.html": "<main>{{{ @content }}}</main>",
            "_layouts/plain/content.txt": "{{{ @content }}}",
            "password-reset/meta.json": (
                '{\n  "Name": "Password reset",\n  "Alias": "password-reset",\n  "Subject": "Reset, {{ name }}",\n'
                '  "TemplateType": "Standard",\n  "LayoutTemplate": "plain"\n}'
            ),
            "password-reset/content.html": "<p>reset</p>",
            "password-reset/content.txt": "reset",
            "welcome/meta.json": (
                '{\n  "Name": "Welcome",\n  "Alias": "welcome",\n  "Subject": "Hi",\n'
                '  "TemplateType": "Standard",\n  "LayoutTemplate": null\n}'
            ),
            "welcome/content.html": "<p>hi</p>",
        },
    )
    tree = read_tree(tmp_path)
    assert tree.problems == ()
    assert [folder.template for folder in tree.folders] == [
        TemplateSource(
            alias="plain",
            name="Plain",
            is_layout=True,
            html_body="<main>{{{ @content }}}</main>",
            text_body="{{{ @content }}}",
        ),
        TemplateSource(
            alias="password-reset",
            name="Password reset",
            subject="Reset, {{ name }}",
            html_body="<p>reset</p>",
            text_body="reset",
            layout_template="plain",
        ),
        TemplateSource(alias="welcome", name="Welcome", subject="Hi", html_body="<p>hi</p>"),
    ]


def test_a_tree_from_before_there_were_layouts_is_read(tmp_path: Path) -> None:
    write(tmp_path, {"hi/meta.json": '{"Name": "Hi", "Subject": "S", "Alias": "hi"}', "hi/content.txt": "x"})
    assert read_tree(tmp_path).folders[0].template == TemplateSource(alias="hi", name="Hi", subject="S", text_body="x")


def test_a_template_lies_at_any_depth_and_its_file_says_its_alias(tmp_path: Path) -> None:
    write(tmp_path, {"marketing/2026/first/meta.json": META, "_layouts/main/meta.json": '{"Name": "Main"}'})
    tree = read_tree(tmp_path)
    assert [(str(folder.path), folder.template.alias) for folder in tree.folders] == [
        ("_layouts/main", "main"),
        ("marketing/2026/first", "welcome"),
    ]
    assert tree.folders[0].template.is_layout
    assert tree.find("WELCOME") is tree.folders[1]
    assert tree.find("nobody") is None


def test_hidden_folders_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, {".git/welcome/meta.json": META, "a/.b/meta.json": META})
    assert read_tree(tmp_path) == TemplateTree(tmp_path)


def test_bodies_keep_every_byte_and_an_empty_one_is_none(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"w/meta.json": b"\xef\xbb\xbf" + META.encode(), "w/content.html": "a\r\nb\rc\n\n", "w/content.txt": ""},
    )
    template = read_tree(tmp_path).folders[0].template
    assert template.html_body == "a\r\nb\rc\n\n"
    assert template.text_body is None


def test_sample_models_are_read_by_name(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "w/meta.json": META,
            "w/model.json": '{"name": "Ada"}',
            "w/model.a.b.json": "{}",
            "w/model.txt": "not a sample",
            "w/models.json": "not a sample",
        },
    )
    tree = read_tree(tmp_path)
    assert tree.problems == ()
    assert [(sample.name, sample.path, sample.model) for sample in tree.folders[0].samples] == [
        ("model", PurePosixPath("w/model.json"), {"name": "Ada"}),
        ("a.b", PurePosixPath("w/model.a.b.json"), {}),
    ]


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"w/meta.json": '{"Name": "W",\n  Alias}'}, "w/meta.json:2:3: not JSON: Expecting property name"),
        ({"w/meta.json": "[1]"}, "w/meta.json: not a JSON object"),
        ({"w/meta.json": '{"Alias": "w"}'}, 'w/meta.json: no "Name", which Postmark insists on'),
        ({"w/meta.json": '{"Name": 5}'}, 'w/meta.json: "Name" is not text'),
        ({"w/meta.json": '{"Name": "W", "TemplateType": "Odd"}'}, 'w/meta.json: "TemplateType" is neither \'Stand'),
        ({"w/meta.json": b'{"Name": "\xff"}'}, "w/meta.json: not UTF-8"),
        ({"w/meta.json": "[" * 100_000}, "w/meta.json: not JSON: "),
        ({"w/meta.json": META, "w/content.html": b"ab\xff"}, "w/content.html: not UTF-8: byte 3 is 0xff"),
        ({"w/meta.json": META, "w/content.txt/x": "a folder"}, "w/content.txt: "),
        ({"w/meta.json/x": "a folder", "v/meta.json": "{"}, "v/meta.json:1:2: not JSON"),
        ({"w/meta.json": META, "w/model.json": "[]"}, "w/model.json: not a JSON object"),
        ({"w/meta.json": META, "w/model.json": '{"a": NaN}'}, "w/model.json: not JSON: NaN is no number of JSON"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(
    tmp_path: Path, files: dict[str, str | bytes], problem: str
) -> None:
    assert [text.startswith(problem) for text in problems(read_tree(write(tmp_path, files)))] == [True]


def test_one_alias_in_two_folders_is_a_problem(tmp_path: Path) -> None:
    tree = read_tree(write(tmp_path, {"a/meta.json": META, "b/meta.json": META.replace('"welcome"', '"Welcome"')}))
    assert problems(tree) == ["b/meta.json: the alias 'Welcome' is that of a/meta.json too"]
    assert [str(folder.path) for folder in tree.folders] == ["a"]


def test_a_problem_does_not_hide_the_other_templates(tmp_path: Path) -> None:
    tree = read_tree(write(tmp_path, {"a/meta.json": "{", "b/meta.json": META}))
    assert [folder.template.alias for folder in tree.folders] == ["welcome"]
    assert tree.problems == (
        FileProblem(
            PurePosixPath("a/meta.json"),
            "not JSON: Expecting property name enclosed in double quotes",
            1,
            2,
        ),
    )


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="mail: no such folder"):
        read_tree(tmp_path / "mail")
