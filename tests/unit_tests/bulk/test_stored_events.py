"""Events that other platforms have stored load as they are, and what is left out of them is counted."""

from __future__ import annotations

from typing import Any

import orjson
import polars as pl
import pytest

from langchain_customerio.bulk import LoadReport, load
from langchain_customerio.bulk.stored_events import unwrapped
from langchain_customerio.sandbox import Sandbox
from tests.paths import ROOT

STORED = ROOT / "tests" / "stored_events"


def loaded(source: Any, **options: Any) -> tuple[list[dict[str, Any]], LoadReport]:
    """Load events, and return what arrived and the report."""
    sandbox = Sandbox()
    with sandbox.client() as client:
        report = load(client, source, strict=True, **options)
    assert report.refused == 0, report.reasons
    return [{"type": call.type, **call.call} for call in sandbox.accepted_calls], report


def times(report: LoadReport, text: str) -> int:
    return report.corrections.get(text, 0)


def test_events_of_segment_arrive_as_the_calls_that_they_were() -> None:
    (page, identify, track, screen), report = loaded(STORED / "segment.jsonl")
    assert page == {
        "type": "page",
        "anonymousId": "1f4e-visitor",
        "messageId": "ajs-next-0001",
        "name": "Pricing",
        "timestamp": "2026-11-20T09:30:00.600Z",
        "integrations": {},
        "properties": {"path": "/pricing", "title": "Pricing", "url": "https://shop.example/pricing"},
        "context": {
            "channel": "browser",
            "ip": "203.0.113.7",
            "library": {"name": "analytics.js", "version": "npm:next-1.61.0"},
            "locale": "en-GB",
            "page": page["context"]["page"],
            "timezone": "Europe/London",
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64)",
            "userAgentData": {"mobile": False, "platform": "Linux"},
        },
    }
    assert identify["integrations"] == {"All": True, "Amplitude": True}
    assert (track["context"]["channel"], track["properties"]) == ("server", {"order_id": "o-1", "total": 19.99})
    assert (screen["context"]["channel"], screen["context"]["device"]["type"]) == ("mobile", "ios")
    assert screen["context"]["screen"] == {"height": 852, "width": 393}
    for name in ("receivedAt", "version", "projectId", "sentAt", "originalTimestamp"):
        assert times(report, f"{name}: left out, since the API sets it") == 4
    assert times(report, "_metadata: left out, since the API sets it") == 1
    assert times(report, "integrations: settings of a destination sent as on or off") == 1


def test_events_of_rudderstack_arrive_as_the_calls_that_they_were() -> None:
    (viewed, identify, screen, paid), report = loaded(STORED / "rudderstack.jsonl")
    assert ("userId" in viewed, viewed["anonymousId"]) == (False, "8a2c-visitor")
    assert viewed["context"]["traits"] == {"email": "bea@example.com", "plan": "free"}
    assert viewed["context"]["sessionId"] == 1732095000123
    assert identify["traits"] == {"email": "bea@example.com", "plan": "free"}
    assert identify["context"] == {
        "channel": "browser",
        "ip": "198.51.100.20",
        "network": {},
        "library": identify["context"]["library"],
    }
    assert (screen["name"], screen["timestamp"]) == ("Cart", "2026-11-20T10:32:00.100Z")
    assert (screen["context"]["app"]["build"], screen["context"]["device"]["type"]) == ("42", "android")
    kept = {name: part for name, part in paid["context"].items() if name != "library"}
    assert kept == {"reportedChannel": "sources", "device": {"reportedType": "desktop"}, "reportedOs": "Linux"}
    assert times(report, "rudderId: left out, since the API sets it") == 4
    assert times(report, "userId: left out, since it is empty") == 1
    assert times(report, "context.channel: sent as context.reportedChannel") == 1


