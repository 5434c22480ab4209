"""What the slow way says of calls, asked once, by example, and kept.

The slow way (models, policy and warnings) is shown the plainest call of each shape, which is the names of its fields;
and in it, under each name that is met in an object, a stand-in for each kind of value. `fast_path` says which values
are of one kind.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast, get_args, get_origin

import orjson

from langchain_customerio.api.calls import SINGLE_CALLS
from langchain_customerio.api.lint import MOST_NAME_BYTES
from langchain_customerio.api.semantic_events import ACTING_EVENTS
from langchain_customerio.policy.patterns import all_letters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from langchain_customerio.api.calls import Common

Call: TypeAlias = dict[str, Any]
Note: TypeAlias = tuple[str, str]
"""Where it is counted, `warnings` or `corrections`, and the text."""

Judge: TypeAlias = "Callable[[Call], tuple[Call, tuple[Note, ...]] | None]"
"""The slow way: gives a call as it is to be sent, with what is to be said of it; None if it is refused."""

PAST: Final = "2020-01-02T03:04:05Z"
"""The stand-in of the times at which something has happened."""

PLAIN: Final[dict[type, Any]] = {str: "x", int: 7, float: 2.5, bool: True, type(None): None, dict: {"x": 7}, list: [7]}
"""The stand-in of each type of JSON, where no rule looks closer."""

NULL, NUMBER = "null", "number"
Odd: TypeAlias = tuple[Note | None, ...]
"""What is odd about a call: notes, and ids that are a `NUMBER`. With None in it, only the slow way knows."""

UNKNOWN: Final[Odd] = (None,)
CLOSER: Final[Odd] = (None, None)
"""A rule looks at the value itself, not only at its type."""

MOST_WORD: Final = 24
"""Characters; a rule may know the words that it lets pass, and a longer text is none of them."""

_MOST_NAMES: Final = 1_000  # characters, of all fields of a call
_MOST_KEPT: Final = 10_000
_MOST_ASKED: Final = 250


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
        edits = self.edits or ()
        return {new: str(call[name]) if is_number else call[name] for new, name, is_number in edits}


class Leaves:
    """What is known of the values in an object, in calls of one shape.

    Attributes:
        shape: The shape.
        path: Where the object is; empty for the call itself.
        fine: For each type, the names whose values of that type are fine, whatever they are.
        answers: What was said of a name with another stand-in, by the name and the kind of value.
        parts: What is known of the objects in it; None where no rule looks into them.
    """

    __slots__ = ("answers", "fine", "parts", "path", "shape")

    def __init__(self, shape: Shape, *path: str, nested: bool) -> None:
        """Know nothing yet."""
        self.shape = shape
        self.path = path
        self.fine: dict[type, set[str]] = {of: set() for of in PLAIN}  # a dict that makes its own values is slower
        self.answers: dict[tuple[str, object], Odd] = {}
        self.parts: dict[str, Leaves] | None = {} if nested else None

    def part(self, name: str) -> Leaves:
        """Return what is known of an object in it."""
        assert self.parts is not None  # noqa: S101 - nobody else asks
        found = self.parts.get(name)
        if found is None:
            found = self.parts[name] = Leaves(self.shape, *self.path, name, nested=True)
        return found


class Shape:
    """What is known of calls with certain fields.

    Attributes:
        example: The plainest of them.
        wire: The name of each field on the wire.
        ids, times, objects: Its fields, and what is known of the objects.
        fields: What is known of the values of the others.
        events: Names of events that are fine; None where it has no event.
        ids_differ: Whether no id may be there twice.
        verdict: What becomes of such calls.
        verdicts: What becomes of those about which something is odd.
    """

    __slots__ = ("events", "example", "fields", "ids", "ids_differ", "objects", "times", "verdict", "verdicts", "wire")

    def __init__(self, call: Call, nulls: tuple[str, ...], model: type[Common], *, nested: bool) -> None:
        """Take a call as the example, and everything that does not matter out of it."""
        kinds = {**_kinds(model), **dict.fromkeys(nulls, type(None))}
        self.wire = {"type": "type", **{name: pair[1] for pair in model.wire_names() for name in pair}}
        self.times = [name for name in call if kinds[name] is datetime]
        self.ids = [name for name in call if kinds[name] is str]
        self.objects = [
            (name, Leaves(self, name, nested=nested or name == "context")) for name in call if kinds[name] is dict
        ]
        plain = {**dict.fromkeys(self.times, PAST), **{name: name for name in self.ids}}
        self.example: Call = {name: plain.get(name, {} if kinds[name] is dict else call[name]) for name in call}
        self.fields = Leaves(self, nested=False)
        self.events = self.fields.fine[str] if kinds.get("event") is object else None
        self.ids_differ = False
        self.verdict: Verdict | None = None
        self.verdicts: dict[Odd, Verdict | None] = {}


class Examples:
    """Asks the slow way, and keeps its answers.

    Args:
        judge: The slow way.
        nested: Whether a rule of the policy may look at the names in the values of traits and properties.

    Attributes:
        shapes: What is known, by the kind of call, the names of its fields and, after None, of those that are null.
    """

    def __init__(self, judge: Judge, *, nested: bool) -> None:
        """Know nothing yet."""
        self.shapes: dict[tuple[str | None, ...], Shape] = {}
        self._judge = judge
        self._nested = nested
        self._refused: set[tuple[str | None, ...]] = set()
        self._questions: defaultdict[tuple[Leaves, object], dict[str, Any]] = defaultdict(dict)
        self._kept = 0

    def forget(self) -> None:
        """Forget what is known before it takes too much memory."""
        if self._kept > _MOST_KEPT:
            self._kept = 0
            self.shapes.clear()
            self._refused.clear()

    # ---- shapes

    def shape(self, kind: str, call: Call, nulls: tuple[str, ...] = ()) -> Shape | None:
        """Ask about the plainest call with the same fields and the same event; return None if that is not fine."""
        model, event = SINGLE_CALLS.get(kind), call.get("event", "")
        if model is None or type(event) is not str or event in ACTING_EVENTS:
            return None
        if sum(map(len, call)) + len(event) > _MOST_NAMES:
            return None
        key = (kind, *call, None, *nulls) if nulls else (kind, *call)
        if (*key, event) not in self._refused:
            self._kept += 1
            shape = Shape(call, nulls, model, nested=self._nested) if call.keys() <= _kinds(model).keys() else None
            if shape is not None and self._is_fine(shape, event):
                self.shapes[key] = shape
                return shape
            self._refused.add((*key, event))
        return None

    def _is_fine(self, shape: Shape, event: str) -> bool:
        shape.verdict = self._ask(shape, ())
        if shape.verdict is None or (event and any(note[0] == "warnings" for note in shape.verdict.notes)):
            return False
        if event:
            shape.fields.fine[str].add(event)
        alike = {**shape.example, **dict.fromkeys(shape.ids, "x")}
        shape.ids_differ = len(shape.ids) > 1 and self._judge(alike) is None
        return True

    def verdict(self, shape: Shape, odd: Odd) -> Verdict | None:
        """Return what becomes of a call of a shape about which something is odd."""
        if odd not in shape.verdicts:
            self._kept += 1
            shape.verdicts[odd] = self._ask(shape, odd)
        return shape.verdicts[odd]

    def _ask(self, shape: Shape, odd: Odd) -> Verdict | None:
        """Ask about the plainest call of a shape, with numbers as some ids."""
        example, expected = {**shape.example}, dict[str, Any]()
        edits: list[tuple[str, str, bool]] = []
        for place, (name, plain) in enumerate(shape.example.items()):
            if plain is None:
                continue
            new, is_number = shape.wire[name], (NUMBER, name) in odd
            example[name] = place if is_number else plain
            expected[new] = str(place) if is_number else plain
            edits.append((new, name, is_number))
        found = self._judge(example)
        if found is None or found[0] != expected:
            return None
        notes = (*found[1], *(note for note in odd if note is not None and note[0] != NUMBER))
        same = example == expected
        is_plain = same and not notes and not expected.keys() & {"context", "messageId"}
        return Verdict(notes, None if same else tuple(edits), is_plain)

    # ---- values

    def answer(self, leaves: Leaves, name: str, kind: object, stand_in: Any) -> Odd:  # noqa: ANN401 - any JSON
        """Return what was said of a kind of value under a name; what was not asked will be when `learn` is called.

        Args:
            leaves: What is known of the object.
            name: The name.
            kind: The kind of value; a type for its plain values.
            stand_in: A value of this kind.
        """
        answer = leaves.answers.get((name, kind))
        if answer is None and len(name) <= MOST_NAME_BYTES:
            self._questions[leaves, kind][name] = stand_in
        return UNKNOWN if answer is None else answer

    def learn(self) -> bool:
        """Ask what is not known yet, all names with one kind of value at once; return whether there was anything."""
        asked, self._questions = self._questions, defaultdict(dict)
        for (leaves, kind), stand_ins in asked.items():
            for answer, names in self._answers(leaves, kind, stand_ins):
                self._keep(leaves, kind, answer, names)
        return bool(asked)

    def fine(self, leaves: Leaves, of: type, names: Iterable[str]) -> set[str]:
        """Return those of some names whose values of a type are fine, whatever they are; keep nothing of it.

        Args:
            leaves: What is known of the object.
            of: The type.
            names: The names.
        """
        answers = self._answers(leaves, of, dict.fromkeys(names, PLAIN[of]))
        return set().union(*(some for answer, some in answers if not answer))

    def _answers(self, leaves: Leaves, kind: object, stand_ins: dict[str, Any]) -> Iterator[tuple[Odd, list[str]]]:
        """Ask about names with one kind of value; yield what is said, and the names of which it is said."""
        left = [*stand_ins]
        while left:  # two spellings of a name never together: one might hide what is to be said of the other
            apart = {spelled: name for name, spelled in all_letters(left)}
            some = [*apart.values()]
            for begin in range(0, len(some), _MOST_ASKED):
                yield from self._parts(leaves, kind, stand_ins, some[begin : begin + _MOST_ASKED])
            asked = {*some}
            left = [name for name in left if name not in asked]

    def _parts(
        self, leaves: Leaves, kind: object, stand_ins: dict[str, Any], names: list[str]
    ) -> Iterator[tuple[Odd, list[str]]]:
        """Ask about several names at once, and about each half where something is to be said."""
        answer = self._said(leaves, {name: stand_ins[name] for name in names})
        if kind is bool:
            answer += self._said(leaves, {name: not stand_ins[name] for name in names})
        if answer and len(names) > 1:
            middle = len(names) // 2
            yield from self._parts(leaves, kind, stand_ins, names[:middle])
            yield from self._parts(leaves, kind, stand_ins, names[middle:])
        else:
            yield answer, names

    def _keep(self, leaves: Leaves, kind: object, answer: Odd, names: list[str]) -> None:
        """Keep what was said of names with one kind of value."""
        self._kept += len(names)
        is_event = leaves is leaves.shape.fields and names[0] == "event"
        if answer and type(kind) is type:
            answer = CLOSER
        elif answer and (is_event or leaves.path == ("integrations",)):  # it depends on the rest of the call
            answer = UNKNOWN
        for name in names:
            if answer or not (is_event or type(kind) is type):
                leaves.answers[name, kind] = answer
            elif is_event:
                leaves.fine[str].add(str(kind))
            else:
                leaves.fine[cast("type", kind)].add(name)

    def _said(self, leaves: Leaves, stand_ins: dict[str, Any]) -> Odd:
        """Return what is said of an example with these values beside what is said of all calls of its shape."""
        shape = leaves.shape
        place = example = orjson.loads(orjson.dumps(shape.example))
        for step in leaves.path:
            place = place.setdefault(step, {})
        place.update(stand_ins)
        found = self._judge(example)
        if found is None or found[0] != {
            shape.wire[name]: value for name, value in example.items() if value is not None
        }:
            return UNKNOWN
        known = shape.verdict.notes if shape.verdict is not None else ()
        return tuple(note for note in found[1] if note not in known)


@cache
def _kinds(model: type[Common]) -> dict[str, type]:
    """Return what each field of a call is, by its name in Python and on the wire.

    It is a time, an object, text (ids and names), or (`type` and `event`) something that matters as it is.
    """
    found: dict[str, type] = {}
    for name, wire in model.wire_names():
        hint = model.model_fields[name].annotation
        found[name] = found[wire] = next((of for of in (datetime, dict) if _mentions(hint, of)), str)
    return {**found, "type": object, **({"event": object} if "event" in found else {})}


def _mentions(hint: object, wanted: type) -> bool:
    return wanted in (hint, get_origin(hint)) or any(_mentions(part, wanted) for part in get_args(hint))
