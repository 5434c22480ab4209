"""A regular expression for all lines that are like one: each is JSON, and the fast path judges all of them alike.

What stands in a line is fixed, but for its values. A value may be any of those that `fast_path` judges as it judged the
one that is there: where it looks at the type, any of this type; where it looks at the value, this one or another of
which the same was said. A line with anything else in it does not match, and is read and looked at as always.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson

from langchain_customerio.api.lint import (
    LOCAL_TIME,
    MILLISECONDS,
    MOST_LOCAL_TIME,
    PLAIN_ID,
    PLAIN_ID_PATTERN,
    PUBLIC_PATTERN,
    kind_of_ip,
)
from langchain_customerio.bulk.examples import MOST_WORD
from langchain_customerio.bulk.open_names import OpenNames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from langchain_customerio.bulk.examples import Call, Leaves, Shape

    Path: TypeAlias = tuple[str, ...]

_MOST_WORDS: Final = 20
_MOST_BYTES: Final = 30_000  # of a pattern, which takes some 50 ms to compile

# ---- the values of JSON, as bytes

_HEX: Final = rb"[0-9a-fA-F]"
_ESCAPED: Final = (
    rb"\\(?:[\"\\/bfnrt]|u(?:[0-9a-ce-fA-CE-F]%b{3}|[dD](?:[0-7]%b{2}|[89abAB]%b{2}\\u[dD][c-fC-F]%b{2})))"
    % ((_HEX,) * 4)
)
_PLAIN: Final = rb"[^\"\\\x00-\x1f]*+"
_REST: Final = rb"%b(?:%b%b)*+\"" % (_PLAIN, _ESCAPED, _PLAIN)
_ASCII: Final = rb"[ !#-\[\]-~]"
_ANY_TEXT: Final = rb"\"(?>%b*+\"|%b)" % (_ASCII, _REST)
_INTEGER: Final = rb"(?:0|-?[1-9][0-9]{0,11}+)"
_DECIMAL: Final = rb"-?(?:0|[1-9][0-9]{0,8}+)\.[0-9]{1,6}+"
_NUMBER: Final = rb"(?:-?[1-9][0-9]{0,8}+(?:[0-9]{0,3}+|\.[0-9]{1,6}+)|0(?:\.[0-9]{1,6}+)?+|-0\.[0-9]{1,6}+)"
_TRUTH: Final = b"(?:true|false)"
_NULL: Final = b"null"
_LARGE: Final = rb"(?:[1-8][0-9]{18}|[1-9][0-9]{13,17}+)"
_ANY_SCALAR: Final = b"(?:%b|%b|%b|%b|%b)" % (_ANY_TEXT, _NUMBER, _TRUTH, _NULL, _LARGE)

# ---- texts that a rule may look closer at

_LOCAL: Final = LOCAL_TIME.pattern.replace("(", "(?:").encode()
_LOCAL_TEXT: Final = rb"\"(?=[^\"]{1,%d}\")%b\"" % (MOST_LOCAL_TIME, _LOCAL)
# Plain ASCII, and no such time; or no digit begins it, of whatever script. Most are the first: told in half the time.
_NOT_LOCAL_TEXT: Final = (
    rb"\"(?>[ !#-/:-\[\]-~]%b*+\"|(?!%b\")%b*+\"|(?=[^0-9\"\\\x00-\x1f\x80-\xc1\xd9-\xe2\xea-\xff])%b)"
    % ((_ASCII, _LOCAL, _ASCII, _REST))
)
_LONG_TEXT: Final = rb"\"(?!%b\")%b{25,}+\"" % (_LOCAL, _ASCII)
_MILLISECONDS: Final = rb"[1-9][0-9]{%d}" % (len(str(MILLISECONDS[0])) - 1)
_WORD: Final = rb"[!#-\[\]-~]"
_NAME: Final = rb"(?=[^\"]{1,100}\")(?!cio_)(?![^\"]*@)%b++(?: %b++)*+" % (_WORD, _WORD)
_ADDRESS: Final = rb"(?=[^\"]{1,100}\")(?!cio_)(?=[^\"]*@)%b++(?: %b++)*+" % (_WORD, _WORD)

# ---- times, as far as they are the same day in every year

_DAY: Final = (
    rb"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))"
)
_MOMENT: Final = rb"((?:19|20)\d\d-%b[T](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.\d{1,6})?" % _DAY
_OFFSET: Final = rb"[+-](?:[01]\d|2[0-3]):[0-5]\d"


_ALWAYS: Final = b"%b%b"
_SOMETIMES: Final = b"(?:%b%b)?+"
_SOME: Final = b"((?:%b%b)*+)"
"""A member and what is after it, in an object."""


@dataclass(frozen=True, slots=True)
class _Gaps:
    """Where in an object there are ever new names: after which others, the empty one for the beginning."""

    names: OpenNames
    after: set[str]


class NoPattern(Exception):  # noqa: N818 - nothing is wrong; it never leaves this package
    """There is something in a line for which there is no pattern."""


class LinePattern:
    """A regular expression for the lines that are like some: what is not in all of them may be there or not.

    Args:
        shape: What is known of calls with their fields.
        calls: What is in the lines; the same becomes of all of them.
        spaced: Whether there is a blank after each colon and comma.
        is_rare: Tells of the path to a name in an object whether it is one of ever new ones; none is without it.

    Attributes:
        source: The regular expression.
        ids: The group of each id and name.
        past: The groups of times that have to be earlier than now in UTC.
        before: Those of times with an offset, which have to be earlier by a day.
        event: The group of the event; 0 where there is none.
        context: The group at the beginning of what is in the context; 0 where there is none.
        open: The names of which there are ever new ones, by the object that they are in.
        times: The field with the time of each group that has one.
        values: The pattern of each value, and whether each line has it, by where the object is, and its name there.

    Raises:
        NoPattern: If there is no pattern for something in it.
    """

    def __init__(
        self, shape: Shape, calls: Sequence[Call], *, spaced: bool, is_rare: Callable[[Path], bool] | None = None
    ) -> None:
        """Write it."""
        self._shape = shape
        self._is_rare = is_rare
        self.open: list[OpenNames] = []
        self._colon, self._comma = (b": ", b", ") if spaced else (b":", b",")
        self._groups = 0
        self.ids: dict[str, int] = {}
        self.past: list[int] = []
        self.before: list[int] = []
        self.event = self.context = 0
        self.times: dict[int, str] = {}
        self.values: dict[Path, dict[str, tuple[bytes, bool]]] = {}
        self._objects = dict(shape.objects)
        self.source = self._object(calls, self._field, path=())
        if len(self.source) > _MOST_BYTES:
            raise NoPattern

    def _object(
        self,
        found: Sequence[Call],
        inside: Callable[[str, list[Any]], bytes],
        gaps: _Gaps | None = None,
        path: Path | None = None,
    ) -> bytes:
        """Return the pattern of objects, with that of the values under each name; with a path, these are kept."""
        order = _in_order(found)
        members = [self._gap(gaps, order)] if gaps and "" in gaps.after else []
        kept = dict[str, tuple[bytes, bool]]()
        for place, name in enumerate(order, 1):
            values = [each[name] for each in found if name in each]
            kept[name] = inside(name, values), len(values) == len(found)
            members.append((_key(name) + self._colon + kept[name][0], _ALWAYS if kept[name][1] else _SOMETIMES))
            if gaps and name in gaps.after:
                members.append(self._gap(gaps, order[place:]))
        if path is not None:
            self.values[path] = kept
        last = max((place for place, (_, form) in enumerate(members) if form is _ALWAYS), default=0)
        # Before one that is always there, there is always a comma.
        ends = [self._comma] * last + [rb"(?:%b(?!\})|(?=\}))" % self._comma] * (len(members) - last)
        if members and members[-1][1] is not _SOME:
            ends[-1] = b""
        return rb"\{%b\}" % b"".join(form % (member, end) for (member, form), end in zip(members, ends, strict=True))

    def _gap(self, gaps: _Gaps, following: Sequence[str]) -> tuple[bytes, bytes]:
        """Return the pattern of a member with a new name, which none of those that may follow is, and its form."""
        gaps.names.groups.append(self._next())
        keys = _either(map(_key, following))
        return (b"(?!%b)" % keys if keys else b"") + gaps.names.member, _SOME

    # ---- the call itself

    def _field(self, name: str, values: list[Any]) -> bytes:
        if values[0] is None:
            return _NULL
        if name in self._shape.ids:
            return self._id(name, values)
        if name in self._shape.times:
            return self._time(name, values[0])
        if name in self._objects:
            return self._leaves(self._objects[name], values)
        if name == "event":
            self.event = self._next()
            return b'"(%b++)"' % _ASCII
        return re.escape(orjson.dumps(values[0]))  # the type

    def _id(self, name: str, values: list[Any]) -> bytes:
        self.ids[name] = self._next()
        if type(values[0]) is int:
            return b"(%b)" % _INTEGER
        return b'"(%b)"' % _either(self._text(name, value) for value in values)

    def _text(self, name: str, value: str) -> bytes:
        """Return the pattern of the ids that are judged as this one is."""
        answers = self._shape.fields.answers
        like = next((p for p in (_NAME, _ADDRESS) if re.fullmatch(b'%b"' % p, b'%b"' % value.encode())), None)
        stand_in = "x@" if like is _ADDRESS else "x"
        if PLAIN_ID(value) and answers.get((name, stand_in)) != ():
            return PLAIN_ID_PATTERN.encode()
        if like is None or (name, stand_in) not in answers:
            raise NoPattern
        return like

    def _time(self, name: str, value: Any) -> bytes:  # noqa: ANN401 - any JSON
        group = self._next()
        self.times[group] = name
        for end, groups in ((b"Z", self.past), (_OFFSET, self.before), (b"", self.past)):
            if type(value) is str and re.fullmatch(_MOMENT + end, value.encode()):
                groups.append(group)
                return b'"%b%b"' % (_MOMENT, end)
        raise NoPattern

    # ---- what is in its objects

    def _leaves(self, leaves: Leaves, values: Sequence[Call]) -> bytes:
        group = self._next() if leaves.path == ("context",) else 0
        self.context = self.context or group
        known, gaps = self._gaps(leaves, values)
        inside = self._object(known, lambda name, items: self._leaf(leaves, name, items), gaps, leaves.path)
        return inside[:2] + b"()" * bool(group) + inside[2:]

    def _gaps(self, leaves: Leaves, values: Sequence[Call]) -> tuple[Sequence[Call], _Gaps | None]:
        """Return objects without the names of which there are ever new ones, and where these are."""
        if self._is_rare is None:
            return values, None
        known = [{name: each[name] for name in each if not self._is_rare((*leaves.path, name))} for each in values]
        if known == values:
            return values, None
        after, types = set[str](), set[type]()
        for each, others in zip(values, known, strict=True):
            before = ""
            for name, value in each.items():
                if name in others:
                    before = name
                elif _is_plain(leaves, name, value):
                    after.add(before)
                    types.add(type(value))
                else:
                    raise NoPattern
        # The library is added where there is none.
        closed = {name for each in known for name in each} | {"library"}
        names = OpenNames(leaves, closed, _plain(types), self._colon)
        self.open.append(names)
        return known, _Gaps(names, after)

    def _leaf(self, leaves: Leaves, name: str, values: list[Any]) -> bytes:
        """Return the pattern of the values that are judged as these are."""
        found: list[bytes] = []
        free: list[Any] = []
        parts: list[Any] = []
        for value in values:
            of = type(value)
            if of is dict and leaves.parts is not None:
                parts.append(value)
            elif (special := _special(leaves.path, name, value)) is not None:
                found.append(special)
            elif name not in leaves.fine[of]:
                found.append(_by_value(leaves, name, value))
            elif of is dict or of is list:
                free.append(value)
            else:
                found.append(_fine(leaves, name))
        if free:
            found.append(self._free(free))
        if parts and leaves.parts is not None:
            found.append(self._leaves(leaves.parts[name], parts))
        return _either(found)

    def _free(self, values: Iterable[Any]) -> bytes:
        """Return the pattern of values into which no rule looks."""
        by_type: dict[type, list[Any]] = {}
        for value in values:
            by_type.setdefault(type(value) if type(value) in {dict, list} else str, []).append(value)
        found = [_ANY_SCALAR] if str in by_type else []
        if dict in by_type:
            found.append(self._object(by_type[dict], lambda _, items: self._free(items)))
        if list in by_type:
            items = self._free(item for each in by_type[list] for item in each)
            found.append(rb"\[(?:%b(?:%b(?!\])|(?=\])))*+\]" % (items, self._comma) if items else rb"\[\]")
        return _either(found)

    def _next(self) -> int:
        self._groups += 1
        return self._groups


def _in_order(found: Sequence[Call]) -> list[str]:
    """Return the names in objects, in the order in which they are in all of them, if there is one."""
    sorter = TopologicalSorter[str]({name: () for each in found for name in each})
    for each in found:
        for name, following in pairwise(each):
            sorter.add(following, name)
    try:
        return [*sorter.static_order()]
    except CycleError:  # there are two, and the lines with the other one do not match
        return [*dict.fromkeys(name for each in found for name in each)]


def _either(patterns: Iterable[bytes]) -> bytes:
    found = [*dict.fromkeys(patterns)]
    return b"(?:%b)" % b"|".join(found) if len(found) > 1 else b"".join(found)


def _by_value(leaves: Leaves, name: str, value: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Return the pattern of the values of which the same was said, where a rule looks at them."""
    if type(value) is str and len(value) > MOST_WORD:
        return _LONG_TEXT
    answers = leaves.answers
    said = answers.get((name, orjson.dumps(value)))
    if said is None or type(value) is dict or type(value) is list:
        raise NoPattern
    alike = [kind for (of, kind), answer in answers.items() if of == name and type(kind) is bytes and answer == said]
    return _either(map(re.escape, alike[-_MOST_WORDS:]))


