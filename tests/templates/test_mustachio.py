"""The template language, against the documented examples."""

from __future__ import annotations

import json
import socket
import time
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postmark_sdk.templates import (
    MAX_SUGGESTED_DEPTH,
    Parts,
    RenderError,
    Template,
    TemplateProblem,
    as_document,
    count_placeholders,
    merge_models,
    parse,
    parse_layout,
    suggest_model,
    validate,
)

Model = dict[str, Any]

E1: Final = "The 'each' block being opened requires a model path to be specified in the form '{#each <name>}'."
E2: Final = "The syntax to close the 'each' block should be: '{/each}'."
E3: Final = "An 'each' block is being closed, but no corresponding opening element ('{#each <name>}') was detected."
E4: Final = "It appears that open and closing elements are mismatched."


def e5(path: str) -> str:
    return f"The path '{path}' is not valid. Please see documentation for examples of valid paths."


def e6(path: str) -> str:
    return (
        f"A scope block to the following path was opened but not closed: '{path}', "
        "please close it using the appropriate syntax."
    )


def e7(path: str) -> str:
    return f"'{path}' is used like an array by the template, but is a scalar value or object in your model."


def render(source: str, model: Model, *, html: bool = True) -> str:
    template = parse(source)
    assert template.errors == ()
    return template.render(model, html=html)


def problems(template: Template) -> list[tuple[str, int | None, int | None]]:
    return [(problem.message, problem.line, problem.character_position) for problem in template.errors]


def nested(keys: str) -> Model:
    """Make a model as deep as there are keys, which are single letters."""
    model: Model = {"x": "bottom"}
    for key in reversed(keys):
        model = {key: model}
    return model


