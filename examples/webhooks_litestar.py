"""Webhooks and inbound mail with Litestar: ``uvicorn webhooks_litestar:app``."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, asgi

from postmark_sdk import AsyncPostmarkClient
from postmark_sdk.integrations.asgi import WebhookApp
from postmark_sdk.webhooks import BounceEvent, InboundEvent, MemoryStore, WebhookAuth, WebhookRouter

router = WebhookRouter(
    auth=WebhookAuth(basic=("postmark", os.environ["WEBHOOK_PASSWORD"])),
    store=MemoryStore(),
)
webhook = WebhookApp(router)
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


@asgi("/postmark", copy_scope=True)
async def receive_webhook(scope: Any, receive: Any, send: Any) -> None:
    """Hand the call over as it comes."""
    await webhook(scope, receive, send)


@asynccontextmanager
async def client(_: Litestar) -> AsyncGenerator[None]:
    """Open a client for each start of the application."""
    global postmark
    async with AsyncPostmarkClient() as postmark:
        yield


app = Litestar([receive_webhook], lifespan=[client])
