"""Parts of a request: path segments, query strings, bodies. No I/O."""

from __future__ import annotations

import datetime as _dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from ...errors import InvalidMessageError, Problem
from ..body.text import a_kind, no_text
from ..schema.generated import generated
from ..schema.model import Model
from ..schema.operation import Operation
from ..schema.proxies import unwrapped

if TYPE_CHECKING:
    from ..schema.operation import Pagination


def segment(name: str, value: object) -> str:
    """One path segment, percent-encoded; what would change the path's shape is refused."""
    value = unwrapped(value)
    if isinstance(value, Model):
        raise InvalidMessageError([Problem(name, f"{a_kind(value)}; it takes the id alone, which is a field of it")])
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidMessageError([Problem(name, no_text(value, "a string or an integer"))])
    text = str(value).strip()
    if text in {"", ".", ".."}:
        raise InvalidMessageError([Problem(name, "empty, or a dot: give the id as Postmark wrote it")])
    return _quoted(name, text)


def _quoted(name: str, text: str) -> str:
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise InvalidMessageError([Problem(name, "half a surrogate pair; decode the text as UTF-8 first")]) from None


def prefixed(name: str, prefix: str, values: Mapping[str, str] | None) -> dict[str, str]:
    """A filter written as ``prefix`` plus a key of the caller's: Postmark takes one such pair in a request."""
    if not values:
        return {}
    if not isinstance(values, Mapping):
        raise InvalidMessageError([Problem(name, f"{a_kind(values)}; it takes a dict of one key and its value")])
    if len(values) > 1:
        raise InvalidMessageError([Problem(name, f"{len(values)} pairs; a search takes one")])
    return {f"{prefix}{key}": value for key, value in values.items()}


def query_string(query: Mapping[str, Any]) -> str:
    """``?a=1&b=true``, or nothing: None is left out, booleans are lower case, dates ISO 8601."""
    given = [(key, value) for key, value in query.items() if value is not None]
    pairs = [f"{_quoted('', key)}={_quoted(key, _text(key, value))}" for key, value in given]
    return f"?{'&'.join(pairs)}" if pairs else ""


def _text(name: str, value: Any) -> str:
    value = unwrapped(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _dt.date):
        return value.isoformat()
    if isinstance(value, Mapping | bytes | bytearray | list | tuple | set | frozenset | Model | _dt.timedelta):
        raise InvalidMessageError([Problem(name, f"{a_kind(value)}; it takes one value, as text or a number")])
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - of a class of the caller's, or what stands for one
        raise InvalidMessageError([Problem(name, no_text(value))]) from None


def check_page(pagination: Pagination, query: Mapping[str, Any]) -> None:
    """Refuse a page outside what Postmark serves, before it answers with a code that does not say which limit."""
    count = next((value for key, value in query.items() if key.lower() == "count"), None)
    offset = next((value for key, value in query.items() if key.lower() == "offset"), None)
    problems = [
        Problem(name, f"{value!r}; it takes a whole number")
        for name, value in (("count", count), ("offset", offset))
        if value is not None and (isinstance(value, bool) or not isinstance(value, int))
    ]
    if problems:
        raise InvalidMessageError(problems)
    if count is not None and pagination.max_page is not None and not 1 <= count <= pagination.max_page:
        problems.append(
            Problem("count", f"{count}; a page holds 1 to {pagination.max_page} records: use the iterating method")
        )
    if offset is not None and offset < 0:
        problems.append(Problem("offset", f"{offset}; it starts at 0"))
    end = (count or 0) + (offset or 0)
    if pagination.max_window is not None and end > pagination.max_window:
        served = f"Postmark serves the first {pagination.max_window} records: narrow the filters"
        problems.append(Problem("offset", f"count + offset is {end}; {served}"))
    if problems:
        raise InvalidMessageError(problems)


def raw_operation(method: Any, path: Any, *, account: bool, idempotent: bool | None) -> Operation[Any]:
    """What is known of an endpoint that the caller names by method and path."""
    if not isinstance(method, str) or not method.isascii() or not method.isalpha():
        raise InvalidMessageError([Problem("method", "it takes an HTTP method, such as GET")])
    if not _is_path(path):
        raise InvalidMessageError([Problem("path", "write it from the root, as /bounces, without a query")])
    verb = method.upper()
    operations = generated("operations").OPERATIONS.values()
    known: Operation[Any] | None = next(
        (each for each in operations if each.method == verb and _matches(each.path, path)), None
    )
    if idempotent is None:
        idempotent = known.idempotent if known else verb not in {"POST", "PATCH"}
    return Operation(
        "request",
        "request",
        verb,
        known.path if known else "/".join("{address}" if "@" in unquote(part) else part for part in path.split("/")),
        account=account,
        idempotent=idempotent,
        timeout=known.timeout if known else "call",
        errors=(),
        sends=known.sends if known else _may_send(verb, path),
    )


def _is_path(path: Any) -> bool:
    return isinstance(path, str) and path.startswith("/") and path.isprintable() and {*"?#\\"}.isdisjoint(path)


def checked_query(query: Any) -> Any:
    """The query of a call that the caller names by method and path.

    Raises:
        InvalidMessageError: It is no dict, or has keys that are no text.
    """
    if query and not (isinstance(query, Mapping) and all(isinstance(key, str) for key in query)):
        raise InvalidMessageError([Problem("query", "it takes a dict whose keys are text")])
    return query


def _may_send(verb: str, path: str) -> bool:
    """Whether an unknown endpoint could be one that sends, however its path is spelt: guards look closer then."""
    parts = [part for part in unquote(path).lower().split("/") if part not in {"", "."}]
    return verb != "GET" and (".." in parts or parts[:1] == ["email"])


def _matches(template: str, path: str) -> bool:
    wanted, given = template.strip("/").split("/"), unquote(path).strip("/").split("/")
    return len(wanted) == len(given) and all(
        part.startswith("{") or part.lower() == real.lower() for part, real in zip(wanted, given, strict=True)
    )
