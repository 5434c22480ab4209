"""The toolkit: which tools there are, and what they share: client, policy, strictness and budget."""

from __future__ import annotations

import json
import pickle
import sys
from copy import deepcopy
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pytest
from langchain_core.messages import AIMessage, AnyMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.prebuilt import ToolNode
from pydantic import ValidationError

from langchain_customerio import (
    ConfigurationError,
    CustomerioPipelinesToolkit,
    PipelinesClient,
    Policy,
    TrackUserEvent,
)
from langchain_customerio.sandbox import Sandbox
from tests.cases import CASES, IDENTIFY, TRACK, Case, each_case
from tests.tool_calls import answer, error, execute, message, tool, tool_call, toolkit

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from tests.conftest import Run

BODY = json.dumps(TRACK.minimal)

NAMES = [
    "customerio_identify_person_and_assign_traits",
    "customerio_track_user_event",
    "customerio_send_page_view_event",
    "customerio_send_screen_view_event",
    "customerio_add_to_group",
    "customerio_alias_user_identity",
    "customerio_send_batch_requests",
]


# Which tools there are


def test_there_are_seven_tools_with_these_names_and_arguments() -> None:
    tools = toolkit(Sandbox()).get_tools()
    assert [found.name for found in tools] == NAMES
    assert [type(found) for found in tools] == [case.tool for case in CASES]
    for found, case in zip(tools, CASES, strict=True):
        assert list(found.args) == ["mode", case.strict_flag, "request_body"]


def test_the_tools_can_be_had_without_a_key() -> None:
    assert [found.name for found in CustomerioPipelinesToolkit().get_tools()] == NAMES


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (("identify",), NAMES[:1]),
        (("group", "customerio_track_user_event"), [NAMES[1], NAMES[4]]),
        (("view_event",), NAMES[2:4]),
        ((), []),
        (None, NAMES),
    ],
)
def test_a_part_of_the_name_chooses_tools(wanted: tuple[str, ...] | None, found: list[str]) -> None:
    assert [one.name for one in toolkit(Sandbox(), tools=wanted).get_tools()] == found


