"""Pickle, copies and reprs of every error class there is."""

from __future__ import annotations

import copy
import inspect
import pickle
import pkgutil
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

import postmark_sdk._core
from postmark_sdk import errors
from postmark_sdk.errors import (
    ConfigurationError,
    MessageRef,
    OutcomeUnknownError,
    PostmarkError,
    Problem,
    TransportError,
    with_hint,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRETS = {
    "message": "Postmark said person@example.com is inactive",
    "headers": {"x-seen": "token-for-tests person@example.com"},
    "body": b'{"HtmlBody": "confidential person@example.com"}',
    "errors": {"From": [{"ErrorCode": 300, "Message": "person@example.com"}]},
}
VALUES: dict[str, Any] = {
    **SECRETS,
    "operation": "emails.send",
    "method": "POST",
    "path": "/email",
    "status_code": 422,
    "error_code": 406,
    "hint": "Do this.",
    "attempts": 3,
    "reason": "no answer in time",
    "problems": [Problem("to", "51 recipients; at most 50")],
    "retry_after": 2.5,
    "wanted": "account",
}


def _import_everything() -> None:
    for module in pkgutil.walk_packages(postmark_sdk._core.__path__, "postmark_sdk._core."):
        import_module(module.name)


def _classes(cls: type[PostmarkError]) -> Iterator[type[PostmarkError]]:
    yield cls
    for sub in cls.__subclasses__():
        yield from _classes(sub)


import_module("postmark_sdk._core")
_import_everything()
OTHERS = ("tests.", "postmark_sdk.integrations.")  # these are tested with their module, which need not be imported
CLASSES = sorted({cls for cls in _classes(PostmarkError) if not cls.__module__.startswith(OTHERS)}, key=str)


def made(cls: type[PostmarkError]) -> PostmarkError:
    parameters = list(inspect.signature(cls).parameters.values())
    missing = [p.name for p in parameters if p.name not in VALUES and p.default is p.empty]
    assert not missing, f"say in VALUES what {cls.__name__} takes for {missing}"
    known = [p for p in parameters if p.name in VALUES]
    positional = [VALUES[p.name] for p in known if p.kind is p.POSITIONAL_OR_KEYWORD]
    error = cls(*positional, **{p.name: VALUES[p.name] for p in known if p.kind is p.KEYWORD_ONLY})
    for name in ("retry_after", "wanted"):
        if hasattr(cls, name):
            setattr(error, name, VALUES[name])
    return error


def test_all_classes_of_the_tree_are_there() -> None:
    public = {getattr(errors, name) for name in errors.__all__ if name.endswith("Error")}
    assert public <= set(CLASSES)


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_error_survives_pickle(cls: type[PostmarkError], protocol: int) -> None:
    error = made(cls)
    again = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 - our own bytes
    assert type(again) is cls
    assert again.__dict__ == error.__dict__
    assert again.args == error.args
    assert (repr(again), str(again)) == (repr(error), str(error))


@pytest.mark.parametrize("cls", CLASSES)
def test_every_error_can_be_copied(cls: type[PostmarkError]) -> None:
    error = made(cls)
    for again in (copy.copy(error), copy.deepcopy(error)):
        assert again.__dict__ == error.__dict__
        assert str(again) == str(error)


@pytest.mark.parametrize("cls", [cls for cls in CLASSES if not issubclass(cls, ConfigurationError)])
def test_no_repr_shows_a_token_an_address_or_a_body(cls: type[PostmarkError]) -> None:
    text = repr(made(cls))
    assert text.startswith(f"{cls.__name__}(")
    for secret in ("token-for-tests", "person@example.com", "confidential", "said"):
        assert secret not in text


@pytest.mark.parametrize("cls", [cls for cls in CLASSES if "operation" in inspect.signature(cls).parameters])
def test_every_error_has_a_docstring_and_says_where_it_happened(cls: type[PostmarkError]) -> None:
    error = made(cls)
    assert inspect.getdoc(cls)
    assert (error.operation, error.method, error.path) == ("emails.send", "POST", "/email")


def test_a_custom_subclass_without_extra_arguments_survives_too() -> None:
    assert pickle.loads(pickle.dumps(ConfigurationError("x"))).args == ("x",)  # noqa: S301 - our own bytes


def test_a_problem_reads_as_field_and_message() -> None:
    assert str(Problem("to", "missing")) == "to: missing"
    assert str(Problem("", "none given")) == "none given"
    error = errors.InvalidMessageError([Problem("to", "missing"), Problem("subject", "too long")])
    assert str(error) == "to: missing\nsubject: too long"
    assert isinstance(error, ValueError)


@pytest.mark.parametrize(
    "cls", [errors.PostmarkError, ConfigurationError, errors.InvalidMessageError, errors.GuardError]
)
def test_what_needs_no_more_can_be_made_of_its_text(cls: type[PostmarkError]) -> None:
    error = made(cls)
    again = cls(*error.args)
    assert str(again) == str(error)
    if isinstance(again, errors.InvalidMessageError):
        assert again.problems == [Problem("", "to: 51 recipients; at most 50")]


def test_an_error_of_unknown_outcome_says_what_to_do_next() -> None:
    error = OutcomeUnknownError("no answer in time", operation="emails.send", method="POST", path="/email")
    assert error.hint == "Do not call it again before you looked whether it was done."
    error.messages = (MessageRef(0, None),)
    assert "Had the call had trace=True" in error.hint
    error.messages = (MessageRef(0, "order-7"),)
    assert error.hint.startswith("Do not send it again before emails.resolve(error)")


def test_an_error_without_an_answer_says_where_it_was_to_go() -> None:
    error = TransportError("no connection", operation="x", method="GET", path="/server", host="127.0.0.1:8025")
    assert str(error) == "GET /server: no connection (127.0.0.1:8025)"
    assert error.hint == "Nothing was changed at Postmark: it may be called again."


@pytest.mark.skipif(sys.version_info < (3, 11), reason="errors have no notes there")
def test_a_traceback_shows_the_hint_once() -> None:
    error = TransportError("no connection", operation="x", method="GET", path="/server")
    assert vars(with_hint(with_hint(error)))["__notes__"] == [error.hint]
