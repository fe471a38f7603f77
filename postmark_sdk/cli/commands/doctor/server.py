"""The server: its delivery type, streams, webhooks and suppressions."""

from __future__ import annotations

from collections.abc import Iterator

from ..webhooks.setup import paused
from .finding import Exam, Finding

__all__ = ["delivery", "streams", "suppressions", "webhooks"]

_SANDBOX = "Sandbox"
_INBOUND = "Inbound"


def delivery(exam: Exam) -> Iterator[Finding]:
    """Whether the server delivers at all."""
    server = exam.client.server.get()
    if server.delivery_type == _SANDBOX:
        text = f"Server {server.name} is a sandbox: it takes mail and never delivers it"
        yield Finding("server", "problem", text, "To deliver, take the token of a server of the type Live")
    else:
        yield Finding("server", "ok", f"Server {server.name} delivers ({server.delivery_type})")


def streams(exam: Exam) -> Iterator[Finding]:
    """Whether there is a stream to send through."""
    found = list(exam.client.message_streams.iterate(include_archived_streams=True))
    sending = [each for each in found if each.message_stream_type != _INBOUND and each.archived_at is None]
    names = ", ".join(f"{each.id} ({each.message_stream_type})" for each in sending)
    if not sending:
        todo = "Make one: postmark streams create outbound --name Transactional"
        yield Finding("streams", "problem", "There is no stream to send through", todo)
        return
    yield Finding("streams", "ok", f"Mail can go through {names}")
    if all(each.id != "outbound" for each in sending):
        todo = "Name one with each mail, or postmark streams unarchive outbound"
        yield Finding("streams", "warning", "Stream outbound, which is taken unless named, is archived", todo)
    archived = [each.id for each in found if each.archived_at is not None]
    if archived:
        yield Finding("streams", "note", f"Archived, so nothing goes through them: {', '.join(archived)}")


def webhooks(exam: Exam) -> Iterator[Finding]:
    """Whether each webhook gets what it is for."""
    found = list(exam.client.webhooks.iterate())
    for webhook in found:
        stopped = paused(webhook, exam.client.webhooks.get_statistics(webhook.id))
        name = f"Webhook {webhook.id} ({webhook.url})"
        if stopped:
            todo = f"Mend the endpoint so that it answers 200, then: postmark webhooks verify {webhook.id}"
            yield Finding("webhooks", "warning", f"{name} is paused for {', '.join(stopped)}", todo)
        else:
            yield Finding("webhooks", "ok", f"{name} gets its events")
    if not found:
        todo = "Without one, bounces show in Postmark alone. Make one: postmark webhooks ensure URL -t bounce"
        yield Finding("webhooks", "note", "There is no webhook", todo)


def suppressions(exam: Exam) -> Iterator[Finding]:
    """How many addresses get no mail, and whether the one asked for does."""
    inactive = exam.client.bounces.get_delivery_stats().inactive_mails
    if inactive:
        todo = "See postmark suppressions list, and postmark bounces list --inactive"
        yield Finding(
            "suppressions", "note", f"Addresses that get no mail, after bounces or complaints: {inactive}", todo
        )
    else:
        yield Finding("suppressions", "ok", "No address is inactive")
    if exam.to is not None:
        yield from _recipient(exam, exam.to)


def _recipient(exam: Exam, address: str) -> Iterator[Finding]:
    for stream in exam.client.message_streams.iterate():
        if stream.message_stream_type == _INBOUND:
            continue
        for each in exam.client.suppressions.iterate(stream.id, email_address=address):
            text = f"{address} gets no mail of {stream.id}: {each.suppression_reason}, by {each.origin}"
            todo = f"If it may be written to: postmark suppressions remove {address} --stream {stream.id}"
            if each.suppression_reason == "SpamComplaint":
                todo = "Nobody can take back a complaint; ask Postmark's support if it was a mistake"
            yield Finding("suppressions", "problem", text, todo)
            break
        else:
            yield Finding("suppressions", "ok", f"{address} gets mail of {stream.id}")
