"""What is said about fields of a call, said about the arguments of a tool."""

from __future__ import annotations

import pytest

from langchain_customerio.errors import Problem, not_sent
from langchain_customerio.messages import Field
from langchain_customerio.tools.field_names import FieldNames

DEVICE = FieldNames(
    {"userId": "user_id", "context.device.token": "token", "properties": "attributes", "batch": "calls"}, "rest"
)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("userId", "user_id"),
        ("context.device.token", "token"),
        ("context.device.token.x", "token.x"),
        ("context.device.tokens", "rest.context.device.tokens"),
        ("context.device", "rest.context.device"),
        ("properties.colour", "attributes.colour"),
        ("batch[3].userId", "calls[3].userId"),
        ("groupId", "rest.groupId"),
        ("unheard", "rest.unheard"),
        ("token", "token"),
        ("", ""),
    ],
)
def test_a_path_becomes_the_argument_that_holds_it(path: str, name: str) -> None:
    assert DEVICE(path) == name


def test_what_no_argument_holds_keeps_its_path_where_there_is_none_for_the_rest() -> None:
    assert FieldNames({"userId": "user_id"})("context.ip") == "context.ip"


def test_a_name_of_its_own_stays() -> None:
    assert FieldNames({}, "rest", ["what"])("what") == "what"


def test_a_finding_and_the_fields_in_its_words_go_by_arguments_and_quotations_stay() -> None:
    found = Problem("unknown_field", ("batch", 1, "ip"), {"call": "userId", "use": Field("context.ip")})
    assert found.say(DEVICE) == "calls[1].ip: is not a field of userId: use rest.context.ip"
    fields = (Field("userId"), Field("groupId"))
    missing = Problem("missing_one_of", (), {"fields": fields})
    assert not_sent([missing], DEVICE) == "Not sent. One of user_id, rest.groupId is required."


def test_without_names_nothing_is_renamed() -> None:
    assert FieldNames({})("batch[1].userId") == "batch[1].userId"
