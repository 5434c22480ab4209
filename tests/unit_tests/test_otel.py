"""Spans and metrics: of every request and attempt, under the span of the program, without key and data."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from langchain_customerio import (
    Batch,
    CustomerioPipelinesToolkit,
    DeliveryError,
    Identify,
    PipelinesClient,
    RetryPolicy,
    Track,
)
from langchain_customerio.bulk import load
from langchain_customerio.client.exchange import Outgoing
from langchain_customerio.otel import OpenTelemetryHooks
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

    from tests.conftest import Run

KEY = "pk_us_0123456789abcdef"
AT_ONCE = RetryPolicy(attempts=3, base_delay=0)
PAID = Track(user_id="ada.lovelace", event="Paid", properties={"email": "ada@example.com"}, message_id="order-17")


class Observed:
    """A provider of traces and metrics in memory, and the hooks that feed it."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        self.meters = MeterProvider([self.reader])
        self.hooks = OpenTelemetryHooks(self.tracers, self.meters)

    def client(self, sandbox: Sandbox, **settings: Any) -> PipelinesClient:
        return sandbox.client(hooks=self.hooks, api_key=KEY, **{"retry": AT_ONCE} | settings)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    def named(self, name: str) -> list[dict[str, Any]]:
        return [dict(span.attributes or {}) for span in self.spans if span.name == name]

    def metrics(self) -> dict[str, list[tuple[float, dict[str, Any]]]]:
        """Return each metric by its name: counts, or how many were measured, with their labels."""
        found: dict[str, list[tuple[float, dict[str, Any]]]] = {}
        data = self.reader.get_metrics_data()
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    points: Any = metric.data.data_points
                    found[metric.name] = [
                        (float(getattr(point, "value", None) or point.count), dict(point.attributes))
                        for point in points
                    ]
        return found


@pytest.fixture
def observed() -> Observed:
    return Observed()


def test_a_call_is_a_span_and_its_attempt_one_below_it(observed: Observed, run: Run) -> None:
    with observed.client(Sandbox()) as client:
        receipt = run.send(client, PAID, strict=True)
    attempt, call = observed.spans
    assert (call.name, attempt.name, attempt.kind) == ("customerio track", "POST", SpanKind.CLIENT)
    assert attempt.parent is not None
    assert attempt.parent.span_id == call.context.span_id
    assert call.parent is None
    assert call.status.is_ok
    assert dict(call.attributes or {}) == {
        "server.address": "sandbox.invalid",
        "server.port": 443,
        "customerio.endpoint": "track",
        "customerio.strict": True,
        "customerio.request.size": receipt.size,
        "customerio.message_ids": ("order-17",),
        "customerio.attempts": 1,
        "http.response.status_code": 200,
    }
    assert dict(attempt.attributes or {}) == {
        "server.address": "sandbox.invalid",
        "server.port": 443,
        "http.request.method": "POST",
        "url.full": "https://sandbox.invalid/v1/track",
        "http.request.body.size": receipt.size,
        "http.response.status_code": 200,
    }


def test_retries_are_spans_beside_each_other_with_their_count_and_their_cause(observed: Observed, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503)
    sandbox.fail(timeout="after")
    with observed.client(sandbox) as client:
        run.send(client, PAID)
    attempts = observed.named("POST")
    assert [attempt.get("http.request.resend_count") for attempt in attempts] == [None, 1, 2]
    assert [attempt.get("error.type") for attempt in attempts] == ["503", "ReadTimeout", None]
    assert [span.status.is_ok for span in observed.spans] == [False, False, True, True]
    [call] = [span for span in observed.spans if span.name == "customerio track"]
    assert [(event.name, dict(event.attributes or {})) for event in call.events] == [
        ("retry", {"customerio.attempt": 1, "customerio.wait": 0.0}),
        ("retry", {"customerio.attempt": 2, "customerio.wait": 0.0}),
    ]


@pytest.mark.parametrize(
    ("fault", "error"), [({"status": 401}, "AuthenticationError"), ({"reset": "connect"}, "NoAnswerError")]
)
def test_a_failure_is_one_by_the_name_of_its_error(
    fault: dict[str, Any], error: str, observed: Observed, run: Run
) -> None:
    sandbox = Sandbox()
    sandbox.fail(**fault, times=None)
    with observed.client(sandbox) as client, pytest.raises(DeliveryError):
        run.send(client, PAID, strict=True)
    [call] = observed.named("customerio track")
    assert call["error.type"] == error
    assert call.get("http.response.status_code") == fault.get("status")
    assert not observed.spans[-1].status.is_ok
    assert observed.metrics()["customerio.failures"] == [(1, {"customerio.endpoint": "track", "error.type": error})]


def test_requests_failures_retries_and_seconds_are_counted(observed: Observed, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=429, times=2)
    with observed.client(sandbox) as client:
        run.send(client, PAID)
        run.send(client, Identify(user_id="ada"))
    track, identify = ({"customerio.endpoint": name} for name in ("track", "identify"))
    measured = observed.metrics()
    assert measured["customerio.requests"] == [(1, track), (1, identify)]
    assert measured["customerio.retries"] == [(2, track)]
    assert measured["customerio.request.duration"] == [(1, track), (1, identify)]
    place = {"server.address": "sandbox.invalid", "server.port": 443, "http.request.method": "POST"}
    assert measured["http.client.request.duration"] == [
        (2, {**place, "http.response.status_code": 429, "error.type": "429"}),
        (2, {**place, "http.response.status_code": 200}),
    ]
    assert "customerio.failures" not in measured


