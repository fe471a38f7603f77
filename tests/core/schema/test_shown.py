"""A log sees nothing of anybody's; a person in a shell or notebook sees what came back."""

from __future__ import annotations

from typing import Any

import pytest

from postmark_sdk.models import BouncePage, Email, SendResult, Server, Webhook
from tests.core.wire import ROW

ADDRESS = str(ROW["To"])
PAGE = BouncePage.from_dict(
    {"TotalCount": 120, "Bounces": [{"ID": 1, "Email": ADDRESS, "Tag": "<b>"}, {"ID": 2, "NewField": "x"}]}
)
SECRETS = [
    Server.from_dict({"ID": 1, "ApiTokens": ["secret-1"], "InboundHookUrl": "https://user:secret-2@example.com/hook"}),
    Webhook.from_dict(
        {
            "ID": 1,
            "HttpAuth": {"Username": "user", "Password": "secret-3"},
            "HttpHeaders": [{"Name": "X-Secret", "Value": "secret-4"}],
        }
    ),
]


def in_ipython(model: Any) -> str:
    pretty = pytest.importorskip("IPython.lib.pretty")
    return str(pretty.pretty(model))


def in_a_notebook(model: Any) -> str:
    formatters = pytest.importorskip("IPython.core.formatters")
    return str(formatters.HTMLFormatter()(model))


def in_rich(model: Any) -> str:
    console = pytest.importorskip("rich.console").Console(width=100)
    with console.capture() as shown:
        console.print(model)
    return str(shown.get())


FOR_PEOPLE = pytest.mark.parametrize("show", [in_ipython, in_a_notebook, in_rich])


@FOR_PEOPLE
def test_a_person_sees_what_came_back(show: Any) -> None:
    shown = show(SendResult.from_dict({**ROW}))
    assert ADDRESS in shown
    assert ROW["MessageID"] in shown
    assert "hidden" not in shown


@FOR_PEOPLE
def test_a_page_shows_its_records(show: Any) -> None:
    shown = show(PAGE)
    assert ADDRESS in shown
    assert "120" in shown
    assert "NewField" in shown


@FOR_PEOPLE
@pytest.mark.parametrize("model", SECRETS)
def test_nobody_sees_tokens_and_passwords(show: Any, model: Any) -> None:
    assert "hidden" in show(model)
    assert "secret-" not in show(model)
    assert "secret-" not in repr(model)


@FOR_PEOPLE
def test_long_texts_and_lists_are_cut(show: Any) -> None:
    assert len(show(Email(text_body="x" * 100_000))) < 2_000
    many = BouncePage.from_dict({"TotalCount": 500, "Bounces": [{"ID": number} for number in range(500)]})
    assert len(show(many)) < 5_000


def test_html_is_escaped() -> None:
    assert "<b>" not in in_a_notebook(PAGE)
    assert "&lt;b&gt;" in in_a_notebook(PAGE)


def test_text_is_no_markup() -> None:
    assert "[bold]" in in_rich(Email(subject="[bold]x"))


def test_a_repr_holds_nothing_of_anybodys() -> None:
    mail = Email(from_=ADDRESS, to=[ADDRESS], subject="secret-1", text_body="secret-2", metadata={"a": "secret-3"})
    for model in (mail, SendResult.from_dict({**ROW}), PAGE):
        assert "secret" not in repr(model)
        assert ADDRESS not in repr(model)


def test_harmless_words_are_not_hidden() -> None:
    assert "message='OK'" in repr(SendResult.from_dict({**ROW}))
    assert "message=<hidden>" in repr(SendResult.from_dict({**ROW, "Message": f"You left out {ADDRESS}"}))
    assert "to=[]" in repr(Email(to=[]))


def test_a_repr_asks_no_object_of_the_callers_anything() -> None:
    class Lazy:
        @property  # type: ignore[misc]  # as proxies do
        def __class__(self) -> type:  # pyright: ignore[reportIncompatibleMethodOverride]  # likewise
            raise RuntimeError("outside of its context")

        def __eq__(self, other: object) -> bool:
            raise RuntimeError("outside of its context")

        __hash__ = None  # type: ignore[assignment]  # as above

    lazy: Any = Lazy()
    assert repr(Email(subject=lazy)) == "Email(subject=<hidden>)"


def test_the_variables_of_a_traceback_hold_nothing_of_anybodys() -> None:
    pretty = pytest.importorskip("rich.pretty")
    for model in (PAGE, {"sent": [SendResult.from_dict({**ROW})]}, *SECRETS):
        shown = pretty.pretty_repr(model)
        assert ADDRESS not in shown
        assert "secret-" not in shown
