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
_OTHERS = {"ImportError", "TypeError", "InvalidOptionsError", "NotAllSentError"}
_OTHERS |= {"DnsError", "InboundError", "SMTPApiError"}
"""Errors of Python and of the integration with Django, and types of bounces."""


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
    names = {name for cell in cells for name in _CLASS.findall(cell)} - _OTHERS
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


def _of_anymail() -> dict[str, set[str]]:
    """What django-anymail has for Postmark, kind by kind."""
    import anymail.exceptions
    import anymail.inbound
    import anymail.message
    import anymail.signals

    folder = Path(anymail.__file__).parent
    read = ("backends/base.py", "backends/base_requests.py", "backends/postmark.py", "webhooks/base.py")
    source = "".join((folder / name).read_text(encoding="utf-8") for name in read)
    message = anymail.message.AnymailMessageMixin()
    plain = vars(anymail.message.EmailMessage())
    inbound = anymail.inbound.AnymailInboundMessage
    events = (anymail.signals.AnymailTrackingEvent, anymail.signals.AnymailInboundEvent)
    return {
        "settings": {name.upper() for name in re.findall(r'get_anymail_setting\(\s*"(\w+)"', source)},
        "attributes of a message": {*vars(message)} - {*plain},
        "methods of a message": {name for name in vars(anymail.message.AnymailMessageMixin) if name[0] != "_"},
        "attributes of a status": {*vars(anymail.message.AnymailStatus())} | {"set_recipient_status"},
        "statuses": {*anymail.message.ANYMAIL_STATUSES},
        "signals": {name for name, value in vars(anymail.signals).items() if isinstance(value, anymail.signals.Signal)},
        "attributes of an event": {name for kind in events for name in vars(kind(event_type=""))},
        "kinds of events": {value for name, value in vars(anymail.signals.EventType).items() if name[0] != "_"},
        "reasons": {value for name, value in vars(anymail.signals.RejectReason).items() if name[0] != "_"},
        "inbound mail": {name for name in vars(inbound) if name[0] != "_"},
        "errors": {name for name in vars(anymail.exceptions) if name.startswith("Anymail")},
        "attributes of an error": {*vars(anymail.exceptions.AnymailError())}
        | {name for name in vars(anymail.exceptions.AnymailError) if name[0] != "_"},
    }


def test_nothing_of_anymail_is_left_out() -> None:
    pytest.importorskip("anymail", reason="django-anymail is not installed")
    from tests.integrations.apps import configure_django

    configure_django()
    (page,) = [each for each in _PAGES if each.stem == "django-anymail"]
    found = re.findall(r"\w+", page.read_text(encoding="utf-8"))
    words = {*found, *(word.removeprefix("POSTMARK_") for word in found)}
    theirs = _of_anymail()
    assert {kind: names - words for kind, names in theirs.items() if names - words} == {}
    assert min(map(len, theirs.values())) > 1
