"""The table of codes: each is used, each use is in it, and each has its words."""

from __future__ import annotations

import ast
import pickle
from string import Formatter
from typing import TYPE_CHECKING

import pytest

from langchain_customerio import Identify, Policy, Track, errors
from langchain_customerio.errors import InvalidRequestError, PolicyError, Problem
from langchain_customerio.messages import (
    CORRECTIONS,
    MESSAGES,
    MOST_WORDS,
    PROBLEMS,
    REFUSALS,
    SOURCES,
    WARNINGS,
    Field,
    words,
)
from langchain_customerio.policy.policy import rules_of
from tests.import_map import files

if TYPE_CHECKING:
    from collections.abc import Iterator

MAKERS = {"Problem", "refuse", "_refuse", "WrongValueError", "note", "_note", "_problem"}


def codes_in_the_code() -> Iterator[str]:
    """Yield every text in the package that stands for a code where a finding is made."""
    for path in files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in MAKERS:
                texts = (inner for argument in node.args for inner in ast.walk(argument))
                yield from (text.value for text in texts if isinstance(text, ast.Constant) and text.value in MESSAGES)


def test_every_code_is_used_and_belongs_to_one_table() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in files() if path.name != "messages.py")
    assert {code for code in MESSAGES if f'"{code}"' not in text} - rules_of(Policy()).keys() == set()
    assert len(MESSAGES) == sum(map(len, (PROBLEMS, REFUSALS, WARNINGS, CORRECTIONS, SOURCES)))
    assert len(set(codes_in_the_code())) > 60


def test_every_field_of_a_policy_with_a_rule_has_its_words() -> None:
    assert rules_of(Policy()).keys() <= REFUSALS.keys()


@pytest.mark.parametrize("code", MESSAGES)
def test_the_words_of_a_code_are_short_and_name_fields_as_the_door_does(code: str) -> None:
    counts = {name: 1 for _, name, form, _ in Formatter().parse(MESSAGES[code]) if name and form}
    said = words(code, counts, names=lambda path: f"<{path}>")
    assert len(said.split()) <= MOST_WORDS
    assert not said.endswith((".", " "))
    assert "{" not in said


def test_a_field_among_the_values_is_named_as_the_door_does() -> None:
    problem = Problem("unknown_field", ("email",), {"call": "identify", "use": Field("traits.email")})
    assert problem.say(str.upper) == "EMAIL: is not a field of identify: use TRAITS.EMAIL"
    assert problem.say(advice={"unknown_field": "no column"}) == "email: no column"


def test_findings_are_on_the_errors_as_data() -> None:
    with pytest.raises(InvalidRequestError) as invalid:
        Identify(user_id="")
    assert (invalid.value.code, [each.code for each in invalid.value.problems]) == (
        "invalid_request",
        ["empty_optional"],
    )
    with pytest.raises(PolicyError) as refused:
        Policy().check(Track(user_id="ada", event="User Deleted"))
    assert (refused.value.code, refused.value.rule) == ("policy", "allow_destructive")
    assert [each.path for each in refused.value.problems] == [("event",)]


def test_every_error_has_a_code_of_its_own_and_says_whether_a_repeat_helps() -> None:
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.CustomerioError)
    ]
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert {kind for kind in kinds if kind.retryable} == {
        errors.RateLimitedError,
        errors.ServerError,
        errors.NoAnswerError,
    }


@pytest.mark.parametrize(
    "error",
    [
        InvalidRequestError(problems=(Problem("missing", ("event",)),)),
        PolicyError(problems=(Problem("calls", ("batch", 2), {"call": "track"}),)),
        errors.ServerError("Not now.", status=503, attempts=5, message_ids=("m1",), may_have_arrived=True),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_comes_back_whole_from_another_process(error: errors.CustomerioError) -> None:
    back = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (type(back), str(back), vars(back)) == (type(error), str(error), vars(error))
