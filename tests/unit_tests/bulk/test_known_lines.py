"""A line that is known at once becomes what it becomes when it is read: the same verdict, and the same bytes."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from itertools import islice, permutations
from random import Random
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from langchain_customerio import Policy
from langchain_customerio.bulk import known_lines, open_names, validate
from langchain_customerio.bulk.readers.base import Block
from tests.benchmarks.shapes import SHAPES, events
from tests.made_up_calls import (
    ADDRESSES,
    EVENTS,
    NUMBERS,
    ODD_IDS,
    ODD_NAMES,
    ODD_TEXTS,
    ODD_TIMES,
    TIMES,
    made_up,
    shaped,
)
from tests.unit_tests.bulk.judging import fresh, loaded, one_by_one
from tests.unit_tests.bulk.test_fast_path import COMMON, COMPLETE, POLICIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.bulk.validate import Checked, Checker

NOW = datetime.now(UTC)
SOON = [(NOW + timedelta(hours=hours)).isoformat() for hours in (-30, -23, -2, 2, 30)]
TEXTS = [
    *(
        "",
        "x",
        "São Paulo",
        "Äpfel",
        "日本語",
        "🎉",
        "\U0001fbf1 1",
        "٠٣",
        "a" * 25,
        "1" * 40,
        "12:30",
        "ios",
        "1",
        "true",
    ),
    *(
        "2026-11-20T10:11:12",
        "2026-11-20 10:11",
        "2026-11-20T10:11:12Z",
        "\uff12\uff10\uff12\uff16-11-20T10:11:12",
        "2026-11-20",
    ),
    *("\\u0070", "\x01", "a/b"),
    *('say "hi"', "a\\b", "tab\there", "\x7f", "\u2028", '"context":{', "{", "0001-01-01T00:00:00", "7" * 16),
]
VALUES: list[Any] = [
    *TEXTS,
    *ODD_TEXTS,
    *ODD_TIMES,
    *TIMES,
    *SOON,
    *ODD_IDS,
    *NUMBERS,
    *ADDRESSES,
    *EVENTS,
    *(0, -0.0, 7, -7, 2.5, 1e-7, 1e300, 10**11, 10**12, 10**13, -(10**12), 2**63, 0.1, 123456789.123456, True, False),
    *(None, [], {}, [1, "x", None], [{"a": 1}, {"a": "x"}], [{"a": 1}, {"b": []}], {"a": {"b": 1}}),
]


NIGHTLY = {"screen": pytest.mark.nightly}
"""What differs little from another kind of call."""

MORE = {"created_at": 1_700_000_000, "note": "São", "unsubscribed": True}

ODDS = (0.0, 0.02, 0.05, 0.1)
"""How likely it is that a value is another one."""


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a pattern be written for each line that is read."""
    monkeypatch.setattr(known_lines, "OFTEN", 1)
    monkeypatch.setattr(validate, "LOOKED_AT", 1)


def reading(policy: Policy) -> Checker:
    """Return a checker that reads every line."""
    checker = fresh(policy)
    checker._known.take = lambda *_: None  # type: ignore[method-assign] # what is to be compared with
    return checker


def changed(random: Random, value: Any, odds: float) -> Any:
    """Return a value with the same names, and other values in a few places."""
    if random.random() < odds:
        return random.choice(VALUES)
    if isinstance(value, dict):
        return {name: changed(random, item, odds) for name, item in value.items()}
    return [changed(random, item, odds) for item in value] if isinstance(value, list) else value


def line_of(random: Random, call: dict[str, Any]) -> bytes:
    separators = random.choice(((", ", ": "), (",", ":")))
    text = json.dumps(call, separators=separators, ensure_ascii=random.random() < 0.5)
    hidden = text.replace("x", "\\u0078").replace("/", "\\/") if random.random() < 0.1 else text
    return hidden.encode("utf-8", "surrogatepass")


def damaged(random: Random, line: bytes) -> bytes:
    """Return a line with a byte or two more, less or other."""
    for _ in range(random.choice((1, 1, 2))):
        at = random.randrange(len(line))
        piece = random.choice(
            (b'"', b"\\", b",", b"{", b"}", b":", b"0", b"-", b".", b"e", b" ", b"\xff", b"\x00", b"u")
        )
        line = line[:at] + random.choice((piece, b"", line[at : at + 5] * 2)) + line[at + random.choice((0, 1)) :]
    return line


