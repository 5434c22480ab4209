"""Events of PostHog as calls.

Source: PostHog, S3 batch exports, events model (https://posthog.com/docs/data-pipelines/batch-exports/s3), and Event
properties (https://posthog.com/docs/data/events), as of November 2026. In JSON Lines `properties` is an object, in
Parquet its text.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from langchain_customerio.api.strict_json import loads
from langchain_customerio.errors import InvalidRequestError

Body: TypeAlias = dict[str, Any]

_NEEDED: Final = frozenset({"distinct_id", "event", "properties"})

_CONTEXT: Final = {
    "$ip": ("ip",),
    "$raw_user_agent": ("userAgent",),
    "$browser_language": ("locale",),
    "$timezone": ("timezone",),
    "$current_url": ("page", "url"),
    "$pathname": ("page", "path"),
    "$referrer": ("page", "referrer"),
    "title": ("page", "title"),
    "$os": ("os", "name"),
    "$os_version": ("os", "version"),
    "$app_name": ("app", "name"),
    "$app_version": ("app", "version"),
    "$app_build": ("app", "build"),
    "$app_namespace": ("app", "namespace"),
    "$device_manufacturer": ("device", "manufacturer"),
    "$device_model": ("device", "model"),
    "$device_name": ("device", "name"),
    "$device_type": ("device", "type"),
    "utm_campaign": ("campaign", "name"),
    "utm_source": ("campaign", "source"),
    "utm_medium": ("campaign", "medium"),
    "utm_term": ("campaign", "term"),
    "utm_content": ("campaign", "content"),
}
"""Properties that PostHog sets itself, and the parts of the context that say the same; they stay properties too."""


def is_of_posthog(body: Body) -> bool:
    """Return whether an object is an event of PostHog: it says whom it is about in the way of PostHog alone."""
    return "distinct_id" in body and "type" not in body and body.keys() >= _NEEDED


def of_posthog(body: Body) -> Body:
    """Return an event of PostHog as a call.

    A page view, a screen, an identification and that of a group become the calls for them, every other event a track
    call. Who has been identified is a `userId`, and a device by itself an `anonymousId`.

    >>> event = {"uuid": "0198", "event": "$screen", "distinct_id": "7", "properties": {"$screen_name": "Cart"}}
    >>> of_posthog(event)
    {'type': 'screen', 'userId': '7', 'messageId': '0198', 'name': 'Cart', 'properties': {'$screen_name': 'Cart'}}
    """
    properties = _object(body["properties"])
    who = body["distinct_id"]
    is_device = who == properties.get("$device_id") and not properties.get("$is_identified")
    call: Body = {"type": "track", "anonymousId" if is_device else "userId": who}
    for name, given in (("timestamp", "timestamp"), ("messageId", "uuid")):
        if body.get(given) is not None:
            call[name] = body[given]
    context = _context(properties)
    call |= _own(str(body["event"]), properties, _object(body.get("person_properties")))
    return {**call, **({"context": context} if context else {})}


def _own(event: str, properties: Body, person: Body) -> Body:
    """Return what is of one kind of call alone."""
    match event:
        case "$identify":
            anonymous = properties.get("$anon_distinct_id")
            traits = _object(properties.get("$set")) or person
            return {"type": "identify", "traits": traits, **({"anonymousId": anonymous} if anonymous else {})}
        case "$groupidentify":
            return {
                "type": "group",
                "groupId": properties.get("$group_key"),
                "traits": _object(properties.get("$group_set")),
            }
        case "$pageview":
            title = properties.get("title")
            return {"type": "page", **({"name": title} if title else {}), "properties": _page(properties)}
        case "$screen":
            return {"type": "screen", "name": properties.get("$screen_name"), "properties": properties}
    return {"event": event, "properties": properties}


def _page(properties: Body) -> Body:
    known = {"url": "$current_url", "path": "$pathname", "referrer": "$referrer"}
    return {**{name: properties[given] for name, given in known.items() if properties.get(given)}, **properties}


def _context(properties: Body) -> Body:
    context: Body = {}
    for name, path in _CONTEXT.items():
        value = properties.get(name)
        if isinstance(value, str) and value:
            place = context
            for part in path[:-1]:
                place = place.setdefault(part, {})
            place[path[-1]] = value
    return context


def _object(value: Any) -> Body:  # noqa: ANN401 - an object, its text or nothing
    if isinstance(value, str):
        try:
            value = loads(value)
        except InvalidRequestError:
            return {}
    return value if isinstance(value, dict) else {}
