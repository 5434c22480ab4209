"""Judging calls by example: what the slow way says of one call holds for all that are like it.

A load is millions of calls of a few shapes, and reading each into a model costs more than all the rest. But what
models, policy and warnings say of a call follows from the names of its fields and, for each value, from its name and
its kind. So each value has a stand-in, the plainest value that is judged alike. The slow way is shown an example of
each shape, and of each name with each stand-in, once; what it says is kept.

No rule is repeated here. What has to be known is which values are judged alike (`_stand_in`, `_like_id`, `_like_time`).
Tests compare what comes of it with the slow way on calls of every kind.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias, get_args, get_origin

import orjson
from pydantic import TypeAdapter, ValidationError

from langchain_customerio.api.calls import SINGLE_CALLS
from langchain_customerio.api.fields import Moment
from langchain_customerio.api.lint import (
    LOCAL_TIME,
    MILLISECONDS,
    MOST_LOCAL_TIME,
    MOST_NAME_BYTES,
    MOST_TRAIT_BYTES,
    MOST_TRAITS,
    PLAIN_ID,
    is_public,
)

from langchain_customerio.policy.patterns import letters

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_customerio.api.calls import Common

Call: TypeAlias = dict[str, Any]
Note: TypeAlias = tuple[str, str]
"""Where it is counted, `warnings` or `corrections`, and the text."""

Judge: TypeAlias = "Callable[[Call], tuple[Call, tuple[Note, ...]] | None]"
"""The slow way: gives a call as it is to be sent, with what is to be said of it; None if it is refused."""

_PLAIN: Final[dict[type, Any]] = {str: "x", int: 7, float: 2.5, bool: True, type(None): None, dict: {"x": 7}, list: [7]}
"""The stand-in of each type of JSON, where no rule looks closer."""

_MOMENT: Final[TypeAdapter[Any]] = TypeAdapter(Moment)
_PAST: Final = "2020-01-02T03:04:05Z"
_LEAST_LOCAL_TIME: Final = 16
_MOST_NUMBER: Final = MILLISECONDS[0]
_MOST_PARTS: Final = 60  # objects and lists in a call; how deep they may be nested, the models say
_MOST_WORD: Final = 24  # characters; a rule may know the words that it lets pass
_MOST_VALUE: Final = 100  # bytes
_MOST_NAMES: Final = 1_000  # characters, of all fields of a call
_MOST_KEPT: Final = 10_000
_MOST_ASKED: Final = 200

_BY_VALUE: Final = frozenset({"type", "event"})
_NULL, _NUMBER = "null", "number"
_Odd: TypeAlias = tuple[Note | None, ...]
"""What is odd about a call: notes, and fields that are null or a number. With None in it, only the slow way knows."""

_UNKNOWN: Final[_Odd] = (None,)
_CLOSER: Final[_Odd] = (None, None)
"""A rule looks at the value itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What becomes of a call that may be sent.

    Attributes:
        notes: What is to be said of it.
        edits: New name, name, and whether a number is written as text, of each field that stays; None where all stay.
        is_plain: Whether there is nothing to say and to change, and the call has no id and no context of its own.
    """

    notes: tuple[Note, ...]
    edits: tuple[tuple[str, str, bool], ...] | None
    is_plain: bool

    def applied(self, call: Call) -> Call:
        """Return the call, corrected."""
        if self.edits is None:
            return call
        return {new: str(call[name]) if is_number else call[name] for new, name, is_number in self.edits}


class _Leaves:
    """What is known of the values in an object, in calls of one shape.

    Attributes:
        path: Where the object is; empty for the call itself.
        fine: For each type, the names whose values of that type are fine, whatever they are.
        answers: What was said of a name with a stand-in.
        parts: What is known of the objects in it; None where no rule looks into them.
    """

    __slots__ = ("answers", "fine", "parts", "path")

    def __init__(self, *path: str, nested: bool = False) -> None:
        self.path = path
        self.fine: dict[type, set[str]] = {of: set() for of in _PLAIN}
        self.answers: dict[tuple[str, object], _Odd] = {}
        self.parts: dict[str, _Leaves] | None = {} if nested else None


class _Shape:
    """What is known of calls with certain fields.

    Attributes:
        example: The plainest of them.
        wire: The name of each field on the wire.
        ids, times, objects: Its fields, and what is known of the objects.
        fields: What is known of the values that are neither plain nor objects.
        events: Names of events that are fine; None where it has no event.
        ids_differ: Whether no id may be there twice.
        verdict: What becomes of such calls.
        verdicts: What becomes of those about which something is odd.
    """

    __slots__ = ("events", "example", "fields", "ids", "ids_differ", "objects", "times", "verdict", "verdicts", "wire")

    def __init__(self, call: Call, model: type[Common], *, nested: bool) -> None:
        kinds = _kinds(model)
        self.wire = {"type": "type", **{name: pair[1] for pair in model.wire_names() for name in pair}}
        self.example = {name: call[name] if name in _BY_VALUE else kinds[name](name) for name in call}
        self.times = [name for name in call if kinds.get(name) is _time]
        self.ids = [name for name in call if kinds.get(name) is _text and name not in _BY_VALUE]
        self.objects = [
            (name, _Leaves(name, nested=nested or name == "context")) for name in call if kinds.get(name) is _no_object
        ]
        self.fields = _Leaves()
        self.events = self.fields.fine[str] if "event" in call else None
        self.ids_differ = False
        self.verdict: Verdict | None = None
        self.verdicts: dict[_Odd, Verdict | None] = {}


class FastPath:
    """Tells of most calls, quickly, what the slow way would say.

    Args:
        judge: The slow way.
        nested: Whether a rule of the policy may look at the names in the values of traits and properties.
    """

    def __init__(self, judge: Judge, *, nested: bool) -> None:
        """Know nothing yet."""
        self._judge = judge
        self._nested = nested
        self._shapes: dict[tuple[str, ...], _Shape] = {}
        self._refused: set[tuple[str, ...]] = set()
        self._questions: defaultdict[tuple[_Shape, _Leaves, object], dict[str, Any]] = defaultdict(dict)
        self._kept = 0
        self._now = datetime.now(UTC)

    def begin(self, now: datetime) -> None:
        """Look at the clock, and forget what is known before it takes too much memory."""
        self._now = now
        if self._kept > _MOST_KEPT:
            self._kept = 0
            self._shapes.clear()
            self._refused.clear()

    # ---- looking

    def look(self, call: Call, content: bytes) -> Verdict | None:  # noqa: C901, PLR0912 - the hot loop: a call costs as much as a branch
        """Return what becomes of a call, or None where only the slow way knows; `learn` may change that.

        Args:
            call: A JSON object.
            content: The same as JSON.
        """
        kind = call.get("type")
        if type(kind) is not str:
            return None
        shape = self._shapes.get((kind, *call)) or self._learn_shape(kind, call)
        if shape is None:
            return None
        odd: _Odd = ()
        for name in shape.ids:
            value = call[name]
            if type(value) is not str or not PLAIN_ID(value):
                odd += self._field(shape, name, value)
        for name in shape.times:
            value = call[name]
            try:
                if value[10] == "T" and datetime.fromisoformat(value) < self._now:
                    continue
            except (TypeError, ValueError, LookupError):  # no time, or one without a zone
                pass
            odd += self._field(shape, name, value)
        if shape.events is not None:
            value = call["event"]
            if type(value) is not str or value not in shape.events:
                odd += self._field(shape, "event", value)
        for name, leaves in shape.objects:
            value = call[name]
            if type(value) is dict:
                odd += self._object(shape, leaves, value, content)
            else:
                odd += self._field(shape, name, value)
        if odd or shape.ids_differ:
            return self._verdict(shape, odd, call)
        return shape.verdict

    def _object(self, shape: _Shape, leaves: _Leaves, found: dict[str, Any], content: bytes) -> _Odd:
        """Look at the values in an object."""
        odd: _Odd = ()
        fine = leaves.fine
        roomy = len(content) > MOST_TRAIT_BYTES and leaves.path[0] == "traits"
        for name, value in found.items():
            of = type(value)
            if name in fine[of]:
                if of is str:
                    length = len(value)
                    if length < _LEAST_LOCAL_TIME or not (roomy or (length <= MOST_LOCAL_TIME and value[4] == "-")):
                        continue
                elif of is int or of is float:
                    if -_MOST_NUMBER < value < _MOST_NUMBER:
                        continue
                elif of is not dict and of is not list:
                    continue
            odd += self._leaf(shape, leaves, name, value, content)
        return _UNKNOWN if roomy and len(found) > MOST_TRAITS else odd

    def _leaf(self, shape: _Shape, leaves: _Leaves, name: str, value: Any, content: bytes) -> _Odd:  # noqa: ANN401 - any JSON
        """Look closer at a value in an object."""
        of = type(value)
        if (of is dict or of is list) and not self._is_shallow(leaves, value, content):
            return _UNKNOWN
        if of is dict and leaves.parts is not None:
            if (part := leaves.parts.get(name)) is None:
                part = leaves.parts[name] = _Leaves(*leaves.path, name, nested=True)
                self._kept += 1
            inside = self._object(shape, part, value, content)
            return inside if name in leaves.fine[of] else inside + self._answer(shape, leaves, name, of, {})
        stand_in = _stand_in(leaves.path, name, value)
        if stand_in is not None:
            return self._answer(shape, leaves, name, stand_in, stand_in)
        if name in leaves.fine[of]:
            return ()
        answer = self._answer(shape, leaves, name, of, _PLAIN[of])
        if answer is not _CLOSER:
            return answer
        if of is str and len(value) > _MOST_WORD:
            return self._answer(shape, leaves, name, "long", "x" * (_MOST_WORD + 1))
        key = orjson.dumps(value)
        return self._answer(shape, leaves, name, key, value) if len(key) <= _MOST_VALUE else _UNKNOWN

    def _is_shallow(self, leaves: _Leaves, value: Any, content: bytes) -> bool:  # noqa: ANN401 - an object or a list
        """Return whether nothing in an object or a list can be too large, too deep, or hidden from a rule."""
        if leaves.parts is not None and type(value) is list:
            return False
        if (
            leaves.path == ("traits",)
            and len(content) > MOST_TRAIT_BYTES
            and len(orjson.dumps(value)) > MOST_TRAIT_BYTES
        ):
            return False
        return content.count(b"{") + content.count(b"[") <= _MOST_PARTS

    def _field(self, shape: _Shape, name: str, value: Any) -> _Odd:  # noqa: ANN401 - any JSON
        """Look closer at a field of the call itself."""
        if value is None:
            return ((_NULL, name),)
        if type(value) is int and name in shape.ids:
            return ((_NUMBER, name),)
        if type(value) is not str:
            return _UNKNOWN
        if name == "event":
            return self._answer(shape, shape.fields, name, value, value) if len(value) <= MOST_NAME_BYTES else _UNKNOWN
        stand_in = _like_id(value) if name in shape.ids else self._like_time(value) if name in shape.times else None
        return _UNKNOWN if stand_in is None else self._answer(shape, shape.fields, name, stand_in, stand_in)

    def _like_time(self, value: str) -> str | None:
        """Return the stand-in of a time, or None for one that lies in the future or is not a time."""
        try:
            _MOMENT.validate_python(value)
        except ValidationError:
            return None
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            return _PAST[:-1] if moment.replace(tzinfo=UTC) < self._now else None
        return _PAST if moment < self._now else None

    def _verdict(self, shape: _Shape, odd: _Odd, call: Call) -> Verdict | None:
        """Return what becomes of a call about which something is odd, or whose ids have to differ."""
        if None in odd or (shape.ids_differ and len({str(call[name]) for name in shape.ids}) < len(shape.ids)):
            return None
        if not odd:
            return shape.verdict
        if odd not in shape.verdicts:
            self._kept += 1
            shape.verdicts[odd] = self._ask(shape, odd)
        return shape.verdicts[odd]

    # ---- learning

    def learn(self) -> bool:
        """Show the slow way what has been met and is not known; return whether there was anything."""
        asked, self._questions = self._questions, defaultdict(dict)
        for (shape, leaves, key), stand_ins in asked.items():
            left = stand_ins
            while left:  # two spellings of a name never together: one might hide what is to be said of the other
                some = set(dict(islice({letters(name): name for name in left}.items(), _MOST_ASKED)).values())
                self._learn(shape, leaves, key, [(name, left[name]) for name in some])
                left = {name: stand_in for name, stand_in in left.items() if name not in some}
        return bool(asked)

    def _answer(self, shape: _Shape, leaves: _Leaves, name: str, key: object, stand_in: Any) -> _Odd:  # noqa: ANN401 - any JSON
        """Return what was said of a name with a stand-in; what was not asked yet will be."""
        answer = leaves.answers.get((name, key))
        if answer is None and len(name) <= MOST_NAME_BYTES:
            self._questions[shape, leaves, key][name] = stand_in
        return _UNKNOWN if answer is None else answer

    def _learn(self, shape: _Shape, leaves: _Leaves, key: object, stand_ins: list[tuple[str, Any]]) -> None:
        """Ask about several names at once, and one by one where something is to be said."""
        place = example = orjson.loads(orjson.dumps(shape.example))
        for step in leaves.path:
            place = place.setdefault(step, {})
        place.update(stand_ins)
        answer = self._said(shape, example)
        if key is bool:
            place.update((name, not stand_in) for name, stand_in in stand_ins)
            answer += self._said(shape, example)
        if answer and len(stand_ins) > 1:
            middle = len(stand_ins) // 2
            self._learn(shape, leaves, key, stand_ins[:middle])
            self._learn(shape, leaves, key, stand_ins[middle:])
            return
        self._kept += len(stand_ins)
        for name, _ in stand_ins:
            if answer:
                leaves.answers[name, key] = _CLOSER if type(key) is type else _keep(leaves, name, answer)
            elif type(key) is type:
                leaves.fine[key].add(name)
            elif name == "event" and not leaves.path:
                leaves.fine[str].add(str(key))
            else:
                leaves.answers[name, key] = ()

    def _said(self, shape: _Shape, example: Call) -> _Odd:
        """Return what is said of an example beside what is said of all calls of its shape."""
        found = self._judge(example)
        if found is None or found[0] != {shape.wire[name]: value for name, value in example.items()}:
            return _UNKNOWN
        known = shape.verdict.notes if shape.verdict is not None else ()
        return tuple(note for note in found[1] if note not in known)

    def _ask(self, shape: _Shape, odd: _Odd = ()) -> Verdict | None:
        """Ask what becomes of calls of a shape in which some fields are null, and some ids are numbers."""
        example, expected = dict(shape.example), dict[str, Any]()
        edits: list[tuple[str, str, bool]] = []
        for place, (name, plain) in enumerate(shape.example.items()):
            new = shape.wire[name]
            if (_NULL, name) in odd:
                example[name] = None
                continue
            is_number = (_NUMBER, name) in odd
            example[name] = place if is_number else plain
            expected[new] = str(place) if is_number else plain
            edits.append((new, name, is_number))
        found = self._judge(example)
        if found is None or found[0] != expected:
            return None
        notes = (*found[1], *(note for note in odd if note is not None and note[0] not in {_NULL, _NUMBER}))
        same = example == expected
        is_plain = same and not notes and not expected.keys() & {"context", "messageId"}
        return Verdict(notes, None if same else tuple(edits), is_plain)

    def _learn_shape(self, kind: str, call: Call) -> _Shape | None:
        """Ask about the plainest call with the same fields and the same event."""
        model, key, event = SINGLE_CALLS.get(kind), (kind, *call), call.get("event", "")
        if model is None or type(event) is not str or sum(map(len, call)) + len(event) > _MOST_NAMES:
            return None
        if (*key, event) in self._refused:
            return None
        self._kept += 1
        if call.keys() <= _kinds(model).keys():
            shape = _Shape(call, model, nested=self._nested)
            shape.verdict = self._ask(shape)
            if shape.verdict is not None and not (event and any(note[0] == "warnings" for note in shape.verdict.notes)):
                if event:
                    shape.fields.fine[str].add(event)
                alike = {**shape.example, **dict.fromkeys(shape.ids, "x")}
                shape.ids_differ = len(shape.ids) > 1 and self._judge(alike) is None
                self._shapes[key] = shape
                return shape
        self._refused.add((*key, event))
        return None


def _keep(leaves: _Leaves, name: str, answer: _Odd) -> _Odd:
    """Return what may be kept of an answer: what is said of an event or a destination depends on the rest of a call."""
    alone = leaves.path == ("integrations",) or (not leaves.path and name == "event")
    return _UNKNOWN if alone else answer


def _like_id(value: str) -> str | None:
    """Return the stand-in of an id or a name, or None for a long one, and one with odd white space."""
    if not value or value != " ".join(value.split()) or len(value.encode()) > MOST_NAME_BYTES:
        return None
    return "cio_" * value.startswith("cio_") + "x" + "@" * ("@" in value)


def _stand_in(path: tuple[str, ...], name: str, value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return the stand-in of a value that is not plain, and None for all others."""
    if type(value) is str:
        if path == ("context",) and name == "ip" and is_public(value):
            return "8.8.8.8"
        if _LEAST_LOCAL_TIME <= len(value) <= MOST_LOCAL_TIME and LOCAL_TIME.fullmatch(value):
            return _PAST[:-1]
        if len(value) > MOST_TRAIT_BYTES // 4 and path == ("traits",) and len(value.encode()) > MOST_TRAIT_BYTES:
            return "x" * (MOST_TRAIT_BYTES + 1)
    if type(value) is int and not -_MOST_NUMBER < value < _MOST_NUMBER:
        return MILLISECONDS[0] if value in MILLISECONDS else MILLISECONDS[-1] + 1
    return None


# ---- the fields of a call, from its model


def _text(name: str) -> str:
    return name  # so that no two ids are the same


def _time(_: str) -> str:
    return _PAST


def _no_object(_: str) -> Call:
    return {}


@cache
def _kinds(model: type[Common]) -> dict[str, Callable[[str], Any]]:
    """Return what makes a plain value for each field of a call, by its name in Python and on the wire."""
    makers = {datetime: _time, dict: _no_object}
    found: dict[str, Callable[[str], Any]] = {"type": _text}
    for name, wire in model.wire_names():
        hint = model.model_fields[name].annotation
        found[name] = found[wire] = next((make for of, make in makers.items() if _mentions(hint, of)), _text)
    return found


def _mentions(hint: object, wanted: type) -> bool:
    return wanted in (hint, get_origin(hint)) or any(_mentions(part, wanted) for part in get_args(hint))
