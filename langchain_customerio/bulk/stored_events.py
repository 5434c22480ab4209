"""Events as other platforms store them, read as the calls that they once were.

A stored event is a call in an envelope: what a platform knows of its way, such as `receivedAt`. The API sets these
fields itself, so they are left out. What the API takes under another name goes there, and what it does not know stays
as data. A call that has no envelope stays as it is.

Sources, as of November 2026: Segment, Spec: Common fields
(https://www.twilio.com/docs/segment/connections/spec/common); RudderStack, Common fields
(https://www.rudderstack.com/docs/event-spec/standard-events/common-fields/); PostHog, S3 batch exports, events model
(https://posthog.com/docs/data-pipelines/batch-exports/s3); Customer.io, Amazon S3 (Advanced)
(https://docs.customer.io/integrations/data-out/connections/amazon-simple-storage-service/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias, get_type_hints

from langchain_customerio.api.fields import ContextParts
from langchain_customerio.bulk.posthog import is_of_posthog, of_posthog
from langchain_customerio.errors import Problem
from langchain_customerio.messages import Field

if TYPE_CHECKING:
    from collections.abc import Iterator

Body: TypeAlias = dict[str, Any]

_ENVELOPE: Final = frozenset({"_metadata", "projectId", "receivedAt", "request_ip", "rudderId", "version", "writeKey"})
_STORED: Final = _ENVELOPE | {"channel"}
_ON_THE_WAY: Final = ("originalTimestamp", "sentAt")
_IDS: Final = ("userId", "anonymousId", "groupId", "previousId")
_CHANNELS: Final = {"web": "browser", "client": "browser", "browser": "browser", "server": "server", "mobile": "mobile"}
_PLATFORMS: Final = {"android": "android"} | dict.fromkeys(("ios", "iphone", "iphone os", "ipad", "ipados"), "ios")


def unwrapped(body: Body) -> tuple[Body, list[Problem]]:
    """Return a stored event as a call, and what was done to it; any other call as it is.

    >>> call, done = unwrapped({"type": "identify", "userId": "7", "receivedAt": "2026-11-20T10:00:00Z"})
    >>> call, [str(each) for each in done]
    ({'type': 'identify', 'userId': '7'}, ['receivedAt: left out, since the API sets it'])
    """
    if is_of_posthog(body):
        call = of_posthog(body)
        return call, [Problem("of_posthog"), *_context(call)]
    if _STORED.isdisjoint(body):
        return body, []
    call = dict(body)
    steps = (_times, _channel, _envelope, _empty_ids, _name, _traits, _integrations, _context)
    return call, [each for step in steps for each in step(call)]


def _times(call: Body) -> Iterator[Problem]:
    """Leave out when an event was on its way: the API would take the time of this load for that of the event."""
    if call.get("timestamp") is None and call.get("originalTimestamp") is not None:
        call["timestamp"] = call.pop("originalTimestamp")
        yield Problem("renamed", ("timestamp",), {"given": "originalTimestamp"})
    for name in _ON_THE_WAY:
        if call.pop(name, None) is not None:
            yield Problem("left_out", (name,))


def _channel(call: Body) -> Iterator[Problem]:
    channel, context = call.pop("channel", None), call.get("context") or {}
    if channel is not None and isinstance(context, dict):
        call["context"] = {"channel": channel, **context}
        yield Problem("moved", ("channel",), {"field": Field("context.channel")})


def _envelope(call: Body) -> Iterator[Problem]:
    for name in sorted(_ENVELOPE & call.keys()):
        del call[name]
        yield Problem("left_out", (name,))


def _empty_ids(call: Body) -> Iterator[Problem]:
    for name in _IDS:
        if call.get(name) == "":
            del call[name]
            yield Problem("left_out_empty", (name,))


def _name(call: Body) -> Iterator[Problem]:
    """Take the event of a page or a screen for its name, as some platforms write it."""
    if call.get("type") in ("page", "screen") and "event" in call:
        event = call.pop("event")
        if call.get("name") is None:
            call["name"] = event
        yield Problem("moved", ("event",), {"field": Field("name")})


def _traits(call: Body) -> Iterator[Problem]:
    """Take the traits of a person from the context, where RudderStack stores them."""
    context = call.get("context")
    if (
        call.get("type") == "identify"
        and not call.get("traits")
        and isinstance(context, dict)
        and context.get("traits")
    ):
        call["traits"] = context["traits"]
        call["context"] = {name: part for name, part in context.items() if name != "traits"}
        yield Problem("moved", ("context", "traits"), {"field": Field("traits")})


def _integrations(call: Body) -> Iterator[Problem]:
    """Turn settings of a destination into what the API takes: whether it is on."""
    integrations = call.get("integrations")
    if isinstance(integrations, dict) and not all(isinstance(each, bool) for each in integrations.values()):
        call["integrations"] = {name: each is not None and each is not False for name, each in integrations.items()}
        yield Problem("integrations_on_or_off", ("integrations",))


def _context(call: Body) -> Iterator[Problem]:
    """Make of the parts of the context what the API takes, or keep them as data under another name."""
    context = call.get("context")
    if not isinstance(context, dict):
        return
    found = call["context"] = _fitting(context, _PARTS)
    yield from _mapped(found, "channel", _CHANNELS, ("context",))
    device = found.get("device")
    if isinstance(device, dict):
        yield from _mapped(device, "type", _PLATFORMS, ("context", "device"))
    for name, part in _PARTS.items():
        if isinstance(part, dict) and name in found and not isinstance(found[name], dict):
            yield _kept(found, name, ("context",))


def _mapped(place: Body, name: str, known: dict[str, str], path: tuple[str, ...]) -> Iterator[Problem]:
    value = place.get(name)
    if value is None or value in known.values():
        return
    if isinstance(value, str) and value.lower() in known:
        place[name] = known[value.lower()]
        yield Problem("mapped", (*path, name), {"value": place[name]})
    else:
        yield _kept(place, name, path)


def _kept(place: Body, name: str, path: tuple[str, ...]) -> Problem:
    other = f"reported{name[:1].upper()}{name[1:]}"
    place[other] = place.pop(name)
    return Problem("moved", (*path, name), {"field": Field(".".join((*path, other)))})


_Parts: TypeAlias = dict[str, Any]


def _parts_of(kind: object) -> _Parts:
    """Return the documented parts of the context: a type, or parts in their turn."""
    hints = get_type_hints(kind)
    return {name: _parts_of(hint) if hasattr(hint, "__total__") else hint for name, hint in hints.items()}


_PARTS: Final = _parts_of(ContextParts)


def _fitting(found: Body, parts: _Parts) -> Body:
    """Return a part of the context without what is missing in it, numbers as text where text is documented."""
    kept: Body = {}
    for name, value in found.items():
        part = parts.get(name)
        if isinstance(value, dict):
            kept[name] = _fitting(value, part if isinstance(part, dict) else {})
        elif value is not None:
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            kept[name] = str(value) if part is str and is_number else value
    return kept