def test_events_of_posthog_arrive_as_calls() -> None:
    (page, identify, track, group, screen), report = loaded(STORED / "posthog.jsonl")
    assert (page["type"], page["anonymousId"], page["name"]) == ("page", "visitor-3", "Start")
    assert page["properties"]["url"] == "https://shop.example/"
    assert page["context"]["ip"] == "192.0.2.4"
    assert page["context"]["device"] == {"reportedType": "Desktop"}
    assert (identify["userId"], identify["anonymousId"], identify["traits"]) == (
        "cyd",
        "visitor-3",
        {"email": "cyd@example.com"},
    )
    assert (track["event"], track["properties"]["total"], track["context"]["os"]) == (
        "order completed",
        12.5,
        {"name": "iOS", "version": "19.1"},
    )
    assert (group["groupId"], group["traits"]) == ("acme", {"name": "Acme"})
    assert (screen["name"], screen["messageId"]) == ("Cart", "01960000-0000-7000-8000-000000000005")
    assert (
        times(report, "event of PostHog sent as a call".capitalize()) + times(report, "event of PostHog sent as a call")
        == 5
    )


def test_parquet_files_of_posthog_load_with_a_map(tmp_path: Any) -> None:
    lines = [orjson.loads(line) for line in (STORED / "posthog.jsonl").read_bytes().splitlines()]
    rows = [
        {**line, "properties": orjson.dumps(line["properties"]).decode(), "person_properties": "{}"} for line in lines
    ]
    pl.DataFrame(rows).write_parquet(tmp_path / "events.parquet")
    calls, report = loaded(
        tmp_path / "events.parquet",
        as_="track",
        map={"userId": "distinct_id", "messageId": "uuid", "timestamp": "timestamp"},
    )
    assert [call["event"] for call in calls][2] == "order completed"
    assert calls[2]["properties"]["total"] == 12.5
    assert report.left_out == ("created_at", "person_id", "person_properties")


def test_files_of_customer_io_itself_load_again() -> None:
    (completed, refunded), report = loaded(STORED / "customerio.track.json")
    assert (completed["event"], completed["context"]["channel"], refunded["event"]) == (
        "Order Completed",
        "browser",
        "Order Refunded",
    )
    assert times(report, "receivedAt: left out, since the API sets it") == 2
    (identify,), report = loaded(STORED / "customerio.identify.csv", as_="identify")
    assert (identify["traits"], identify["context"]["channel"]) == (
        {"email": "dan@example.com", "logins": 3},
        "browser",
    )
    assert report.left_out == ("receivedAt",)


@pytest.mark.parametrize(
    "call",
    [
        {"type": "track", "userId": "7", "event": "E", "originalTimestamp": "2026-11-20T10:00:00Z"},
        {"type": "track", "userId": "7", "event": "distinct_id"},
        {"type": "track", "distinct_id": "7", "event": "E", "properties": {}},
        {},
    ],
)
def test_a_call_without_an_envelope_stays_as_it_is(call: dict[str, Any]) -> None:
    body, done = unwrapped(call)
    assert body is call
    assert done == []


@pytest.mark.parametrize("context", ["web", 7, [7]])
def test_a_context_that_is_not_one_stays_for_the_models_to_refuse(context: object) -> None:
    call, _ = unwrapped({"type": "track", "userId": "7", "event": "E", "channel": "web", "context": context})
    assert call == {"type": "track", "userId": "7", "event": "E", "context": context}


def test_a_call_with_a_name_and_an_event_keeps_its_name() -> None:
    call, _ = unwrapped({"type": "screen", "userId": "7", "name": "Cart", "event": "screen", "version": 2})
    assert call == {"type": "screen", "userId": "7", "name": "Cart"}


@pytest.mark.parametrize("properties", ["{", "7", 7, None])
def test_properties_of_posthog_that_are_not_an_object_are_none(properties: object) -> None:
    call, _ = unwrapped({"event": "E", "distinct_id": "7", "properties": properties})
    assert call == {"type": "track", "userId": "7", "event": "E", "properties": {}}
