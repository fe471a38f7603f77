"""Send, look it up again, and see what a refusal looks like: asynchronous.

Needs POSTMARK_SERVER_TOKEN and POSTMARK_SENDER_EMAIL; POSTMARK_BASE_URL for a local Postmark (`make emulator`).
"""

from __future__ import annotations

import asyncio
import os

from postmark_sdk import APIError, AsyncPostmarkClient, Email


async def send_one(client: AsyncPostmarkClient, sender: str) -> None:
    """One message, as a model."""
    email = Email(from_=sender, to="ada@example.com", subject="Your invoice", text_body="Thank you.", tag="demo-async")
    result = await client.emails.send(email)
    print(f"  sent      {result.message_id}  {result.message}")


async def send_batch(client: AsyncPostmarkClient, sender: str) -> None:
    """Three messages in one request; the second is refused, the others keep their ids."""
    recipients = ["grace@example.com", "nobody@localhost", "alan@example.com"]
    emails = [Email(from_=sender, to=to, subject="News", text_body="Hello.", tag="demo-async") for to in recipients]
    for recipient, result in zip(recipients, await client.emails.send_batch(emails), strict=True):
        if result.success:
            print(f"  accepted  {result.message_id}  {recipient}")
        else:
            print(f"  refused   {recipient}, code {result.error_code}: {result.message}")
            print(f"            hint: {result.hint}")


async def search(client: AsyncPostmarkClient) -> None:
    """What was sent, newest first. Postmark's search lags behind by some seconds."""
    for _ in range(10):
        if (await client.outbound.list(tag="demo-async", count=1)).items:
            break
        await asyncio.sleep(1)
    page = await client.outbound.list(tag="demo-async", count=10)
    print(f"  found     {page.total_count} messages with the tag 'demo-async'")
    async for message in client.outbound.iterate(tag="demo-async", limit=3):
        print(f"            {message.message_id}  {message.status}  {message.subject}")


async def ask_for_nothing(client: AsyncPostmarkClient) -> None:
    """An error tells which call, which code, and what to do next."""
    try:
        await client.bounces.get(1)
    except APIError as error:
        print("  an error, on purpose:")
        report(error)


def report(error: APIError) -> None:
    """Postmark's words, and the hint of the SDK."""
    print(f"  {type(error).__name__}: {error}")
    print(f"            hint: {error.hint}")


async def main() -> None:
    """Run all of it."""
    sender = os.environ.get("POSTMARK_SENDER_EMAIL", "sender@example.com")
    async with AsyncPostmarkClient() as client:
        await send_one(client, sender)
        await send_batch(client, sender)
        try:
            await search(client)
        except APIError as error:  # the test token sends, but cannot search
            report(error)
        await ask_for_nothing(client)


if __name__ == "__main__":
    asyncio.run(main())
