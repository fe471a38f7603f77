"""Spans and metrics of every call, for OpenTelemetry (extra ``otel``).

>>> from postmark_sdk import PostmarkClient
>>> from postmark_sdk.integrations.opentelemetry import OpenTelemetry
>>> client = PostmarkClient("server-token-for-examples", on_event=OpenTelemetry())

A call is a span with one HTTP client span for each try. Calls that send follow the conventions for messaging systems.
``url.full`` is left out although the conventions want it: it can hold addresses; ``url.template`` takes its place.

https://opentelemetry.io/docs/specs/semconv/http/http-spans/
https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._core.call.events import AttemptEvent, CallEvent
from .._core.schema.lazy import public
from .._version import __version__
from ._extras import missing

try:
    from opentelemetry import metrics, trace
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, Tracer, TracerProvider
except ImportError as _why:
    raise missing("otel", _why) from _why

__all__ = ["OpenTelemetry"]
__dir__: Callable[[], list[str]] = public(__name__)

_SYSTEM = "postmark"
_NANOSECONDS = 1_000_000_000
_FIRST_ERROR_STATUS = 400
_METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})
"""Those that the conventions know."""
_SECONDS_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""The boundaries that the conventions advise for durations."""


class OpenTelemetry:
    """An ``on_event`` that reports to OpenTelemetry.

    Args:
        tracer_provider: Where spans go. None: the global one.
        meter_provider: Where metrics go. None: the global one.
    """

    def __init__(
        self, *, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        self._tracer: Tracer = trace.get_tracer("postmark_sdk", __version__, tracer_provider)
        meter = metrics.get_meter("postmark_sdk", __version__, meter_provider)
        self._request_duration = meter.create_histogram(
            "http.client.request.duration",
            unit="s",
            description="Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=_SECONDS_BUCKETS,
        )
        self._operation_duration = meter.create_histogram(
            "messaging.client.operation.duration",
            unit="s",
            description="Duration of messaging operations, all tries together.",
            explicit_bucket_boundaries_advisory=_SECONDS_BUCKETS,
        )
        self._sent = meter.create_counter(
            "messaging.client.sent.messages", unit="{message}", description="Messages that Postmark took."
        )

    def __call__(self, event: AttemptEvent | CallEvent) -> None:
        """Take an event. Spans are made when a call ends, with the times at which things happened."""
        if isinstance(event, AttemptEvent):
            self._request_duration.record(event.elapsed, _http(event))
            return
        if event.sends:
            self._count(event)
        self._call_span(event)

    def _count(self, event: CallEvent) -> None:
        attributes = _messaging(event)
        self._operation_duration.record(event.elapsed, {**attributes, **_error(event.error)})
        if event.message_ids:
            self._sent.add(len(event.message_ids), attributes)

    def _call_span(self, event: CallEvent) -> None:
        span = self._tracer.start_span(
            f"send {_SYSTEM}" if event.sends else event.operation,
            kind=trace.SpanKind.CLIENT if event.sends else trace.SpanKind.INTERNAL,
            start_time=_time(event.started_at),
            attributes={**_where(event), "postmark.operation": event.operation, "postmark.outcome": event.outcome},
        )
        if event.sends:
            span.set_attributes({**_messaging(event), **_ids(event)})
        if event.error_code is not None:
            span.set_attribute("postmark.error_code", event.error_code)
        self._finish(span, event.error, event.started_at + event.elapsed, event.attempts)

    def _attempt_span(self, event: AttemptEvent) -> None:
        span = self._tracer.start_span(
            f"{event.method if event.method in _METHODS else 'HTTP'} {event.path}",
            kind=trace.SpanKind.CLIENT,
            start_time=_time(event.started_at),
            attributes={**_http(event), **_original(event), **_sizes(event)},
        )
        failed = event.failure is not None or (event.status or 0) >= _FIRST_ERROR_STATUS
        self._finish(span, _error_type(event) if failed else None, event.started_at + event.elapsed)

    def _finish(self, span: Span, error: str | None, ended_at: float, attempts: tuple[AttemptEvent, ...] = ()) -> None:
        if error is not None:
            span.set_attribute("error.type", error)
            span.set_status(trace.Status(trace.StatusCode.ERROR))
        with trace.use_span(span):
            for attempt in attempts:
                self._attempt_span(attempt)
        span.end(_time(ended_at))


def _time(seconds: float) -> int:
    return int(seconds * _NANOSECONDS)


def _where(event: AttemptEvent | CallEvent) -> dict[str, Any]:
    return {"server.address": event.server_address, "server.port": event.server_port}


def _error(name: str | None) -> dict[str, Any]:
    return {} if name is None else {"error.type": name}


def _error_type(event: AttemptEvent) -> str:
    """The status where there is one, as the conventions want it, else a word for "no answer"."""
    return "_OTHER" if event.status is None else str(event.status)


def _http(event: AttemptEvent) -> dict[str, Any]:
    method = event.method if event.method in _METHODS else "_OTHER"
    attributes = {**_where(event), "http.request.method": method, "url.template": event.path}
    if event.status is not None:
        attributes["http.response.status_code"] = event.status
    if event.status is None or event.status >= _FIRST_ERROR_STATUS:
        attributes["error.type"] = _error_type(event)
    return attributes


def _original(event: AttemptEvent) -> dict[str, Any]:
    return {} if event.method in _METHODS else {"http.request.method_original": event.method}


def _sizes(event: AttemptEvent) -> dict[str, Any]:
    sizes = {"http.request.body.size": event.bytes_sent, "http.response.body.size": event.bytes_received}
    return {**sizes, "http.request.resend_count": event.attempt - 1} if event.attempt > 1 else sizes


def _messaging(event: CallEvent) -> dict[str, Any]:
    return {
        **_where(event),
        "messaging.system": _SYSTEM,
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
    }


def _ids(event: CallEvent) -> dict[str, Any]:
    if event.message_id is not None:
        return {"messaging.message.id": event.message_id}
    return {"messaging.batch.message_count": len(event.message_ids)} if event.message_ids else {}
