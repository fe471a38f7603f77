"""Every public annotation can be evaluated, as containers for dependency injection and tools for documentation do."""

from __future__ import annotations

import inspect
import pkgutil
import typing
from typing import TYPE_CHECKING, Any

import pytest

import postmark_sdk
from postmark_sdk import Guard, PostmarkClient, integrations
from postmark_sdk._generated.client_base import Resources

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES = [
    "postmark_sdk",
    "postmark_sdk.cli",
    "postmark_sdk.emulator",
    "postmark_sdk.errors",
    "postmark_sdk.integrations.asgi",
    "postmark_sdk.integrations.celery",
    "postmark_sdk.integrations.django",
    "postmark_sdk.integrations.django.jobs",
    "postmark_sdk.integrations.django.signals",
    "postmark_sdk.integrations.django.testing",
    "postmark_sdk.integrations.fastapi",
    "postmark_sdk.integrations.flask",
    "postmark_sdk.integrations.opentelemetry",
    "postmark_sdk.integrations.starlette",
    "postmark_sdk.integrations.wsgi",
    "postmark_sdk.jobs",
    "postmark_sdk.models",
    "postmark_sdk.templates",
    "postmark_sdk.testing",
    "postmark_sdk.webhooks",
    *(f"postmark_sdk._generated.resources.{tag}" for tag in Resources.__resources__),
]


def callables(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """A function, or a class with all that users call on it."""
    if inspect.isfunction(value):
        yield name, value
    if inspect.isclass(value):
        yield name, value
        for each in dir(value):
            found = inspect.getattr_static(value, each)
            found = getattr(found, "fget", getattr(found, "__func__", getattr(found, "func", found)))
            is_ours = inspect.isfunction(found) and found.__module__.startswith("postmark_sdk.")
            if is_ours and (not each.startswith("_") or each.endswith("__")):
                yield f"{name}.{each}", found


def unreadable(value: Any) -> NameError | None:
    try:
        typing.get_type_hints(value)
        if inspect.isfunction(value):
            inspect.signature(value, eval_str=True)
    except NameError as error:
        return error
    return None


@pytest.mark.parametrize("name", MODULES)
def test_the_annotations_of_a_module_can_be_evaluated(name: str) -> None:
    module = pytest.importorskip(name, exc_type=ImportError)
    public = [(each, getattr(module, each)) for each in getattr(module, "__all__", dir(module)) if each[0] != "_"]
    found = [pair for each, value in public for pair in callables(each, value)]
    assert found
    assert {label: error for label, value in found if (error := unreadable(value))} == {}


def test_no_public_module_is_left_out() -> None:
    found = {
        f"{package.__name__}.{each.name}"
        for package in (postmark_sdk, integrations)
        for each in pkgutil.iter_modules(package.__path__)
        if not each.name.startswith("_")
    }
    without_code = {"postmark_sdk.constants", "postmark_sdk.integrations"}
    assert found - without_code <= {*MODULES}


def test_annotations_mean_what_they_name() -> None:
    assert typing.get_type_hints(PostmarkClient.__init__)["guard"] == Guard | None
