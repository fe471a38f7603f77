"""Everything about a call but sending it. No I/O: the shells in ``sync`` and ``aio`` only move bytes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from ..._version import __version__
from ...errors import ConfigurationError, InvalidMessageError, OutcomeUnknownError, PostmarkError, Problem, with_hint
from ..body.encode import UNPREPARED, encode, fitting
from ..http.errors import error_for
from ..http.outcome import Failure, Reply
from ..http.request import check_page, checked_query, query_string, raw_operation
from ..http.response import decode
from ..http.transport import MAX_ANSWER_BYTES, AnswerTooLargeError, AnswerTooSlowError, body_stream, timeouts
from ..mail.results import about, told
from ..mail.trace import Mails, Marks, checked_trace
from ..schema.generated import generated
from .records import attempted
from .settings import BASE_URL_ADVICE, TOKEN_VARIABLES, Settings, checked_timeout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..body.encode import Preparation
    from ..body.payload import Payload
    from ..http.raw import RawResponse
    from ..mail.trace import Trace
    from ..schema.operation import Operation
    from .events import Watch

TIMEOUT_SECONDS = {"call": 30.0, "batch": 120.0}


class Call(NamedTuple):
    """One call, ready to be sent as often as the retry table allows."""

    operation: Operation[Any]
    request: httpx.Request
    watch: Watch | None = None
    mails: Mails | None = None

    def __repr__(self) -> str:
        """Without the request: its query may name an address."""
        return f"Call({self.operation.label})"


Finish = Callable[[Call, "Reply | Failure"], Any]
"""What makes a result of the last outcome of a call."""


class Headers(httpx.Headers):
    """Headers that do not show the token when somebody prints them."""

    def __repr__(self) -> str:
        """Names only."""
        return f"Headers({', '.join(self)})"


class Core:
    """The settings of a client turned into requests.

    Args:
        settings: What the caller chose.
        timeout: Of the HTTP client that was given; it counts where nothing else was said.
        library: The HTTP library of that client.
    """

    def __init__(self, settings: Settings, timeout: Any = None, library: Any = None) -> None:
        self.settings = settings
        self.marks = Marks()
        self.sandboxes: set[str | None] = set()
        self._timeout = timeout if settings.timeout is None else settings.timeout
        self._agent = _agent(library or httpx)
        try:
            self._base = httpx.URL(settings.base_url)
        except httpx.InvalidURL:
            raise ConfigurationError(BASE_URL_ADVICE) from None
        self._headers: dict[tuple[bool, bool, bool], Headers] = {}
        self._urls: dict[str, httpx.URL] = {}
        self._must_ask = settings.guard is not None and _must_ask(settings)

    def prepare(
        self,
        operation: Operation[Any],
        *,
        path: str | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        fields: Mapping[str, Any] | None = None,
        timeout: float | httpx.Timeout | None = None,
        trace: bool | str | None = False,
    ) -> Call:
        """Check the input and build the request.

        Raises:
            InvalidMessageError: Something is wrong with what the caller wrote.
            ConfigurationError: The token that this operation needs was not given.
        """
        refused: PostmarkError
        if body is not None:
            operation = fitting(operation, body)
        try:
            if query and operation.pagination:
                check_page(operation.pagination, query)
            payload, mails = self._body(operation, body, fields or {}, trace) if operation.body else (None, None)
            call = self.request(operation, _target(path or operation.path, query), payload, timeout, mails)
            if mails is not None:
                self.marks.claim(mails.trace, numbered=mails.numbered)
            return call  # noqa: TRY300 - what claims a mark refuses as well
        except InvalidMessageError as error:
            refused = _refusal(error, operation)
        except ConfigurationError as error:
            refused = error
        del path, query, body, fields  # nobody who prints a traceback's variables shall see addresses
        try:
            raise refused.with_traceback(None)
        finally:
            del refused  # its traceback holds this frame

    def cut(self, operation: Operation[Any], body: Any) -> list[Sequence[Any]]:
        """The lists of the calls that a long list takes, all of them checked.

        Raises:
            InvalidMessageError: Something is wrong with any entry; nothing was sent.
        """
        from .parts import cut  # noqa: PLC0415 - few calls take lists

        try:
            return cut(operation, body)
        except InvalidMessageError as error:
            refused = _refusal(error, operation)
        del body  # as in prepare
        try:
            raise refused.with_traceback(None)
        finally:
            del refused

    def _body(
        self,
        operation: Operation[Any],
        body: Any,
        fields: Mapping[str, Any],
        trace: bool | str | None,  # noqa: FBT001
    ) -> tuple[Payload, Mails | None]:
        if not operation.sends or operation.body is None:
            return encode(operation, body, fields)[0], None
        mark = checked_trace(trace)
        prepared = _preparation(self.settings, mark)
        payload, given = encode(operation, body, fields, prepared)
        known = given if operation.body.is_list and prepared.keeps_recipients else ()
        return payload, Mails(len(given), mark, operation.body.is_list, prepared, known)

    def request(
        self,
        operation: Operation[Any],
        target: str,
        payload: Payload | None,
        timeout: float | httpx.Timeout | None,
        mails: Mails | None = None,
    ) -> Call:
        """The HTTP request for a path with its query."""
        request = httpx.Request(
            operation.method,
            self._url(operation, target),
            headers=self.headers(operation, has_body=payload is not None),
            stream=body_stream(payload),
            extensions={"timeout": self.timeouts(operation, timeout)},
        )
        request.headers.encoding = "ascii"  # all of them are; found out anew for every request otherwise
        if payload is not None:
            request.headers["Content-Length"] = str(payload.length)
        if payload is None or not payload.has_contents:
            request.read()  # transports and mocks look at .content
        return Call(operation, request, self._watch(operation, request), mails)

    def _watch(self, operation: Operation[Any], request: httpx.Request) -> Watch | None:
        if self.settings.on_event is None:
            return None
        from .events import Watch  # noqa: PLC0415 - only where somebody listens

        return Watch(self.settings.on_event, operation, request)

    def _url(self, operation: Operation[Any], target: str) -> httpx.URL:
        """Parsing a URL takes as long as everything else here, so those without ids and queries are kept."""
        url = self._urls.get(target)
        if url is None:
            try:
                url = httpx.URL(self.settings.base_url + target)
            except httpx.InvalidURL:  # all else was quoted or refused before
                problem = Problem("", f"ids and filters of {len(target)} characters; a URL takes 65536")
                raise _refusal(InvalidMessageError([problem]), operation) from None
            if target == operation.path and operation.id != "request":  # as many as the description has
                self._urls[target] = url
        return url

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
        from ..mail.guard import guarded_json  # noqa: PLC0415 - only this way of calling needs it

        operation: Operation[Any] | None = None
        refused: PostmarkError
        try:
            operation = raw_operation(method, path, account=account, idempotent=idempotent)
            content = None if json is None else guarded_json(json, self.settings.guard, operation)
            return self.request(operation, _target(path, checked_query(query)), content, timeout)
        except InvalidMessageError as error:
            refused = error if operation is None else _refusal(error, operation)
        except ConfigurationError as error:
            refused = error
        del path, query, json  # as in prepare
        try:
            raise refused.with_traceback(None)
        finally:
            del refused  # its traceback holds this frame

    def finish_raw(self, call: Call, outcome: Reply | Failure) -> RawResponse:
        """The answer as it came, or the error that the last outcome means."""
        if isinstance(outcome, Reply) and outcome.status == 200:  # noqa: PLR2004 - every success is 200
            from ..http.raw import RawResponse  # noqa: PLC0415 - only this way of calling needs it

            return RawResponse(status_code=outcome.status, headers=dict(outcome.headers), content=outcome.body)
        raise with_hint(error_for(call.operation, outcome))  # keeps its __cause__; a local name would make a cycle

    def headers(self, operation: Operation[Any], *, has_body: bool) -> Headers:
        """The headers for a kind of token, built once.

        Raises:
            ConfigurationError: That token was not given.
        """
        key = (operation.account, has_body, operation.answer_is_list)
        if key not in self._headers:
            self._headers[key] = Headers(self._header_items(operation, has_body=has_body))
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
            "user-agent": self._agent,  # in small letters, as a header of the caller's that takes its place
            f"X-Postmark-{kind.capitalize()}-Token": token,
        }
        if not has_body or operation.answer_is_list:  # the answer to one mail is too short to be worth unpacking
            items["Accept-Encoding"] = "gzip, deflate"
        if has_body:
            items["Content-Type"] = "application/json"
        elif operation.method != "GET":
            items["Content-Length"] = "0"
        return {**items, **self.settings.http_headers}

    def timeouts(self, operation: Operation[Any], timeout: float | httpx.Timeout | None) -> dict[str, float | None]:
        """The timeouts of one try: of the call, else of the client, else of the operation's class."""
        chosen = self._timeout if timeout is None else checked_timeout(timeout)
        return timeouts(chosen, TIMEOUT_SECONDS[operation.timeout])

    def finish(self, call: Call, outcome: Reply | Failure) -> Any:
        """The decoded answer, or the error that the last outcome means."""
        if isinstance(outcome, Reply) and outcome.status == 200:  # noqa: PLR2004 - every success is 200
            return self._decoded(call, outcome)
        raise self._failed(call, error_for(call.operation, outcome))  # with its __cause__; a local name makes a cycle

    def _decoded(self, call: Call, reply: Reply) -> Any:
        try:
            result = decode(call.operation, reply)
            if call.operation.pagination is not None:
                result.offset = _offset(call)
            return result if call.mails is None else told(call.operation, result, call.mails, reply)
        except PostmarkError as error:
            self._failed(call, error)
            raise

    def _failed(self, call: Call, error: PostmarkError) -> PostmarkError:
        """The same error; one of unknown outcome learns which mails it is about, after any other they may go again."""
        if call.mails is not None and not isinstance(error, OutcomeUnknownError):
            self.marks.free(call.mails.trace, numbered=call.mails.numbered)
        failed: PostmarkError = about(error, call.mails)
        return with_hint(failed)

    def _attempted(self, call: Call, outcome: Reply | Failure, number: int, began: float) -> Reply | Failure:
        """Number the outcome of a try and tell whoever watches."""
        outcome.attempts = number
        if isinstance(outcome, Failure):
            outcome.host = self._base.netloc.decode("ascii")
        attempted(call.operation, outcome)
        if call.watch is not None:
            call.watch.attempted(outcome, time.perf_counter() - began)
        return outcome

    def question(self, call: Call) -> Call | None:
        """What to ask Postmark before this call may leave, if the guard refuses live servers."""
        if not self._must_ask or not call.operation.sends or self.settings.server_token in self.sandboxes:
            return None
        asking = generated("operations").SERVER_GET
        return self.request(asking, asking.path, None, None)

    def answered(self, question: Call, outcome: Reply | Failure, call: Call) -> None:
        """Take the answer; it is asked for once.

        Raises:
            GuardError: Mail must not leave through this server.
        """
        from .live_servers import judge  # noqa: PLC0415 - only for a guard

        try:
            judge(question.operation, outcome, call.operation)
        except PostmarkError as error:
            self._failed(call, error)
            raise
        self.sandboxes.add(self.settings.server_token)