@pytest.mark.parametrize("wanted", ["send_email", ""])
def test_a_name_that_no_tool_has_is_an_error(wanted: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        CustomerioPipelinesToolkit(tools=("identify", wanted))
    assert str(caught.value) == f"tools names {wanted!r}; there are {', '.join(NAMES)}"


# Mistakes of the program


@pytest.mark.parametrize("of", [CustomerioPipelinesToolkit, TrackUserEvent])
@pytest.mark.parametrize("name", ["polcy", "allow_destructive", "api_key"])
def test_a_setting_that_there_is_not_is_an_error_and_its_value_is_not_shown(of: Any, name: str) -> None:
    with pytest.raises(ValidationError, match=f"{name}\\n +Extra inputs are not permitted") as caught:
        of(**{name: "a-value-that-may-be-secret"})
    assert "secret" not in str(caught.value)


async def late_client(_: RunnableConfig) -> PipelinesClient:
    return Sandbox().client()


@pytest.mark.parametrize("of", [CustomerioPipelinesToolkit, TrackUserEvent])
@pytest.mark.parametrize(
    ("client", "says"),
    [
        ("sk_us_secret", "to one, not a string"),
        ({"api_key": "secret"}, "to one, not an object"),
        (PipelinesClient, "to one, not the class PipelinesClient"),
        (lambda: Sandbox().client(), "to one, and this one does not take one argument"),
        (lambda config, tenant: Sandbox().client(), "to one, and this one does not take one argument"),  # noqa: ARG005 - what is wrong with it
        (late_client, "to one, and this one is async"),
    ],
)
def test_what_can_give_no_client_is_refused_at_once(of: Any, client: object, says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        of(client=client)
    assert str(caught.value) == f"client takes a PipelinesClient, or a function from the run's RunnableConfig {says}"


def test_a_function_without_a_signature_is_taken_at_its_word() -> None:
    without: Any = getattr
    assert TrackUserEvent(client=without).client is without


@pytest.mark.parametrize("of", [CustomerioPipelinesToolkit, TrackUserEvent])
def test_a_policy_is_a_policy_and_nothing_like_it(of: Any) -> None:
    for policy in ({"person": "ada"}, None, Policy):
        with pytest.raises(
            ConfigurationError, match="policy takes a Policy, or a function from the run's RunnableConfig to one, not "
        ):
            of(policy=policy)


# What the tools share


def test_the_tools_share_one_client_and_policy() -> None:
    policy = Policy(max_writes=2)
    kit = toolkit(Sandbox(), policy=policy)
    tools: list[Any] = list(kit.get_tools())
    assert {id(found.client) for found in tools} == {id(kit.client)}
    assert {id(found.policy) for found in tools} == {id(policy)}


def test_without_threads_a_workspace_has_one_limit_also_for_another_toolkit_and_for_tools_built_alone(run: Run) -> None:
    sandbox, policy = Sandbox(), Policy(max_writes=3)
    client = sandbox.client()
    identify, *_ = toolkit(sandbox, client=client, policy=policy).get_tools()
    _, track, *_ = toolkit(sandbox, client=client, policy=policy).get_tools()
    alone = TrackUserEvent(client=client, policy=policy)
    answer(execute(run, identify, IDENTIFY.minimal))
    answer(execute(run, track, BODY))
    answer(execute(run, alone, BODY))
    for of in (track, alone):
        assert "This run may make 3 calls, has made 3" in error(execute(run, of, BODY))
    assert sandbox.counts["calls"] == 3


@each_case
def test_the_policy_of_the_toolkit_binds_every_tool(run: Run, case: Case) -> None:
    sandbox = Sandbox()
    policy = Policy(calls=["!*"])
    of = case.make_tool(client=sandbox.client(), policy=policy)
    assert error(execute(run, of, case.minimal)).startswith("Not sent. ")
    assert sandbox.ledger == []
    assert toolkit(sandbox, policy=policy).get_tools() == []


def test_a_strict_toolkit_makes_every_call_strict(run: Run) -> None:
    sandbox = Sandbox()
    for of, case in zip(toolkit(sandbox, strict=True).get_tools(), CASES, strict=True):
        assert answer(execute(run, of, case.minimal))["status"] == "accepted"
    assert [entry.headers.get("x-strict-mode") for entry in sandbox.ledger] == ["1"] * 7


def test_a_copied_tool_keeps_its_client_and_policy() -> None:
    [of] = toolkit(Sandbox(), tools=("track",)).get_tools()
    copied: Any = deepcopy(of)
    assert (copied.client, copied.policy, copied.description) == (of.client, of.policy, of.description)  # type: ignore[attr-defined] # of every tool of ours


def test_a_tool_with_a_client_is_not_pickled_because_that_would_write_the_key_down() -> None:
    [of] = toolkit(Sandbox(), tools=("track",)).get_tools()
    with pytest.raises((TypeError, pickle.PicklingError)):
        pickle.dumps(of)


# Which client


def test_without_a_client_one_is_made_from_the_environment_with_the_first_call(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    [of] = CustomerioPipelinesToolkit(tools=("track",), policy=Policy(dry_run=True)).get_tools()
    assert error(execute(run, of, BODY)).startswith("No Customer.io key: set CUSTOMERIO_API_KEY")
    monkeypatch.setenv("CUSTOMERIO_API_KEY", "a-key")
    monkeypatch.setenv("CUSTOMERIO_REGION", "eu")
    assert execute(run, of, BODY).artifact.previews[0].url == "https://cdp-eu.customer.io/v1/track"
    monkeypatch.delenv("CUSTOMERIO_API_KEY")
    assert answer(execute(run, of, BODY))["status"] == "dry_run"


@pytest.mark.loopback
def test_the_client_from_the_environment_sends(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = Sandbox()
    with sandbox.serve() as server:
        monkeypatch.setenv("CUSTOMERIO_API_KEY", "a-key")
        monkeypatch.setenv("CUSTOMERIO_BASE_URL", server.base_url)
        of = TRACK.make_tool()
        assert answer(execute(run, of, BODY, enable_strict_validation="1"))["status"] == "accepted"
        of._own_client.close()  # type: ignore[union-attr] # it was made with the call above
    assert len(sandbox.events) == 1


def tenant_of(clients: dict[str, PipelinesClient]) -> Any:
    def client_for(config: RunnableConfig) -> PipelinesClient:
        return clients[config["configurable"]["tenant"]]

    return client_for


def test_one_tool_serves_the_workspace_that_the_run_names(run: Run) -> None:
    first, second = Sandbox(), Sandbox()
    of = TRACK.make_tool(client=tenant_of({"first": first.client(), "second": second.client()}))
    for tenant, times in (("first", 1), ("second", 2)):
        for _ in range(times):
            config: RunnableConfig = {"configurable": {"tenant": tenant}}
            answer(message(run, of, config, mode="execute", request_body=BODY))
    assert (len(first.events), len(second.events)) == (1, 2)


@pytest.mark.parametrize("config", [None, {}, {"configurable": {}}, {"configurable": {"tenant": "third"}}])
def test_a_run_that_names_no_known_workspace_is_an_error_and_sends_nothing(
    run: Run, config: RunnableConfig | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTOMERIO_API_KEY", "a-key-that-must-not-be-fallen-back-to")
    sandbox = Sandbox()
    of = TRACK.make_tool(client=tenant_of({"first": sandbox.client()}))
    assert error(message(run, of, config, mode="execute", request_body=BODY)) == (
        "Not sent. This run names no workspace that is known here: a person has to configure it."
    )
    assert sandbox.ledger == []


def test_a_function_that_gives_no_client_is_an_error(run: Run) -> None:
    of = TRACK.make_tool(client=lambda _: None)
    assert error(execute(run, of, BODY)).startswith("Not sent. This run names no workspace")
    of = TRACK.make_tool(client=lambda _: "sk_us_secret")
    assert error(execute(run, of, BODY)) == (
        "Not sent. The function given as client returned a string: a person has to correct it."
    )


# In a graph


class State(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]


def graph_of(kit: CustomerioPipelinesToolkit) -> Any:
    """Compile a graph that runs the tool calls of the last message, and keeps its threads."""
    builder = StateGraph(State)
    builder.add_node("tools", ToolNode(kit.get_tools(), handle_tool_errors=False))
    builder.add_edge(START, "tools")
    builder.add_edge("tools", END)
    return builder.compile(checkpointer=InMemorySaver())


def replies(run: Run, graph: Any, *calls: dict[str, Any], thread: str = "t1") -> dict[str, ToolMessage]:
    """Return what the graph answers to these tool calls, by their ids."""
    asked = {"messages": [AIMessage("", tool_calls=list(calls))]}
    state = run.invoke(graph, asked, {"configurable": {"thread_id": thread}})
    found = [read for read in state["messages"] if isinstance(read, ToolMessage)]
    return {read.tool_call_id: read for read in found}


def test_a_graph_survives_every_kind_of_refusal(run: Run) -> None:
    sandbox = Sandbox(keys={"another"})
    kit = toolkit(sandbox, client=sandbox.client(api_key="wrong"))
    track = kit.get_tools()[1]
    strict = {"mode": "execute", "enable_strict_validation": "1"}
    read = replies(
        run,
        graph_of(kit),
        tool_call(track, {"mode": "run"}, "arguments"),
        tool_call(track, {**strict, "request_body": "{"}, "body"),
        tool_call(track, {**strict, "request_body": '{"userId":"ada","event":"User Deleted"}'}, "policy"),
        tool_call(track, {**strict, "request_body": BODY}, "key"),
        tool_call(track, {"mode": "get_request_schema"}, "fine"),
    )
    assert {name: found.status for name, found in read.items()} == {
        "arguments": "error",
        "body": "error",
        "policy": "error",
        "key": "error",
        "fine": "success",
    }
    assert [entry.status for entry in sandbox.ledger] == [401]


def test_a_tool_call_that_a_graph_runs_again_has_the_ids_that_it_had(run: Run) -> None:
    sandbox = Sandbox()
    kit = toolkit(sandbox)
    batch = json.dumps({"batch": [{"type": "track", **TRACK.minimal}] * 2})
    track = tool_call(kit.get_tools()[1], {"mode": "execute", "request_body": BODY}, "one")
    many = tool_call(kit.get_tools()[6], {"mode": "execute", "request_body": batch}, "many")
    first, second = (replies(run, graph_of(kit), track, many) for _ in range(2))
    for name in ("one", "many"):
        assert first[name].artifact.message_ids == second[name].artifact.message_ids
    ids = [*first["one"].artifact.message_ids, *first["many"].artifact.message_ids]
    assert len(set(ids)) == 3
    assert sandbox.duplicates == dict.fromkeys(ids, 2)


@pytest.mark.parametrize("change", ["call id", "thread", "body"])
def test_another_tool_call_thread_or_body_has_other_ids(run: Run, change: str) -> None:
    sandbox = Sandbox()
    kit = toolkit(sandbox)
    track = kit.get_tools()[1]
    other = json.dumps({**TRACK.minimal, "event": "Another"})
    body, call_id, thread = (other if change == "body" else BODY), ("b" if change == "call id" else "a"), change
    replies(run, graph_of(kit), tool_call(track, {"mode": "execute", "request_body": BODY}, "a"))
    replies(
        run,
        graph_of(kit),
        tool_call(track, {"mode": "execute", "request_body": body}, call_id),
        thread="t2" if thread == "thread" else "t1",
    )
    assert (sandbox.counts["calls"], sandbox.duplicates) == (2, {})


def test_outside_a_graph_the_same_call_twice_is_two_calls(run: Run) -> None:
    sandbox = Sandbox()
    of = tool(sandbox, "track")
    for _ in range(2):
        answer(execute(run, of, BODY))
    assert (sandbox.counts["calls"], sandbox.duplicates) == (2, {})


def test_the_budget_counts_each_thread_for_itself_and_a_replay_once(run: Run) -> None:
    sandbox = Sandbox()
    kit = toolkit(sandbox, policy=Policy(max_writes=1))
    calls = [
        tool_call(kit.get_tools()[1], {"mode": "execute", "request_body": BODY}, call_id) for call_id in ("a", "b")
    ]
    statuses = []
    for call, thread in ((calls[0], "t1"), (calls[0], "t1"), (calls[1], "t1"), (calls[1], "t2")):
        statuses.append(replies(run, graph_of(kit), call, thread=thread)[call["id"]].status)
    assert statuses == ["success", "success", "error", "success"]


def test_without_the_extra_a_server_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_customerio.mcp", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'langchain-customerio\[mcp\]'"):
        CustomerioPipelinesToolkit(client=Sandbox().client()).mcp_server()