# --- tokens


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{{{name}}", "{{Mike"),
        ("{{{name}}", "{Mike"),
        ("{{name}}}", "Mike}"),
        ("{{{{name}}}}", "{Mike}"),
        ("{{}}", "{{}}"),
        ("{{{}}}", "{{{}}}"),
        ("{ {name} } }} {{", "{ {name} } }} {{"),
        ("{{ name }}|{{\nname\t}}|{{\xa0name\u2003}}", "Mike|Mike|Mike"),
        ("{{{ name }}}|{{& name }}|{{&name}}|{{{&name}}}", "Mike|Mike|Mike|Mike"),
        ("{{a{name}}", "{{a{name}}"),
        ("a{{! x\ny}}b", "ab"),
        ("{{!}}|{{! {name} }}", "|{{! {name} }}"),
        ("{{#name}}1{{/ name }}{{^ no }}2{{/no}}", "12"),
    ],
)
def test_a_tag_is_two_or_three_braces_around_text_without_braces(source: str, expected: str) -> None:
    assert render(source, {"name": "Mike"}) == expected


def test_lines_of_their_own_are_not_trimmed() -> None:
    assert render("{{#s}}\n  {{x}}\n{{/s}}\n", {"s": {"x": 1}}) == "\n  1\n\n"


@pytest.mark.parametrize(
    ("source", "messages"),
    [
        ("{{#eachfoo}}", [E1]),
        ("{{#each }}{{/each}}", [E1]),
        ("{{#each\nl}}{{/each}}", [E1]),
        ("{{# each x}}{{/ each x}}", [e5("each x"), e5("each x")]),
        ("{{/eachfoo}}", [E2]),
        ("{{{#a}}}", [e5("#a")]),
        ("{{{#each l}}}", [e5("#each l")]),
        ("{{{!a}}}", [e5("!a")]),
        ("{{ &a}}", [e5("&a")]),
        ("{{@content}}{{{@content}}}", [e5("@content"), e5("@content")]),
    ],
)
def test_the_first_prefix_that_fits_decides_the_kind_of_tag(source: str, messages: list[str]) -> None:
    assert [problem.message for problem in parse(source).errors] == messages


# --- paths

VALID_PATHS: Final = [
    *("name", "a.b.c", ".", "../a", "../../a", "a.0", "\xfc", "a.", ".a", "else", "this.a"),
    *("", "../", "a../b", "_", "\u4e2d\u6587", "\u05d0\u05b8", "\u0661"),
]
INVALID_PATHS: Final = [
    *("first-name", "a b", "@index", "..", ".../a", "a/b", "./", "a..b", "if x", "a[0]", "> p", "pm:x", "$"),
    *("(", "~", "=<% %>=", "pm:unsubscribe", "..//", "/", "a\x1c", "\xb2", "\u2163", "\U00010400", "a\nb"),
]


@pytest.mark.parametrize("path", VALID_PATHS)
@pytest.mark.parametrize("form", ["{{%s }}", "{{{%s }}}", "{{&%s}}"])
def test_valid_paths(form: str, path: str) -> None:
    assert parse(form % path).errors == ()


@pytest.mark.parametrize("path", INVALID_PATHS)
def test_invalid_paths(path: str) -> None:
    # A blank after the braces keeps a path from being taken for another kind of tag.
    assert problems(parse("{{ " + path + " }}")) == [(e5(path), 1, 1)]


@pytest.mark.parametrize(
    ("source", "model", "expected"),
    [
        ("{{a.0}}", {"a": {"0": "zero"}}, "zero"),
        ("{{a.0}}", {"a": ["zero"]}, ""),
        ("{{else}}{{this.a}}", {"a": 1}, ""),
        ("{{else}}{{this.a}}", {"else": 1, "this": {"a": 2}}, "12"),
        ("{{Name}}{{name}}", {"name": "x"}, "x"),
        ("{{../../x}}", {"x": "X"}, "X"),
        ("{{a.b.c}}{{x.y.z}}", {"a": {"b": {"c": 1}}, "x": 5}, "1"),
        ("{{a../b}}{{a.}}{{.b}}", {"a": "A", "b": "B"}, "BAB"),
        ("{{#a.b}}{{../../x}}{{/a.b}}", {"a": {"b": 1}, "x": "X"}, "X"),
        ("{{^missing.too}}{{../../x}}{{/missing.too}}", {"x": "X"}, "X"),
        ("{{#each l}}{{ }}{{/each}}", {"l": [1, 2]}, "12"),
    ],
)
def test_every_name_of_a_path_is_one_level(source: str, model: Model, expected: str) -> None:
    assert render(source, model) == expected


# --- blocks


@pytest.mark.parametrize(
    ("source", "model", "expected"),
    [
        ("{{#p}}{{n}}/{{x}}/{{../x}}{{/p}}", {"p": {"n": "N"}, "x": "X"}, "N//X"),
        ("{{#p}}{{.}}{{/p}}", {"p": "hi"}, "hi"),
        ("{{#l}}<{{.}}>{{/l}}", {"l": [1, 2]}, "<>"),
        ("{{#l}}{{#each .}}<{{.}}>{{/each}}{{/l}}", {"l": [1, 2]}, "<1><2>"),
        (
            "{{#each l}}{{n}}:{{../x}}:{{../../x}};{{/each}}",
            {"l": [{"n": 1}, {"n": 2}], "x": "X"},
            "1::X;2::X;",
        ),
        (
            "{{#each a.l}}{{n}}:{{../x}}:{{../../x}}:{{../../../x}}{{/each}}",
            {"a": {"l": [{"n": 1}], "x": "AX"}, "x": "X"},
            "1::AX:X",
        ),
        ("{{#a.b}}{{../x}}:{{../../x}}{{/a.b}}", {"a": {"b": 1, "x": "AX"}, "x": "X"}, "AX:X"),
        (
            "{{#each l}}{{#b}}{{../n}}:{{../../../x}}{{/b}}{{/each}}",
            {"l": [{"n": 1, "b": True}], "x": "X"},
            "1:X",
        ),
        ("{{^a}}{{x}}:{{../x}}{{/a}}", {"x": "X"}, ":X"),
        ("{{#a}}yes{{^a}}no{{/a}}", {"a": 1}, "yes"),
        ("{{#a}}yes{{^a}}no{{/a}}", {"a": 0}, "no"),
        ("{{^a}}no{{#a}}yes{{/a}}", {"a": []}, "no"),
        ("{{^a}}no{{#a}}yes{{/a}}", {"a": [0]}, "yes"),
        ("{{#a}}1{{#a}}2{{^a}}3{{/a}}", {"a": 1}, "12"),
        ("{{#each l}}{{#each .}}{{.}}{{/each}};{{/each}}", {"l": [[1, 2], [], [3]]}, "12;;3;"),
        ("a{{#each l}}b{{/each}}c{{#s}}d{{/s}}e", {}, "ace"),
    ],
)
def test_blocks(source: str, model: Model, expected: str) -> None:
    assert render(source, model) == expected


FALSY: Final[list[object]] = [None, False, 0, 0.0, "", [], {}]
TRUTHY: Final[list[object]] = [" ", "0", "false", [0], {"x": None}, True, 1, -0.5]


@pytest.mark.parametrize("value", FALSY)
def test_falsy_values(value: object) -> None:
    assert render("{{#a}}yes{{/a}}{{^a}}no{{/a}}{{#each a}}loop{{/each}}", {"a": value}) == "no"


@pytest.mark.parametrize("value", TRUTHY)
def test_truthy_values(value: object) -> None:
    assert render("{{#a}}yes{{/a}}{{^a}}no{{/a}}", {"a": value}) == "yes"


def test_a_missing_value_is_falsy() -> None:
    assert render("{{#a}}yes{{/a}}{{^a}}no{{/a}}{{#each a}}loop{{/each}}", {}) == "no"


@pytest.mark.parametrize("value", ["text", 5, 1.5, True, {"a": 1}])
def test_a_loop_over_something_else_is_a_render_error(value: object) -> None:
    template = parse("{{#x}}{{#each  ../a.b }}{{/each}}{{/x}}")
    with pytest.raises(RenderError) as caught:
        template.render({"x": 1, "a": {"b": value}}, html=True)
    assert str(caught.value) == e7("../a.b")


# --- values


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", "text"),
        (True, "True"),
        (False, "False"),
        (5, "5"),
        (2**60, "1152921504606846976"),
        (-3, "-3"),
        (1.5, "1.5"),
        (0, "0"),
        (1.0, "1"),
        (100.0, "100"),
        (-0.25, "-0.25"),
        (0.0001, "0.0001"),
        (0.00001, "1E-05"),
        (123456789012345.0, "123456789012345"),
        (1e15, "1E+15"),
        (1.5e300, "1.5E+300"),
        (1234567890123456.0, "1.234567890123456E+15"),
        (0.1 + 0.2, "0.30000000000000004"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (float("nan"), "NaN"),
        (None, ""),
        ({"a": 1}, ""),
        ([1, 2], ""),
        (b"bytes", ""),
    ],
)
def test_values_are_printed_as_dotnet_does(value: object, expected: str) -> None:
    assert render("{{{x}}}", {"x": value}) == expected


