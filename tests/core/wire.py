"""Both clients on a transport that keeps what it was sent and answers as told."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING, Any

import httpx

from postmark_sdk import AsyncPostmarkClient, PostmarkClient

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TOKEN = "server-token-for-tests"
MAIL: dict[str, Any] = {"from_": "sender@example.com", "to": "receiver@example.org", "text_body": "Hello."}
ROW = {
    "To": "receiver@example.org",
    "SubmittedAt": "2026-11-26T12:01:05.1794748-05:00",
    "MessageID": "b7bc2f4a-e38e-4336-af7d-e6c392c2f817",
    "ErrorCode": 0,
    "Message": "OK",
}


_numbers = itertools.count(1)


def rows_for(mails: Sequence[Any]) -> list[dict[str, Any]]:
    """A row for each mail, with an id that no other mail has."""
    return [{**ROW, "MessageID": f"b7bc2f4a-e38e-4336-af7d-{next(_numbers):012x}"} for _ in mails]


def answer_to(request: httpx.Request) -> httpx.Response:
    """What Postmark would say to a good request."""
    body = json.loads(request.content)
    rows = body.get("Messages", [body]) if isinstance(body, dict) else body
    answer: Any = rows_for(rows) if "batch" in request.url.path.lower() else ROW
    if request.url.path.endswith("bulk"):
        answer = {"Id": "b7bc2f4a-e38e-4336-af7d-e6c392c2f817", "Status": "Accepted"}
    return httpx.Response(200, json=answer)


class Line:
    """A client of either kind, whose requests land here."""

    def __init__(
        self,
        *,
        asynchronous: bool = False,
        answer: Callable[[httpx.Request], httpx.Response] = answer_to,
        **options: Any,
    ) -> None:
        self.requests: list[httpx.Request] = []
        self.asynchronous = asynchronous
        self._answer = answer
        self._options = options

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer(request)

    def call(self, act: Callable[[Any], Any]) -> Any:
        """Do something with the client; the result of an async one is awaited."""
        transport = httpx.MockTransport(self._handle)
        if not self.asynchronous:
            with PostmarkClient(TOKEN, http_client=httpx.Client(transport=transport), **self._options) as client:
                return act(client)

        async def run() -> Any:
            async with (
                httpx.AsyncClient(transport=transport) as http,
                AsyncPostmarkClient(TOKEN, http_client=http, **self._options) as client,
            ):
                return await act(client)

        return asyncio.run(run())

    @property
    def bodies(self) -> list[Any]:
        """The JSON of every request."""
        return [json.loads(request.content) for request in self.requests]


def sent(**fields: Any) -> dict[str, Any]:
    """The JSON of one mail with these fields."""
    line = Line()
    line.call(lambda client: client.emails.send(**{**MAIL, **fields}))
    (body,) = line.bodies
    assert isinstance(body, dict)
    return body


def problems_of(call: Callable[[Any], Any], **options: Any) -> dict[str, str]:
    """Field to problem of a call that must be refused; it must not cost a request."""
    from postmark_sdk import InvalidMessageError

    line = Line(**options)
    try:
        line.call(call)
    except InvalidMessageError as error:
        assert line.requests == []
        return {problem.field: problem.message for problem in error.problems}
    raise AssertionError("it was sent")
