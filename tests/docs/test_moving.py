"""What the pages on moving over promise is there: every call in a column of ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from postmark_sdk import PostmarkClient, errors, models, webhooks
from postmark_sdk._generated.client_base import Resources

_PAGES = sorted((Path(__file__).parents[2] / "docs" / "moving").glob("*.md"))
_ROW = re.compile(r"^\|.*\| (.*) \|$", re.MULTILINE)
_CALL = re.compile(rf"`(?:client\.)?({'|'.join(Resources.__resources__)})\.(\w+)")
_MORE_CALLS = re.compile(r"`\.(\w+)(?:\([^`]*\))?`")
_CLASS = re.compile(r"`([A-Z]\w+(?:Error|Event))`")
_ATTRIBUTES = {"body", "items"}
"""Of answers, which stand in cells beside calls."""


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.stem)
def test_calls_are_there(page: Path) -> None:
    cells = _ROW.findall(page.read_text(encoding="utf-8"))
    calls = {call for cell in cells for call in _CALL.findall(cell)}
    with PostmarkClient("token-for-examples") as client:
        missing = [call for call in calls if not hasattr(getattr(client, call[0]), call[1])]
    assert missing == []
    assert len(cells) > 15


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.stem)
def test_errors_are_there(page: Path) -> None:
    cells = _ROW.findall(page.read_text(encoding="utf-8"))
    names = {name for cell in cells for name in _CLASS.findall(cell)} - {"TypeError", "ImportError", "NotAllSentError"}
    assert [name for name in names if not any(hasattr(place, name) for place in (errors, models, webhooks))] == []
    assert "OutcomeUnknownError" in names


def test_methods_that_stand_alone_are_of_the_resource_before_them() -> None:
    wrong = []
    with PostmarkClient("token-for-examples") as client:
        for page in _PAGES:
            for cell in _ROW.findall(page.read_text(encoding="utf-8")):
                named = _CALL.search(cell)
                if named is None:
                    continue
                resource = getattr(client, named[1])
                wrong += [(page.stem, cell, name) for name in _MORE_CALLS.findall(cell) if not hasattr(resource, name)]
    assert [each for each in wrong if each[2] not in _ATTRIBUTES] == []
