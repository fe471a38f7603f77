"""What a push would do is decided without a server."""

from __future__ import annotations

from dataclasses import replace

from postmark_sdk.templates.tree import TemplateSource, changes

LAYOUT = TemplateSource(alias="main", name="Main", is_layout=True, html_body="{{{ @content }}}")
WELCOME = TemplateSource(alias="welcome", name="Welcome", subject="Hi", html_body="<p>a</p>\n", layout_template="main")
BYE = TemplateSource(alias="bye", name="Bye", subject="Bye", text_body="bye")


def test_the_same_needs_no_change() -> None:
    assert changes([LAYOUT, WELCOME], [WELCOME, LAYOUT]) == []


def test_layouts_come_before_the_templates_that_name_them_and_are_deleted_after() -> None:
    server = [
        replace(LAYOUT, alias="a-old"),
        replace(WELCOME, alias="old", layout_template="a-old"),
        replace(WELCOME, name="W"),
    ]
    found = changes([BYE, LAYOUT, WELCOME], server)
    assert [(change.action, change.template.alias) for change in found] == [
        ("create", "main"),
        ("create", "bye"),
        ("update", "welcome"),
        ("delete", "old"),
        ("delete", "a-old"),
    ]


def test_only_fields_that_differ_are_sent_and_what_is_gone_is_emptied() -> None:
    (change,) = changes(
        [replace(WELCOME, alias="Welcome", html_body=None, text_body="x", layout_template=None)], [WELCOME]
    )
    assert change.wire() == {"Alias": "Welcome", "HtmlBody": "", "TextBody": "x", "LayoutTemplate": ""}


def test_a_template_cannot_become_a_layout() -> None:
    (change,) = changes([replace(LAYOUT, alias="bye")], [BYE])
    assert not change.is_possible
    assert all(each.is_possible for each in changes([LAYOUT], [BYE]))


def test_a_difference_is_shown_file_by_file() -> None:
    (change,) = changes([replace(WELCOME, subject="Hello", html_body="<p>b</p>\nno end")], [WELCOME])
    assert change.diff() == (
        "--- a/welcome/meta.json\n+++ b/welcome/meta.json\n@@ -1,5 +1,5 @@\n Name: Welcome\n Alias: welcome\n"
        "-Subject: Hi\n+Subject: Hello\n TemplateType: Standard\n LayoutTemplate: main\n"
        "--- a/welcome/content.html\n+++ b/welcome/content.html\n@@ -1 +1,2 @@\n"
        "-<p>a</p>\n+<p>b</p>\n+no end\n\\ No newline at end of file\n"
    )


def test_what_is_new_or_gone_is_shown_whole() -> None:
    (new,), (gone,) = changes([LAYOUT], []), changes([], [LAYOUT])
    assert new.diff().startswith("--- /dev/null\n+++ b/_layouts/main/meta.json\n@@ -0,0 +1,3 @@\n+Name: Main\n")
    assert gone.diff().startswith("--- a/_layouts/main/meta.json\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-Name: Main\n")
    assert (new.wire(), gone.before) == ({"Name": "Main", "Alias": "main", "HtmlBody": "{{{ @content }}}"}, LAYOUT)


def test_line_ends_alone_are_a_difference() -> None:
    (change,) = changes([replace(BYE, text_body="a\r\nb")], [replace(BYE, text_body="a\nb")])
    assert "-a\n+a\r\n b\n" in change.diff()
