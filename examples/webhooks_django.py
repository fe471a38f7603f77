"""Webhooks and inbound mail with Django, in one file: ``gunicorn webhooks_django:application``."""

import atexit
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path

from postmark_sdk import PostmarkClient
from postmark_sdk.integrations.django import webhook_view
from postmark_sdk.webhooks import BounceEvent, InboundEvent, MemoryStore, WebhookAuth, WebhookRouter

settings.configure(
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY=os.environ["DJANGO_SECRET_KEY"],
)

router = WebhookRouter(
    auth=WebhookAuth(basic=("postmark", os.environ["WEBHOOK_PASSWORD"])),
    store=MemoryStore(),
)
postmark = PostmarkClient()
atexit.register(postmark.close)
unreachable: set[str] = set()


@router.on(BounceEvent)
def on_bounce(bounce: BounceEvent) -> None:
    """Remember who cannot be reached any more."""
    if bounce.inactive and bounce.email and not bounce.is_test:
        unreachable.add(bounce.email)


@router.on(InboundEvent)
def on_mail(mail: InboundEvent) -> None:
    """Answer in the same thread, and never to another program."""
    if not mail.is_automatic:
        answer = mail.reply(from_="support@example.com", text_body="We have your mail.", automatic=True)
        postmark.emails.send(answer)


urlpatterns = [path("postmark", webhook_view(router))]
application = get_wsgi_application()
