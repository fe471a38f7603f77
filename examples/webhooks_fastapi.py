"""Webhooks and inbound mail with FastAPI: ``uvicorn webhooks_fastapi:app``."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from postmark_sdk import AsyncPostmarkClient
from postmark_sdk.integrations.fastapi import webhook_router
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


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    """Open a client for each start of the application."""
    global postmark
    async with AsyncPostmarkClient() as postmark:
        yield


app = FastAPI(lifespan=lifespan)
app.include_router(webhook_router(router, "/postmark"))