def test_a_number_too_long_to_print_is_a_render_error() -> None:
    with pytest.raises(RenderError, match="too many digits"):
        parse("{{x}}").render({"x": 10**5000}, html=True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("&<>\"'", "&amp;&lt;&gt;&quot;&#39;"),
        ("\x9f\xa0\xe9\xff\u0100", "\x9f&#160;&#233;&#255;\u0100"),
        ("\U0001f600", "&#128512;"),
        ("\u20ac", "\u20ac"),
        ("\ud800x", "\ufffdx"),
        ("/`=\n", "/`=\n"),
        ("&amp;", "&amp;amp;"),
    ],
)
def test_two_braces_escape_in_html_and_nowhere_else(value: str, expected: str) -> None:
    template = parse("<{{x}}>")
    assert template.render({"x": value}, html=True) == f"<{expected}>"
    assert template.render({"x": value}, html=False) == f"<{value}>"
    assert parse("<{{{x}}}{{&x}}>").render({"x": value}, html=True) == f"<{value}{value}>"


def test_the_text_of_the_template_is_never_escaped() -> None:
    assert render("<b>&\xe9'</b>", {}) == "<b>&\xe9'</b>"


# --- errors


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # The published engine adds "not closed" here; the captured answer of Postmark does not.
        ("{{#each}}", [(E1, 1, 1)]),
        ("{{#each}}{{/each}}", [(E1, 1, 1)]),
        ("{{#if x}}y{{/if}}", [(e5("if x"), 1, 1), (e6("if x"), 1, 1), (E4, 1, 11)]),
        ("{{#each l}}{{/each }}", [(e6("l"), 1, 1), (E2, 1, 12)]),
        ("{{#a-b}}x{{/a-b}}", [(e5("a-b"), 1, 1), (e5("a-b"), 1, 10)]),
        ("{{#a-b}}{{^a-b}}{{/a-b}}", [(e5("a-b"), 1, column) for column in (1, 9, 9, 17)]),
        ("{{#a}}{{#b}}{{/a}}{{/b}}", [(e6("a"), 1, 1), (E4, 1, 13)]),
        ("{{/each}}", [(E3, 1, 1)]),
        ("{{#a}}{{/each}}{{/a}}", [(E3, 1, 7)]),
        ("{{#each a}}{{/a}}{{/each}}", [(E4, 1, 12)]),
        ("l1\nl2 {{a-b}}", [(e5("a-b"), 2, 4)]),
        (
            "xzyhj{{#company.address_line_1}}\nasdf{{dsadskl-sasa@}}\n{{/each}}",
            [(e6("company.address_line_1"), 1, 6), (e5("dsadskl-sasa@"), 2, 5), (E3, 3, 1)],
        ),
        ("{{#a}}x{{#a}}y{{/a}}{{/a}}", [(E4, 1, 21)]),
        ("{{#a}}\n{{^a}}", [(e6("a"), 1, 1)]),
        ("{{#each a}}{{#each b}}{{^c}}", [(e6("a"), 1, 1), (e6("b"), 1, 12), (e6("c"), 1, 23)]),
        ("\U0001f600\u20ac{{a-b}}", [(e5("a-b"), 1, 4)]),
        ("\U0001f600\n\U0001f600{{a-b}}\U0001f600{{c-d}}", [(e5("a-b"), 2, 3), (e5("c-d"), 2, 12)]),
        ("a\r{{a-b}}\r\n\u2028{{c-d}}", [(e5("a-b"), 1, 3), (e5("c-d"), 2, 2)]),
        ("{{a\n-\nb}}{{c-d}}", [(e5("a\n-\nb"), 1, 1), (e5("c-d"), 3, 4)]),
        ("{{{{a-b}}}}", [(e5("a-b"), 1, 2)]),
    ],
)
def test_all_errors_are_reported_in_order(source: str, expected: list[tuple[str, int, int]]) -> None:
    assert problems(parse(source)) == expected


