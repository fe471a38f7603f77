"""What an answer means: a model, or which error. No I/O."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...errors import (
    APIError,
    AuthenticationError,
    DecodeError,
    InactiveRecipientError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    PostmarkError,
    RateLimitError,
    ServerError,
    with_hint,
)
from ..body.json_text import is_dear, orjson
from ..schema.generated import generated

if TYPE_CHECKING:
    from ..schema.operation import Operation
    from .outcome import Reply

_KEPT_BYTES = 1024


def decode(operation: Operation[Any], reply: Reply) -> Any:
    """The answer of a successful call.

    Raises:
        DecodeError: Not JSON, or not the kind of JSON that this call answers with.
    """
    value = parsed(reply.body)
    reason = _mistaken(operation, value)
    if reason is not None:
        del value  # it may hold addresses, and whoever prints a traceback's variables prints this frame
        raise unreadable(operation, reply, reason)
    if operation.answer is None:
        return value
    load = loader(operation.answer)
    return [load(item) for item in value] if operation.answer_is_list else load(value)


GARBAGE = object()
"""What stands for a text that is no JSON."""
_DEEPEST = 200
_LONGEST_INTEGER = 4000
_TOKENS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)


_loads: Callable[[bytes | str], Any] = json.loads if orjson is None else orjson.loads


def parsed(body: bytes | str) -> Any:
    """The JSON of an answer or a webhook call, or a mark that it is none.

    What parsers refuse although it is JSON costs only itself: integers of thousands of digits stay text, and what is
    nested deeper than 200 levels becomes null.
    """
    if is_dear(body):
        return GARBAGE
    try:
        return _loads(body)
    except (RecursionError, ValueError):
        pass
    try:
        return _leniently(body)
    except (RecursionError, ValueError):
        return GARBAGE


def _leniently(body: bytes | str) -> Any:
    try:
        return json.loads(body, parse_int=_integer)
    except RecursionError:
        return json.loads(_pruned(body if isinstance(body, str) else body.decode("utf-8-sig")), parse_int=_integer)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < _LONGEST_INTEGER else digits


def _pruned(text: str) -> str:
    kept, depth, start = [], 0, 0
    for token in _TOKENS.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == _DEEPEST + 1:
                kept += [text[start : token.start()], "null"]
        elif token[0] in "]}":
            if depth == _DEEPEST + 1:
                start = token.end()
            depth -= 1
    return "".join([*kept, text[start:]])


def _mistaken(operation: Operation[Any], value: Any) -> str | None:
    """What is wrong with an answer as a whole."""
    if value is GARBAGE:
        return "not JSON"
    expected = list if operation.answer_is_list else dict
    if value.__class__ is expected:
        return None
    kind = "an array" if expected is list else "an object"
    return f"{kind} was expected, a JSON {_json_kind(value)} came"


def _json_kind(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(value.__class__, "number")


@functools.cache
def loader(name: str) -> Callable[[Any], Any]:
    """The generated load function of a model's module, imported on first use."""
    load: Callable[[Any], Any] = getattr(generated(f"models.{name}"), f"load_{name}")
    return load


def unreadable(operation: Operation[Any], reply: Reply, reason: str) -> PostmarkError:
    """A success that cannot be read; of a send or create, nobody knows what it did."""
    error = DecodeError(
        reason,
        status_code=reply.status,
        headers=reply.headers,
        body=reply.body[:_KEPT_BYTES],
        operation=operation.label,
        method=operation.method,
        path=operation.path,
    )
    if operation.idempotent:
        return error
    unknown = OutcomeUnknownError(
        f"the answer {reply.status} is not readable ({reason})",
        operation=operation.label,
        method=operation.method,
        path=operation.path,
        status_code=reply.status,
        attempts=reply.attempts,
    )
    unknown.__cause__ = error
    return unknown


def error_of(operation: Operation[Any], reply: Reply) -> APIError:
    """The error for an answer that is no success."""
    value, code = reply.problem
    message = _message(value, reply)
    known = _catalogue().get(code) if code is not None else None
    cls = _class_of(reply.status, known.kind if known else None)
    error = cls(
        message,
        status_code=reply.status,
        error_code=code,
        hint=known.hint if known else _HINTS.get(reply.status),
        operation=operation.label,
        method=operation.method,
        path=operation.path,
        errors=value.get("Errors") if isinstance(value, Mapping) and isinstance(value.get("Errors"), Mapping) else None,
        body=value if value is not None else reply.body[:_KEPT_BYTES].decode("utf-8", "replace"),
        headers=reply.headers,
        attempts=reply.attempts,
    )
    if isinstance(error, AuthenticationError):
        error.wanted = "account" if operation.account else "server"
        error.hint = _HINTS_ABOUT_TOKENS[error.wanted] if code == _UNKNOWN_TOKEN else error.hint
    if isinstance(error, RateLimitError):
        error.retry_after = reply.retry_after
    return with_hint(error)


def _message(value: Any, reply: Reply) -> str:
    if isinstance(value, Mapping) and isinstance(value.get("Message"), str):
        return str(value["Message"])
    return f"no explanation in {len(reply.body)} bytes of {reply.headers.get('content-type', 'unknown type')}"


_BY_STATUS: dict[int, type[APIError]] = {
    200: InvalidRequestError,  # refused by its code alone
    400: InvalidRequestError,
    401: AuthenticationError,
    404: NotFoundError,
    413: InvalidRequestError,
    415: InvalidRequestError,
    422: InvalidRequestError,
    429: RateLimitError,
}
_BY_KIND: dict[str | None, type[APIError]] = {
    "authentication": AuthenticationError,
    "inactive_recipient": InactiveRecipientError,
    "not_found": NotFoundError,
    "rate_limit": RateLimitError,
}
_FIRST_SERVER_STATUS = 500
_HINTS = {
    403: "Something in front of Postmark's API stopped the request. Look at a proxy of your own first; if the request "
    "was valid, ask Postmark's support.",
}
"""What to do about a status that came without a known code."""
_UNKNOWN_TOKEN = 10
_HINTS_ABOUT_TOKENS = {
    "server": "Postmark knows no server with this token. If it is the account's, the two are swapped: that one is "
    "account_token (POSTMARK_ACCOUNT_TOKEN); server_token (POSTMARK_SERVER_TOKEN) is on the server's page API Tokens.",
    "account": "Postmark knows no account with this token. If it is a server's, the two are swapped: that one is "
    "server_token (POSTMARK_SERVER_TOKEN); account_token (POSTMARK_ACCOUNT_TOKEN) is on the account's page API Tokens.",
}


def _class_of(status: int, kind: str | None) -> type[APIError]:
    """One table from status and code to class: 5xx speaks for itself, 422 carries most codes, 403 a few."""
    if status >= _FIRST_SERVER_STATUS:
        return ServerError
    by_code = InvalidRequestError if kind == "invalid" else APIError
    return _BY_KIND.get(kind) or _BY_STATUS.get(status, by_code)


def _catalogue() -> Mapping[int, Any]:
    codes: Mapping[int, Any] = generated("error_codes").ERROR_CODES
    return codes


def hint(code: int | None) -> str | None:
    """What to do about an error code, in one sentence; None for an unknown one."""
    known = _catalogue().get(code) if code is not None else None
    return known.hint if known else None
