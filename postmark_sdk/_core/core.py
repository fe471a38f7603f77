"""Everything about a call but sending it. No I/O: the shells in ``sync`` and ``aio`` only move bytes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from .._version import __version__
from ..errors import (
    ConfigurationError,
    InvalidMessageError,
    OutcomeUnknownError,
    PostmarkError,
    RequestTimeoutError,
    TransportError,
)
from .bodies import encode
from .raw import RawResponse
from .requests import check_page, json_bytes, located, query_string, raw_operation
from .responses import decode, error_of
from .retry import Failure, Reply, is_ambiguous
from .settings import TOKEN_VARIABLES, Settings
from .transport import MAX_ANSWER_BYTES, AnswerTooLargeError, AnswerTooSlowError, timeouts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .operation import Operation

TIMEOUT_SECONDS = {"call": 30.0, "batch": 120.0}


class Call(NamedTuple):
    """One call, ready to be sent as often as the retry table allows."""

    operation: Operation[Any]
    request: httpx.Request


class Core:
    """The settings of a client turned into requests."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._base = httpx.URL(settings.base_url)
        self._headers: dict[tuple[bool, bool], httpx.Headers] = {}

    def prepare(
        self,
        operation: Operation[Any],
        *,
        path: str | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        fields: Mapping[str, Any] | None = None,
        timeout: float | httpx.Timeout | None = None,
    ) -> Call:
        """Check the input and build the request.

        Raises:
            InvalidMessageError: Something is wrong with what the caller wrote.
            ConfigurationError: The token that this operation needs was not given.
        """
        try:
            if query and operation.pagination:
                check_page(operation.pagination, query)
            content = json_bytes(encode(operation.body, body, fields or {})) if operation.body else None
        except InvalidMessageError as error:
            raise located(error, operation) from None
        return self.request(operation, (path or operation.path) + query_string(query or {}), content, timeout)

    def request(
        self,
        operation: Operation[Any],
        target: str,
        content: bytes | None,
        timeout: float | httpx.Timeout | None,
    ) -> Call:
        """The HTTP request for a path with its query."""
        headers = self.headers(operation, has_body=content is not None)
        request = httpx.Request(
            operation.method,
            httpx.URL(self.settings.base_url + target),
            headers=headers if content is None else [*headers.raw, (b"Content-Length", str(len(content)).encode())],
            stream=httpx.ByteStream(content or b""),
            extensions={"timeout": self.timeouts(operation, timeout)},
        )
        request.read()  # transports and mocks look at .content
        return Call(operation, request)

    def prepare_raw(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None,
        json: Any,
        account: bool,
        idempotent: bool | None,
        timeout: float | httpx.Timeout | None,
    ) -> Call:
        """A call that the description need not know."""
        operation = raw_operation(method, path, account=account, idempotent=idempotent)
        content = None if json is None else json_bytes(json)
        return self.request(operation, path + query_string(query or {}), content, timeout)

    def finish_raw(self, operation: Operation[Any], outcome: Reply | Failure) -> RawResponse:
        """The answer as it came, or the error that the last outcome means."""
        if isinstance(outcome, Reply) and outcome.status == 200:  # noqa: PLR2004 - every success is 200
            return RawResponse(status_code=outcome.status, headers=dict(outcome.headers), content=outcome.body)
        raise error_for(operation, outcome) from (outcome.error if isinstance(outcome, Failure) else None)

    def headers(self, operation: Operation[Any], *, has_body: bool) -> httpx.Headers:
        """The headers for a kind of token, built once.

        Raises:
            ConfigurationError: That token was not given.
        """
        key = (operation.account, has_body)
        if key not in self._headers:
            self._headers[key] = httpx.Headers(self._header_items(operation, has_body=has_body))
        return self._headers[key]

    def _header_items(self, operation: Operation[Any], *, has_body: bool) -> dict[str, str]:
        kind = "account" if operation.account else "server"
        token = self.settings.token(account=operation.account)
        if token is None:
            raise ConfigurationError(
                f"{operation.label} needs the {kind} token: pass {kind}_token=... or set {TOKEN_VARIABLES[kind]}",
                operation=operation.label,
                method=operation.method,
                path=operation.path,
            )
        items = {
            "Host": self._base.netloc.decode("ascii"),
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "Connection": "keep-alive",
            "User-Agent": f"postmark-sdk-python/{__version__}",
            f"X-Postmark-{kind.capitalize()}-Token": token,
        }
        if has_body:
            items["Content-Type"] = "application/json"
        elif operation.method != "GET":
            items["Content-Length"] = "0"
        return items

    def timeouts(self, operation: Operation[Any], timeout: float | httpx.Timeout | None) -> dict[str, float | None]:
        """The timeouts of one try: of the call, else of the client, else of the operation's class."""
        chosen = self.settings.timeout if timeout is None else timeout
        return timeouts(chosen, TIMEOUT_SECONDS[operation.timeout])

    def finish(self, operation: Operation[Any], outcome: Reply | Failure) -> Any:
        """The decoded answer, or the error that the last outcome means."""
        if isinstance(outcome, Reply) and outcome.status == 200:  # noqa: PLR2004 - every success is 200
            return decode(operation, outcome)
        raise error_for(operation, outcome) from (outcome.error if isinstance(outcome, Failure) else None)


def error_for(operation: Operation[Any], outcome: Reply | Failure) -> PostmarkError:
    """The error of a call's last outcome."""
    where: dict[str, Any] = {
        "operation": operation.label,
        "method": operation.method,
        "path": operation.path,
        "attempts": outcome.attempts,
    }
    if isinstance(outcome, Failure):
        if is_ambiguous(operation, outcome):
            return OutcomeUnknownError(outcome.reason, **where)
        return (RequestTimeoutError if outcome.timed_out else TransportError)(outcome.reason, **where)
    answered = error_of(operation, outcome)
    if not is_ambiguous(operation, outcome):
        return answered
    unknown = OutcomeUnknownError(
        f"the answer was {outcome.status}",
        status_code=outcome.status,
        error_code=answered.error_code,
        **where,
    )
    unknown.__cause__ = answered
    return unknown


class Reader:
    """Collects an answer's bytes within its size and time; the timeouts of the HTTP library only see single reads."""

    def __init__(self, seconds: float | None) -> None:
        self._chunks: list[bytes] = []
        self._size = 0
        self._ends = None if seconds is None else time.monotonic() + seconds

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            AnswerTooLargeError: More than any answer has.
            AnswerTooSlowError: They trickle in for too long.
        """
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size > MAX_ANSWER_BYTES:
            raise AnswerTooLargeError
        if self._ends is not None and time.monotonic() > self._ends:
            raise AnswerTooSlowError

    def body(self) -> bytes:
        """All of them."""
        return b"".join(self._chunks)
