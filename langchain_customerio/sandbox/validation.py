"""The checks that the API makes before it takes a call, written from its documentation alone."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from langchain_customerio.sandbox.http import BODY_BYTES, CALLS, JsonObject, Request, size_of
from langchain_customerio.sandbox.models import Call, at_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.sandbox.config import Switches

CALL_BYTES: Final = 32_000
"""Largest call or batch item (docs: Pipelines API > Limits; "32 KB", in the smaller of its two readings)."""
BATCH_BYTES: Final = 500_000
"""Largest batch ("500 KB", read likewise)."""

_PERSON: Final = {"userId": "string", "anonymousId": "string"}
_VIEW: Final = _PERSON | {"name": "string", "category": "string", "properties": "object"}
_FIELDS: Final[dict[str, dict[str, str]]] = {
    "identify": _PERSON | {"traits": "object"},
    "track": _PERSON | {"groupId": "string", "event": "string", "properties": "object"},
    "page": _VIEW,
    "screen": _VIEW,
    "group": _PERSON | {"groupId": "string", "traits": "object"},
    "alias": {"previousId": "string", "userId": "string"},
}
_COMMON: Final = {
    "type": "string",
    "integrations": "object",
    "messageId": "string",
    "timestamp": "time",
    "originalTimestamp": "time",
    "sentAt": "time",
    "context": "object",
}
_KINDS: Final = {call: fields | _COMMON for call, fields in _FIELDS.items()}
_REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "track": ("event",),
    "group": ("groupId",),
    "alias": ("previousId", "userId"),
}


class RefusedError(Exception):
    """The API does not take the request.

    Attributes:
        status: What strict mode answers.
        reason: Why, for the ledger and for the answer.
        always: What permissive mode answers.
    """

    def __init__(self, status: int, reason: str, *, always: int = HTTPStatus.OK) -> None:
        """Refuse."""
        super().__init__(reason)
        self.status = int(status)
        self.reason = reason
        self.always = int(always)


def check_route(request: Request) -> str:
    """Return the endpoint, if there is one and the method is POST.

    Raises:
        RefusedError: 404 or 405, in permissive mode as well.
    """
    if request.endpoint is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, "the API has no such path", always=HTTPStatus.NOT_FOUND)
    if request.method != "POST":
        status = HTTPStatus.METHOD_NOT_ALLOWED
        raise RefusedError(status, f"{request.endpoint} takes POST only", always=status)
    return request.endpoint


def check_key(request: Request, switches: Switches) -> None:
    """Check the key (docs: Pipelines API > Authentication; 401 is a strict-mode answer).

    Raises:
        RefusedError: 401.
    """
    key = request.key
    if key is None:
        problem = "there is no API key"
    elif key.region not in {None, switches.region}:
        problem = "the API key belongs to the other region"
    elif switches.check_key_style and key.is_new_style != (key.scheme == "Bearer"):
        problem = f"this kind of API key is not sent as {key.scheme}"
    elif switches.keys is not None and key.value not in switches.keys:
        problem = "the API key is unknown"
    else:
        return
    raise RefusedError(HTTPStatus.UNAUTHORIZED, problem)


def check_bound(size: int) -> None:
    """Check what the sandbox itself can bear, whatever the API would do.

    Raises:
        RefusedError: 413, in permissive mode as well.
    """
    if size > BODY_BYTES:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        raise RefusedError(status, f"the body is over {BODY_BYTES:,} bytes: the sandbox reads no more", always=status)


def check_size(endpoint: str, data: bytes, switches: Switches) -> None:
    """Check the size of a plain body (docs: Pipelines API > Limits).

    Raises:
        RefusedError: Over 32,000 bytes, or over 500,000 for a batch.
    """
    limit = BATCH_BYTES if endpoint == "/batch" else CALL_BYTES
    if len(data) > limit:
        reason = f"the body has {len(data):,} bytes, more than the limit of {limit:,}"
        raise RefusedError(switches.strict_oversize_status, reason)


def calls_in(endpoint: str, payload: object, switches: Switches) -> list[object]:
    """Take the calls out of a body, with `type` and the batch's defaults filled in.

    Raises:
        RefusedError: 400: the body is no object, or a batch without its list.
    """
    if not isinstance(payload, dict):
        raise RefusedError(HTTPStatus.BAD_REQUEST, "the body is not a JSON object")
    if endpoint != "/batch":
        return [payload | {"type": endpoint[1:]}]
    items = payload.get("batch")
    if not isinstance(items, list):
        raise RefusedError(HTTPStatus.BAD_REQUEST, "batch is required and must be a list")
    for name in ("context", "integrations"):
        if not isinstance(payload.get(name) or {}, dict):
            raise RefusedError(HTTPStatus.BAD_REQUEST, f"{name} is not an object")
    return [_with_defaults(item, payload, switches) for item in items]


def _with_defaults(item: object, batch: JsonObject, switches: Switches) -> object:
    if not isinstance(item, dict):
        return item
    filled = dict(item)
    lent = ("context", "integrations") if switches.batch_integrations == "default" else ("context",)
    for name in lent:
        if batch.get(name) and filled.get(name) is None:
            filled[name] = batch[name]
    own = item.get("context")
    if switches.batch_context == "merge" and isinstance(own, dict):
        filled["context"] = (batch.get("context") or {}) | own
    return filled


def oversize(item: object) -> bool:
    """Whether a batch item, as compact UTF-8 JSON, is over 32,000 bytes."""
    return size_of(item) > CALL_BYTES


def problems_of(call: object, switches: Switches, *, strict: bool) -> Iterator[str]:
    """Say everything that is wrong with one call, its `type` included."""
    if not isinstance(call, dict):
        yield "the item is not a JSON object"
        return
    kind = call.get("type")
    if kind not in CALLS:
        yield f"type is not one of {', '.join(CALLS)}"
        return
    yield from _wrong_kinds(call, switches)
    yield from _missing(call, switches, strict=strict)
    if kind == "group":
        yield from _group_problems(call)
    if strict and switches.strict_check_extra:
        yield from (f"{key} is not a field of {kind}" for key in ignored_keys(call))


def ignored_keys(call: JsonObject) -> tuple[str, ...]:
    """Top-level keys of a call that the API does not know."""
    return tuple(key for key in call if key not in _FIELDS.get(call["type"], {}) and key not in _COMMON)


def _wrong_kinds(call: JsonObject, switches: Switches) -> Iterator[str]:
    for name, kind in _KINDS[call["type"]].items():
        value = call.get(name)
        if value is None:
            continue
        if kind == "object" and not isinstance(value, dict):
            yield f"{name} is not an object"
        elif kind == "string" and not isinstance(value, str):
            yield f"{name} is not a string"
        elif kind == "time" and not switches.lenient_timestamps and read_time(value) is None:
            yield f"{name} is not an ISO 8601 time"


def _missing(call: JsonObject, switches: Switches, *, strict: bool) -> Iterator[str]:
    kind = call["type"]
    yield from (f"{name} is required" for name in _REQUIRED.get(kind, ()) if not call.get(name))
    if kind in {"group", "alias"}:
        return
    names = ["userId", "anonymousId"]
    if kind == "track" and switches.group_only_track:
        names.append("groupId")
    if any(call.get(name) for name in names):
        return
    if kind == "identify" and _email_of(call) and (switches.strict_email_identify or not strict):
        return
    yield f"{' or '.join(names)} is required"


def _group_problems(call: JsonObject) -> Iterator[str]:
    traits = call.get("traits")
    for name in ("objectTypeId", "object_type_id"):
        value = at_path(traits, name)
        if value is not None and not (isinstance(value, str) and value.isascii() and value.isdigit()):
            yield f"traits.{name} is not a string of digits"
    attributes = at_path(traits, "relationshipAttributes")
    if attributes is None:
        return
    if not isinstance(attributes, dict):
        yield "traits.relationshipAttributes is not an object"
    if not (call.get("userId") or call.get("anonymousId")):
        yield "traits.relationshipAttributes needs a userId or anonymousId"


def _email_of(call: JsonObject) -> str | None:
    email = at_path(call.get("traits"), "email")
    return email if isinstance(email, str) and email else None


def read_time(value: object) -> datetime | None:
    """Read an ISO 8601 time, taken as UTC when it has no zone; None when it is something else."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def read_call(body: JsonObject, at: datetime) -> Call:
    """Turn a call without problems into the form that is applied: what the API does not know falls away here."""
    unknown = ignored_keys(body)
    body = {name: value for name, value in body.items() if name not in unknown}
    user_id = body.get("userId") or None
    anonymous_id = body.get("anonymousId") or None
    if body["type"] == "identify" and not (user_id or anonymous_id):
        user_id = _email_of(body)
    return Call(
        type=body["type"],
        body=body,
        user_id=user_id,
        anonymous_id=anonymous_id,
        group_id=body.get("groupId") or None,
        message_id=body.get("messageId") or None,
        context=body.get("context") or {},
        timestamp=read_time(body.get("timestamp")) or at,
        at=at,
    )
