"""Webhooks as wanted, whatever was there before."""

from __future__ import annotations

from typing import Any

from .. import _types as _t


class _Told:
    """The text of both twins, which help() and editors show where a method has none of its own."""

    __slots__ = ()

    def ensure(
        self,
        url: str,
        *,
        triggers: _t.Triggers,
        auth: _t.WebhookAuth | tuple[str, str] | None = None,
        message_stream: str = "outbound",
        verify: bool | None = None,
        timeout: _t.Timeout = None,
    ) -> Any:
        """Create the webhook, or change what is not as wanted; called again it changes nothing.

        A webhook is found by its URL and stream; user and password in the URL make no difference. Of several such
        webhooks the first is kept as wanted and the others stay as they are. Two processes that call this at the same
        moment may both create one.

        ``GET /webhooks``, then at most one of ``POST /webhooks`` and ``PUT /webhooks/{webhook_id}``, with everything
        that is to hold; ``GET /webhooks/{webhook_id}/statistics`` tells which triggers are paused, and ``POST
        /webhooks/{webhook_id}/verify`` wakes them. Server token.

        Args:
            url: Where events are posted to.
            triggers: Names (``"bounce"``), kinds of events (``BounceEvent``), or a mapping or model with further
                settings (``{"bounce": {"include_content": True}}``). What is not named is switched off.
            auth: What Postmark has to send: user and password, or the ``WebhookAuth`` that your router checks, of which
                the first password and header values are taken. Other headers of the webhook stay. None: leave it as it
                is.
            message_stream: Stream whose events are wanted. Streams for inbound mail take none (code 1351).
            verify: Whether test calls are made, of each wanted trigger that is not verified. None: they are, and what
                stays unverified is in ``unverified`` and in a warning of the log. True: it is an error. False: none are
                made, and what was not checked before receives nothing.
            timeout: Seconds to wait for the server in each call, or an ``httpx.Timeout``. None: the client's, else 30.

        Returns:
            The webhook, whether it was created, what was changed, and which wanted triggers get nothing.

        Raises:
            InvalidMessageError: No trigger, or one that does not exist; nothing was sent.
            InvalidRequestError: As for ``create`` and ``update``: code 1364, and nothing saved, if they make test calls
                of which one is not answered with 200. Code 1364 also with ``verify=True``, if the webhook was saved and
                is not verified.
            OutcomeUnknownError: A creation left, and no trustworthy answer came back: call this again.
            PostmarkError: Any other error of ``postmark_sdk.errors``.
        """
        raise NotImplementedError


class WebhooksMixin(_Told):
    """Sets webhooks up."""

    __slots__ = ()

    def ensure(
        self,
        url: str,
        *,
        triggers: _t.Triggers,
        auth: _t.WebhookAuth | tuple[str, str] | None = None,
        message_stream: str = "outbound",
        verify: bool | None = None,
        timeout: _t.Timeout = None,
    ) -> _t.WebhookChange:
        from .._webhooks import ensure  # noqa: PLC0415 - only for those who set webhooks up

        steps = ensure.ensure(url, triggers, auth, message_stream, verify=verify)
        answer: Any = None
        while True:
            try:
                ask = steps.send(answer)
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return]  # StopIteration is not generic
            answer = getattr(self, ask.method)(*ask.path, timeout=timeout, **ask.fields)


class AsyncWebhooksMixin(_Told):
    """Sets webhooks up."""

    __slots__ = ()

    async def ensure(
        self,
        url: str,
        *,
        triggers: _t.Triggers,
        auth: _t.WebhookAuth | tuple[str, str] | None = None,
        message_stream: str = "outbound",
        verify: bool | None = None,
        timeout: _t.Timeout = None,
    ) -> _t.WebhookChange:
        from .._webhooks import ensure  # noqa: PLC0415 - only for those who set webhooks up

        steps = ensure.ensure(url, triggers, auth, message_stream, verify=verify)
        answer: Any = None
        while True:
            try:
                ask = steps.send(answer)
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return]  # StopIteration is not generic
            answer = await getattr(self, ask.method)(*ask.path, timeout=timeout, **ask.fields)
