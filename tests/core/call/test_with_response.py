"""Status, headers and request id beside the result of any call, and HTTP headers of the caller's."""

from __future__ import annotations

import inspect
import json
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import postmark_sdk
from postmark_sdk import (
    APIResponse,
    AsyncPostmarkClient,
    ConfigurationError,
    Guard,
    InvalidRequestError,
    PostmarkClient,
    with_response,
)
from postmark_sdk._generated.operations import SERVER_GET
from postmark_sdk.models import SendResult
from tests.core.harness import ACCOUNT_TOKEN
from tests.core.wire import MAIL, ROW, TOKEN, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

beside: Any = with_response
"""Checkers know the types of methods, which the clients of these tests do not tell."""

EITHER = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
HEADERS = {"X-Request-Id": "request-1", "X-Test": "a"}


def accepted(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=ROW, headers=HEADERS)


@EITHER
def test_what_came_stands_beside_what_it_means(*, asynchronous: bool) -> None:
    line = Line(asynchronous=asynchronous, answer=accepted)
    response: APIResponse[SendResult] = line.call(lambda client: beside(client.emails.send)(**MAIL))
    assert response.result == SendResult.from_dict(ROW)
    assert (response.status_code, response.request_id, response.attempts) == (200, "request-1", 1)
    assert response.headers["x-test"] == "a"
    assert response.json() == ROW
    assert str(ROW["To"]) not in repr(response)


@EITHER
def test_a_whole_body_and_options_are_handed_on(*, asynchronous: bool) -> None:
    line = Line(asynchronous=asynchronous)
    response = line.call(lambda client: beside(client.emails.send_batch)([MAIL, MAIL], timeout=5))
    assert [each.success for each in response.result] == [True, True]
    assert line.requests[0].extensions["timeout"]["read"] == 5


@EITHER
def test_an_error_comes_as_always(*, asynchronous: bool) -> None:
    def refused(_: httpx.Request) -> httpx.Response:
        return httpx.Response(422, json={"ErrorCode": 300, "Message": "No."}, headers=HEADERS)

    line = Line(asynchronous=asynchronous, answer=refused)
    with pytest.raises(InvalidRequestError) as caught:
        line.call(lambda client: beside(client.emails.send)(**MAIL))
    assert caught.value.headers["x-request-id"] == "request-1"
    here = (frame for frame in frames(caught.value) if frame.f_code.co_filename.endswith("with_response.py"))
    assert all(str(MAIL["to"]) not in repr(frame.f_locals) for frame in here if frame.f_code.co_name.endswith("call"))


def frames(error: BaseException) -> Iterator[Any]:
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename != __file__:
            yield step.tb_frame
        step = step.tb_next


@EITHER
def test_of_a_list_in_parts_the_last_answer_is_told(*, asynchronous: bool) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        rows = json.loads(request.content)["Suppressions"]
        return httpx.Response(200, json={"Suppressions": rows}, headers={"X-Request-Id": f"{len(rows)} of them"})

    line = Line(asynchronous=asynchronous, answer=answer)
    people = [f"a{number}@b.example" for number in range(60)]
    response = line.call(lambda client: beside(client.suppressions.create)("outbound", people))
    assert len(response.result) == 60
    assert response.request_id == "10 of them"


@EITHER
def test_a_repeated_call_says_so(*, asynchronous: bool) -> None:
    answers = [httpx.Response(429, headers={"Retry-After": "0"}), httpx.Response(200, json=ROW)]
    line = Line(asynchronous=asynchronous, answer=lambda _: answers.pop(0))
    assert line.call(lambda client: beside(client.emails.send)(**MAIL)).attempts == 2


@EITHER
def test_a_guard_asks_once(*, asynchronous: bool) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"DeliveryType": "Sandbox"}) if request.method == "GET" else accepted(request)

    line = Line(asynchronous=asynchronous, answer=answer, guard=Guard(allow=["*@*"], refuse_live_servers=True))

    def twice(client: Any) -> Any:
        send = beside(client.emails.send)
        if not asynchronous:
            return [send(**MAIL), send(**MAIL)]

        async def both() -> Any:
            return [await send(**MAIL), await send(**MAIL)]

        return both()

    line.call(twice)
    assert [request.method for request in line.requests] == ["GET", "POST", "POST"]


@EITHER
def test_whoever_listens_hears_of_the_result(*, asynchronous: bool) -> None:
    heard: list[Any] = []
    line = Line(asynchronous=asynchronous, on_event=heard.append)
    line.call(lambda client: beside(client.emails.send)(**MAIL))
    assert heard[-1].message_id == ROW["MessageID"]


