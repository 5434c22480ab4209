"""The quick way to judge calls: what the slow way said of one call holds for all that are like it.

A load is millions of calls of a few shapes, and reading each into a model costs more than all the rest. But what
models, policy and warnings say of a call follows from the names of its fields and, for each value, from its name and
from what kind of value it is. So each shape, and each name with each kind of value, is shown to them once (`Examples`).

No rule is repeated here. What has to be known is which values are of one kind, so that they are judged alike; tests
compare what comes of it with the slow way on calls of every sort.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import orjson
from pydantic import TypeAdapter, ValidationError

from langchain_customerio.api.fields import Moment
from langchain_customerio.api.lint import (
    LOCAL_TIME,
    MILLISECONDS,
    MOST_LOCAL_TIME,
    MOST_NAME_BYTES,
    MOST_TRAIT_BYTES,
    MOST_TRAITS,
    PLAIN_ID,
    kind_of_ip,
)
from langchain_customerio.api.semantic_events import ACTING_EVENTS
from langchain_customerio.bulk.examples import CLOSER, MOST_WORD, NULL, NUMBER, PAST, PLAIN, UNKNOWN, Examples

if TYPE_CHECKING:
    from langchain_customerio.bulk.examples import Call, Judge, Leaves, Odd, Shape, Verdict

MOST_BRACKETS: Final = 60
"""With no more objects and lists than this, a call is not nested too deep for the models."""

_MOMENT: Final[TypeAdapter[Any]] = TypeAdapter(Moment)
_LEAST_LOCAL_TIME: Final = 16
_MOST_NUMBER: Final = MILLISECONDS[0]
_MOST_STEPS: Final = 10
_MOST_VALUE: Final = 100  # bytes


class FastPath:
    """Tells of most calls, quickly, what the slow way would say.

    Args:
        judge: The slow way.
        nested: Whether a rule of the policy may look at the names in the values of traits and properties.
    """

    def __init__(self, judge: Judge, *, nested: bool) -> None:
        """Know nothing yet."""
        self._examples = Examples(judge, nested=nested)
        self._now = datetime.now(UTC)
        self.learn, self.fine = self._examples.learn, self._examples.fine

    def begin(self, now: datetime) -> None:
        """Look at the clock: what lay in the future may lie in the past by now."""
        self._now = now
        self._examples.forget()

    def look(self, call: Call, content: bytes, nulls: tuple[str, ...] = ()) -> Verdict | None:  # noqa: C901, PLR0912 - the hot loop, where a call costs as much as ten branches
        """Return what becomes of a call, or None where only the slow way knows; `learn` may change that.

        Args:
            call: A JSON object.
            content: The same as JSON.
            nulls: The fields that are null, where they are known.
        """
        kind = call.get("type")
        if type(kind) is not str:
            return None
        key = (kind, *call, None, *nulls) if nulls else (kind, *call)
        shape = self._examples.shapes.get(key) or self._examples.shape(kind, call, nulls)
        if shape is None:
            return None
        odd: Odd = ()
        for name in shape.ids:
            value = call[name]
            if type(value) is not str or not PLAIN_ID(value):
                odd += self._field(shape, name, value)
        for name in shape.times:
            value = call[name]
            try:
                if value[10] == "T" and datetime.fromisoformat(value) < self._now:
                    continue
            except (TypeError, ValueError, LookupError):  # not a time, or one without a zone
                pass
            odd += self._field(shape, name, value)
        if shape.events is not None:
            value = call["event"]
            if type(value) is not str or value not in shape.events:
                odd += self._field(shape, "event", value)
        for name, leaves in shape.objects:
            value = call[name]
            if type(value) is dict:
                odd += self._object(leaves, value, content)
            else:
                odd += self._field(shape, name, value)
        if not shape.ids_differ:
            known = shape.verdicts.get(odd) if odd else shape.verdict
            if known is not None:
                return known
        if found := tuple(note[1] for note in odd if note is not None and note[0] == NULL):
            return self.look(call, content, found)
        if None in odd or (shape.ids_differ and len({str(call[name]) for name in shape.ids}) < len(shape.ids)):
            return None
        return self._examples.verdict(shape, odd) if odd else shape.verdict

    def shape_of(self, call: Call) -> Shape:
        """Return the shape of a call that it has just judged."""
        key, shapes = (call["type"], *call), self._examples.shapes
        shape = shapes[key]
        fields = (*shape.ids, *shape.times, *(name for name, _ in shape.objects))
        nulls = [name for name in fields if call[name] is None]
        return shapes[*key, None, *nulls] if nulls else shape

    def _object(self, leaves: Leaves, found: Call, content: bytes) -> Odd:  # noqa: C901 - see `look`
        """Look at the values in an object."""
        odd: Odd = ()
        fine, parts = leaves.fine, leaves.parts
        texts = fine[str]
        roomy = len(content) > MOST_TRAIT_BYTES and leaves.path == ("traits",)
        for name, value in found.items():
            of = type(value)
            if of is str:  # most are, and so they come first
                if name in texts:
                    length = len(value)
                    if length < _LEAST_LOCAL_TIME or not (roomy or (length <= MOST_LOCAL_TIME and value[4] == "-")):
                        continue
            elif name in fine[of]:
                if of is int:
                    if -_MOST_NUMBER < value < _MOST_NUMBER:
                        continue
                elif of is dict:
                    if parts is not None and not roomy:
                        odd += self._object(parts[name], value, content)
                        continue
                elif of is not list:
                    continue
            if roomy and (of is dict or of is list) and len(orjson.dumps(value)) > MOST_TRAIT_BYTES:
                return UNKNOWN
            odd += self._value(leaves, name, value, content)
        return UNKNOWN if roomy and len(found) > MOST_TRAITS else odd

    def _value(self, leaves: Leaves, name: str, value: Any, content: bytes) -> Odd:  # noqa: ANN401 - any JSON
        """Look closer at a value in an object."""
        of, answer = type(value), self._examples.answer
        if of is dict and leaves.parts is not None:
            if len(leaves.path) > _MOST_STEPS:
                return UNKNOWN
            inside = self._object(leaves.part(name), value, content)
            return inside if name in leaves.fine[dict] else inside + answer(leaves, name, dict, {})
        if (of is dict or of is list) and (
            leaves.parts is not None or content.count(b"{") + content.count(b"[") > MOST_BRACKETS
        ):
            return UNKNOWN
        if (special := _special(leaves.path, name, value)) is not None:
            return answer(leaves, name, *special)
        if name in leaves.fine[of]:
            return ()
        found = answer(leaves, name, of, PLAIN[of])
        return self._by_value(leaves, name, value) if found is CLOSER else found

    def _by_value(self, leaves: Leaves, name: str, value: Any) -> Odd:  # noqa: ANN401 - any JSON
        """Look at a value of which its type alone says too little."""
        if type(value) is str and len(value) > MOST_WORD:
            return self._examples.answer(leaves, name, "long", "x" * (MOST_WORD + 1))
        text = orjson.dumps(value)
        return self._examples.answer(leaves, name, text, value) if len(text) <= _MOST_VALUE else UNKNOWN

    def _field(self, shape: Shape, name: str, value: Any) -> Odd:  # noqa: ANN401 - any JSON
        """Look closer at a field of the call itself."""
        if value is None:
            return ((NULL, name),)
        if type(value) is int and name in shape.ids:
            return ((NUMBER, name),)
        stand_in = None
        if type(value) is str:
            if name == "event":  # the rules for an acting one are others
                stand_in = value if len(value) <= MOST_NAME_BYTES and value not in ACTING_EVENTS else None
            elif name in shape.ids:
                stand_in = _like_id(value)
            elif name in shape.times:
                stand_in = self._like_time(value)
        return UNKNOWN if stand_in is None else self._examples.answer(shape.fields, name, stand_in, stand_in)

    def _like_time(self, value: str) -> str | None:
        """Return the stand-in of a time, or None for one that lies in the future or is not a time."""
        try:
            _MOMENT.validate_python(value)
        except ValidationError:
            return None
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            return PAST[:-1] if moment.replace(tzinfo=UTC) < self._now else None
        return PAST if moment < self._now else None


def _like_id(value: str) -> str | None:
    """Return the stand-in of an id or a name, or None for a long one, and one with odd white space."""
    if not value or value != " ".join(value.split()) or len(value.encode()) > MOST_NAME_BYTES:
        return None
    return "cio_" * value.startswith("cio_") + "x" + "@" * ("@" in value)


def _special(path: tuple[str, ...], name: str, value: Any) -> tuple[object, Any] | None:  # noqa: ANN401 - any JSON
    """Return the kind of a value that is not plain, and a value of this kind; None for a plain one."""
    if type(value) is str:
        if path == ("context",) and name == "ip":
            return f"{kind_of_ip(value)} address", value
        if _LEAST_LOCAL_TIME <= len(value) <= MOST_LOCAL_TIME and LOCAL_TIME.fullmatch(value):
            return "local time", PAST[:-1]
        if len(value) > MOST_TRAIT_BYTES // 4 and path == ("traits",) and len(value.encode()) > MOST_TRAIT_BYTES:
            return "long trait", "x" * (MOST_TRAIT_BYTES + 1)
    elif type(value) is int and not -_MOST_NUMBER < value < _MOST_NUMBER:
        return ("milliseconds", _MOST_NUMBER) if value in MILLISECONDS else ("large", MILLISECONDS[-1] + 1)
    return None
