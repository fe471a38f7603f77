"""What mocks and shells read of the clients at run time."""

from __future__ import annotations

import inspect
from typing import Any
from unittest import mock

import pytest

from postmark_sdk import AsyncPostmarkClient, PostmarkClient
from tests.core.wire import TOKEN

CLIENTS = [PostmarkClient, AsyncPostmarkClient]
LEGACY = (("domains", "verify_spf"), ("sender_signatures", "request_new_dkim"), ("bounces", "list_tags"))


def _call(method: Any, **arguments: Any) -> None:
    """Call a mock; of an async one, nothing waits for what it returns."""
    answer = method(**arguments)
    if inspect.iscoroutine(answer):
        answer.close()


@pytest.mark.parametrize("client_class", CLIENTS)
def test_a_mock_has_the_resources_and_their_signatures(client_class: Any) -> None:
    plain = mock.Mock(spec=client_class)
    _call(plain.emails.send, from_="a@example.com")
    with pytest.raises(AttributeError):
        plain.emials  # noqa: B018 - the access is the test
    exact = mock.create_autospec(client_class, instance=True)
    _call(exact.bounces.list, count=5)
    with pytest.raises(TypeError, match="subjet"):
        exact.emails.send(from_="a@example.com", subjet="x")
    with pytest.raises(AttributeError):
        exact.emails.sned  # noqa: B018 - the access is the test


@pytest.mark.parametrize("client_class", CLIENTS)
def test_a_resource_can_be_patched_and_read_from_the_class(client_class: Any) -> None:
    assert client_class.emails.__name__.endswith("EmailsResource")
    with mock.patch.object(client_class, "emails") as emails:
        _call(client_class(TOKEN).emails.send, to="b@example.org")
    emails.send.assert_called_once_with(to="b@example.org")
    client = client_class(TOKEN)
    assert client.emails is client.emails
    with mock.patch.object(client.emails, "send") as send:
        _call(client.emails.send, to="b@example.org")
    send.assert_called_once_with(to="b@example.org")


@pytest.mark.parametrize("client_class", CLIENTS)
def test_legacy_calls_work_and_are_not_offered(client_class: Any) -> None:
    client = client_class(TOKEN)
    for resource, name in LEGACY:
        assert name not in dir(getattr(client, resource))
        assert callable(getattr(getattr(client, resource), name))
    assert "tag_triggers" not in dir(client)
    assert "create" not in dir(client.tag_triggers)
    assert "send" in dir(client.emails)
