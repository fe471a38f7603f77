"""A webhook endpoint as a WSGI application; needs nothing but a server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from .._core.schema.lazy import public
from .._webhooks.errors import WebhookError
from .._webhooks.parsing import announced_length, too_large
from .._webhooks.router import WebhookAnswer, WebhookRouter

__all__ = ["WebhookApp"]
__dir__: Callable[[], list[str]] = public(__name__)

_CHUNK = 64 * 1024


class WebhookApp:
    """Answers the calls of webhooks, on whatever path it is mounted.

    A body that says it is larger than ``max_bytes`` of the router is not read. Timing a slow one is left to the server.
    Under mod_wsgi, ``WSGIPassAuthorization On`` is needed for passwords to arrive.

    Args:
        router: What handles the events.
    """

    def __init__(self, router: WebhookRouter) -> None:
        self._router = router

    def __call__(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one call."""
        answer = answer_call(self._router, environ)
        body = answer.body
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **answer.headers}
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(headers.items()))
        return [body]


def answer_call(router: WebhookRouter, environ: Mapping[str, Any]) -> WebhookAnswer:
    """For adapters on top of WSGI: what to answer."""
    headers = dict(_headers(environ))
    refused = router.refusal(environ["REQUEST_METHOD"], headers, environ.get("REMOTE_ADDR"))
    if refused is not None:
        return refused
    try:
        body = read_body(environ, headers.get("content-length"), router.max_bytes)
    except WebhookError as error:
        return router.refused(error)
    return router.dispatch(body, headers)


def _headers(environ: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name[5:].replace("_", "-").lower(), value
    if environ.get("CONTENT_LENGTH"):
        yield "content-length", environ["CONTENT_LENGTH"]


def read_body(environ: Mapping[str, Any], length: str | None, limit: int) -> bytes:
    """Read a body as the server hands it on: of a given length, or one whose end the server knows.

    Raises:
        WebhookError: It is over the limit, or nobody knows where it ends.
    """
    announced = announced_length(length)
    if announced is not None:
        return read(environ["wsgi.input"].read, announced, limit)
    if environ.get("wsgi.input_terminated"):
        return read(environ["wsgi.input"].read, None, limit)
    # Reading on would wait for bytes that never come.
    raise WebhookError("the body has no length", status_code=HTTPStatus.LENGTH_REQUIRED)


def read(source: Callable[[int], bytes], length: int | None, limit: int) -> bytes:
    """Read up to an announced length, or to the end, and never beyond a limit.

    Raises:
        WebhookError: There is more; ``status_code`` is 413.
    """
    chunks: list[bytes] = []
    left = limit + 1 if length is None else min(length, limit + 1)
    while left > 0 and (chunk := source(min(left, _CHUNK))):
        chunks.append(chunk)
        left -= len(chunk)
    body = b"".join(chunks)
    if len(body) > limit:
        raise too_large(limit)
    return body
