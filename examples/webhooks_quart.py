"""Webhooks and inbound mail with Quart: ``hypercorn webhooks_quart:app``."""

import os
from collections.abc import AsyncGenerator
from typing import Any

from quart import Quart

from postmark_sdk import AsyncPostmarkClient
from postmark_sdk.integrations.asgi import WebhookApp
from postmark_sdk.webhooks import BounceEvent, InboundEvent, MemoryStore, WebhookAuth, WebhookRouter

router = WebhookRouter(
    auth=WebhookAuth(basic=("postmark", os.environ["WEBHOOK_PASSWORD"])),
    store=MemoryStore(),
)
postmark: AsyncPostmarkClient
unreachable: set[str] = set()


@router.on(BounceEvent)
async def on_bounce(bounce: BounceEvent) -> None:
    """Remember who cannot be reached any more."""
    if bounce.inactive and bounce.email and not bounce.is_test:
        unreachable.add(bounce.email)


@router.on(InboundEvent)
async def on_mail(mail: InboundEvent) -> None:
    """Answer in the same thread, and never to another program."""
    if not mail.is_automatic:
        answer = mail.reply(from_="support@example.com", text_body="We have your mail.", automatic=True)
        await postmark.emails.send(answer)


app = Quart(__name__)


@app.while_serving
async def client() -> AsyncGenerator[None]:
    """Open a client for each start of the application."""
    global postmark
    async with AsyncPostmarkClient() as postmark:
        yield


webhook, pages = WebhookApp(router), app.asgi_app


async def with_webhook(scope: Any, receive: Any, send: Any) -> None:
    """Webhooks pass Quart by: they have limits of their own."""
    await (webhook if scope.get("path") == "/postmark" else pages)(scope, receive, send)


app.asgi_app = with_webhook  # type: ignore[method-assign]  # where Quart has its middleware
