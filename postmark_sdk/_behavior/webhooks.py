"""Webhooks as wanted, whatever was there before."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .._core.call.timeout import Timeout
    from .._generated.models.webhook_triggers import WebhookTriggers
    from .._generated.resources.webhooks import AsyncWebhooksResource, WebhooksResource
    from .._webhooks.auth import WebhookAuth
    from .._webhooks.ensure import WebhookChange
    from .events import Event

    Triggers: TypeAlias = "Iterable[str | type[Event]] | WebhookTriggers | Mapping[str, Mapping[str, bool]]"


class WebhooksMixin:
    """Sets webhooks up."""

    __slots__ = ()

    def ensure(
        self,
        url: str,
        *,
        triggers: Triggers,
        auth: WebhookAuth | tuple[str, str] | None = None,
        message_stream: str = "outbound",
        verify: bool | None = None,
        timeout: Timeout = None,
    ) -> WebhookChange:
        """Create the webhook, or change what is not as wanted; called again it changes nothing.

        A webhook is found by its URL and stream; user and password in the URL make no difference. Of several such
        webhooks the first is kept as wanted and the others stay as they are. Two processes that call this at the same
        moment may both create one.

        ``GET /webhooks``, then at most one of ``POST /webhooks`` and ``PUT /webhooks/{webhook_id}``; server token.

        Args:
            url: Where events are posted to.
            triggers: Names (``"bounce"``), kinds of events (``Bounce``), or a mapping or model with further settings
                (``{"bounce": {"include_content": True}}``). What is not named is switched off.
            auth: What Postmark has to send: user and password, or the ``WebhookAuth`` that your router checks, of which
                the first password and header values are taken. Other headers of the webhook stay. None: leave it as it
                is.
            message_stream: Stream whose events are wanted. Streams for inbound mail take none (code 1351).
            verify: False to save it without the check by test calls; it receives nothing until it was checked.
            timeout: Seconds to wait for the server in each call, or an ``httpx.Timeout``. None: the client's, else 30.

        Returns:
            The webhook, whether it was created, and what was changed.

        Raises:
            InvalidMessageError: No trigger, or one that does not exist; nothing was sent.
            InvalidRequestError: As for ``create`` and ``update``; code 1364 if the URL did not answer every test call
                with 200. Nothing was saved then.
            OutcomeUnknownError: A creation left, and no trustworthy answer came back: call this again.
            PostmarkError: Any other error of ``postmark_sdk.errors``.
        """
        from .._webhooks import ensure  # noqa: PLC0415 - only for those who set webhooks up

        resource = cast("WebhooksResource", self)
        want = ensure.wanted(url, triggers, auth, message_stream, verify=verify)
        planned = ensure.plan(resource.list(message_stream=message_stream, timeout=timeout), want)
        if planned.webhook is None:
            return planned.done(resource.create(timeout=timeout, **planned.fields))
        if planned.fields:
            return planned.done(resource.update(planned.webhook.id, timeout=timeout, **planned.fields))
        return planned.done(planned.webhook)


class AsyncWebhooksMixin:
    """Sets webhooks up."""

    __slots__ = ()

    async def ensure(
        self,
        url: str,
        *,
        triggers: Triggers,
        auth: WebhookAuth | tuple[str, str] | None = None,
        message_stream: str = "outbound",
        verify: bool | None = None,
        timeout: Timeout = None,
    ) -> WebhookChange:
        """Create the webhook, or change what is not as wanted; called again it changes nothing.

        A webhook is found by its URL and stream; user and password in the URL make no difference. Of several such
        webhooks the first is kept as wanted and the others stay as they are. Two processes that call this at the same
        moment may both create one.

        ``GET /webhooks``, then at most one of ``POST /webhooks`` and ``PUT /webhooks/{webhook_id}``; server token.

        Args:
            url: Where events are posted to.
            triggers: Names (``"bounce"``), kinds of events (``Bounce``), or a mapping or model with further settings
                (``{"bounce": {"include_content": True}}``). What is not named is switched off.
            auth: What Postmark has to send: user and password, or the ``WebhookAuth`` that your router checks, of which
                the first password and header values are taken. Other headers of the webhook stay. None: leave it as it
                is.
            message_stream: Stream whose events are wanted. Streams for inbound mail take none (code 1351).
            verify: False to save it without the check by test calls; it receives nothing until it was checked.
            timeout: Seconds to wait for the server in each call, or an ``httpx.Timeout``. None: the client's, else 30.

        Returns:
            The webhook, whether it was created, and what was changed.

        Raises:
            InvalidMessageError: No trigger, or one that does not exist; nothing was sent.
            InvalidRequestError: As for ``create`` and ``update``; code 1364 if the URL did not answer every test call
                with 200. Nothing was saved then.
            OutcomeUnknownError: A creation left, and no trustworthy answer came back: call this again.
            PostmarkError: Any other error of ``postmark_sdk.errors``.
        """
        from .._webhooks import ensure  # noqa: PLC0415 - only for those who set webhooks up

        resource = cast("AsyncWebhooksResource", self)
        want = ensure.wanted(url, triggers, auth, message_stream, verify=verify)
        planned = ensure.plan(await resource.list(message_stream=message_stream, timeout=timeout), want)
        if planned.webhook is None:
            return planned.done(await resource.create(timeout=timeout, **planned.fields))
        if planned.fields:
            return planned.done(await resource.update(planned.webhook.id, timeout=timeout, **planned.fields))
        return planned.done(planned.webhook)
