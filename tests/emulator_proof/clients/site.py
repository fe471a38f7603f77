"""A Django site with django-anymail: sends through the emulator, and takes its webhooks."""

# ruff: noqa: PT017, T201 - a program of its own: no pytest, and what it prints is its report

from __future__ import annotations

import os
import queue
import threading
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings

BASE = os.environ["POSTMARK_BASE_URL"]
WAIT = 10.0
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ANYMAIL={
        "POSTMARK_SERVER_TOKEN": os.environ["POSTMARK_SERVER_TOKEN"],
        "POSTMARK_API_URL": f"{BASE}/",
        "WEBHOOK_SECRET": "fake:secret",
    },
    DEFAULT_FROM_EMAIL="shop@example.com",
    EMAIL_BACKEND="anymail.backends.postmark.EmailBackend",
    INSTALLED_APPS=["anymail"],
    ROOT_URLCONF="anymail.urls",
    SECRET_KEY="fake",
)
django.setup()

from _receiver import control  # noqa: E402 - Django must be told first
from anymail.exceptions import AnymailRecipientsRefused, AnymailRequestsAPIError  # noqa: E402
from anymail.signals import inbound, tracking  # noqa: E402
from django.core.mail import EmailMultiAlternatives, get_connection  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

events: queue.Queue[Any] = queue.Queue()


def remember(event: Any, **_: object) -> None:
    events.put(event)


def mail(to: str, **changes: Any) -> EmailMultiAlternatives:
    made = EmailMultiAlternatives("Welcome", "Hello", "Shop <shop@example.com>", [to])
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def send() -> None:
    message = mail("Ada <ada@example.org>", tags=["site"], metadata={"order": 7}, track_opens=True)
    message.attach_alternative('<p>Hello <a href="https://shop.example/">in</a></p>', "text/html")
    message.attach("a.txt", b"hello", "text/plain")
    assert message.send() == 1
    assert message.anymail_status.status == {"sent"}
    assert message.anymail_status.message_id


def batch() -> None:
    each = {"ada@example.org": {"number": "1"}, "bob@example.org": {"number": "2"}}
    message = mail("ada@example.org", merge_metadata=each)
    message.to = ["ada@example.org", "bob@example.org"]
    assert message.send() == 1
    recipients = message.anymail_status.recipients
    assert len({status.message_id for status in recipients.values()}) == 2


def templates() -> None:
    message = mail("ada@example.org", template_id="welcome", merge_global_data={"name": "Ada", "product_name": "Shop"})
    message.subject = message.body = None
    assert message.send() == 1
    sent = control_get("sent?recipient=ada@example.org&limit=1")["Messages"][0]
    assert sent["Subject"] == "Welcome to Shop, Ada!"


def control_get(path: str) -> dict[str, Any]:
    import json
    import urllib.request

    with urllib.request.urlopen(f"{BASE}/_emulator/{path}", timeout=WAIT) as answer:  # noqa: S310 - loopback
        return json.load(answer)  # type: ignore[no-any-return]


def webhooks(port: int) -> None:
    url = f"http://fake:secret@127.0.0.1:{port}/postmark/tracking/"
    for name in ("BounceHookUrl", "DeliveryHookUrl", "OpenHookUrl", "ClickHookUrl"):
        update_server({name: url})
    message = mail("carl@example.org", tags=["site"], metadata={"order": "8"})
    message.send()
    id_ = message.anymail_status.message_id
    control(BASE, "open", message_id=id_)
    control(BASE, "click", message_id=id_, link="https://shop.example/")
    control(BASE, "bounce", message_id=id_)
    found = [events.get(timeout=WAIT) for _ in range(4)]
    assert {event.event_type for event in found} == {"delivered", "opened", "clicked", "bounced"}
    assert {event.message_id for event in found} == {id_}
    assert {event.recipient for event in found} == {"carl@example.org"}
    assert all(event.metadata == {"order": "8"} and event.tags == ["site"] for event in found)
    bounced = next(event for event in found if event.event_type == "bounced")
    assert bounced.reject_reason == "bounced"
    assert all(event.timestamp is not None for event in found)


def inbound_mail(port: int) -> None:
    update_server({"InboundHookUrl": f"http://fake:secret@127.0.0.1:{port}/postmark/inbound/"})
    control(
        BASE,
        "inbound",
        From="carl@example.org",
        FromFull={"Email": "carl@example.org", "Name": "Carl", "MailboxHash": ""},
        To="in@inbound.postmarkapp.com",
        ToFull=[{"Email": "in@inbound.postmarkapp.com", "Name": "", "MailboxHash": ""}],
        Subject="Question",
        TextBody="How?",
        Attachments=[{"Name": "a.txt", "Content": "aGVsbG8=", "ContentType": "text/plain", "ContentLength": 5}],
    )
    event = events.get(timeout=WAIT)
    assert (event.message.subject, event.message.text) == ("Question", "How?")
    assert event.message.from_email.addr_spec == "carl@example.org"
    assert event.message.attachments[0].get_content_bytes() == b"hello"


def update_server(fields: dict[str, str]) -> None:
    import requests

    headers = {"X-Postmark-Server-Token": os.environ["POSTMARK_SERVER_TOKEN"], "Accept": "application/json"}
    requests.put(f"{BASE}/server", json=fields, headers=headers, timeout=WAIT).raise_for_status()


def errors() -> None:
    bounced = mail("carl@example.org")  # in the step for webhooks
    try:
        bounced.send()
    except AnymailRecipientsRefused:
        assert bounced.anymail_status.status == {"rejected"}
    else:
        raise AssertionError("a bounced recipient was taken")
    stranger = get_connection(server_token="00000000-0000-0000-0000-00000000000b")
    try:
        mail("ada@example.org", connection=stranger).send()
    except AnymailRequestsAPIError as error:
        assert error.status_code == 401
    else:
        raise AssertionError("an unknown token was taken")


class Quiet(WSGIRequestHandler):
    """Says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    tracking.connect(remember)
    inbound.connect(remember)
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    for step in (send, batch, templates):
        step()
        print(step.__name__)
    for served in (webhooks, inbound_mail):
        served(server.server_port)
        print(served.__name__)
    errors()
    print("errors")
    server.shutdown()


main()