def test_a_template_with_errors_cannot_be_rendered() -> None:
    with pytest.raises(RenderError, match="mismatched"):
        parse("{{/a}}").render({}, html=True)


# --- layouts and tokens


def test_a_body_takes_the_place_of_the_placeholder() -> None:
    template = parse("Hi {{name}}", layout="header {{{ @content }}} footer {{name}}")
    assert template.render({"name": "<M>"}, html=True) == "header Hi &lt;M&gt; footer &lt;M&gt;"


@pytest.mark.parametrize("placeholder", ["{{{@content}}}", "{{{ @content }}}", "{{{\n@content\t}}}"])
def test_blanks_around_the_placeholder_are_free(placeholder: str) -> None:
    assert parse("x", layout=f"<{placeholder}>").render({}, html=True) == "<x>"
    assert count_placeholders(placeholder * 3 + "{{@content}}{{{content}}}") == 3


def test_a_body_inherits_the_scope_of_its_place() -> None:
    template = parse("{{n}}{{#b}}!{{/b}}", layout="{{#each l}}<{{{ @content }}}>{{/each}}")
    assert template.render({"n": "no", "l": [{"n": 1}, {"n": 2, "b": True}]}, html=True) == "<1><2!>"
    assert suggest_model([template]) == {"l": [{"n": "n_Value", "b": {}}]}


def test_each_source_counts_its_own_lines_and_closes_its_own_blocks() -> None:
    template = parse("\n {{/a}}{{#b}}", layout="{{#a}}\n\n{{{ @content }}}{{/b}}{{x y}}")
    assert problems(template) == [
        (e6("a"), 1, 1),
        (E4, 2, 2),
        (e6("b"), 2, 8),
        (E4, 3, 17),
        (e5("x y"), 3, 23),
    ]


