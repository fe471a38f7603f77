"""Webhooks and inbound mail with aiohttp: ``python -m aiohttp.web webhooks_aiohttp:create_app``."""

import os
from collections.abc import AsyncGenerator

from aiohttp import web

from postmark_sdk import AsyncPostmarkClient
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


async def receive_webhook(request: web.Request) -> web.Response:
    """Ask whether the call is worth reading before it is read."""
    headers = {name: ", ".join(request.headers.getall(name)) for name in request.headers}
    answer = router.refusal(request.method, headers, request.remote)
    if answer is None:
        answer = await router.dispatch_async(await request.read(), headers)
    return web.Response(body=answer.body, status=answer.status, headers=answer.headers, content_type="application/json")


async def client(_: web.Application) -> AsyncGenerator[None]:
    """Open a client for each start of the application."""
    global postmark
    async with AsyncPostmarkClient() as postmark:
        yield


def create_app(_: list[str] | None = None) -> web.Application:
    """An application that takes bodies as large as the router does."""
    app = web.Application(client_max_size=router.max_bytes)
    app.add_routes([web.post("/postmark", receive_webhook)])
    app.cleanup_ctx.append(client)
    return app
