from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.naming import attribute, camel_case, iterator, snake_case


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("MessageID", "message_id"),
        ("ID", "id"),
        ("Id", "id"),
        ("HtmlBody", "html_body"),
        ("DKIMHost", "dkim_host"),
        ("DKIMPendingHost", "dkim_pending_host"),
        ("SPFVerified", "spf_verified"),
        ("TrackOpens", "track_opens"),
        ("OriginalLink", "original_link"),
        ("InlineCssForHtmlTestRender", "inline_css_for_html_test_render"),
        ("message-streams", "message_streams"),
        ("emailFilter", "email_filter"),
        ("paginationKey", "pagination_key"),
        ("client_name", "client_name"),
        ("Content-Type", "content_type"),
    ],
)
def test_wire_names_become_snake_case(wire: str, name: str) -> None:
    assert snake_case(wire) == name


@pytest.mark.parametrize(("wire", "name"), [("From", "from_"), ("Class", "class_"), ("Type", "type"), ("Zip", "zip")])
def test_only_keywords_get_an_underscore(wire: str, name: str) -> None:
    assert attribute(wire) == name


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,30}", fullmatch=True))
def test_every_name_is_an_identifier_and_the_rule_is_idempotent(wire: str) -> None:
    name = attribute(wire)
    assert name.isidentifier()
    assert not keyword.iskeyword(name)
    assert name == name.lower()
    assert snake_case(snake_case(wire)) == snake_case(wire)


def test_tags_become_class_names() -> None:
    assert camel_case("message_streams") == "MessageStreams"


@pytest.mark.parametrize(("method", "twin"), [("list", "iterate"), ("list_opens", "iterate_opens")])
def test_lists_have_an_iterating_twin(method: str, twin: str) -> None:
    assert iterator(method) == twin