def test_a_layout_does_not_nest() -> None:
    assert problems(parse("{{{ @content }}}", layout="{{{ @content }}}")) == [(e5("@content"), 1, 1)]


def test_only_the_first_placeholder_is_filled() -> None:
    assert parse("x", layout="{{{@content}}}|{{{@content}}}").render({}, html=True) == "x|"


def test_errors_of_a_body_count_even_without_a_placeholder() -> None:
    assert problems(parse("{{a-b}}", layout="nothing")) == [(e5("a-b"), 1, 1)]


def test_a_layout_by_itself_has_its_content_from_the_tokens() -> None:
    layout = parse_layout("<{{{ @content }}}>{{x}}")
    assert layout.errors == ()
    assert layout.render({"x": 1}, html=True) == "<>1"
    assert layout.render({"x": 1}, html=True, tokens={"@content": "<p>"}) == "<<p>>1"


@pytest.mark.parametrize("name", ["pm:unsubscribe", "pm:unsubscribe_url"])
def test_the_unsubscribe_tokens_come_from_the_caller(name: str) -> None:
    template = parse("<{{{ " + name + " }}}{{{" + name + "}}}>")
    assert template.errors == ()
    assert template.render({name: "not from here"}, html=True) == "<>"
    assert template.render({}, html=True, tokens={name: "&"}) == "<&&>"
    assert suggest_model([template]) == {}


@pytest.mark.parametrize("source", ["{{ pm:unsubscribe }}", "{{{ pm:unsubcribe }}}"])
def test_other_forms_of_the_unsubscribe_tokens_are_invalid_paths(source: str) -> None:
    assert [problem.message for problem in parse(source).errors] == [e5(source.strip("{} "))]


# --- model inference


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{a}}", {"a": "a_Value"}),
        ("{{{a}}}{{&b}}", {"a": "a_Value", "b": "b_Value"}),
        ("{{a.b.c}}", {"a": {"b": {"c": "c_Value"}}}),
        ("{{#p}}{{n}}{{/p}}", {"p": {"n": "n_Value"}}),
        ("{{#each l}}{{n}}{{/each}}", {"l": [{"n": "n_Value"}]}),
        ("{{#each l}}{{.}}{{/each}}", {"l": ["l_1", "l_2", "l_3"]}),
        ("{{#each l}}x{{/each}}", {"l": ["l_1", "l_2", "l_3"]}),
        ("{{#p}}x{{/p}}", {"p": {}}),
        ("{{p}}{{#p}}x{{/p}}", {"p": {}}),
        ("{{^p}}{{n}}{{#p}}{{m}}{{/p}}", {"p": {"n": "n_Value", "m": "m_Value"}}),
        ("{{#r}}{{#each .}}{{d}}{{/each}}{{/r}}", {"r": [{"d": "d_Value"}]}),
        (
            "{{#each l}}{{../x}}{{../../y}}{{/each}}",
            {"l": ["l_1", "l_2", "l_3"], "x": "x_Value", "y": "y_Value"},
        ),
        ("{{a.b}}{{a}}", {"a": "a_Value"}),
        ("no variables", {}),
        ("{{! x }}", {}),
        ("{{.}}{{#each .}}{{a}}{{/each}}", {"a": "a_Value"}),
    ],
)
def test_a_model_is_suggested_from_the_uses(source: str, expected: Model) -> None:
    assert suggest_model([parse(source)]) == expected


def test_templates_share_one_suggestion_and_invalid_ones_count_for_nothing() -> None:
    templates = [parse("{{#c}}{{a}}{{/c}}"), parse("{{c.b}}"), parse("{{d}}{{/x}}")]
    assert suggest_model(templates) == {"c": {"a": "a_Value", "b": "b_Value"}}