def _bases(random: Random) -> Iterator[dict[str, Any]]:
    yield from (next(events(shape, 1, seed=random.randrange(10**6))) for shape in SHAPES)
    yield from ({"type": kind, **COMPLETE[kind], **COMMON} for kind in COMPLETE)
    yield from (make(random) for make in (made_up, shaped) for _ in range(4))


def _compare(seed: int, rounds: int) -> int:
    """Compare the two on lines that are alike, and return how many were known at once."""
    random, known = Random(seed), 0  # noqa: S311 - the same lines in every run
    for policy in (Policy(), *random.choices(POLICIES, k=rounds)):
        for base in _bases(random):
            quick, slow = fresh(policy), reading(policy)
            for size in (3, 30, 30):
                calls = [
                    {k: changed(random, v, odds) for k, v in base.items()} for odds in random.choices(ODDS, k=size)
                ]
                lines = [line_of(random, call) for call in calls]
                lines += [damaged(random, random.choice(lines)) for _ in range(size // 3)]
                known += sum(quick._known.take(line, 0) is not None for line in lines)
                found, expected = (each.items(Block(0, lines), 50) for each in (quick, slow))
                assert outcome(found) == outcome(expected), (policy, base)
    return known


def outcome(checked: Checked) -> tuple[object, ...]:
    """Return all that became of a block."""
    return checked.items, {at: str(bad) for at, bad in checked.bad.items()}, checked.lanes, checked.notes


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("seed", range(2))
def test_a_line_that_is_known_becomes_what_it_becomes_when_it_is_read(seed: int) -> None:
    assert _compare(seed, rounds=1) > 150


def _with_one_other(value: Any) -> Iterator[Any]:
    """Yield a value with one of the values in it replaced, by each of many others."""
    yield from VALUES
    if isinstance(value, dict):
        yield from ({**value, name: other} for name, item in value.items() for other in _with_one_other(item))
    elif isinstance(value, list):
        yield from ([other, *value[1:]] for other in _with_one_other(value[0]))


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("kind", [pytest.param(each, marks=NIGHTLY.get(each, ())) for each in COMPLETE])
@pytest.mark.parametrize("more", [pytest.param({}, marks=pytest.mark.nightly), MORE], ids=["plain", "odd"])
def test_whatever_value_is_in_its_place_a_known_line_becomes_what_it_becomes_when_it_is_read(
    kind: str, more: dict[str, Any]
) -> None:
    base: dict[str, Any] = {"type": kind, **COMPLETE[kind], **COMMON}
    if more:
        base |= {name: f"{value} x" for name, value in base.items() if name.endswith("Id") and name != "messageId"}
        base |= {name: {**value, **more} for name, value in base.items() if name in {"traits", "properties"}}
    quick, slow = fresh(Policy()), reading(Policy())
    lines = [json.dumps(base).encode()] * 5
    for name, value in base.items():
        others = ({**base, name: other} for other in _with_one_other(value))
        lines += [
            json.dumps(call, ensure_ascii=bool(at % 2)).encode("utf-8", "surrogatepass")
            for at, call in enumerate(others)
        ]
    if "traits" in base:
        words = [{**base, "traits": {**base["traits"], "unsubscribed": word}} for word in ("yes", 1, False)]
        quick.items(Block(0, [json.dumps(call).encode() for call in words]))
    for _ in range(3):
        quick.items(Block(0, lines[:5]))
    assert quick._known.take(lines[0], 0) is not None
    for at in range(0, len(lines), 1_000):
        block = Block(at, lines[at : at + 1_000])
        assert outcome(quick.items(block, 50)) == outcome(slow.items(block, 50))


@pytest.mark.nightly
@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("seed", range(10))
def test_millions_of_known_lines_become_what_they_become_when_they_are_read(seed: int) -> None:
    assert _compare(NOW.toordinal() * 10 + seed, rounds=150) > 10_000


@pytest.mark.parametrize("shape", SHAPES)
def test_lines_of_a_usual_shape_are_known_at_once_when_some_have_been_read(shape: str) -> None:
    lines = [json.dumps(event).encode() for event in events(shape, 700)]
    checker = fresh(Policy())
    for at in range(0, 400, 100):
        checker.items(Block(at, lines[at : at + 100]))
    known = sum(checker._known.take(line, 0) is not None for line in lines[400:])
    assert known == (0 if shape == "ever new names" else 300)
    assert loaded(checker, lines[400:]) == [one_by_one(Policy(), line) for line in lines[400:]]


@pytest.mark.usefixtures("at_once")
def test_a_time_that_was_past_when_the_pattern_was_written_is_compared_with_the_clock() -> None:
    checker = fresh(Policy())
    lines = [
        orjson.dumps(
            {"type": "track", "userId": "ada", "event": "E", "timestamp": (NOW + timedelta(days=days)).isoformat()}
        )
        for days in (-9, -8, -3, -2, 3, 30)
    ]
    checker.items(Block(0, lines[:2]))
    assert [checker._known.take(line, 0) is not None for line in lines] == [True, True, True, True, False, False]
    assert [*checker.items(Block(0, lines)).notes] == [4, 5]


@pytest.mark.usefixtures("at_once")
def test_the_kinds_that_are_kept_are_few_and_those_that_were_met_last() -> None:
    checker = fresh(Policy())
    orders = ["userId", "event", "type", "timestamp", "sentAt"]
    call = {"userId": "ada", "event": "E", "type": "track", "timestamp": TIMES[0], "sentAt": TIMES[0]}
    lines = [orjson.dumps({name: call[name] for name in order}) for order in islice(permutations(orders), 30)]
    for line in lines:
        checker.items(Block(0, [line]))
        checker.items(Block(0, [line]))
    known = [checker._known.take(line, 0) is not None for line in lines]
    assert known == [False] * 18 + [True] * 12


def test_a_name_may_be_missing_in_lines_that_are_known() -> None:
    random, checker = Random(3), fresh(Policy())  # noqa: S311 - the same lines in every run
    whole = dict(zip("hgfedcb", ("x", 7, 2.5, True, "x", {"z": 1, "y": "x"}, [{"c": 1, "d": 2}]), strict=True))

    def some(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: some(item) for name, item in value.items() if random.random() < 0.7}
        return [*map(some, value * 2)] if isinstance(value, list) else value

    calls = [{"type": "track", "userId": "ada", "event": "E", "properties": some(whole)} for _ in range(6_000)]
    lines = [json.dumps(call).encode() for call in calls]
    for at in range(0, 5_000, 500):
        checker.items(Block(at, lines[at : at + 500]))
    assert sum(checker._known.take(line, 0) is not None for line in lines[5_000:]) > 950
    assert loaded(checker, lines[5_000:]) == [one_by_one(Policy(), line) for line in lines[5_000:]]


def _with_properties(*properties: dict[str, Any]) -> list[bytes]:
    return [orjson.dumps({"type": "track", "userId": "ada", "event": "E", "properties": each}) for each in properties]


WHOLE: dict[str, Any] = {
    "type": "identify",
    "userId": "ada",
    "timestamp": TIMES[0],
    "sentAt": TIMES[0],
    "traits": {"plan": "x"},
    "context": {"ip": "8.8.8.8"},
}


def _known_after(line: bytes, *others: bytes) -> list[bool]:
    """Return whether a line, and others, are known after the first was read a few times."""
    checker = fresh(Policy())
    for _ in range(4):
        checker.items(Block(0, [line]))
    return [checker._known.take(each, 0) is not None for each in (line, *others)]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    "change",
    [
        {"sentAt": (NOW + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")},
        {"timestamp": (NOW + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")},
        {"traits": {"plan": "x" * 1_000}},
        {"context": {"ip": "10.0.0.1"}},
        {"userId": ""},
    ],
    ids=["sent in the future", "in the future", "long", "private address", "nobody"],
)
def test_a_line_that_is_like_known_ones_and_judged_otherwise_is_read(change: dict[str, Any]) -> None:
    assert _known_after(orjson.dumps(WHOLE), orjson.dumps({**WHOLE, **change})) == [True, False]


@pytest.mark.usefixtures("at_once")
def test_a_line_whose_bytes_are_not_text_or_whose_ids_or_event_matter_is_read() -> None:
    line = orjson.dumps({**WHOLE, "traits": {"plan": "São"}})
    assert _known_after(line, line.replace("ã".encode(), b"\xe3")) == [True, False]
    merged = orjson.dumps({"type": "alias", "previousId": "v-1", "userId": "ada"})
    assert _known_after(merged, merged.replace(b"v-1", b"ada")) == [True, False]
    (event,) = _with_properties({"n": 1})
    assert _known_after(event, event.replace(b'"E"', b'"User Deleted"')) == [True, False]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    "change",
    [
        {"userId": "Äda"},
        {"timestamp": "2024-02-29T10:00:00Z"},
        {"traits": {"unsubscribed": {"a": 1}}},
        {"context": {"ip": "10.0.0.1"}},
    ],
    ids=["an id that is not ASCII", "a leap day", "an object where a word is asked for", "a private address"],
)
def test_a_line_with_a_value_for_which_there_is_no_pattern_is_read(change: dict[str, Any]) -> None:
    assert _known_after(orjson.dumps({**WHOLE, **change})) == [False]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    "change",
    [
        {"userId": "ada lovelace"},
        {"userId": "ada@example.com"},
        {"traits": {"seen": "2026-11-20T10:11:12"}},
        {"traits": {"seen": 1_700_000_000_000}},
        {"traits": {"number": 2**60}},
        {"traits": {"tags": ["a", [1], {"b": None}]}},
        {"timestamp": "2026-11-20T10:11:12+01:00"},
        {"timestamp": "2026-11-20T10:11:12"},
    ],
    ids=lambda change: str(*change.values()),
)
def test_values_of_many_kinds_are_known(change: dict[str, Any]) -> None:
    assert _known_after(orjson.dumps({**WHOLE, **change})) == [True]


@pytest.mark.usefixtures("at_once")
def test_a_line_for_which_there_is_no_pattern_keeps_none_from_the_others() -> None:
    lines = _with_properties({"a": 1}, {"a": 1, "Straße": 1}, {"a": 2, "b": 1}, {"a": 3, "b": 1})
    checker = fresh(Policy())
    for _ in range(6):
        checker.items(Block(0, lines))
    assert [checker._known.take(line, 0) is not None for line in lines] == [True, False, True, True]


@pytest.mark.usefixtures("at_once")
def test_lines_that_are_too_many_for_one_pattern_leave_the_one_that_there_is() -> None:
    names = [f"name {number}" for number in range(120)]
    lines = _with_properties(*(dict.fromkeys(half, "x") for half in (names[:60], names[60:])))
    checker = fresh(Policy())
    for _ in range(3):
        checker.items(Block(0, lines[:1]))
    for _ in range(6):
        checker.items(Block(0, lines[1:]))
    assert [checker._known.take(line, 0) is not None for line in lines] == [True, False]


@pytest.mark.usefixtures("at_once")
def test_a_long_trait_says_nothing_of_a_short_one() -> None:
    traits = ({"plan": "é" * 501}, {"plan": "x"}, {"plan": "x" * 990})
    lines = [orjson.dumps({"type": "identify", "userId": "ada", "traits": each}) for each in traits]
    checker = fresh(Policy())
    notes = [[*checker.items(Block(0, lines)).notes] for _ in range(6)]
    assert notes == [[0]] * 6


@pytest.mark.usefixtures("at_once")
def test_names_in_two_orders_are_known_in_one_of_them() -> None:
    lines = _with_properties(*(dict.fromkeys(order, 1) for order in ("abc", "ac", "ab", "cba")))
    checker = fresh(Policy())
    for _ in range(6):
        checker.items(Block(0, lines))
    assert [checker._known.take(line, 0) is not None for line in lines] == [True, True, True, False]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    "properties", [{"Straße": 1}, {f"name {number}": "x" for number in range(150)}], ids=["not ASCII", "very many"]
)
def test_lines_for_which_there_is_no_pattern_are_read(properties: dict[str, Any]) -> None:
    (line,) = _with_properties(properties)
    checker = fresh(Policy())
    items = [checker.items(Block(0, [line])).items[0] for _ in range(6)]
    assert checker._known.take(line, 0) is None
    assert orjson.loads(items[-1])["properties"] == properties


@pytest.mark.usefixtures("at_once")
def test_however_much_is_met_little_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_lines, "_MOST_MET", 10)
    monkeypatch.setattr(known_lines, "_MOST_NAMES", 10)
    checker = fresh(Policy())
    call = {"type": "track", "userId": "ada", "event": "E", "messageId": "m"}
    lines = [orjson.dumps(dict(order)) for order in permutations(call.items())]
    lines += _with_properties(*({f"n{number}": 1} for number in range(50)))
    for line in lines:
        checker.items(Block(0, [line]))
        checker.items(Block(0, [line]))
    assert len(checker._known._met) <= 11
    assert all(len(met.names) <= 20 for met in checker._known._met.values())


# ---- ever new names


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let patterns be written after a few lines, with some names that are rare."""
    monkeypatch.setattr(known_lines, "OFTEN", 3)
    monkeypatch.setattr(validate, "LOOKED_AT", 1)


NEW_NAMES = [
    *ODD_NAMES,
    *("user_id", "userId", "Email", "$device_token", "library", "ip", "context", "All", "token", "user_agent"),
    *("total", "plan", "note", "url", "", " ", "é", "日本語", "\x7f", "\u2028", 'say "hi"', "a\\b", "a/b", "\ud800"),
    *("x" * 99, "x" * 100, "x" * 101, "é" * 50, "é" * 51, "x" * 151, "unsubscribed", "cio_id", "{", '":1,"'),
]
NEW_VALUES: list[Any] = ["x", "Ada Lovelace", "", 7, 0, 2.5, True, False]


def _new_name(random: Random, odds: float, known: list[str]) -> str:
    if random.random() < odds:
        return random.choice((*NEW_NAMES, *known))
    return random.choice(("answer_{:x}", "{:x}", "q {:x}?", "é{:x}", "utm.{:x}")).format(random.getrandbits(40))


def _with_new_names(random: Random, call: dict[str, Any], holder: str, odds: float) -> bytes:
    """Return a line with the call, and with some more names in one of its objects, at any place."""
    pairs = [*call[holder].items()]
    few = NEW_VALUES if random.random() > odds else VALUES
    values = [random.choice(few) for _ in range(random.choice((0, 1, 1, 2, 5)))]
    for value in values:
        place = len(pairs) if random.random() < 0.5 else random.randrange(len(pairs) + 1)
        pairs.insert(place, (_new_name(random, odds, [*call[holder]]), value))
    if pairs and random.random() < odds:
        pairs.append(random.choice(pairs))
    inside = ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in pairs)
    text = json.dumps({**call, holder: "<>"}).replace('"<>"', f"{{{inside}}}")
    if random.random() < 0.5:
        text = re.sub(
            r"(?<!\\)(?:\\\\)*\\u(?!d[89a-f])(?!00)[0-9a-f]{4}", lambda found: json.loads(f'"{found[0]}"'), text
        )
    return text.encode("utf-8", "surrogatepass")


def _compare_new_names(seed: int, rounds: int) -> int:
    """Compare the two on lines with ever new names, and return how many were known at once."""
    random, known = Random(seed), 0  # noqa: S311 - the same lines in every run
    for policy in (Policy(), *random.choices(POLICIES, k=rounds)):
        for base in _bases(random):
            quick, slow = fresh(policy), reading(policy)
            holder = random.choice([name for name, value in base.items() if isinstance(value, dict)] or [""])
            for odds in (0.0, 0.0, 0.05, 0.2) if holder else ():
                calls = [{k: changed(random, v, odds / 10) for k, v in base.items()} for _ in range(25)]
                lines = [_with_new_names(random, {**call, holder: base[holder]}, holder, odds) for call in calls]
                for _ in range(2):
                    known += sum(_is_open(quick, line) for line in lines)
                    found, expected = (each.items(Block(0, lines), 50) for each in (quick, slow))
                    assert outcome(found) == outcome(expected), (policy, base)
    return known


def _is_open(checker: Checker, line: bytes) -> bool:
    """Return whether a line is known but for names that have to be asked about."""
    taken = checker._known.take(line, 0)
    return taken is not None and any(taken[2][group] for names in taken[1].open for group in names.groups)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("seed", range(2))
def test_a_line_with_ever_new_names_becomes_what_it_becomes_when_it_is_read(seed: int) -> None:
    assert _compare_new_names(seed, rounds=1) > 150


@pytest.mark.nightly
@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("seed", range(10))
def test_very_many_lines_with_ever_new_names_become_what_they_become_when_they_are_read(seed: int) -> None:
    assert _compare_new_names(NOW.toordinal() * 10 + seed, rounds=30) > 10_000


OPEN: dict[str, Any] = {**WHOLE, "context": {"locale": "en"}}


def _opened(holder: str) -> Checker:
    """Return a checker that knows lines with ever new names in an object."""
    checker, values = fresh(Policy()), (1, 2.5, "x", True)
    for number in range(12):
        new = {f"new_{number}_{place}": value for place, value in enumerate(values)}
        line = json.dumps({**OPEN, holder: {**OPEN[holder], **new}}).encode()
        checker.items(Block(0, [line]))
    return checker


def _with_members(holder: str, members: str) -> bytes:
    text = json.dumps({**OPEN, holder: {**OPEN[holder], "<>": 0}})
    return text.replace('"<>": 0', members).encode()


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    ("holder", "members", "is_odd"),
    [
        ("traits", '"a": 1', False),
        ("traits", '"a": 1, "b": "x", "c": true, "d": 2.5, "new_1_0": 7', False),
        ("traits", '"日本語": 1', False),
        ("traits", '"a": 1, "a": 1', True),
        ("traits", '"plan": "x"', True),
        ("traits", '"a": 1, "unsubscribed": "yes"', True),
        ("traits", '"unsubscribed": true', False),
        ("traits", '"Unsubscribed ": true', True),
        ("traits", '"cio_relationships": 1, "a": 1', True),
        ("context", '"ip": "x"', True),
        ("context", '"ip": 7', True),
        ("context", '"library": "x"', True),
        ("context", '"user_agent": "x"', True),
    ],
)
def test_new_names_of_which_something_is_to_be_said_are_told_from_others(
    holder: str,
    members: str,
    is_odd: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    checker, line = _opened(holder), _with_members(holder, members)
    assert _is_open(checker, line)
    for _ in range(2):
        taken = checker._known.take(line, 0)
        assert taken is not None
        assert checker._known.odd({taken[1]: [(0, taken[2])]}) == [0] * is_odd
    block = Block(0, [line, _with_members(holder, '"z": 1')])
    assert outcome(checker.items(block)) == outcome(reading(Policy()).items(block))


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    "members",
    [
        '"a\\u0062": 1',
        '"": 1',
        f'"{"x" * 101}": 1',
        '"a": null',
        '"a": {}',
        '"a": [1]',
        '"a": 1e5',
        '"a": 01',
        '"a" :1',
    ],
)
def test_a_line_with_a_new_name_or_value_of_another_kind_is_read(members: str) -> None:
    checker, line = _opened("traits"), _with_members("traits", members)
    assert checker._known.take(line, 0) is None
    assert outcome(checker.items(Block(0, [line]))) == outcome(reading(Policy()).items(Block(0, [line])))


@pytest.mark.usefixtures("soon")
def test_new_names_may_be_anywhere_in_an_object() -> None:
    names = iter(range(1_000))

    def new() -> str:
        return "".join(f'"new {next(names)}":1,' for _ in range(next(names) % 3))

    (line,) = _with_properties({"<>": 0})
    members = (f'{new()}"a":1,{new()}"b":2,{new()}"c":3' for _ in range(60))
    lines = [line.replace(b'"<>":0', each.encode()) for each in members]
    checker = fresh(Policy())
    for at in range(0, 40, 4):
        checker.items(Block(at, lines[at : at + 4]))
    assert all(checker._known.take(line, 0) is not None for line in lines[40:])
    assert loaded(checker, lines[40:]) == [one_by_one(Policy(), line) for line in lines[40:]]


@pytest.mark.usefixtures("soon")
def test_new_names_with_values_into_which_a_rule_looks_are_not_taken_for_others() -> None:
    checker = fresh(Policy())
    for number in range(40):
        checker.items(Block(number, _with_properties({"a": 1, f"seen {number}": "2026-11-20T10:11:12"})))
    (line,) = _with_properties({"a": 1, "seen": "2026-11-20T10:11:12"})
    assert checker._known.take(line, 0) is None


@pytest.mark.usefixtures("soon")
def test_of_new_names_no_more_is_kept_than_is_of_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_names, "_MOST_KEPT", 100)
    checker = _opened("traits")
    for number in range(30):
        members = [f'"{place} {number}": 1' for place in range(20)]
        checker.items(Block(0, [_with_members("traits", each) for each in (*members, '"cio_relationships": 1')]))
    kept = [names for _, kind in checker._known._known for names in kind.open]
    assert kept
    assert all(len(names._fine[int]) + len(names._odd[int]) <= 121 for names in kept)
    assert checker._fast._examples._kept < 100


def test_a_time_in_digits_of_another_script_says_nothing_of_other_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_lines, "OFTEN", 1)
    monkeypatch.setattr(validate, "LOOKED_AT", 1)
    checker = fresh(Policy())
    seen = ("\uff12\uff10\uff12\uff16-11-20T10:11:12", "x")
    lines = [_with_properties({"seen": each})[0] for each in seen]
    assert [[*checker.items(Block(0, lines)).notes] for _ in range(6)] == [[0]] * 6
