"""A webhook endpoint as a router of FastAPI that documents its payloads. Extra: ``postmark-sdk[fastapi]``."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from .._core.schema.lazy import public
from .._webhooks.router import WebhookRouter
from .._webhooks.schema import headers_schema, payload_schema
from ._extras import missing
from .asgi import answer_call, checked_path

try:
    from fastapi import APIRouter
    from fastapi.requests import Request
    from fastapi.responses import Response
except ImportError as _why:
    raise missing("fastapi", _why) from _why

__all__ = ["webhook_router"]
__dir__: Callable[[], list[str]] = public(__name__)

_CLIENT_GONE = 499

_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "Taken: handled, handled before, or of a kind that nothing handles."},
    401: {"description": "Wrong credentials."},
    413: {"description": "The body is too large."},
    500: {"description": "The handler failed; to be tried again."},
    503: {"description": "Another call handles this event; to be tried again."},
}


def webhook_router(
    router: WebhookRouter,
    path: str,
    *,
    name: str = "postmark_webhook",
    tags: list[str | Enum] | None = None,
    include_in_schema: bool = True,
) -> APIRouter:
    """A router to include in an application: ``app.include_router(webhook_router(...))``.

    Args:
        router: What handles the events.
        path: Path of the URL that Postmark was told; empty if the whole of it is the ``prefix`` of ``include_router``.
        name: Name of the route.
        tags: Tags of the endpoint in the OpenAPI document.
        include_in_schema: Whether to describe the endpoint and its payloads there.

    Raises:
        ConfigurationError: The path begins with no slash.
    """

    async def postmark_webhook(request: Request) -> Response:
        answer = await answer_call(router, request.scope, request.receive)
        if answer is None:
            return Response(status_code=_CLIENT_GONE)
        return Response(answer.body, answer.status, dict(answer.headers), "application/json")

    made = APIRouter()
    made.add_api_route(
        path and checked_path(path),
        postmark_webhook,
        methods=["POST"],
        name=name,
        tags=tags,
        summary="Take an event from Postmark",
        description="Called by Postmark. The kind of event is in ``RecordType``; inbound mail has none.",
        response_class=Response,
        responses=_RESPONSES,
        openapi_extra=_documented(router) if include_in_schema else None,
        include_in_schema=include_in_schema,
    )
    return made


def _documented(router: WebhookRouter) -> dict[str, Any]:
    return {
        "parameters": headers_schema(),
        "requestBody": {"required": True, "content": {"application/json": {"schema": payload_schema(router.kinds)}}},
    }
