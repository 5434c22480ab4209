"""Tools that an application derives from `CustomerioTool`: it says what becomes a call, the base does the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from langchain_core.tools import ArgsSchema  # noqa: TC002 - pydantic reads it
from pydantic import BaseModel, Field
from typing_extensions import override

from langchain_customerio import ConfigurationError, Policy, Track, TrackUserEvent
from langchain_customerio.errors import Problem
from langchain_customerio.sandbox import Sandbox
from langchain_customerio.tools.arguments import Arguments, optional
from langchain_customerio.tools.base import CustomerioTool
from langchain_customerio.tools.prepare import ToolRequest
from langchain_customerio.tools.two_mode import TwoModeArguments
from langchain_customerio.tools.typed import TYPED_TOOLS
from tests.tool_calls import answer, error, message

if TYPE_CHECKING:
    from langchain_customerio.api.calls import Call
    from tests.conftest import Run


class OrderArguments(Arguments):
    order: int = Field(description="Number of the order")
    customer: str = Field(description="Id of the person")
    note: str = optional("What they said")


class RecordOrder(CustomerioTool):
    """Record an order in the words of a shop."""

    name: str = "record_order"
    description: str = "Record that a customer ordered."
    args_schema: ArgsSchema = OrderArguments
    call_type: ClassVar[type[Call]] = Track

    @override
    def request(self, arguments: dict[str, Any], policy: Policy) -> ToolRequest:
        body = {"userId": arguments["customer"], "event": "Order", "properties": {"order": arguments["order"]}}
        corrections = [Problem("as_field", ("note",))] if arguments["note"] else []
        return ToolRequest(body, strict=True, corrections=corrections)


class PlainArguments(BaseModel):
    order: int
    customer: str
    note: str = ""


class RecordPlainly(RecordOrder):
    """The same with a schema that knows nothing of this package."""

    args_schema: ArgsSchema = PlainArguments


class Unfinished(RecordOrder):
    @override
    def request(self, arguments: dict[str, Any], policy: Policy) -> ToolRequest:
        return CustomerioTool.request(self, arguments, policy)  # type: ignore[return-value] # it never returns


def record_order(sandbox: Sandbox, **settings: Any) -> RecordOrder:
    return RecordOrder(client=sandbox.client(), **settings)


def test_its_call_is_sent_and_told_like_any_other(run: Run) -> None:
    sandbox = Sandbox()
    read = message(run, record_order(sandbox), order=7, customer="ada", note="thanks")
    assert (answer(read)["status"], answer(read)["corrections"]) == ("accepted", ["note: taken as a field of the call"])
    [event] = sandbox.events
    assert (event.user_id, event.name, event.properties) == ("ada", "Order", {"order": 7})


def test_its_arguments_may_be_any_schema_of_pydantic(run: Run) -> None:
    sandbox = Sandbox()
    read = message(run, RecordPlainly(client=sandbox.client()), order=7, customer="ada")
    assert answer(read)["status"] == "accepted"
    assert [event.properties for event in sandbox.events] == [{"order": 7}]


def test_the_policy_binds_it(run: Run) -> None:
    sandbox = Sandbox()
    of = record_order(sandbox, policy=Policy(events=["Signed Up"]))
    assert error(message(run, of, order=7, customer="ada")).startswith("Not sent. ")
    assert sandbox.ledger == []


def test_an_argument_of_a_wrong_type_is_named_and_not_repeated(run: Run) -> None:
    sandbox = Sandbox()
    text = error(message(run, record_order(sandbox), order="seven-and-a-half", customer=["ada"], note="x"))
    assert text.startswith("Not sent. order: ")
    assert text.endswith("found a string; customer: needs a valid string, found a list.")
    assert "seven" not in text
    assert sandbox.ledger == []


def test_what_is_no_argument_is_refused(run: Run) -> None:
    assert error(message(run, record_order(Sandbox()), order=7, customer="ada", colour="red")) == (
        "Not sent. colour is not an argument: leave it out."
    )


def test_a_tool_that_does_not_say_what_becomes_a_call_is_a_bug(run: Run) -> None:
    with pytest.raises(NotImplementedError):
        message(run, Unfinished(client=Sandbox().client()), order=7, customer="ada")


def test_the_reasons_of_our_own_errors_reach_the_model(run: Run) -> None:
    def nobody(_: object) -> Any:
        raise ConfigurationError("Not sent. The shop is closed.")

    of = RecordOrder(client=nobody)
    assert error(message(run, of, order=7, customer="ada")) == "Not sent. The shop is closed."


class OwnWords(TwoModeArguments):
    mode: Any = Field(description="How")
    request_body: Any = Field(description="What")


class OwnCall(BaseModel):
    user_id: str = Field(description="Whom")


@pytest.mark.parametrize(("of", "schema"), [(TrackUserEvent, OwnWords), (TYPED_TOOLS[1], OwnCall)])
def test_the_words_and_the_schema_that_an_application_gives_a_tool_are_left_as_they_are(
    of: type[CustomerioTool], schema: type[BaseModel]
) -> None:
    given: dict[str, Any] = {"description": "Ours.", "args_schema": schema}
    tool = of(client=Sandbox().client(), policy=Policy(person="ada"), **given)
    assert tool.description == "Ours."
    assert tool.args_schema is schema
