"""Mail, webhooks and inbound mail with Flask and an application factory: ``gunicorn "webhooks_flask:create_app()"``."""

import os

from flask import Flask

from postmark_sdk.integrations.flask import Postmark, webhook_view
from postmark_sdk.webhooks import BounceEvent, InboundEvent, MemoryStore, WebhookAuth, WebhookRouter

router = WebhookRouter(
    auth=WebhookAuth(basic=("postmark", os.environ["WEBHOOK_PASSWORD"])),
    store=MemoryStore(),
)
postmark = Postmark()
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
        postmark.client.emails.send(answer)


def create_app() -> Flask:
    """An application; the client's token is in POSTMARK_SERVER_TOKEN, of its configuration or of the environment."""
    app = Flask(__name__)
    app.config.from_mapping(POSTMARK_DEFAULTS={"tag": "shop"})
    postmark.init_app(app)
    app.add_url_rule("/postmark", view_func=webhook_view(router), methods=["POST"])
    return app