def test_spans_lie_under_the_current_span_also_of_calls_in_flight_together(observed: Observed) -> None:
    tracer = observed.tracers.get_tracer("test")

    async def step(client: PipelinesClient, number: int) -> int:
        with tracer.start_as_current_span(f"step {number}") as span:
            await client.asend(Track(user_id="ada", event=f"E{number}"))
            return span.get_span_context().span_id

    async def life() -> list[int]:
        async with observed.client(Sandbox()) as client:
            return list(await asyncio.gather(*(step(client, number) for number in range(10))))

    steps = asyncio.run(life())
    parents = [span.parent.span_id for span in observed.spans if span.name == "customerio track" and span.parent]
    assert sorted(parents) == sorted(steps)


def test_tools_are_seen_since_they_go_through_the_client(observed: Observed, run: Run) -> None:
    tools = CustomerioPipelinesToolkit(client=observed.client(Sandbox()), style="typed", tools=("track",)).get_tools()
    with observed.tracers.get_tracer("test").start_as_current_span("agent") as agent:
        run.invoke(tools[0], {"user_id": "ada", "event": "Paid"})
    [call] = [span for span in observed.spans if span.name == "customerio track"]
    assert call.parent is not None
    assert call.parent.span_id == agent.get_span_context().span_id


def test_loads_are_seen_too(observed: Observed) -> None:
    with observed.client(Sandbox()) as client:
        load(client, [{"type": "track", "userId": "ada", "event": "Paid"}] * 3, workers=1)
    [batch] = observed.named("customerio batch")
    assert (batch["customerio.endpoint"], batch["http.response.status_code"]) == ("batch", 200)


@pytest.mark.loopback
@pytest.mark.parametrize("pool", ["httpx", "aiohttp"])
def test_async_calls_are_seen_whichever_library_keeps_the_connections(
    pool: str, observed: Observed, monkeypatch: pytest.MonkeyPatch
) -> None:
    if pool == "aiohttp":
        pytest.importorskip("httpx_aiohttp")
    else:
        monkeypatch.setitem(sys.modules, "httpx_aiohttp", None)

    async def life(base_url: str) -> None:
        async with PipelinesClient(KEY, base_url=base_url, hooks=observed.hooks) as client:
            await client.asend(PAID)

    with Sandbox().serve() as server:
        asyncio.run(life(server.base_url))
        [attempt] = observed.named("POST")
        assert attempt["url.full"] == f"{server.base_url}/track"
    assert attempt["http.response.status_code"] == 200


def test_a_request_that_is_delivered_once_more_is_seen_once_more(observed: Observed) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503, times=3)
    with observed.client(sandbox) as client:
        exchange = client.exchange(Outgoing("batch", b'{"batch":[]}', strict=False, message_ids=()))
        client.deliver(exchange)
        client.deliver(exchange)
    assert (exchange.attempts, exchange.answer) == (4, {})
    assert [attempt.get("http.request.resend_count") for attempt in observed.named("POST")] == [None, 1, 2, 3]
    assert [batch["customerio.attempts"] for batch in observed.named("customerio batch")] == [3, 4]


def test_a_call_that_is_cancelled_ends_its_spans(observed: Observed) -> None:
    sandbox = Sandbox()
    sandbox.fail(delay=3_600.0)

    async def life() -> None:
        async with observed.client(sandbox, timeout=7_200.0) as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.asend(PAID), 0.01)

    asyncio.run(life())
    assert [dict(span.attributes or {})["error.type"] for span in observed.spans] == ["CancelledError"] * 2
    assert observed.hooks._spans == {}


def test_of_many_ids_a_span_has_the_first(observed: Observed, run: Run) -> None:
    items = [Track(user_id="ada", event="Paid", message_id=f"m{number}") for number in range(50)]
    with observed.client(Sandbox()) as client:
        run.send(client, Batch(batch=list(items)))
    [batch] = observed.named("customerio batch")
    assert batch["customerio.message_ids"] == tuple(f"m{number}" for number in range(20))


def test_neither_key_nor_data_is_in_spans_or_metrics(observed: Observed, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=400, body=f"{KEY} ada.lovelace ada@example.com", times=1)
    with observed.client(sandbox) as client:
        with pytest.raises(DeliveryError):
            run.send(client, PAID, strict=True)
        run.send(client, Track(user_id="ada.lovelace", event="Paid", message_id="ada@example.com"))
    shown = json.dumps([json.loads(span.to_json()) for span in observed.spans]) + str(observed.metrics())
    assert all(secret not in shown for secret in (KEY, "ada.lovelace", "ada@example.com", "Paid"))


def test_without_a_provider_nothing_is_recorded_and_nothing_breaks(run: Run) -> None:
    with Sandbox().client(hooks=OpenTelemetryHooks()) as client:
        assert run.send(client, PAID).status == "received"
    assert not trace.get_current_span().is_recording()
