"""Reading the JSON that a model wrote: as it is, with slips put right that have one meaning only."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio import InvalidRequestError
from langchain_customerio.messages import MOST_WORDS
from langchain_customerio.tools.json_repair import read_body
from tests import strategies

if TYPE_CHECKING:
    from langchain_customerio.errors import Problem

BODY = {"userId": "ada", "traits": {"a": [1, 2.5, None, True], "text": "x // y /* z */ ,} ```"}}
TEXT = json.dumps(BODY)
FENCE = "request_body: code fence removed"
STRING = "request_body: JSON within a string unwrapped"
TIDIED = "request_body: trailing comma or comment removed"
LITERAL = "request_body: Python literal read as JSON"


def read(text: object) -> tuple[object, list[str]]:
    corrections: list[Problem] = []
    return read_body(text, corrections), list(map(str, corrections))


def refusal(text: object) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        read(text)
    [problem] = caught.value.problems
    assert problem.path[0] == "request_body"
    assert len(str(caught.value).split()) <= MOST_WORDS + 2
    return str(problem)


@pytest.mark.parametrize(
    "text", [TEXT, f"\n {TEXT} \n", json.dumps(BODY, indent=2), json.dumps(BODY, ensure_ascii=False)]
)
def test_json_is_read_without_a_correction(text: str) -> None:
    assert read(text) == (BODY, [])


@pytest.mark.parametrize("value", [BODY, [1], 5, None, True, 2.5])
def test_what_is_no_text_is_taken_as_it_stands(value: object) -> None:
    assert read(value)[0] is value


@pytest.mark.parametrize(
    "fenced",
    [
        f"```json\n{TEXT}\n```",
        f"```\n{TEXT}\n```",
        f"  ```JSON  \n{TEXT}```  \n",
        f"```json5\n\n{json.dumps(BODY, indent=1)}\n\n```",
    ],
)
def test_a_code_fence_is_removed(fenced: str) -> None:
    assert read(fenced) == (BODY, [FENCE])


def test_a_body_within_a_string_is_unwrapped_as_often_as_it_was_wrapped() -> None:
    assert read(json.dumps(TEXT)) == (BODY, [STRING])
    assert read(json.dumps(f"```json\n{TEXT}\n```")) == (BODY, [STRING, FENCE])
    assert read(f"```json\n{json.dumps(TEXT)}\n```") == (BODY, [FENCE, STRING])
    assert read(json.dumps("[1]")) == ([1], [STRING])


@pytest.mark.parametrize("text", ['"hello"', '""', '"5"', '" "'])
def test_a_string_that_holds_neither_object_nor_list_stays_a_string(text: str) -> None:
    assert read(text) == (json.loads(text), [])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2,], "b": 3 , }', {"a": [1, 2], "b": 3}),
        ('{"a": 1, // one\n "b": 2 /* two */}', {"a": 1, "b": 2}),
        ('{"a": 1, /* last */ }', {"a": 1}),
        ('/* first */ {"a": ",]", "b": "//",}', {"a": ",]", "b": "//"}),
        ('{"a\\"b,}": "c\\\\", }', {'a"b,}': "c\\"}),
    ],
)
def test_comments_and_trailing_commas_are_removed(text: str, value: object) -> None:
    assert read(text) == (value, [TIDIED])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{'a': True, 'b': None, 'c': [1, 'x'],}", {"a": True, "b": None, "c": [1, "x"]}),
        ("{'it': \"it's\"}", {"it": "it's"}),
        ("['a', {'b': None}]", ["a", {"b": None}]),
        ("{'path': 'C:\\\\d', 'line': '\\n', 'it': 'it\\'s'}", {"path": "C:\\d", "line": "\n", "it": "it's"}),
    ],
)
def test_a_python_literal_is_read(text: str, value: object) -> None:
    assert read(text) == (value, [LITERAL])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not JSON: expecting value at line 1, column 1. Send one complete JSON object"),
        ("userId: ada", "is not JSON: expecting value at line 1, column 1. Send one complete JSON object"),
        (
            '{"userId": "ada"',
            "is not JSON: expecting ',' delimiter at line 1, column 17. Send one complete JSON object",
        ),
        ('{"a": "b', "is not JSON: unterminated string starting at line 1, column 7. Send one complete JSON object"),
        ('{"a": 1}\n{"b": 2}', "is not JSON: extra data at line 2, column 1. Send one complete JSON object"),
        ('{"a": 1} /* open', "is not JSON: extra data at line 1, column 10. Send one complete JSON object"),
        ('{"a": 1} /*', "is not JSON: extra data at line 1, column 10. Send one complete JSON object"),
        ("{'path': 'C:\\d'}", "is not JSON: expecting property name enclosed in double quotes at line 1, column 2."),
        ("('a',)", "is not JSON: expecting value at line 1, column 1. Send one complete JSON object"),
        ("{'a': open('x')}", "is not JSON: expecting property name enclosed in double quotes at line 1, column 2."),
        ("{[]: 1}", "is not JSON: expecting property name enclosed in double quotes at line 1, column 2."),
        ("{'a': '\0'}", "is not JSON: expecting property name enclosed in double quotes at line 1, column 2."),
        ('```json\n{"a": 1', "is not JSON: expecting value at line 1, column 1. Send one complete JSON object"),
        ('{"a": 1, "b": {"c": 2, "c": 2}}', 'has the key "c" twice in one object: keep one'),
        ("{'a': 1, 'b': [{'c': 2, 'c': 2}]}", 'has the key "c" twice in one object: keep one'),
        ('{"a": 1, "a": 2,}', 'has the key "a" twice in one object: keep one'),
        ('{"a": [NaN]}', "is NaN or infinite, which JSON cannot carry: leave it out"),
        ('{"a": -Infinity,}', "is NaN or infinite, which JSON cannot carry: leave it out"),
        ('{"a": 123456789012345678901}', ".a: is an integer beyond 64 bits: send it as a string"),
        ('{"a": -' + "9" * 5_000 + "}", "is an integer beyond 64 bits: send it as a string"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "is nested more than 64 levels deep"),
        ("[" * 100_000 + "]" * 100_000, "is nested more than 64 levels deep"),
        ("[" * 100_000 + ",]" * 100_000, "is nested more than 64 levels deep"),
    ],
    ids=range(23),
)
def test_what_has_no_one_meaning_is_refused_with_the_place(text: str, says: str) -> None:
    assert refusal(text).startswith(f"request_body{says}" if says.startswith((".", "[")) else f"request_body: {says}")


def test_a_key_that_stands_twice_is_named_in_short() -> None:
    key = "k" * 500
    assert (
        refusal(f'{{"{key}": 1, "{key}": 2}}')
        == f'request_body: has the key "{"k" * 39}…" twice in one object: keep one'
    )


@pytest.mark.parametrize(
    "text",
    [
        '"' + '\\"' * 200_000,
        '{"a": ' + '"' * 200_001,
        "/*/" * 200_000,
        "/*" * 200_000,
        "//" * 200_000,
        "```json\n" + "\n" * 400_000,
        "{" + ", " * 200_000,
        "[," * 200_000,
        "{'a': " + "-" * 39_000 + "1}",
        "{'a': " + "(" * 39_000 + "1}",
        "{'a': " + "9" * 39_000 + "}",
        "{'a': '" + "x" * 40_000 + "'}",
    ],
    ids=range(12),
)
@pytest.mark.timeout(10)
def test_text_that_goes_on_for_ever_is_refused_at_once(text: str) -> None:
    """What a model writes that has lost its way; each of these took minutes with a careless pattern."""
    assert re.search("is not JSON|is nested more than|is an integer beyond", refusal(text))


@given(strategies.json)
def test_json_comes_through_any_wrapping_or_is_refused_in_each(value: Any) -> None:
    text = json.dumps(value)
    plain = read_or_refused(text)
    if not re.search(r"NaN|Infinity|\d{19}", text):
        assert plain == value
    assert read_or_refused(f"```json\n{text}\n```") == plain
    if isinstance(value, dict):
        assert read_or_refused(json.dumps(text)) == plain


def read_or_refused(text: str) -> object:
    try:
        return read(text)[0]
    except InvalidRequestError:
        return None


@given(st.text(alphabet="{}[]\",:/*`\\'\n 19aeE-.uNTrfls", max_size=60))
def test_any_text_becomes_a_value_or_a_refusal(text: str) -> None:
    read_or_refused(text)
