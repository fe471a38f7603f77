"""Spans and metrics, as the conventions for HTTP and messaging name them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

pytest.importorskip("opentelemetry.sdk", reason="needs the extra otel and its SDK")

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from postmark_sdk import PostmarkClient, PostmarkError
from postmark_sdk.integrations.opentelemetry import OpenTelemetry
from tests.core.call.test_seen import MAIL, SECRETS, TOKEN, in_turn, sent

SLOW = httpx.Response(429, json={"ErrorCode": 429, "Message": "slow"})
REFUSED = httpx.Response(422, json={"ErrorCode": 701, "Message": "This message was not found."})


class Telemetry:
    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.meters = MeterProvider([self.reader])

    def client(self, *answers: Any) -> PostmarkClient:
        http = httpx.Client(transport=httpx.MockTransport(in_turn(*answers)))
        observer = OpenTelemetry(tracer_provider=self.tracers, meter_provider=self.meters)
        client = PostmarkClient(TOKEN, http_client=http, on_event=observer)
        client._link.core().sleep = lambda _: None
        return client

    def spans(self) -> list[Any]:
        """The call first."""
        spans = list(self.exporter.get_finished_spans())
        return sorted(spans, key=lambda span: span.parent is not None)

    def points(self) -> dict[str, list[Any]]:
        data = self.reader.get_metrics_data()
        assert data is not None
        found = [metric for each in data.resource_metrics for scope in each.scope_metrics for metric in scope.metrics]
        return {metric.name: list(metric.data.data_points) for metric in found}


def test_a_send_is_a_messaging_span_with_an_http_span_for_each_try() -> None:
    telemetry = Telemetry()
    with telemetry.client(SLOW, sent(httpx.Request("GET", "/"))) as client:
        client.emails.send(**MAIL)
    call, first, second = telemetry.spans()
    assert (call.name, call.kind) == ("send postmark", SpanKind.CLIENT)
    assert call.attributes["messaging.system"] == "postmark"
    assert call.attributes["messaging.operation.type"] == "send"
    assert call.attributes["messaging.message.id"] == "id-1"
    assert call.status.status_code is StatusCode.UNSET
    assert (first.name, first.kind) == ("POST /email", SpanKind.CLIENT)
    assert first.parent.span_id == second.parent.span_id == call.context.span_id
    assert first.attributes["http.request.method"] == "POST"
    assert first.attributes["url.template"] == "/email"
    assert (first.attributes["server.address"], first.attributes["server.port"]) == ("api.postmarkapp.com", 443)
    assert first.attributes["http.response.status_code"] == 429
    assert first.attributes["error.type"] == "429"
    assert first.status.status_code is StatusCode.ERROR
    assert "http.request.resend_count" not in first.attributes
    assert second.attributes["http.request.resend_count"] == 1
    assert call.start_time <= first.start_time <= first.end_time <= call.end_time
    assert not [secret for secret in SECRETS if secret in repr([span.to_json() for span in telemetry.spans()])]


def test_another_call_is_an_internal_span_named_after_the_method() -> None:
    telemetry = Telemetry()
    with telemetry.client(REFUSED) as client, pytest.raises(PostmarkError):
        client.outbound.get("some-id")
    call, attempt = telemetry.spans()
    assert (call.name, call.kind) == ("outbound.get", SpanKind.INTERNAL)
    assert call.attributes["error.type"] == "NotFoundError"
    assert call.attributes["postmark.error_code"] == 701
    assert call.status.status_code is StatusCode.ERROR
    assert attempt.name == "GET /messages/outbound/{message_id}/details"
    assert "some-id" not in repr([span.to_json() for span in telemetry.spans()])


def test_a_method_that_the_conventions_do_not_know_is_another_one() -> None:
    telemetry = Telemetry()
    with telemetry.client(httpx.Response(200, json={})) as client:
        client.request("brew", "/coffee")
    attempt = telemetry.spans()[1]
    assert attempt.name == "HTTP /coffee"
    assert attempt.attributes["http.request.method"] == "_OTHER"
    assert attempt.attributes["http.request.method_original"] == "BREW"
    (point,) = telemetry.points()["http.client.request.duration"]
    assert point.attributes["http.request.method"] == "_OTHER"
    assert "http.request.method_original" not in point.attributes


def test_spans_belong_to_the_span_around_the_call() -> None:
    telemetry = Telemetry()
    with telemetry.client(sent(httpx.Request("GET", "/"))) as client:  # noqa: SIM117
        with telemetry.tracers.get_tracer("test").start_as_current_span("order") as outer:
            client.emails.send(**MAIL)
    call = next(span for span in telemetry.spans() if span.name == "send postmark")
    assert call.parent.span_id == outer.get_span_context().span_id


def test_metrics_count_messages_and_measure_durations() -> None:
    telemetry = Telemetry()
    with telemetry.client(SLOW, sent(httpx.Request("GET", "/")), httpx.ReadTimeout("late")) as client:
        client.emails.send(**MAIL)
        with pytest.raises(PostmarkError):
            client.emails.send(**MAIL)
    points = telemetry.points()
    assert [point.value for point in points["messaging.client.sent.messages"]] == [1]
    assert sorted(point.count for point in points["messaging.client.operation.duration"]) == [1, 1]
    statuses = {point.attributes.get("http.response.status_code") for point in points["http.client.request.duration"]}
    assert statuses == {429, 200, None}
    assert all(point.attributes["server.port"] == 443 for point in points["http.client.request.duration"])
