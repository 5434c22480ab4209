"""Spans and metrics of OpenTelemetry for every request of a client: `pip install 'langchain-customerio[otel]'`.

A request is a span, and each of its attempts is a span of an HTTP client below it, by OpenTelemetry's conventions. They
lie under the span that is current where the call is made, such as that of an agent. Key and data are in none of them.

```python
from langchain_customerio import PipelinesClient
from langchain_customerio.otel import OpenTelemetryHooks

client = PipelinesClient(hooks=OpenTelemetryHooks())
```

Source: OpenTelemetry, Semantic conventions for HTTP: https://opentelemetry.io/docs/specs/semconv/http/
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from opentelemetry import metrics, trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from typing_extensions import override

from langchain_customerio.client.hooks import Hooks

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider
    from opentelemetry.util.types import AttributeValue

    from langchain_customerio.client.hooks import Attempt, Outcome, RequestInfo

_NAME: Final = "langchain_customerio"
_MOST_IDS: Final = 20
_FIRST_FAILURE: Final = 400


class OpenTelemetryHooks(Hooks):
    """Makes spans and metrics of what a client does; nothing where no provider is configured.

    Spans: `customerio <endpoint>` for a request, with the endpoint, the size, the first message ids and the number of
    attempts; `POST` for each attempt, with address, status and resend count; an event `retry` for each wait.

    Metrics: `customerio.requests` and `customerio.failures` (ended requests), `customerio.retries`,
    `customerio.request.duration` (seconds, waits included) and `http.client.request.duration` (seconds of an attempt).

    Args:
        tracer_provider: Where spans go; by default the global provider.
        meter_provider: Where metrics go; by default the global provider.

    Example:
        >>> from langchain_customerio import Track
        >>> from langchain_customerio.sandbox import Sandbox
        >>> with Sandbox().client(hooks=OpenTelemetryHooks()) as client:
        ...     client.send(Track(user_id="ada", event="Signed Up")).status
        'received'
    """

    def __init__(
        self, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
    ) -> None:
        """Make the instruments; a provider that is configured later is found too."""
        own_version = version("langchain-customerio")
        self._tracer = trace.get_tracer(_NAME, own_version, tracer_provider)
        meter = metrics.get_meter(_NAME, own_version, meter_provider)
        self._requests = meter.create_counter("customerio.requests", "{request}", "Requests to the Pipelines API")
        self._failures = meter.create_counter("customerio.failures", "{request}", "Requests that ended in an error")
        self._retries = meter.create_counter("customerio.retries", "{attempt}", "Attempts after the first one")
        self._seconds = meter.create_histogram("customerio.request.duration", "s", "Time of a request, waits included")
        self._attempt = meter.create_histogram("http.client.request.duration", "s", "Time of an attempt")
        self._spans: dict[RequestInfo, list[Span]] = {}

    @override
    def on_attempt(self, request: RequestInfo, number: int) -> None:
        """Begin the span of an attempt, and before the first one that of the request."""
        if request not in self._spans:
            attributes = {
                **_place(request),
                "customerio.endpoint": request.call,
                "customerio.strict": request.strict,
                "customerio.request.size": request.size,
                "customerio.message_ids": request.message_ids[:_MOST_IDS],
            }
            self._spans[request] = [self._tracer.start_span(f"customerio {request.call}", attributes=attributes)]
        attributes = {
            **_place(request),
            "http.request.method": "POST",
            "url.full": request.url,
            "http.request.body.size": request.size,
        }
        if number > 1:
            attributes["http.request.resend_count"] = number - 1
        spans = self._spans[request]
        spans.append(self._tracer.start_span("POST", trace.set_span_in_context(spans[0]), SpanKind.CLIENT, attributes))

    @override
    def on_answer(self, request: RequestInfo, attempt: Attempt) -> None:
        """End the span of an attempt."""
        result: dict[str, AttributeValue] = {}
        if attempt.status is not None:
            result["http.response.status_code"] = attempt.status
        if error := attempt.error or (str(attempt.status) if (attempt.status or 0) >= _FIRST_FAILURE else ""):
            result["error.type"] = error
        _end(self._spans[request].pop(), result)
        self._attempt.record(attempt.seconds, {**_place(request), "http.request.method": "POST", **result})

    @override
    def on_wait(self, request: RequestInfo, attempt: Attempt, seconds: float) -> None:
        """Note a retry."""
        self._spans[request][0].add_event("retry", {"customerio.attempt": attempt.number, "customerio.wait": seconds})
        self._retries.add(1, {"customerio.endpoint": request.call})

    @override
    def on_end(self, request: RequestInfo, outcome: Outcome) -> None:
        """End the span of a request."""
        [span] = self._spans.pop(request)
        result: dict[str, AttributeValue] = {"customerio.attempts": outcome.attempts}
        if outcome.status is not None:
            result["http.response.status_code"] = outcome.status
        labels: dict[str, AttributeValue] = {"customerio.endpoint": request.call}
        if outcome.error is not None:
            labels["error.type"] = result["error.type"] = outcome.error
            self._failures.add(1, labels)
        _end(span, result)
        self._requests.add(1, labels)
        self._seconds.record(outcome.seconds, labels)


def _end(span: Span, result: dict[str, AttributeValue]) -> None:
    span.set_attributes(result)
    if "error.type" in result:
        span.set_status(Status(StatusCode.ERROR))
    span.end()


def _place(request: RequestInfo) -> dict[str, AttributeValue]:
    """Return where a request goes."""
    parts = urlsplit(request.url)
    return {
        "server.address": parts.hostname or "",
        "server.port": parts.port or {"http": 80}.get(parts.scheme, 443),
    }
