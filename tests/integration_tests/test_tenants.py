"""Many workspaces, one graph: each run writes to its own, and a run without one writes nowhere."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from langchain_customerio import CustomerioPipelinesToolkit, PipelinesClient, Policy
from langchain_customerio.sandbox import Sandbox
from tests.graphs import calls, react, results, tool_step
from tests.tool_calls import answer, error

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.runnables import RunnableConfig

    from tests.conftest import Mode, Run

TENANTS = [f"tenant-{number}" for number in range(50)]
PAID = {"event": "Paid", "userId": "ada"}


class Workspaces:
    """Fifty workspaces with a key each, and one toolkit over all of them."""

    def __init__(self, **settings: Any) -> None:
        self.sandboxes = {tenant: Sandbox(keys={f"key-of-{tenant}"}) for tenant in TENANTS}
        self.clients = {tenant: sandbox.client() for tenant, sandbox in self.sandboxes.items()}
        self.toolkit = CustomerioPipelinesToolkit(client=self.client_of, strict=True, **settings)

    def client_of(self, config: RunnableConfig) -> PipelinesClient:
        return self.clients[config["configurable"]["tenant"]]

    @property
    def untouched(self) -> bool:
        return all(sandbox.ledger == [] for sandbox in self.sandboxes.values())


def config_of(tenant: str, **configurable: str) -> RunnableConfig:
    return {"configurable": {"tenant": tenant, **configurable}}


def everybody(mode: Mode, one: Callable[[str], Any], aone: Callable[[str], Any]) -> list[Any]:
    """Do something for all tenants at once: in threads, or on one event loop."""
    if mode == "sync":
        with ThreadPoolExecutor(16) as pool:
            return list(pool.map(one, TENANTS))

    async def gather() -> list[Any]:
        return await asyncio.gather(*map(aone, TENANTS))

    return asyncio.run(gather())


def test_fifty_tenants_at_once_in_one_graph_never_cross(mode: Mode) -> None:
    workspaces = Workspaces()
    turns = [
        *calls(*({"event": f"Event {number}", "anonymousId": "visitor"} for number in range(3)))["messages"],
        *calls({"batch": [{"type": "track", **PAID}] * 2}, tool="customerio_send_batch_requests")["messages"],
        AIMessage("Done."),
    ]
    graph = react(workspaces.toolkit.get_tools(), turns, InMemorySaver())

    def config(tenant: str) -> RunnableConfig:
        return config_of(tenant, thread_id=f"thread-of-{tenant}")

    given = {"messages": [HumanMessage("Go on.")]}
    everybody(
        mode, lambda tenant: graph.invoke(given, config(tenant)), lambda tenant: graph.ainvoke(given, config(tenant))
    )
    seen: set[str | None] = set()
    for tenant, sandbox in workspaces.sandboxes.items():
        assert sorted(str(event.name) for event in sandbox.events) == ["Event 0", "Event 1", "Event 2", "Paid", "Paid"]
        assert {entry.status for entry in sandbox.ledger} == {200}, tenant
        ids = {call.message_id for call in sandbox.accepted_calls}
        assert len(ids) == 5
        assert not ids & seen
        seen |= ids


def test_one_thread_that_changes_its_tenant_writes_to_the_new_one_only(run: Run) -> None:
    workspaces = Workspaces()
    graph = tool_step(workspaces.toolkit.get_tools(), InMemorySaver())
    for tenant in TENANTS[:2]:
        run.method(graph, "invoke", calls(PAID), config_of(tenant, thread_id="one"))
    assert [len(sandbox.events) for sandbox in workspaces.sandboxes.values()] == [1, 1] + [0] * 48


NOBODY: list[dict[str, Any]] = [{}, *({"tenant": tenant} for tenant in ("tenant-50", "", None)), {"Tenant": "tenant-1"}]


@pytest.mark.parametrize("configurable", NOBODY)
def test_a_missing_or_unknown_tenant_is_an_error_and_never_anothers_key(
    configurable: dict[str, Any], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspaces, fallback = Workspaces(), Sandbox()
    with fallback.serve() as server:
        monkeypatch.setenv("CUSTOMERIO_API_KEY", "a-key")
        monkeypatch.setenv("CUSTOMERIO_BASE_URL", server.base_url)
        graph = tool_step(workspaces.toolkit.get_tools(), InMemorySaver())
        run.method(graph, "invoke", calls(PAID), config_of(TENANTS[0], thread_id="before"))
        config: RunnableConfig = {"configurable": {"thread_id": "t", **configurable}}
        output = run.method(graph, "invoke", calls(PAID), config)
    told = error(results(output)["call-0"])
    assert told == "Not sent. This run names no workspace that is known here: a person has to configure it."
    assert [len(sandbox.ledger) for sandbox in workspaces.sandboxes.values()] == [1] + [0] * 49
    assert fallback.ledger == []


@pytest.mark.parametrize("found", [None, "key-of-tenant-1", {"api_key": "k"}, PipelinesClient])
def test_what_is_no_client_is_an_error(found: object, run: Run) -> None:
    toolkit = CustomerioPipelinesToolkit(client=lambda _: found)  # type: ignore[arg-type] # the mistake
    output = run.method(tool_step(toolkit.get_tools(), None), "invoke", calls(PAID))
    told = error(results(output)["call-0"])
    assert ("names no workspace" if found is None else "The function given as client returned ") in told
    assert "tenant-1" not in told


def test_a_mistake_in_the_applications_own_function_is_not_hidden(run: Run) -> None:
    def broken(_: RunnableConfig) -> PipelinesClient:
        raise ZeroDivisionError

    toolkit = CustomerioPipelinesToolkit(client=broken)
    with pytest.raises(ZeroDivisionError):
        run.method(tool_step(toolkit.get_tools(), None), "invoke", calls(PAID))


def test_a_run_without_a_workspace_spends_nothing(run: Run) -> None:
    workspaces = Workspaces(policy=Policy(max_writes=1))
    graph = tool_step(workspaces.toolkit.get_tools(), InMemorySaver())
    for _ in range(2):
        run.method(graph, "invoke", calls(PAID), {"configurable": {"thread_id": "t"}})
    output = run.method(graph, "invoke", calls(PAID), config_of(TENANTS[0], thread_id="t"))
    assert answer(results(output)["call-0"])["status"] == "accepted"


def test_the_schema_needs_no_workspace(run: Run) -> None:
    workspaces = Workspaces()
    [of] = [tool for tool in workspaces.toolkit.get_tools() if "track" in tool.name]
    assert "request_body_schema" in run.invoke(of, {"mode": "get_request_schema"})
    assert workspaces.untouched


def test_keys_of_all_tenants_rotate_while_the_graph_runs_on(mode: Mode) -> None:
    keys = {tenant: f"old-key-of-{tenant}" for tenant in TENANTS}
    sandboxes = {tenant: Sandbox(keys={key}) for tenant, key in keys.items()}
    clients = {tenant: sandboxes[tenant].client(api_key=lambda tenant=tenant: keys[tenant]) for tenant in TENANTS}
    toolkit = CustomerioPipelinesToolkit(client=lambda config: clients[config["configurable"]["tenant"]], strict=True)
    graph = tool_step(toolkit.get_tools(), None)

    def statuses() -> set[str]:
        outputs = everybody(
            mode,
            lambda tenant: graph.invoke(calls(PAID), config_of(tenant)),
            lambda tenant: graph.ainvoke(calls(PAID), config_of(tenant)),
        )
        return {results(output)["call-0"].status for output in outputs}

    assert statuses() == {"success"}
    for tenant, sandbox in sandboxes.items():
        sandbox.keys = {f"new-key-of-{tenant}"}
    assert statuses() == {"error"}
    keys.update({tenant: f"new-key-of-{tenant}" for tenant in TENANTS})
    assert statuses() == {"success"}
    assert {len(sandbox.events) for sandbox in sandboxes.values()} == {2}