@pytest.mark.parametrize("client_class", [PostmarkClient, AsyncPostmarkClient])
def test_signature_and_help_are_those_of_the_method(client_class: Any) -> None:
    method = client_class(TOKEN).emails.send
    assert inspect.signature(beside(method)) == inspect.signature(method)
    assert inspect.getdoc(beside(method)) == inspect.getdoc(method)
    assert inspect.iscoroutinefunction(beside(method)) == inspect.iscoroutinefunction(method)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@EITHER
def test_deprecated_methods_have_responses_too(*, asynchronous: bool) -> None:
    line = Line(asynchronous=asynchronous, answer=lambda _: httpx.Response(200, json=["a", "b"]))
    assert line.call(lambda client: beside(client.bounces.list_tags)()).result == ["a", "b"]


@pytest.mark.parametrize(
    "pick",
    [
        lambda client: client.emails.send_many,
        lambda client: client.emails.resolve,
        lambda client: client.bounces.iterate,
        lambda client: client.close,
        lambda _: print,
        lambda _: 5,
    ],
)
def test_what_makes_no_single_call_is_refused_before_it_sends(pick: Callable[[Any], Any]) -> None:
    with pytest.raises(ConfigurationError, match="makes one call"):
        beside(pick(PostmarkClient(TOKEN)))


# --- headers --------------------------------------------------------------------------------------------------------


def test_the_user_agent_names_package_python_and_http_library() -> None:
    line = Line()
    line.call(lambda client: client.emails.send(**MAIL))
    python = ".".join(map(str, sys.version_info[:3]))
    assert line.requests[0].headers["User-Agent"] == (
        f"postmark-sdk-python/{postmark_sdk.__version__} Python/{python} httpx/{httpx.__version__}"
    )


def test_the_user_agent_names_the_library_of_a_client_that_was_given() -> None:
    httpx2 = pytest.importorskip("httpx2", reason="httpx2 is not installed")
    agents: list[str] = []

    def answer(request: Any) -> Any:
        agents.append(request.headers["User-Agent"])
        return httpx2.Response(200, json=ROW)

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as http:
        PostmarkClient(TOKEN, http_client=http).emails.send(**MAIL)
    assert agents[0].endswith(f" httpx2/{httpx2.__version__}")


@EITHER
def test_headers_of_the_client_and_of_a_call_go_along(*, asynchronous: bool) -> None:
    line = Line(asynchronous=asynchronous, http_headers={"X-App": "shop", "X-Only": "client", "User-Agent": "shop/1"})
    line.call(lambda client: client.emails.send(**MAIL))
    line.call(
        lambda client: client.with_options(http_headers={"x-app": "job", "traceparent": "00"}).emails.send(**MAIL)
    )
    line.call(lambda client: client.request("POST", "/email", json={}))
    first, second, third = (request.headers for request in line.requests)
    assert (first["X-App"], first["X-Only"], first["User-Agent"]) == ("shop", "client", "shop/1")
    assert (second.get_list("X-App"), second["X-Only"], second["traceparent"]) == (["job"], "client", "00")
    assert (third["X-App"], "traceparent" in third) == ("shop", False)
    assert all(headers["X-Postmark-Server-Token"] == TOKEN for headers in (first, second, third))


def test_values_of_headers_are_shown_nowhere() -> None:
    client = PostmarkClient(TOKEN, http_headers={"X-App": "secret-1"})
    core = client._core()
    assert "secret" not in repr(client) + repr(core.settings) + repr(core.headers(SERVER_GET, has_body=False))


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        (5, "a int given"),
        ([("X-App", "secret")], "a list given"),
        ({5: "secret"}, "a name"),
        ({"": "secret"}, "a name"),
        ({"X App": "secret"}, "a name"),
        ({"X:App": "secret"}, "a name"),
        ({"X-App\n": "secret"}, "a name"),
        ({"X-App": 5}, "X-App takes text"),
        ({"X-App": "secret\r\nX-Other: 1"}, "X-App takes text"),
        ({"X-App": "sécret"}, "X-App takes text"),
        ({"Content-Length": "5"}, "Content-Length is written by the client"),
        ({"x-postmark-server-token": "secret"}, "is written by the client"),
        ({"Host": "secret"}, "is written by the client"),
    ],
)
def test_headers_that_http_or_the_client_does_not_take_are_refused(headers: Any, text: str) -> None:
    makers: list[Any] = [PostmarkClient, PostmarkClient(TOKEN, account_token=ACCOUNT_TOKEN).with_options]
    for make in makers:
        with pytest.raises(ConfigurationError) as caught:
            make(server_token=TOKEN, http_headers=headers)
        assert text in str(caught.value)
        assert "secret" not in str(caught.value)
