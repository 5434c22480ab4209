"""The quick way to take a call: is it certainly fine, exactly as it stands?

A backfill is millions of calls of a few shapes. Reading each into a model costs more than all the rest, and for almost
all of them it changes nothing. `Certain` recognises those: where it says yes, the models, the policy and the warnings
would let the call pass as it is and without a word. Where it says no, it does not know, and the models decide; every
error and every correction is theirs alone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin, get_type_hints

import orjson

from langchain_customerio.api.fields import ContextParts
from langchain_customerio.api.semantic_events import ACTING_EVENTS

if TYPE_CHECKING:
    from collections.abc import Callable

_TIMES: Final = ("timestamp", "originalTimestamp", "sentAt")
_HOLDERS: Final = ("traits", "properties")
_COMMON: Final = frozenset({"type", "userId", "anonymousId", "messageId", "context", *_TIMES})
_FIELDS: Final = {
    "identify": _COMMON | {"traits"},
    "track": _COMMON | {"event", "groupId", "properties"},
    "page": _COMMON | {"name", "category", "properties"},
    "screen": _COMMON | {"name", "category", "properties"},
    "group": _COMMON | {"groupId", "traits"},
}
_SOMEBODY: Final = frozenset({"userId", "anonymousId"})
_NEEDED: Final = {"track": (frozenset({"event"}), _SOMEBODY | {"groupId"}), "group": (frozenset({"groupId"}),)}
"""Of each of these sets, one field at least; for the other calls, somebody."""

_SMALLEST: Final[dict[str, dict[str, Any]]] = {
    "identify": {"userId": "u"},
    "track": {"userId": "u", "event": "e"},
    "page": {"userId": "u"},
    "screen": {"userId": "u"},
    "group": {"groupId": "g"},
}

# All well inside the limits of the models and the warnings, which decide on what lies between.
_SHORT: Final = 25  # characters of any kind: at most 100 bytes
_MOST_NAME: Final = 100
_MOST_TEXT: Final = 1_000
_MOST_OBJECT: Final = 300
_MOST_DEPTH: Final = 20
_MOST_NUMBER: Final = 10**12  # a larger one may be milliseconds, or have lost digits when it was read
_LESS, _MORE = 15, 30  # how long a time without a zone is

_MOST_KNOWN: Final = 10_000
_MOST_SHAPES: Final = 1_000

_Part = type | frozenset[str] | dict[str, Any]


def _parts(of: object) -> dict[str, _Part]:
    """Return what is certainly fine in a part of `context`: a type, one of some texts, or a part in its turn."""
    found: dict[str, _Part] = {}
    for name, hint in get_type_hints(of).items():
        if hint in {str, bool}:
            found[name] = hint
        elif get_origin(hint) is Literal:
            found[name] = frozenset(get_args(hint))
        elif hasattr(hint, "__total__"):
            found[name] = _parts(hint)
    return found


_CONTEXT: Final = _parts(ContextParts)


_Shape = tuple[tuple[str, ...], tuple[str, ...], str, bool, bool]
"""What to look at in calls with certain fields: names, times, `traits` or `properties`, context, `anonymousId`."""


class Certain:
    """Tells for most good calls, quickly, that they are good.

    What a policy makes of an event name, of a trait or of an address does not depend on the rest of the call, so each
    one that is met is tried once, in the smallest call that can carry it, and remembered.

    Args:
        passes: The slow way: whether models, policy and warnings let a call pass as it stands.
        flat: Whether the policy looks into traits, so that one with parts is never certain.
    """

    def __init__(self, passes: Callable[[dict[str, Any]], bool], *, flat: bool = False) -> None:
        """Find out which kinds of calls may pass at all; names are learnt as they are met."""
        self._passes = passes
        self._flat = flat
        self._shapes: dict[str, dict[tuple[Any, ...], _Shape | tuple[()]]] = {
            kind: {} for kind in _FIELDS if self._tried(kind)
        }
        self._known: dict[str, set[str]] = {kind: set() for kind in _FIELDS}
        self._events: set[str] = set()
        self._addresses: set[str] = set()
        self._doubtful: set[tuple[str, ...]] = set()
        self.now = datetime.now(UTC)

    def fits(self, call: Any) -> bool:  # noqa: ANN401, C901, PLR0911, PLR0912 - any JSON value; few calls, because this is the hot loop
        """Return True if a call is certainly fine, and False if that is not known."""
        if type(call) is not dict:
            return False
        kind = call.get("type")
        if type(kind) is not str or (shapes := self._shapes.get(kind)) is None:
            return False
        fields = tuple(call)
        if (shape := shapes.get(fields)) is None:
            shape = self._learn_shape(kind, fields)
        if not shape:
            return False
        names, times, holder, context, anonymous = shape
        for name in names:
            value = call[name]
            if type(value) is not str or not ("!" <= value < "\x7f" or value.strip()) or value[:4] == "cio_":
                return False
            if len(value) > _SHORT and (len(value) > _MOST_NAME or not value.isascii()):
                return False
        for name in times:
            value = call[name]
            if type(value) is not str or value[10:11] != "T":
                return False
            try:
                if not datetime.fromisoformat(value) < self.now:
                    return False
            except (ValueError, TypeError):  # no time, or one without a zone
                return False
        if anonymous and "@" in call["anonymousId"]:
            return False
        if holder and (type(value := call[holder]) is not dict or not self._object(kind, holder, value)):
            return False
        if context and (type(value := call["context"]) is not dict or not self._context(value, _CONTEXT)):
            return False
        if kind != "track":
            return True
        event = call["event"]
        return type(event) is str and (event in self._events or self._learn_event(event))

    def _object(self, kind: str, holder: str, found: dict[Any, Any]) -> bool:  # noqa: C901, PLR0911, PLR0912 - as above
        """Look at traits or properties: every name known, every value plain."""
        known = self._known[kind]
        if not found.keys() <= known:
            for name in found.keys() - known:
                if not self._learn(known, name, kind, **{holder: {name: "x"}}):
                    return False
        kept = holder == "traits"  # their values have limits
        if kept and len(found) > _MOST_OBJECT:
            return False
        for value in found.values():
            of = type(value)
            if of is str:
                length = len(value)
                if length <= _LESS:
                    continue
                if length < _MORE:
                    if value[4] == "-" and value[-1] != "Z" and value[-6] not in "+-":
                        return False
                elif kept and length > _MOST_TEXT // 4 and (length > _MOST_TEXT or not value.isascii()):
                    return False
            elif of is int or of is float:
                if not -_MOST_NUMBER < value < _MOST_NUMBER:
                    return False
            elif of is dict or of is list:
                if not _plain(value, 1) or (kept and (self._flat or not _small(value))):
                    return False
            elif of is not bool and value is not None:
                return False
        return True

    def _context(self, found: dict[Any, Any], parts: dict[str, _Part]) -> bool:
        """Look at the context, or at a part of it: documented names with values of their types."""
        for name, value in found.items():
            part = parts.get(name)
            if isinstance(part, dict):
                if type(value) is not dict or not self._context(value, part):
                    return False
            elif type(part) is frozenset:
                if type(value) is not str or value not in part:
                    return False
            elif type(value) is not part or (name == "ip" and not self._is_known_address(value)):
                return False
        return True

    def _is_known_address(self, value: Any) -> bool:  # noqa: ANN401 - any JSON value
        return value in self._addresses or self._learn(self._addresses, value, "identify", context={"ip": value})

    def _learn_shape(self, kind: str, found: tuple[Any, ...]) -> _Shape | tuple[()]:
        """Find out what to look at in calls with these fields; nothing where such a call is never certain."""
        shapes, fields = self._shapes[kind], frozenset(found)
        if len(shapes) >= _MOST_SHAPES:
            shapes.clear()
        complete = all(fields & some for some in _NEEDED.get(kind, (_SOMEBODY,)))
        shapes[found] = shape = (
            ()
            if not complete or not fields <= _FIELDS[kind]
            else (
                tuple(fields - {"type", "event", "context", *_TIMES, *_HOLDERS}),
                tuple(fields.intersection(_TIMES)),
                next(iter(fields.intersection(_HOLDERS)), ""),
                "context" in fields,
                "anonymousId" in fields,
            )
        )
        return shape

    def _learn_event(self, name: str) -> bool:
        """Try the name of an event; what an acting one needs depends on the rest of its call."""
        return name not in ACTING_EVENTS and self._learn(self._events, name, "track", event=name)

    def _learn(self, known: set[str], name: Any, kind: str, **fields: Any) -> bool:  # noqa: ANN401 - any JSON value
        """Try a name, and remember what came of it; never so many that memory would grow with the source."""
        if type(name) is not str or len(name) > _MOST_NAME:
            return False
        tried = (kind, *fields, name)
        if tried in self._doubtful:
            return False
        fine = self._tried(kind, **fields)
        remembered: set[Any] = known if fine else self._doubtful
        if len(remembered) >= _MOST_KNOWN:
            remembered.clear()
        remembered.add(name if fine else tried)
        return fine

    def _tried(self, kind: str, **fields: Any) -> bool:  # noqa: ANN401 - any JSON value
        return self._passes({"type": kind, **_SMALLEST[kind], **fields})


def _plain(value: Any, depth: int) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether a value within a value is plain; orjson refuses names that are no strings."""
    of = type(value)
    if of is str or of is bool or value is None:
        return True
    if of is int or of is float:
        return bool(-_MOST_NUMBER < value < _MOST_NUMBER)
    if depth > _MOST_DEPTH:
        return False
    if of is dict:
        return all(_plain(inner, depth + 1) for inner in value.values())
    return of is list and all(_plain(inner, depth + 1) for inner in value)


def _small(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    try:
        return len(orjson.dumps(value)) <= _MOST_TEXT
    except TypeError:
        return False
