"""Send, look it up again, and see what a refusal looks like: synchronous.

Needs POSTMARK_SERVER_TOKEN and POSTMARK_SENDER_EMAIL; POSTMARK_BASE_URL for a local Postmark (`make emulator`).
"""

from __future__ import annotations

import os
import time

from postmark_sdk import APIError, Email, PostmarkClient


def send_one(client: PostmarkClient, sender: str) -> None:
    """One message, as keyword arguments."""
    result = client.emails.send(
        from_=sender,
        to=[("Ada Example", "ada@example.com")],
        subject="Your invoice",
        text_body="Thank you for your order.",
        tag="demo",
        metadata={"order": "4711"},
    )
    print(f"  sent      {result.message_id}  {result.message}")


def send_batch(client: PostmarkClient, sender: str) -> None:
    """Three messages in one request; the second is refused, the others keep their ids."""
    recipients = ["grace@example.com", "nobody@localhost", "alan@example.com"]
    emails = [Email(from_=sender, to=to, subject="News", text_body="Hello.", tag="demo") for to in recipients]
    for recipient, result in zip(recipients, client.emails.send_batch(emails), strict=True):
        if result.success:
            print(f"  accepted  {result.message_id}  {recipient}")
        else:
            print(f"  refused   {recipient}, code {result.error_code}: {result.message}")
            print(f"            hint: {result.hint}")


def search(client: PostmarkClient) -> None:
    """What was sent, newest first. Postmark's search lags behind by some seconds."""
    for _ in range(10):
        if client.outbound.list(tag="demo", count=1).items:
            break
        time.sleep(1)
    page = client.outbound.list(tag="demo", count=10)
    print(f"  found     {page.total_count} messages with the tag 'demo'")
    for message in client.outbound.iterate(tag="demo", limit=3):
        print(f"            {message.message_id}  {message.status}  {message.subject}")


def ask_for_nothing(client: PostmarkClient) -> None:
    """An error tells which call, which code, and what to do next."""
    try:
        client.bounces.get(1)
    except APIError as error:
        print("  an error, on purpose:")
        report(error)


def report(error: APIError) -> None:
    """Postmark's words, and the hint of the SDK."""
    print(f"  {type(error).__name__}: {error}")
    print(f"            hint: {error.hint}")


def main() -> None:
    """Run all of it."""
    sender = os.environ.get("POSTMARK_SENDER_EMAIL", "sender@example.com")
    with PostmarkClient() as client:
        send_one(client, sender)
        send_batch(client, sender)
        try:
            search(client)
        except APIError as error:  # the test token sends, but cannot search
            report(error)
        ask_for_nothing(client)


if __name__ == "__main__":
    main()
