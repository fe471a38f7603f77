"""The handwritten pages of the reference leave nothing out."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="the emulator needs its extra")

from starlette.routing import Route

import postmark_sdk
from postmark_sdk import AsyncPostmarkClient, Defaults, Guard, PostmarkClient
from postmark_sdk.emulator import Emulator, Fault
from postmark_sdk.emulator.__main__ import _parser
from postmark_sdk.emulator._mails import routes as mail_routes
from postmark_sdk.emulator.control import actions
from postmark_sdk.emulator.control.routes import routes

_PACKAGE = Path(postmark_sdk.__file__).parent
_REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
_VARIABLE = re.compile(r"""["'`](POSTMARK_[A-Z_]+)["'`]""")
_CONSTANTS = {"POSTMARK_JOBS", "POSTMARK_NETWORKS", "POSTMARK_NETWORKS_DATE", "POSTMARK_WEBHOOKS"}
"""Names of Python and of Django's settings, not of the environment."""


def _page(name: str) -> str:
    return (_REFERENCE / f"{name}.md").read_text(encoding="utf-8")


def test_no_environment_variable_is_missing() -> None:
    texts = [file.read_text(encoding="utf-8") for file in _PACKAGE.rglob("*.py")]
    read = {name for text in texts for name in _VARIABLE.findall(text)} - _CONSTANTS
    assert read == set(_VARIABLE.findall(_page("configuration")))


@pytest.mark.parametrize("kind", [PostmarkClient, AsyncPostmarkClient])
def test_no_argument_is_missing(kind: type) -> None:
    table = _page("configuration").partition("## Arguments of a client")[2]
    assert re.findall(r"^\| `(\w+)` \|.*\|.*\|$", table, re.MULTILINE) == list(inspect.signature(kind).parameters)


def test_no_option_of_a_copy_of_defaults_and_of_a_guard_is_missing() -> None:
    page = _page("configuration")
    copied = re.search(r"`with_options` changes on a copy: (.*?)\.", page, re.DOTALL)
    assert copied is not None
    assert re.findall(r"`(\w+)`", copied[1]) == list(inspect.signature(PostmarkClient.with_options).parameters)[1:]
    names = {*inspect.get_annotations(Defaults), *inspect.signature(Guard).parameters} - {"from"}
    assert {name for name in names if f"`{name}`" not in page} == set()


def test_no_route_of_the_control_api_is_missing() -> None:
    with Emulator() as emulator:
        known = [route for route in (*routes(emulator.state), *mail_routes(emulator.state)) if isinstance(route, Route)]
    wanted = {
        f"{method} {re.sub(r':(int|path)}', '}', route.path)}"
        for route in known
        for method in (route.methods or set()) - {"HEAD"}
    }
    written = set(re.findall(r"`((?:GET|POST|DELETE) /_emulator[^`? ]*)`", _page("emulator")))
    assert written == {each.rstrip("/") for each in wanted}


def test_no_fault_setting_or_option_of_the_emulator_is_missing() -> None:
    with Emulator() as emulator:
        settings = actions.settings_of(emulator.state)
    options = [option for action in _parser()._actions for option in action.option_strings if option != "--help"]
    page = _page("emulator")
    assert {name for name in (*settings, *inspect.get_annotations(Fault)) if f"`{name}`" not in page} == set()
    assert {option for option in options if option.startswith("--") and f"`{option}" not in page} == set()


@pytest.mark.parametrize("name", ["may_send", "strict"])
def test_defaults_of_settings_are_those_of_the_page(name: str) -> None:
    with Emulator() as emulator:
        value = str(actions.settings_of(emulator.state)[name]).lower()
    assert f"| `{name}` | `{value}` |" in _page("emulator")
