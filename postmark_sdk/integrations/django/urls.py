"""For ``path("postmark", include("postmark_sdk.integrations.django.urls"))``: webhooks and inbound mail as signals.

What a call must show stands in the setting ``POSTMARK_WEBHOOKS``, a dict of arguments of
:func:`~postmark_sdk.integrations.django.signal_router`.
"""

from __future__ import annotations

from django.urls import path

from .views import webhook_view
from .webhooks import signal_router, webhook_options

app_name = "postmark"
urlpatterns: list[object] = [path("", webhook_view(signal_router(**webhook_options())), name="webhook")]