def _special(path: tuple[str, ...], name: str, value: Any) -> bytes | None:  # noqa: ANN401 - any JSON
    """Return the pattern of the values that are not plain, as one that is not; None for a plain one."""
    if path == ("context",) and name == "ip":
        if type(value) is not str or kind_of_ip(value) != "":
            raise NoPattern
        return b'"%b"' % PUBLIC_PATTERN.encode()
    if type(value) is str and len(value) <= MOST_LOCAL_TIME and LOCAL_TIME.fullmatch(value):
        if not value.isascii():  # digits of another script
            raise NoPattern
        return _LOCAL_TEXT
    if type(value) is int and not -MILLISECONDS[0] < value < MILLISECONDS[0]:
        if value < 0:
            raise NoPattern
        return _MILLISECONDS if value in MILLISECONDS else _LARGE
    return None


def _key(name: str) -> bytes:
    if not re.fullmatch(_ASCII + b"*", name.encode()):
        raise NoPattern
    return re.escape(b'"%b"' % name.encode())


def _fine(leaves: Leaves, name: str) -> bytes:
    """Return the pattern of the values under a name that are fine, whatever they are."""
    return _plain({of for of, names in leaves.fine.items() if name in names})


def _is_plain(leaves: Leaves, name: str, value: Any) -> bool:  # noqa: ANN401 - any JSON
    """Return whether a value is one of those that are fine under its name, whatever they are."""
    of = type(value)
    return of is not dict and of is not list and _special(leaves.path, name, value) is None and name in leaves.fine[of]


def _plain(of: set[type]) -> bytes:
    """Return the pattern of the values of some types of which none is an object or a list, or looked closer at."""
    number = _NUMBER if {int, float} <= of else _INTEGER if int in of else _DECIMAL
    patterns = {str: _NOT_LOCAL_TEXT, int: number, float: number, bool: _TRUTH, type(None): _NULL}
    return _either(pattern for each, pattern in patterns.items() if each in of)
