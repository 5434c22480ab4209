"""The options of a load: one dataclass, which types, command line and documentation agree with."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_type_hints

import pytest

from langchain_customerio import ConfigurationError
from langchain_customerio.bulk.options import EngineOptions, LoadOptions, Options, documentation


def test_type_checkers_are_told_of_the_options_that_there_are() -> None:
    assert get_type_hints(LoadOptions) == get_type_hints(Options)


def test_every_option_is_documented_and_nothing_else_is() -> None:
    assert list(documentation()) == [each.name for each in fields(Options)]
    assert [name for name, text in documentation().items() if not text.endswith(".")] == []


def test_an_engine_takes_no_option_that_a_load_has_not() -> None:
    assert get_type_hints(EngineOptions).items() <= get_type_hints(Options).items()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"workers": 0}, "at least one worker"),
        ({"workers": "8"}, "at least one worker"),
        ({"processes": "2"}, "is a number of processes, at least one"),
        ({"rate": "fast"}, "requests per second, above zero"),
        ({"patience": None}, "must be a number of seconds"),
        ({"rate": 0}, "above zero"),
        ({"resume": True}, "Without a checkpoint there is nothing to resume"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        Options.of(**options)