@pytest.mark.parametrize(
    ("suggested", "given", "expected"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
        ({"a": [{"b": 1}]}, {"a": [{"c": 2}, {}]}, {"a": [{"c": 2}, {}]}),
        ({"a": {"b": 1}}, {"a": None}, {"a": None}),
        ({"a": "a_Value"}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": {}}, {"a": {"b": 1}}),
        ({"a": 1}, {"b": 2}, {"b": 2, "a": 1}),
        ({}, {}, {}),
    ],
)
def test_models_are_merged_object_by_object(suggested: Model, given: Model, expected: Model) -> None:
    before = json.dumps([suggested, given])
    assert merge_models(suggested, given) == expected
    assert json.dumps([suggested, given]) == before


# --- validate


def test_a_fragment_comes_back_as_a_document() -> None:
    result = validate(Parts("{{MyName}}", "{{MyName}}", "{{MyName}}"))
    assert result.all_valid
    assert result.suggested_model == {"MyName": "MyName_Value"}
    parts = result.parts
    assert parts.html_body
    assert parts.html_body.rendered == "<html><head></head><body>MyName_Value</body></html>"
    assert parts.text_body == parts.subject
    assert parts.subject
    assert (parts.subject.is_valid, parts.subject.errors, parts.subject.rendered) == (
        True,
        (),
        "MyName_Value",
    )


def test_an_invalid_part_takes_the_suggestion_away_and_nothing_else() -> None:
    result = validate(Parts("{{#each}}", "{{MyName}}", "{{MyName}}"))
    assert not result.all_valid
    assert result.suggested_model is None
    parts = result.parts
    assert parts.html_body
    assert not parts.html_body.is_valid
    assert parts.html_body.rendered is None
    assert parts.html_body.errors == (TemplateProblem(E1, 1, 1),)
    assert parts.text_body
    assert parts.text_body.rendered == "MyName_Value"


def test_without_inlining_a_fragment_is_unchanged() -> None:
    result = validate(Parts(html_body="<b>{{x}}</b>"), inline_css=False)
    assert result.parts.html_body
    assert result.parts.html_body.rendered == "<b>x_Value</b>"
    assert result.parts.text_body is None
    assert result.parts.subject is None


@pytest.mark.parametrize("html", ["<html></html>", "<!doctype html>\n<HTML lang='en'>x", "<html/>"])
def test_a_whole_document_is_not_wrapped(html: str) -> None:
    assert as_document(html) == html


def test_style_sheets_are_moved_into_the_tags() -> None:
    pytest.importorskip("css_inline", reason="comes with the extra emulator")
    html = as_document(
        "<style>p { color: red } a:hover { color: blue } @media (width < 9em) { p { color: green } }</style><p>Hi</p>"
    )
    assert '<p style="color: red;">Hi</p>' in html
    assert "@media (width < 9em)" in html
    assert "a:hover" in html
    assert "p { color: red" not in html


def test_a_style_sheet_that_cannot_be_read_harms_nothing() -> None:
    assert "Hi</p>" in as_document("<style>p { color: </style><p>Hi</p>")


def test_a_style_sheet_elsewhere_is_not_fetched() -> None:
    pytest.importorskip("css_inline", reason="comes with the extra emulator")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/a.css"
        as_document(f'<html><head><style>p{{}}</style><link rel="stylesheet" href="{url}"></head></html>')
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_tag_that_only_begins_like_html_is_wrapped() -> None:
    assert as_document("<htmlx>") == "<html><head></head><body><htmlx></body></html>"


def test_the_example_of_the_documentation() -> None:
    result = validate(
        Parts(
            text_body="{{#company}}{{address}}..{{phone}}{{/company}}{{#each person}} {{name}} {{/each}}",
            subject="{{#company}}{{name}}{{/company}} {{subjectHeadline}}",
        ),
        test_model={"userName": "bobby joe"},
    )
    assert result.suggested_model == {
        "userName": "bobby joe",
        "company": {"address": "address_Value", "phone": "phone_Value", "name": "name_Value"},
        "person": [{"name": "name_Value"}],
        "subjectHeadline": "subjectHeadline_Value",
    }
    assert result.parts.text_body
    assert result.parts.text_body.rendered == "address_Value..phone_Value name_Value "
    assert result.parts.subject
    assert result.parts.subject.rendered == "name_Value subjectHeadline_Value"


def test_no_variables_give_an_empty_suggestion() -> None:
    assert validate(Parts(subject="plain")).suggested_model == {}


def test_the_test_model_wins_and_text_is_not_escaped() -> None:
    result = validate(Parts(html_body="{{x}}", text_body="{{x}}"), test_model={"x": "<"}, inline_css=False)
    assert result.parts.html_body
    assert result.parts.text_body
    assert (result.parts.html_body.rendered, result.parts.text_body.rendered) == ("&lt;", "<")


def test_a_render_error_has_no_position_and_makes_the_part_invalid() -> None:
    result = validate(Parts(text_body="{{#each l}}{{/each}}", subject="s"), test_model={"l": "text"})
    assert result.parts.text_body
    assert result.parts.text_body.errors == (TemplateProblem(e7("l"), None, None),)
    assert result.parts.text_body.rendered is None
    assert result.suggested_model is None
    assert not result.all_valid


def test_bodies_are_validated_inside_their_layouts() -> None:
    result = validate(
        Parts("<b>{{x}}</b>", "{{x}}", "{{x}}"),
        layout=Parts("<html>{{{ @content }}}{{y}}</html>", "[{{{ @content }}}]"),
    )
    assert result.parts.html_body
    assert result.parts.html_body.rendered == "<html><b>x_Value</b>y_Value</html>"
    assert result.parts.text_body
    assert result.parts.text_body.rendered == "[x_Value]"
    assert result.parts.subject
    assert result.parts.subject.rendered == "x_Value"


def test_a_layout_can_be_validated_by_itself() -> None:
    result = validate(
        Parts(text_body="<{{{ @content }}}{{{ pm:unsubscribe }}}>"),
        is_layout=True,
        tokens={"@content": "body ", "pm:unsubscribe": "link"},
    )
    assert result.parts.text_body
    assert result.parts.text_body.rendered == "<body link>"


# --- hostile input

DEPTH: Final = 10_000


def test_deep_sections_are_rendered() -> None:
    template = parse("{{#a}}{{#b}}" * DEPTH + "{{x}}" + "{{/b}}{{/a}}" * DEPTH)
    assert template.render(nested("ab" * DEPTH), html=True) == "bottom"
    assert template.render(nested("ab" * 5), html=True) == ""


def test_deep_inverted_sections_are_rendered() -> None:
    source = "{{^a}}{{^b}}" * DEPTH + "{{" + "../" * 2 * DEPTH + "x}}" + "{{/b}}{{/a}}" * DEPTH
    assert parse(source).render({"x": "top"}, html=True) == "top"


def test_long_paths_are_followed() -> None:
    template = parse("{{" + "a." * DEPTH + "x}}")
    assert template.render(nested("a" * DEPTH), html=True) == "bottom"
    assert template.render({}, html=True) == ""


def test_deep_loops_are_rendered() -> None:
    source = "{{#each .}}" * DEPTH + "{{.}}" + "{{/each}}" * DEPTH
    value: object = "bottom"
    for _ in range(DEPTH):
        value = [value]
    template = parse("{{#l}}" + source + "{{/l}}")
    assert template.render({"l": value}, html=True) == "bottom"
    assert template.render({"l": [[["shallow"]]][:0]}, html=True) == ""


@pytest.mark.parametrize("opener", ["{{#each a}}", "{{#a}}{{#b}}", "{{^a}}{{^b}}"])
def test_blocks_left_open_are_all_reported(opener: str) -> None:
    assert len(parse(opener * DEPTH).errors) == DEPTH * opener.count("{{")


def test_a_deep_suggestion_is_cut_and_can_be_written_as_json() -> None:
    model = suggest_model([parse("{{" + "a." * DEPTH + "x}}")])
    assert json.dumps(model).count("a") == MAX_SUGGESTED_DEPTH
    source = "{{#each a}}{{#b}}" * DEPTH + "{{/b}}{{/each}}" * DEPTH
    result = validate(Parts(source, source, source), test_model=nested("a" * 5))
    assert not result.all_valid
    assert validate(Parts(source, source, source)).all_valid
    assert json.dumps(validate(Parts(subject=source)).suggested_model, indent=1)


def test_deep_models_are_merged() -> None:
    merged = merge_models(nested("a" * DEPTH), nested("a" * DEPTH) | {"b": 1})
    assert parse("{{" + "a." * DEPTH + "x}}{{b}}").render(merged, html=True) == "bottom1"


def test_loops_that_multiply_are_stopped() -> None:
    source = "{{#each l}}" + "{{#each ../../l}}" * 60 + "x" + "{{/each}}" * 61
    with pytest.raises(RenderError, match="too long"):
        parse(source).render({"l": [1, 2, 3]}, html=True)
    with pytest.raises(RenderError, match="too long"):
        parse("{{#each l}}{{../../x}}{{/each}}").render({"l": [1] * 50, "x": "x" * 1_000_000}, html=True)


@pytest.mark.parametrize(
    "hostile",
    [
        "{",
        "}",
        "{{",
        "{{{",
        "{{a",
        "{{ ",
        "{{a}",
        "{{-}}",
        "{{#a}}",
        "{{#each a}}",
        "{{/a}}",
        "{{\n",
        "\xe9{{-}}",
    ],
)
def test_parsing_takes_linear_time(hostile: str) -> None:
    began = time.process_time()
    parse(hostile * 50_000)
    assert time.process_time() - began < 10


# --- properties

_FRAGMENTS: Final = [
    *("{{", "}}", "{", "}", "{{{", "}}}", "{{#a}}", "{{/a}}", "{{^a}}", "{{#each a}}", "{{/each}}"),
    *("{{a}}", "{{{a}}}", "{{&a.b}}", "{{../a}}", "{{.}}", "{{a-b}}", "{{#each}}", "{{! c }}", "\n", "\r\n"),
    *("{{{ @content }}}", "{{{ pm:unsubscribe }}}", "text", "\U0001f600", "\ud800", "{{#b}}", "{{/b}}"),
]
_SOURCES = st.one_of(
    st.text(),
    st.lists(st.one_of(st.sampled_from(_FRAGMENTS), st.text(max_size=3)), max_size=30).map("".join),
)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abcx"), inner, max_size=3)),
    max_leaves=10,
)
_MODELS = st.dictionaries(st.sampled_from("abcx"), _VALUES, max_size=4)


