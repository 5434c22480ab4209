"""Every step that sees a stranger's input is linear: twice the input is at most 2.6 times the work.

Work is counted in calls of functions, which is the same on every machine. What one function does within itself, a
regular expression above all, is measured at night, in seconds of this thread's processor and over a factor of eight.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import SecretStr

from langchain_customerio import CustomerioError, Identify, PipelinesClient, Policy, RetryPolicy, Track
from langchain_customerio.api.calls import Batch
from langchain_customerio.api.lint import lint
from langchain_customerio.api.strict_json import loads
from langchain_customerio.bulk.preview import preview
from langchain_customerio.client.answer import Reading, clean
from langchain_customerio.client.keys import Key
from langchain_customerio.text import escaped, few, quotation, quoted, shown, without_invisible
from langchain_customerio.tools.preview import description
from tests.counting import calls_made

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MARGIN = 2.6
"""Of the work for twice as much; what is quadratic takes 4 times as much."""

KEY = "pk_us_0123456789abcdef"
ONCE = RetryPolicy(attempts=1)
NOW = datetime(2026, 11, 28, tzinfo=UTC)
GUARDED = Policy(
    allow_alias=False,
    allow_consent=False,
    allow_contact_changes=False,
    events=["!Order *", "!Refund"],
    traits=["!email", "!phone", "!address.city"],
    groups=["!acme"],
    integrations=["!Mixpanel"],
    person="ada",
)


def objects(size: int) -> str:
    return ", ".join(f'"k{i}": {{"a": [{i}, "x"]}}' for i in range(size))


def strict(text: str) -> Callable[[], object]:
    def read() -> None:
        with suppress(CustomerioError):
            loads(text)

    return read


def identify(size: int, value: Any = "x") -> Identify:
    return Identify(user_id="ada", traits={f"Trait no. {i}": value for i in range(size)})


def batch(size: int, event: str) -> Batch:
    return Batch(batch=[Track(user_id=f"u{i}", event=event, message_id="one") for i in range(size)])


def checked(call: Any) -> Callable[[], object]:
    def check() -> None:
        with suppress(CustomerioError):
            GUARDED.check(call)

    return check


READING: dict[str, Callable[[int], Callable[[], object]]] = {
    "an object": lambda size: strict(f"{{{objects(size)}}}"),
    "a key that stands twice": lambda size: strict(f'{{{objects(size)}, "k0": 1}}'),
    "many keys that stand twice": lambda size: strict(f"{{{objects(size)}, {objects(size)}}}"),
    "a text that breaks off": lambda size: strict(f"{{{objects(size)}"),
    "long numbers": lambda size: strict(f"[{', '.join(['1234567890.1234567'] * size)}, 1e400]"),
    "brackets in a text": lambda size: strict(json.dumps(["[{" * size, '\\"[' * size])),
    "brackets": lambda size: strict("[" * 10 * size),
    "lone surrogates": lambda size: strict(f'["{chr(92)}ud800"{", 1" * size}]'),
}

JUDGING: dict[str, Callable[[int], Callable[[], object]]] = {
    "lint of traits": lambda size: lambda: lint(identify(size, "2026-13-45T99:00:00"), NOW),
    "lint of nested traits": lambda size: lambda: lint(identify(size, {"a": [{"b": None}]}), NOW),
    "lint of one id for all": lambda size: lambda: lint(batch(size, "paid"), NOW),
    "policy on traits": lambda size: checked(identify(size)),
    "policy on nested traits": lambda size: checked(identify(size, {"a": [{"b": {"c": 1}}] * 3})),
    "policy on a batch": lambda size: checked(batch(size, "Paid")),
    "policy on contexts": lambda size: checked(
        Batch(
            batch=[Track(user_id="ada", event="Paid", context={"traits": {f"a{i}": 1}}) for i in range(size)],
            context={"traits": {"email": "eve@example.com"}},
        )
    ),
    "policy on an event of many letters": lambda size: checked(Track(user_id="ada", event="Order\u200b " * size)),
    "risks of a batch": lambda size: lambda: GUARDED.risks(batch(size, "User Deleted")),
    "preview of a batch": lambda size: lambda: description(batch(size, "Paid"), GUARDED),
    "preview of deletions": lambda size: lambda: description(batch(size, "User Deleted"), GUARDED),
    "preview of traits": lambda size: lambda: description(identify(size), GUARDED),
}

ODD = "a\x1b\u3164é<\"'❞@\\"

TEXTS: dict[str, Callable[[str], object]] = {
    "escaped": lambda text: escaped(text, len(text) * 10),
    "shown": lambda text: shown(text, len(text) * 10),
    "quoted": lambda text: quoted(text, len(text) * 10),
    "quotation": quotation,
    "without_invisible": without_invisible,
    "few": lambda text: few(list(text), 3),
    "clean": clean,
    "clean of data": lambda text: clean(text, data=list(text)),
}


@pytest.mark.parametrize("case", [*READING, *JUDGING])
def test_twice_the_input_is_at_most_twice_the_work(case: str) -> None:
    make = (READING | JUDGING)[case]
    make(3)()  # what is made once is made now
    less, more = calls_made(make(200)), calls_made(make(400))
    assert more <= MARGIN * less + 50


@pytest.mark.parametrize("name", TEXTS)
def test_twice_the_text_is_at_most_twice_the_work(name: str) -> None:
    TEXTS[name](ODD)
    less, more = (calls_made(lambda text=ODD * size: TEXTS[name](text)) for size in (50, 100))  # type: ignore[misc] # each its own text
    assert more <= MARGIN * less + 50


# ---- files

ROWS: dict[str, Callable[[int], tuple[str, str]]] = {
    "rows": lambda size: ("p.csv", "id,plan\n" + "7,pro\n" * size),
    "rows with quotes": lambda size: ("p.csv", "id,plan\n" + '7,"p ""r"" o"\n' * size),
    "rows with quotes that are never closed": lambda size: ("p.csv", "id,plan\n" + '7,"pro\n' * size),
    "a cell over many lines": lambda size: ("p.csv", 'id,plan\n7,"' + "x,y\n" * size + '"\n'),
    "quotes": lambda size: ("p.csv", 'id,plan\n7,"' + '"' * size + "\n8,pro\n"),
    "columns": lambda size: ("p.csv", f"id,{','.join(f'c{i}' for i in range(size))}\n7{',x' * size}\n"),
    "cells beyond the columns": lambda size: ("p.csv", "id,plan\n" + f"7{',x' * size}\n"),
    "lines": lambda size: ("p.jsonl", '{"id": 7, "plan": "pro"}\n' * size),
    "lines with keys of their own": lambda size: (
        "p.jsonl",
        "".join(f'{{"id": 7, "plan {i}": "pro", "{i}": {{"a": 1}}}}\n' for i in range(size)),
    ),
    "keys on one line": lambda size: ("p.jsonl", f'{{"id": 7, {objects(size)}}}\n'),
    "lines that are no JSON": lambda size: ("p.jsonl", '{"id": 7}\n' + '{"id": 7,\n' * size),
    "bytes that are not UTF-8": lambda size: ("p.jsonl", '{"id": 7}\n' + '{"id": "\udcff"}\n' * size),
}


def loaded(path: Path) -> Callable[[], object]:
    """Return what reads, maps and checks a whole file in this thread, as a load does."""
    return lambda: preview(str(path), 1_000_000, as_="identify", map={"userId": "id", "traits": "*"})


@pytest.mark.parametrize("case", ROWS)
def test_twice_the_file_is_at_most_twice_the_work(case: str, tmp_path: Path) -> None:
    def of(size: int) -> Callable[[], object]:
        name, text = ROWS[case](size)
        path = tmp_path / f"{size}-{name}"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        return loaded(path)

    of(3)()
    less, more = calls_made(of(400)), calls_made(of(800))
    assert more <= MARGIN * less + 500


# ---- answers

ANSWERS: dict[str, Callable[[int], bytes]] = {
    "markup": lambda size: b"<p>x</p><script>" * size,
    "tags that are never closed": lambda size: b"<" * size,
    "entities": lambda size: b"&#0;&lt" * size,
    "addresses": lambda size: b"eve@example.com," * size,
    "errors": lambda size: json.dumps({"meta": {"errors": ["no"] * size}}).encode(),
    "an object": lambda size: f"{{{objects(size)}}}".encode(),
    "letters of a key": lambda size: b"pk_us_0123456789abcde" * size,
}


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("case", ANSWERS)
def test_twice_the_answer_is_at_most_twice_the_work(case: str, status: int) -> None:
    def of(size: int) -> Callable[[], object]:
        answer = httpx.MockTransport(lambda _: httpx.Response(status, content=ANSWERS[case](size)))

        def send() -> None:
            with suppress(CustomerioError), PipelinesClient(KEY, transport=answer, retry=ONCE) as client:
                client.send(Identify(user_id="ada"), strict=True)

        return send

    of(3)()
    less, more = calls_made(of(400)), calls_made(of(800))
    assert more <= MARGIN * less + 500


def test_an_answer_in_drips_is_put_together_in_time_linear_in_its_length() -> None:
    def of(size: int) -> Callable[[], object]:
        def read() -> bytes:
            reading = Reading(None)
            for _ in range(size):
                reading.add(b"x")
            return reading.content

        return read

    assert calls_made(of(2_000)) <= MARGIN * calls_made(of(1_000))


# ---- within one function

LONG: dict[str, Callable[[int], Callable[[], object]]] = {
    **READING,
    **{
        f"{name} of {letters[:3]!r}": lambda size, step=step, letters=letters: lambda: step(letters * size)  # type: ignore[misc] # each its own step
        for name, step in TEXTS.items()
        for letters in (
            "a",
            "@a",
            "a@",
            "a.",
            "<",
            "<a",
            '"',
            "\\",
            "&#0",
            "pk_us_0123456789abcde",
            " ",
            "\u200b",
            "\x00",
        )
    },
    **{
        f"the key in {letters[:3]!r}": lambda size, letters=letters: lambda: Key(SecretStr(KEY)).clean(letters * size)  # type: ignore[misc] # each its own letters
        for letters in ("pk_us_0123456789abcde", "%70", "\\u0070", "cGtfdXNfMDEyMzQ1Njc4OWFiY2R", "p", "=")
    },
}


def seconds(work: Callable[[], object]) -> float:
    """Return the least time of this thread that something has taken."""
    found = []
    for _ in range(5):
        before = time.thread_time()
        work()
        found.append(time.thread_time() - before)
    return min(found)


@pytest.mark.nightly
@pytest.mark.parametrize("case", LONG)
def test_eight_times_the_input_is_far_from_sixty_four_times_the_time(case: str) -> None:
    less = seconds(LONG[case](4_000))
    assert seconds(LONG[case](32_000)) <= MARGIN**3 * less + 0.01
