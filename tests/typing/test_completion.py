"""What shells offer while a call is written, and what tools read of it."""

from __future__ import annotations

import inspect
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from postmark_sdk import AsyncPostmarkClient, Email, PostmarkClient
from postmark_sdk._generated.operations import OPERATIONS
from tests.core.wire import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENTS = [PostmarkClient, AsyncPostmarkClient]


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What jedi has parsed is kept in files, which it does not share well with tests in other processes."""
    if find_spec("jedi") is not None:
        monkeypatch.setattr("jedi.settings.cache_directory", str(tmp_path_factory.getbasetemp() / "jedi"))


def by_jedi(line: str, names: dict[str, Any]) -> list[str]:
    jedi = pytest.importorskip("jedi")
    return [each.name for each in jedi.Interpreter(line, [names]).complete()]


def by_ipython(line: str, names: dict[str, Any]) -> list[str]:
    core = pytest.importorskip("IPython.core.completer")
    completer = core.IPCompleter(namespace=names, global_namespace={})
    with core.provisionalcompleter():
        return [each.text for each in completer.completions(line, len(line))]


@pytest.mark.parametrize("client_class", CLIENTS)
@pytest.mark.parametrize("complete", [by_jedi, by_ipython])
@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("emails.send(fr", "from_="),
        ("emails.send(from_='a@example.com', html", "html_body="),
        ("emails.send_with_template(template_a", "template_alias="),
        ("servers.create(color='Red', track_o", "track_opens="),
        ("templates.update(5, na", "name="),
    ],
)
def test_the_fields_of_a_body_are_offered(
    client_class: Any, complete: Callable[[str, dict[str, Any]], list[str]], call: str, expected: str
) -> None:
    assert expected in complete(f"client.{call}", {"client": client_class(TOKEN)})


@pytest.mark.parametrize("client_class", CLIENTS)
@pytest.mark.parametrize("id_", [each.id for each in OPERATIONS.values() if each.body and not each.body.is_list])
def test_every_field_is_a_keyword_of_the_signature_and_explained(client_class: Any, id_: str) -> None:
    operation = OPERATIONS[id_]
    assert operation.body is not None
    resource, _, name = operation.label.partition(".")
    method = getattr(getattr(client_class(TOKEN), resource), name)
    signature = inspect.signature(method, eval_str=True)
    model = import_module(f"postmark_sdk._generated.models.{operation.body.model}").MODEL
    for field in (*model.__wire__, "extra"):
        assert signature.parameters[field].kind is inspect.Parameter.KEYWORD_ONLY
        assert signature.parameters[field].default is None
        assert f" {field}: " in str(inspect.getdoc(method)), field


def test_async_methods_stay_coroutine_functions() -> None:
    client = AsyncPostmarkClient(TOKEN)
    assert inspect.iscoroutinefunction(client.emails.send)
    assert inspect.iscoroutinefunction(client.emails.get_bulk)


def test_annotations_name_what_they_mean() -> None:
    parameters = inspect.signature(PostmarkClient(TOKEN).emails.send, eval_str=True).parameters
    assert Email in parameters["message"].annotation.__args__
    assert str in parameters["to"].annotation.__args__
