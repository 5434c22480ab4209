"""What is said about fields of a call, said about the arguments of a tool."""

from __future__ import annotations

import pytest

from langchain_customerio import InvalidRequestError, PolicyError
from langchain_customerio.errors import Problem, ServerError
from langchain_customerio.tools.field_names import Naming

DEVICE = Naming(
    {"userId": "user_id", "context.device.token": "token", "properties": "attributes", "batch": "calls"},
    ["userId", "groupId", "context", "properties"],
    "rest",
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
    assert DEVICE.field(path) == name


def test_what_no_argument_holds_keeps_its_path_where_there_is_none_for_the_rest() -> None:
    assert Naming({"userId": "user_id"}, ["userId", "context"]).field("context.ip") == "context.ip"


@pytest.mark.parametrize(
    ("text", "renamed"),
    [
        ("give userId or groupId", "give user_id or rest.groupId"),
        ("use properties.colour", "use attributes.colour"),
        ("context.ip: is private", "rest.context.ip: is private"),
        ("batch[2].event: odd white space", "calls[2].event: odd white space"),
        ("a batch of 3", "a batch of 3"),
        ("set \"userId\" and 'groupId'", "set \"userId\" and 'groupId'"),
        ("traits.userId and userIds", "traits.userId and userIds"),
    ],
)
def test_in_a_text_paths_are_renamed_and_words_and_quotations_stay(text: str, renamed: str) -> None:
    assert DEVICE(text) == renamed


def test_refusals_that_leave_the_block_speak_of_arguments() -> None:
    problems = (Problem("batch[1].userId", "use context.device", 1), Problem("groupId", "is userId"))
    with pytest.raises(InvalidRequestError) as invalid, DEVICE:
        raise InvalidRequestError(problems=problems)
    assert invalid.value.problems == (
        Problem("calls[1].userId", "use rest.context.device", 1),
        Problem("rest.groupId", "is user_id"),
    )
    with pytest.raises(PolicyError) as refused, DEVICE:
        raise PolicyError("batch[1]: Not sent. properties.reply_to redirects", rule="allow_redirects", index=1)
    assert str(refused.value) == "calls[1]: Not sent. attributes.reply_to redirects"
    assert (refused.value.rule, refused.value.index) == ("allow_redirects", 1)


@pytest.mark.parametrize("error", [InvalidRequestError("userId: bad"), ServerError("userId"), ValueError("userId")])
def test_any_other_error_goes_on_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, DEVICE:
        raise error
    assert caught.value is error


def test_without_names_nothing_is_renamed() -> None:
    naming = Naming({})
    assert naming("userId, batch[1]") == "userId, batch[1]"
    error = PolicyError("userId")
    with pytest.raises(PolicyError) as caught, naming:
        raise error
    assert caught.value is error