# How long one example takes says more of the machine than of the code.
_UNHURRIED: Final = settings(deadline=None)


@_UNHURRIED
@given(source=_SOURCES, layout=st.none() | _SOURCES, model=_MODELS)
def test_only_render_errors_are_ever_raised(source: str, layout: str | None, model: Model) -> None:
    template = parse(source, layout=layout)
    try:
        assert isinstance(template.render(model, html=True), str)
    except RenderError as error:
        assert template.errors or "used like an array" in str(error)  # noqa: PT017 - both outcomes are fine


@_UNHURRIED
@given(source=_SOURCES, model=_MODELS)
def test_validate_never_raises_and_agrees_with_itself(source: str, model: Model) -> None:
    result = validate(Parts(source, source, source), layout=Parts("{{{@content}}}"), test_model=model)
    for part in (result.parts.html_body, result.parts.text_body, result.parts.subject):
        assert part
        assert part.is_valid == (part.rendered is not None)
        assert part.is_valid == result.all_valid
    assert result.all_valid == (result.suggested_model is not None)


@_UNHURRIED
@given(st.text(st.characters(exclude_characters="{}")), st.booleans())
def test_text_without_braces_renders_to_itself(source: str, html: bool) -> None:  # noqa: FBT001
    assert parse(source).render({}, html=html) == source


@_UNHURRIED
@given(_SOURCES)
def test_every_position_is_that_of_a_tag(source: str) -> None:
    lines = source.split("\n")
    for _, line, column in parse(source).errors:
        assert line
        assert column
        units = lines[line - 1].encode("utf-16-le", "surrogatepass")
        assert units[2 * column - 2 : 2 * column + 2].decode("utf-16-le", "surrogatepass") == "{{"


@_UNHURRIED
@given(_SOURCES)
def test_errors_are_in_order(source: str) -> None:
    positions = [(problem.line, problem.character_position) for problem in parse(source).errors]
    assert positions == sorted(positions)


@_UNHURRIED
@given(_MODELS, _MODELS)
def test_a_given_model_survives_the_merge(suggested: Model, given_model: Model) -> None:
    merged = merge_models(suggested, given_model)
    assert merged.keys() == suggested.keys() | given_model.keys()
    # As text, because NaN differs from itself.
    assert json.dumps(merge_models(merged, given_model), sort_keys=True) == json.dumps(merged, sort_keys=True)