def _offset(call: Call) -> int:
    """How many records the caller left out before the page."""
    name = call.operation.pagination.offset_parameter if call.operation.pagination else ""
    return int(call.request.url.params.get(name, 0))


def _target(path: str, query: Mapping[str, Any] | None) -> str:
    return path + query_string(query) if query else path


def _agent(library: Any) -> str:
    python = ".".join(map(str, sys.version_info[:3]))
    return f"postmark-sdk-python/{__version__} Python/{python} {library.__name__}/{library.__version__}"


# What few calls need is imported by those, so that the first mail of a process does not wait for it.


def _refusal(error: InvalidMessageError, operation: Operation[Any]) -> InvalidMessageError:
    from ..mail.prepare import refusal  # noqa: PLC0415

    return refusal(error.problems, operation)


def _preparation(settings: Settings, mark: Trace | None) -> Preparation:
    if not (settings.defaults or settings.guard or mark):
        return UNPREPARED
    from ..mail.prepare import preparation  # noqa: PLC0415

    return preparation(settings.defaults, settings.guard, mark)


def _must_ask(settings: Settings) -> bool:
    from .live_servers import must_ask  # noqa: PLC0415

    return must_ask(settings)


_ASKED_FOR = frozenset({"gzip", "deflate"})
_UNPACKED = _ASKED_FOR | {"br", "zstd"}
"""What the HTTP library unpacks. Of others than asked for, or of several at once, a few bytes can become gigabytes
before they are counted."""


class Reader:
    """Collects an answer's bytes within its size and time; the timeouts of the HTTP library only see single reads."""

    def __init__(self, response: httpx.Response, seconds: float | None) -> None:
        given = response.headers.get("content-encoding", "").split(",")
        codings = [coding for each in given if (coding := each.strip().lower()) in _UNPACKED]
        if len(codings) > 1 or not _ASKED_FOR.issuperset(codings):
            raise httpx.DecodingError("an encoding that was not asked for")
        self.unpacks = bool(codings) or response.is_stream_consumed
        """Whether the HTTP library has something to do with the bytes, or has read them already."""
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
