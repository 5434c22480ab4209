"""What a host may know of a tool, and how errors, retries and approvals meet the middleware of LangChain."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain.agents import create_agent, middleware
from langchain.agents.middleware import HumanInTheLoopMiddleware, ToolRetryMiddleware
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

from langchain_customerio import CustomerioPipelinesToolkit, Policy, ServerError
from langchain_customerio.sandbox import Sandbox
from langchain_customerio.tools.definitions import HINTS
from tests.graphs import Thread, calls, questions, results, scripted
from tests.tokens import cost_of_definition
from tests.tool_calls import answer, toolkit

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from tests.conftest import Run

PAID = {"event": "Paid", "userId": "ada"}
DELETE = {"event": "User Deleted", "userId": "ada"}
ALLOWED = Policy(allow_destructive=True)
GO = {"messages": [HumanMessage("Go on.")]}


def told(policy: Policy, **settings: Any) -> dict[str, tuple[bool, bool, bool]]:
    """Return whether each tool is read-only, destructive and idempotent, by the end of its name."""
    tools = CustomerioPipelinesToolkit(policy=policy, **settings).get_tools()
    return {
        tool.name.removeprefix("customerio_"): tuple(tool.metadata[name] for name in HINTS[:3])  # type: ignore[index] # every tool of ours has it
        for tool in tools
    }


GENTLE = (False, False, False)
REPEATABLE = (False, False, True)
MERGES = (False, True, True)
DELETES = (False, True, False)


def test_what_a_two_mode_tool_may_do_depends_on_the_policy() -> None:
    by_default = {
        "identify_person_and_assign_traits": REPEATABLE,
        "track_user_event": GENTLE,
        "send_page_view_event": GENTLE,
        "send_screen_view_event": GENTLE,
        "add_to_group": REPEATABLE,
        "alias_user_identity": MERGES,
        "send_batch_requests": DELETES,  # it may hold an alias
    }
    assert told(Policy()) == by_default
    assert told(ALLOWED) == {**by_default, "track_user_event": DELETES}
    careful = told(Policy(allow_alias=False))
    assert "alias_user_identity" not in careful
    assert careful["send_batch_requests"] == GENTLE
    assert set(told(Policy(dry_run=True, allow_destructive=True)).values()) == {(True, False, True)}


def test_what_a_typed_tool_may_do_depends_on_what_it_does() -> None:
    found = told(ALLOWED, style="typed")
    assert {name for name, hints in found.items() if hints[1]} == {
        "alias",
        "batch",
        "delete_person",
        "suppress_person",
        "delete_object",
        "track",
    }
    assert {name for name, hints in found.items() if not hints[2]} == {"track", "page", "screen", "batch"}


@pytest.mark.parametrize("style", ["two_mode", "typed"])
def test_hosts_find_the_hints_where_tools_of_an_mcp_server_have_them(style: Any) -> None:
    for tool in CustomerioPipelinesToolkit(style=style, policy=ALLOWED).get_tools():
        metadata: Any = tool.metadata
        assert metadata["endpoint"].startswith("/")
        assert metadata["mcp"]["tool"]["annotations"] == {
            "read_only_hint": False,
            "destructive_hint": metadata["destructive"],
            "idempotent_hint": metadata["idempotent"],
            "open_world_hint": True,
        }


@pytest.mark.parametrize("style", ["two_mode", "typed"])
@pytest.mark.parametrize("policy", [ALLOWED, Policy(person="ada")], ids=["anybody", "ada"])
def test_the_input_examples_are_calls_that_the_api_accepts(style: Any, policy: Policy) -> None:
    sandbox = Sandbox()
    for tool in toolkit(sandbox, style=style, policy=policy).get_tools():
        assert tool.extras
        [example] = tool.extras["input_examples"]
        assert example.keys() <= tool.args.keys()
        assert tool.invoke(example)["status"] == "accepted", tool.name


def test_definitions_are_the_same_for_every_client() -> None:
    kit = CustomerioPipelinesToolkit(style="typed", policy=ALLOWED)
    for definition, tool in zip(kit.definitions(), kit.get_tools(), strict=True):
        function = convert_to_openai_tool(tool)["function"]
        assert (definition.name, definition.description) == (function["name"], function["description"])
        assert definition.parameters == function["parameters"]
        assert tuple(definition.hints) == HINTS
        assert len(definition.examples) == 1


def test_a_program_s_own_words_about_a_tool_stay() -> None:
    kit = CustomerioPipelinesToolkit(tools=("track",))
    [tool] = kit.get_tools()
    own: Any = type(tool)(description="Mine.", metadata={"team": "growth"}, policy=Policy(dry_run=True))
    assert (own.description, own.metadata) == ("Mine.", {"team": "growth"})

    class Renamed(type(tool)):  # type: ignore[misc] # the class of a tool
        description: str = "Also mine."

    assert Renamed(policy=Policy(dry_run=True)).description == "Also mine."


def test_printing_a_tool_shows_its_name_and_what_it_does() -> None:
    [tool] = CustomerioPipelinesToolkit(tools=("alias",)).get_tools()
    assert str(tool).startswith("name='customerio_alias_user_identity' description='Merge two ids of a person;")
    assert repr(tool) == f"AliasUserIdentity({', '.join(str(tool).split(' ', 1))})"


# Middleware


def agent(thread: Thread, tools: list[BaseTool], *bodies: dict[str, Any], **settings: Any) -> Thread:
    """Make the graph of a thread an agent whose model calls a tool with these bodies, all in one message."""
    turns = [*calls(*bodies)["messages"], AIMessage("Done.")]
    thread.build = lambda saver: create_agent(scripted(turns), tools, checkpointer=saver, **settings)
    return thread


@pytest.fixture
def thread(run: Run) -> Thread:
    return Thread(run, lambda _: None)  # type: ignore[arg-type, return-value] # `agent` gives the graph


def test_tool_retry_repeats_a_call_with_the_id_that_it_had(thread: Thread) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=503, times=3, applied=True)
    tools = toolkit(sandbox, handle_tool_errors=False).get_tools()
    retry = ToolRetryMiddleware(max_retries=1, initial_delay=0, jitter=False, retry_on=(ServerError,))
    output = agent(thread, tools, PAID, middleware=[retry]).invoke(GO)
    assert answer(results(output)["call-1-1"])["status"] == "received"
    assert {call.message_id: 4 for call in sandbox.accepted_calls} == sandbox.duplicates


@pytest.mark.skipif(not hasattr(middleware, "ToolErrorMiddleware"), reason="langchain has it since 1.3")
def test_tool_error_middleware_tells_an_error_that_the_tools_raise(thread: Thread) -> None:
    told_as = middleware.ToolErrorMiddleware(on_error=lambda error, _: f"Refused: {error}")
    tools = toolkit(Sandbox(), handle_tool_errors=False).get_tools()
    output = agent(thread, tools, DELETE, middleware=[told_as]).invoke(GO)
    read = results(output)["call-1-1"]
    assert read.status == "error"
    assert "not allowed here" in str(read.content)


@pytest.mark.parametrize("mode", ["batched", "per_call"])
@pytest.mark.parametrize("decision", ["approve", "edit", "reject"])
def test_human_in_the_loop_decides_about_risky_calls_alone(run: Run, mode: str, decision: str) -> None:
    if mode == "per_call" and not hasattr(middleware.human_in_the_loop, "InterruptMode"):
        pytest.skip("langchain knows one mode only")
    sandbox = Sandbox()
    kit = toolkit(sandbox, policy=ALLOWED)
    settings: dict[str, Any] = {"interrupt_mode": mode} if mode == "per_call" else {}
    review: Any = HumanInTheLoopMiddleware(kit.interrupt_on(), **settings)
    thread = agent(Thread(run, lambda _: None), kit.get_tools(), PAID, DELETE, middleware=[review])  # type: ignore[arg-type, return-value] # `agent` gives the graph
    [question] = questions(thread.invoke(GO))
    description = question["action_requests"][0]["description"] if mode == "batched" else question["description"]
    assert description.startswith("Workspace: https://sandbox.invalid/v1 (key ")
    assert '\ntrack "User Deleted" for "ada"\nRisk: event: deletes the person for good' in description
    instead = {"mode": "execute", "request_body": json.dumps({"userId": "ada", "event": "Asked To Leave"})}
    said: dict[str, Any] = {"type": decision}
    if decision == "edit":
        said["edited_action"] = {"name": "customerio_track_user_event", "args": instead}
    output = thread.answer({"decisions": [said]} if mode == "batched" else said)
    left = {"approve": ["ada"], "edit": [], "reject": []}[decision]
    assert [deletion.id for deletion in sandbox.deleted] == left
    events = ["Asked To Leave", "Paid"] if decision == "edit" else ["Paid"]
    assert sorted(str(event.name) for event in sandbox.events) == events
    assert sandbox.duplicates == {}
    assert len(results(output)) == 2


@pytest.mark.skipif(not hasattr(middleware, "AutoModeMiddleware"), reason="langchain has it since 1.5")
def test_auto_mode_stops_what_its_model_calls_risky(thread: Thread) -> None:
    decisions = pytest.importorskip("langchain_core.decisions")

    class Judge(decisions.BaseDecisionModel):  # type: ignore[misc, name-defined] # the module is not in every version
        """Calls a deletion risky, and nothing else."""

        model: str = "a-judge"

        @property
        def _provider(self) -> str:
            return "nobody"

        def _classify(self, state: Any, questions: Any) -> Any:
            assert state["tool_description"].startswith("Record what a person did.")
            risky = "User Deleted" in json.dumps(state["tool_call"]["args"])
            answers = {name: {"type": "noul", "noul": float(risky)} for name in questions}
            return decisions.ClassifierResponse.model_validate({"model": self.model, "answers": answers})

    sandbox = Sandbox()
    tools = toolkit(sandbox, policy=ALLOWED).get_tools()
    auto = middleware.AutoModeMiddleware(tools=tools, classifier=Judge())
    output = agent(thread, tools, PAID, DELETE, middleware=[auto]).invoke(GO)
    assert [message.status for message in results(output).values()] == ["success", "error"]
    assert sandbox.deleted == []


@pytest.mark.skipif(not hasattr(middleware, "ProviderToolSearchMiddleware"), reason="langchain has it since 1.2")
def test_deferred_tools_cost_nothing_until_they_are_looked_for() -> None:
    anthropic = pytest.importorskip("langchain_anthropic")
    kit = CustomerioPipelinesToolkit(style="typed")
    tools = kit.get_tools()
    rare: list[Any] = [tool for tool in tools if tool.name not in {"customerio_identify", "customerio_track"}]
    model = anthropic.ChatAnthropic(model="claude-opus-4-8", api_key="a-key")
    search = middleware.ProviderToolSearchMiddleware(searchable_tools=rare)
    request = middleware.ModelRequest(model=model, messages=[], tools=list(tools), runtime=None)
    prepared = search._prepare_request(request)
    bound = model.bind_tools(prepared.tools).kwargs["tools"]
    deferred = [each["name"] for each in bound if each.get("defer_loading")]
    assert deferred == [tool.name for tool in rare]
    assert all(each["input_examples"] for each in bound if each["name"].startswith("customerio_"))
    whole, rest = sum(map(cost_of_definition, tools)), sum(map(cost_of_definition, rare))
    print(f"\nall twelve definitions: {whole:,} tokens; with ten of them deferred: {whole - rest:,}")  # noqa: T201 - to be looked at
    assert rest > 3 * (whole - rest)
