"""Lines that are told at once, since they are like others that the fast path has judged: nothing is parsed.

Reading a line as JSON and looking at each value costs more than all the rest of a load. But the lines of a file are of
a few kinds: the same names in the same order, and values of the same types. For a kind that is met often there is one
regular expression (`line_patterns`), which only matches lines of which the fast path would say the same.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import orjson

from langchain_customerio.api.lint import MOST_TRAIT_BYTES
from langchain_customerio.bulk.column_json import Lines
from langchain_customerio.bulk.known_columns import KnownColumns
from langchain_customerio.bulk.line_patterns import LinePattern, NoPattern
from langchain_customerio.bulk.records import hides_text, trimmed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from langchain_customerio.bulk.examples import Call, Shape, Verdict
    from langchain_customerio.bulk.line_patterns import Path
    from langchain_customerio.bulk.message_ids import Namer
    from langchain_customerio.bulk.open_names import Ask

OFTEN: Final = 20
"""How often a kind of line is met before it is worth a pattern, which takes as long as a thousand lines."""

_AGAIN: Final = 4  # times as often before the pattern of a kind is written anew, with what is known by then
_END: Final = ord("}")
_RARELY: Final = 3
_IN_OBJECT: Final = 2  # steps to a name in an object of the call
_MOST_KINDS: Final = 12
_MOST_RECENT: Final = 20
_MOST_KEPT: Final = 40
_MOST_MET: Final = 30
_MOST_NAMES: Final = 1_000
_MOST_BYTES: Final = 4_000  # of a line; with longer ones, what is kept would take too much memory
_DAY: Final = timedelta(days=1)
_CONTEXT: Final = re.compile(rb'"context"[ \t\r\n]*:[ \t\r\n]*\{')
_ABOUT: Final = ("userId", "anonymousId", "groupId")
_SECONDS: Final = "%Y-%m-%dT%H:%M:%S"


class KnownLine:
    """One kind of line.

    Args:
        pattern: What such lines are like.
        call: What is in one of them.
        shape: What is known of calls with the same fields.
        verdict: What becomes of all of them.

    Attributes:
        match: Matches such lines.
        verdict: As given.
        about: The group with the id of whom or what it is about; 0 for an alias.
        columns: What the columns of such lines are like, where they are rows of a table.
        context: The group at which the context begins, where this library has to be named in it; 0 where not.
        has_id: Whether the lines have message ids.
        past: The group with the time, which has to be earlier than now; 0 where there is none.
        event: The group with the event; 0 where there is none.
        events: Those that may be sent, as far as they have been met.
        open: The names of which there are ever new ones, and which have to be asked about.
    """

    __slots__ = (
        *("_before", "_ids", "_known_events", "_most", "_past"),
        *("about", "columns", "context", "event", "events", "has_id", "match", "open", "past", "verdict"),
    )

    def __init__(self, pattern: LinePattern, call: Call, shape: Shape, verdict: Verdict) -> None:
        """Compile the pattern."""
        self.match = re.compile(pattern.source + rb"[ \t\r]*+").fullmatch
        self.verdict = verdict
        self.open = pattern.open
        self.past, *self._past = pattern.past or [0]
        self._before = pattern.before
        self.event, self._known_events = pattern.event, shape.events or set()
        self.events: set[bytes] = set()
        self._ids = [*pattern.ids.values()] if shape.ids_differ else []
        self._most = _most(call)
        names = {shape.wire[name]: name for name in pattern.ids if call["type"] != "alias"}
        about = next((names[wire] for wire in _ABOUT if wire in names), "")
        self.about = pattern.ids.get(about, 0)
        self.columns = KnownColumns(pattern, about, self._most, ids_differ=shape.ids_differ)
        context = call.get("context")
        self.context = pattern.context if context is not None and "library" not in context else 0
        self.has_id = any(shape.wire[name] == "messageId" and value is not None for name, value in call.items())

    def knows(self, event: bytes) -> bool:
        """Return whether an event may be sent, and know it by then."""
        if event.decode() in self._known_events:
            self.events.add(event)
            return True
        return False

    def holds_all(self, lines: Lines, now: bytes, day_before: bytes) -> bool:
        """Return whether all rows of a table are of this kind, and are sent as they are."""
        is_sent_as_it_is = self.verdict.edits is None and not self.context
        return is_sent_as_it_is and self.columns.hold(
            lines, now, day_before, lambda event: event in self.events or self.knows(event)
        )

    def holds(self, found: re.Match[bytes], now: bytes, day_before: bytes) -> bool:
        """Return whether a line that matches is of this kind, as far as that is not told by its time and its event."""
        line = found.string
        if len(line) > self._most or not (line.isascii() or _is_text(line)) or hides_text(line):
            return False
        if self._past and any(found[group] >= now for group in self._past):
            return False
        if self._before and any(found[group] >= day_before for group in self._before):
            return False
        return not self._ids or len({found[group] for group in self._ids}) == len(self._ids)

    def with_library(self, item: bytes, added: int, found: re.Match[bytes], library: bytes) -> bytes:
        """Return an item with the name of this library in its context.

        Args:
            item: The line, with its message id.
            added: How many bytes that is longer than the line.
            found: The match of the line.
            library: The name and the version of this library, as a member of an object.
        """
        place = found.end(self.context) + added
        return b"".join((item[:place], library, b"" if item[place : place + 1] == b"}" else b",", item[place:]))


class _Met:
    """What is known of lines that had to be read, and that are of one kind.

    Attributes:
        count: How many there were.
        names: How often each name was there.
        recent: The last ones, and what is in them.
        kept: What is in those of which the pattern is made, by the pattern of each alone.
        is_open: Whether there are ever new names in most of them.
    """

    __slots__ = ("count", "is_open", "kept", "names", "recent")

    def __init__(self) -> None:
        self.count = 0
        self.names: Counter[Path] = Counter()
        self.recent: deque[tuple[bytes, Call]] = deque(maxlen=_MOST_RECENT)
        self.kept: dict[bytes, Call] = {}
        self.is_open = False

    def add(self, line: bytes, call: Call) -> bool:
        """Count a line; return whether it is worth a pattern by now."""
        self.count += 1
        self.recent.append((line, call))
        if len(self.names) > _MOST_NAMES:
            often = Counter({path: count for path, count in self.names.items() if count > 1})
            self.names = often if len(often) <= _MOST_NAMES // 2 else Counter()
        self.names.update(_names(call))
        count, rest = divmod(self.count, OFTEN)
        while count and count % _AGAIN == 0:
            count //= _AGAIN
        return count == 1 and rest == 0

    def usual(self) -> list[tuple[bytes, Call]]:
        """Return those of the last lines in which there is no rare name, or only such as there may be new ones of."""
        usual = [(line, call) for line, call in self.recent if not any(map(self.is_rare, _names(call)))]
        if self.count > OFTEN and 2 * len(usual) < len(self.recent):
            self.is_open = True
        if not self.is_open:
            return usual
        return [
            (line, call)
            for line, call in self.recent
            if not any(self.is_rare(path) for path in _names(call) if len(path) != _IN_OBJECT)
        ]

    def is_rare(self, path: Path) -> bool:
        """Return whether a name is met now and then at most."""
        return self.names[path] < min(_RARELY, OFTEN)


class KnownLines:
    """The kinds of lines that are met often, the last one that was met first.

    Args:
        namer: Gives the message ids.
        library: The name and the version of this library, as a member of an object.
        ask: Tells of which names all values of a type are fine.
    """

    def __init__(self, namer: Namer, library: bytes, ask: Ask) -> None:
        """Know none yet."""
        self._named = namer.named
        self._ask = ask
        self._library = library
        self._known: list[tuple[object, KnownLine]] = []
        self._met: dict[object, _Met] = {}
        self._now = self._day_before = b""

    def begin(self, now: datetime) -> None:
        """Look at the clock."""
        self._now, self._day_before = now.strftime(_SECONDS).encode(), (now - _DAY).strftime(_SECONDS).encode()

    def take(self, line: object, number: int) -> tuple[bytes, KnownLine, re.Match[bytes]] | None:
        """Return a line as an item of a batch, its kind, and the match; None where it has to be read.

        Where there are open names in its kind, `odd` tells whether they are fine.

        Args:
            line: The line, or another record.
            number: What its message id is made from, besides its content.
        """
        if type(line) is not bytes:
            return None
        for known in self._known:
            kind = known[1]
            found = kind.match(line)
            if found is not None:
                break
        else:
            return None
        if known is not self._known[0]:
            self._known.remove(known)
            self._known.insert(0, known)
        if (kind.past and found[kind.past] >= self._now) or not kind.holds(found, self._now, self._day_before):
            return None
        if kind.event and found[kind.event] not in kind.events and not kind.knows(found[kind.event]):
            return None
        if kind.verdict.edits is not None:
            content = trimmed(orjson.dumps(kind.verdict.applied(orjson.loads(line))))
        else:
            content = line if line[-1] == _END else line.rstrip()
        item = content if kind.has_id else self._named(number, content)
        if kind.context:
            item = kind.with_library(item, len(item) - len(content), found, self._library)
        return item, kind, found

    def take_all(
        self, records: Sequence[object], numbers: Sequence[int]
    ) -> tuple[list[bytes], KnownLine, Lines] | None:
        """Return the rows of a table as items of a batch, their kind, and the rows; None where each has to be read.

        Args:
            records: The rows.
            numbers: What the message id of each is made from, besides its content.
        """
        if not isinstance(records, Lines):
            return None
        for _, kind in self._known:
            if kind.holds_all(records, self._now, self._day_before):
                items = [*records] if kind.has_id else [*map(self._named, numbers, records)]
                return items, kind, records
        return None

    def odd(self, lines: dict[KnownLine, list[tuple[int, re.Match[bytes]]]]) -> list[int]:
        """Return the places of the lines that have to be read all the same, because of a name in them.

        Args:
            lines: The lines that were taken, by their kind: the place and the match of each.
        """
        return sorted({at for kind, some in lines.items() for names in kind.open for at in names.odd(some, self._ask)})

    def met(self, line: bytes, call: Call, shape: Shape, verdict: Verdict) -> None:
        """Take notice of a line that had to be read, and write a pattern for its kind when that is worth it."""
        spaced = line[line.find(b":") + 1 :].startswith(b" ")
        key = (spaced, shape, verdict, "library" in (call.get("context") or ()))
        if len(line) > _most(call):
            return
        if len(self._met) > _MOST_MET:
            self._met.clear()
        met = self._met.setdefault(key, _Met())
        if not met.add(line, call):
            return
        usual = met.usual()
        is_rare = met.is_rare if met.is_open else None
        for _, each in usual:
            with suppress(NoPattern):
                met.kept[LinePattern(shape, [each], spaced=spaced, is_rare=is_rare).source] = each
        met.kept = dict([*met.kept.items()][-_MOST_KEPT:])
        try:
            pattern = LinePattern(shape, [*met.kept.values()], spaced=spaced, is_rare=is_rare)
        except NoPattern:
            return
        kind = KnownLine(pattern, call, shape, verdict)
        # A context in a line that has to be corrected is another place in what is sent.
        is_sure = not kind.context or (verdict.edits is None and pattern.source.count(b'"context"') == 1)
        if is_sure and 2 * sum(kind.match(each) is not None for each, _ in usual) > len(usual):
            self._known = [(key, kind), *(known for known in self._known if known[0] != key)][:_MOST_KINDS]


def _most(call: Call) -> int:
    """Return the length of the longest line of a kind: in a longer one with traits, one of them may be too long."""
    return MOST_TRAIT_BYTES if "traits" in call else _MOST_BYTES


def only_context(content: bytes) -> int:
    """Return where the context begins in a call, if there is only one; else 0."""
    first = _CONTEXT.search(content)
    return first.end() if first is not None and _CONTEXT.search(content, first.end()) is None else 0


def _names(value: Any, path: Path = ()) -> Iterator[Path]:  # noqa: ANN401 - any JSON
    """Yield the path to each name in a value."""
    if type(value) is dict:
        for name, item in value.items():
            yield (*path, name)
            if type(item) is dict or type(item) is list:
                yield from _names(item, (*path, name))
    else:
        for item in value:
            if type(item) is dict or type(item) is list:
                yield from _names(item, path)


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
