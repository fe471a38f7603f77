"""One API request from bytes to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from ..reference.json_text import dumps, loads
from ..reference.limits import MAX_BATCH_BYTES, MAX_MESSAGE_BYTES, MEGABYTE, as_number
from ..reference.problems import Json, Problem
from .call import ASYNC_HANDLERS, HANDLERS, TEST_TOKEN, Call
from .query import read_query, split_query
from .refusals import log_refusal
from .routes import Router, parameter_names
from .validate import judge

if TYPE_CHECKING:
    from ..reference.description import Operation
    from ..state.faults import Fault
    from ..state.state import State

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# With templates too, of which the server behind the test token has none.
_TESTABLE = {"emails_send", "emails_send_batch", "emails_send_with_template", "emails_send_batch_with_templates"}
_LARGE = {"emails_send_batch", "emails_send_batch_with_templates", "emails_send_bulk"}
_JSON_TYPE = (b"content-type", b"application/json; charset=utf-8")
_NOT_FOUND = "The requested resource was not found."
_TOO_MANY = "Too many requests within one second: the emulator was asked to answer {} of them."
_NOT_LISTED = "Your IP address is not on the list of permitted addresses."


class Api:
    """The ASGI application behind every path of the description."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._router = Router(state.description.operations.values())
        self._cutter: Callable[[Scope], None] | None = None

    def cut_with(self, cutter: Callable[[Scope], None]) -> None:
        """How to drop a connection; only the server can."""
        self._cutter = cutter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        state = self._state
        if state.settings.latency:
            await asyncio.sleep(state.settings.latency)
        fault = state.faults.take(scope["method"], scope["path"])
        if fault is None:
            status, body, headers = await self._answer(scope, receive)
            await _respond(send, status, body, headers)
        else:
            await self._go_wrong(fault, scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        request = _Request(scope)
        try:
            answer = await self._run(request, receive)
        except Problem as problem:
            log_refusal(self._state, request, problem)
            status, body, headers = _envelope(problem)
            if request.allow:
                headers.append((b"allow", request.allow.encode()))
            return status, body, headers
        return 200, dumps(answer).encode(), []

    async def _run(self, request: _Request, receive: Receive) -> Json:
        operation, values = self._route(request)
        request.operation = operation
        request.raw = await _read(receive, request.headers, _limit(operation))
        self._pace()
        server, test = self._authenticate(operation, request.headers)
        request.server = server
        if server and not self._state.settings.ip_allowed and operation.id.startswith("emails_send"):
            raise Problem(1480, _NOT_LISTED, status=403)
        _check_media_type(request)
        self._state.requests[operation.id] += 1
        pairs = split_query(request.scope["query_string"])
        call = Call(
            state=self._state,
            operation=operation,
            server=server,
            test=test,
            path=dict(zip(parameter_names(operation.path), values, strict=True)),
            query=read_query(operation, pairs),
            given_query={name.lower(): value for name, value in pairs},
            body=None,
            given=None,
            raw=request.raw,
        )
        answer = await self._handle(call)
        for index, problem in call.refused_items:
            log_refusal(self._state, request, problem, item=index, given=call.given_messages()[index])
        return answer

    async def _handle(self, call: Call) -> Json:
        operation = call.operation
        if operation.body_schema is not None:
            call.given = loads(call.raw) if call.raw.strip() else {}
        slow = ASYNC_HANDLERS.get(operation.id)
        if slow is not None:
            judge(call)
            return await slow(call)
        if operation.method == "GET":
            with self._state.lock:
                return HANDLERS[operation.id](call)
        with self._state.change():
            if operation.body_schema is not None:
                judge(call)
            answer = HANDLERS[operation.id](call)
        self._state.wake()
        return answer

    def _pace(self) -> None:
        limit = self._state.settings.rate_limit
        if limit and not self._state.rate.admits(self._state.clock.now(), limit):
            raise Problem(429, _TOO_MANY.format(limit), status=429)

    def _route(self, request: _Request) -> tuple[Operation, list[str]]:
        found = self._router.find(request.scope.get("raw_path") or request.scope["path"].encode())
        if found is None:
            raise Problem(12, _NOT_FOUND, status=404)
        methods, values = found
        operation = methods.get(request.scope["method"])
        if operation is None:
            request.allow = ", ".join(sorted(methods))
            raise Problem(615, "This action is not supported on this resource.", status=405)
        return operation, values

    def _authenticate(self, operation: Operation, headers: dict[bytes, bytes]) -> tuple[int, bool]:
        if operation.token == "account":  # noqa: S105 - a kind of token
            given = headers.get(b"x-postmark-account-token", b"").decode("latin-1")
            if not given or given.lower() != self._state.account_token.lower():
                raise Problem(10, "Request does not contain a valid Account token.", status=401)
            return 0, False
        given = headers.get(b"x-postmark-server-token", b"").decode("latin-1")
        if given.upper() == TEST_TOKEN and operation.id in _TESTABLE:
            return 0, True
        server = self._state.server_of(given)
        if server is None:
            raise Problem(10, "Request does not contain a valid Server token.", status=401)
        return server, False

    async def _go_wrong(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        status, body = 0, b""
        headers: list[tuple[bytes, bytes]] = []
        if fault.processed or fault.kind == "delayed":
            status, body, headers = await self._answer(scope, receive)
        else:
            await _read(receive, {}, MAX_BATCH_BYTES, drain_only=True)
        if fault.kind in {"cut", "timeout"}:
            if fault.kind == "timeout":
                await asyncio.wait({asyncio.ensure_future(receive())}, timeout=fault.seconds)
            await self._cut(scope, receive, send)
            return
        if fault.kind == "delayed":
            await _respond(send, status, _without_code(status, body), headers)
            return
        await _respond_wrongly(send, fault)

    async def _cut(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._cutter is None:
            await _respond(send, 502, b"", [])
            return
        self._cutter(scope)
        await receive()


class _Request:
    """A request as far as it has been understood, for the log of refusals too."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.operation: Operation | None = None
        self.server = 0
        self.raw = b""
        self.allow = ""


def _limit(operation: Operation) -> int:
    return MAX_BATCH_BYTES if operation.id in _LARGE else MAX_MESSAGE_BYTES


async def _read(receive: Receive, headers: dict[bytes, bytes], limit: int, *, drain_only: bool = False) -> bytes:
    """The body; one that is too large is read to its end and thrown away, so that the answer arrives."""
    chunks: list[bytes] = []
    size = 0
    declared = as_number(headers.get(b"content-length", b"0").decode("latin-1"))
    keep = not drain_only and (declared or 0) <= limit
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunk = message.get("body", b"")
        size += len(chunk)
        keep = keep and size <= limit
        if keep:
            chunks.append(chunk)
        if not message.get("more_body", False):
            break
    if size > limit and not drain_only:
        raise Problem(413, f"Request body is larger than {limit // MEGABYTE} MB.", status=413)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _check_media_type(request: _Request) -> None:
    accept = request.headers.get(b"accept", b"").lower()
    if not any(each in accept for each in (b"application/json", b"*/*", b"application/*")):
        raise Problem(409, "The 'Accept' header must be 'application/json'.", status=415)
    if request.raw.strip() and b"json" not in request.headers.get(b"content-type", b"").lower():
        raise Problem(409, "The 'Content-Type' header must be 'application/json'.", status=415)


def _envelope(problem: Problem) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    headers = [(b"x-pm-apierrorcode", str(problem.code).encode())]
    return problem.status, dumps(problem.body).encode(), headers


def _without_code(status: int, body: bytes) -> bytes:
    answer = loads(body)
    if status == 200 and isinstance(answer, dict) and "MessageID" in answer:  # noqa: PLR2004 - HTTP OK
        answer.pop("ErrorCode", None)
        answer["Message"] = "Message accepted, but delivery may be delayed."
    return dumps(answer).encode()


async def _respond(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [_JSON_TYPE, length, *headers]})
    await send({"type": "http.response.body", "body": body})


async def _respond_wrongly(send: Send, fault: Fault) -> None:
    headers: list[tuple[bytes, bytes]] = []
    if fault.retry_after is not None:
        headers.append((b"retry-after", fault.retry_after.encode("latin-1", "replace")))
    if fault.kind == "garbage":
        await _html(send, 200, headers)
        return
    status = 429 if fault.kind == "rate_limit" else fault.status
    if fault.error_code is None:
        await _html(send, status, headers)
        return
    body = dumps({"ErrorCode": fault.error_code, "Message": fault.message}).encode()
    await _respond(send, status, body, [*headers, (b"x-pm-apierrorcode", str(fault.error_code).encode())])


async def _html(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    body = b"<html><head><title>Something else</title></head><body>Not what was expected.</body></html>"
    kind = (b"content-type", b"text/html")
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [kind, length, *headers]})
    await send({"type": "http.response.body", "body": body})
