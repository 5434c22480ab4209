"""The key and people's data, hunted for in everything that an agent with these tools leaves behind."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tracers.base import BaseTracer
from langgraph.checkpoint.memory import InMemorySaver
from typing_extensions import override

from langchain_customerio import CustomerioError, CustomerioPipelinesToolkit, Policy, RetryPolicy
from langchain_customerio.sandbox import Sandbox
from langchain_customerio.tools.base import CustomerioTool
from tests.far_end import basic
from tests.graphs import Thread, calls, questions, react
from tests.tool_calls import error, execute, tool, tool_call

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from langchain_core.tracers.schemas import Run as TracedRun

    from langchain_customerio import PipelinesClient
    from tests.conftest import Run

KEYS = ("0ld-k3y-0123456789abcdef", "pk_us_n3w-k3y-0123456789abcdef")
PEOPLE = ("ada.lovelace", "ada@example.com", "Lovelace", "+44 20 7946 0123", "10 St James's Square", "1815-12-10")
"""What the calls say about a person."""

BODY: dict[str, Any] = {
    "userId": "ada.lovelace",
    "event": "Paid",
    "properties": {"email": "ada@example.com", "name": "Lovelace", "phone": "+44 20 7946 0123"},
    "context": {"location": "10 St James's Square", "born": "1815-12-10"},
}
NO_PAUSE = RetryPolicy(attempts=2, base_delay=0)


def forms(key: str) -> tuple[str, ...]:
    """Return what a key looks like in somebody's hands."""
    return key, basic(key).removeprefix("Basic "), key.encode().hex()


def shows_key(key: str, *places: object) -> list[str]:
    return [str(place)[:200] for place in places if any(form in str(place) for form in forms(key))]


def shows_people(*places: object) -> list[str]:
    return [str(place)[:200] for place in places if any(said in str(place) for said in PEOPLE)]


def told_by(failure: BaseException) -> Iterator[str]:
    """Yield every text of an exception, of its causes and of what was handled meanwhile, and all that ours carry."""
    chain: list[BaseException | None] = [failure]
    while chain:
        if (link := chain.pop()) is not None:
            yield from (str(link), repr(link), repr(link.args), *map(str, getattr(link, "__notes__", ())))
            yield repr(vars(link)) if isinstance(link, CustomerioError) else ""
            chain += [link.__cause__, link.__context__]
    yield from traceback.format_exception(failure)


class Tracer(BaseTracer):
    """Keeps every run as it would go to LangSmith."""

    def __init__(self) -> None:
        super().__init__()
        self.payloads: list[str] = []

    @override
    def _persist_run(self, run: TracedRun) -> None:
        """Keep the root of a tree of runs: `dumped` goes down to its leaves."""
        self.payloads.append(dumped(run))


def dumped(run: TracedRun) -> str:
    fields = {name: repr(value) for name, value in vars(run).items() if name not in {"child_runs", "parent_run"}}
    return json.dumps({**fields, "children": [dumped(child) for child in run.child_runs]})


@pytest.fixture(params=KEYS)
def key(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[io.StringIO]:
    """Everything that anybody logs, formatted, down to the lowest level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    with caplog.at_level(1):
        logging.getLogger().addHandler(handler)
        yield stream
        logging.getLogger().removeHandler(handler)


@dataclass(frozen=True)
class Desk:
    """An agent's workplace: a client with a key, and the sandbox that it reaches over a socket."""

    key: str
    run: Run
    sandbox: Sandbox
    client: PipelinesClient


@pytest.fixture
def desk(key: str, run: Run) -> Iterator[Desk]:
    sandbox, timeout = Sandbox(keys={key}), httpx.Timeout(5, read=0.2)
    with sandbox.serve() as server, server.client(api_key=key, retry=NO_PAUSE, timeout=timeout) as client:
        yield Desk(key, run, sandbox, client)


def kit(client: PipelinesClient, **settings: Any) -> CustomerioPipelinesToolkit:
    return CustomerioPipelinesToolkit(client=client, **settings)


# The key


@pytest.mark.parametrize("style", ["two_mode", "typed"])
def test_tools_and_toolkit_do_not_show_the_key(desk: Desk, style: str) -> None:
    toolkit = kit(desk.client, style=style, policy=Policy(person="ada", approve="risky", redact=True))
    for each in (toolkit, *toolkit.get_tools()):
        shown = (repr(each), str(each), each.model_dump(), each.__repr_args__(), each.model_copy(), vars(each))
        assert shows_key(desk.key, *shown) == []
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises((TypeError, pickle.PicklingError)) as caught:
                pickle.dumps(each, protocol)
            assert shows_key(desk.key, *told_by(caught.value)) == []
        assert shows_key(desk.key, repr(copy.deepcopy(each))) == []
    for of in toolkit.get_tools():
        assert isinstance(of, CustomerioTool)
        assert shows_key(desk.key, of.args, of.description, of.tool_call_schema.model_json_schema(), of.to_json()) == []  # type: ignore[union-attr] # a model


def test_a_whole_run_leaves_the_key_nowhere(desk: Desk, log: io.StringIO, tmp_path: Path) -> None:
    desk.sandbox.fail(status=503, body=f"you sent {desk.key} and {basic(desk.key)}", times=1)
    desk.sandbox.fail(status=400, body=json.dumps({"meta": {"errors": [f"bad {desk.key}"]}}), times=1)
    desk.sandbox.fail(status=200, body=json.dumps({"echo": {"Authorization": basic(desk.key)}}), times=1)
    tracer = Tracer()
    policy = Policy(allow_destructive=True, approve="risky")
    tools = kit(desk.client, policy=policy, strict=True).get_tools()
    turns = [
        *calls({**BODY, "event": "One"})["messages"],
        *calls({**BODY, "event": "Two"})["messages"],
        *calls({"userId": "ada"})["messages"],
        *calls({"userId": "ada", "event": "User Deleted"})["messages"],
        AIMessage("Done."),
    ]
    path = tmp_path / "checkpoints.sqlite"
    thread = Thread(desk.run, lambda saver: react(tools, turns, saver).with_config(callbacks=[tracer]), path)
    [question] = questions(thread.invoke({"messages": [HumanMessage("Go on.")]}))
    output = thread.answer({"type": "approve", "id": question["id"]})
    assert [event.name for event in desk.sandbox.events] == []
    assert [deletion.id for deletion in desk.sandbox.deleted] == ["ada"]
    assert len(tracer.payloads) == 2
    assert "customerio_track_user_event" in tracer.payloads[0]
    assert "): 503 in " in log.getvalue()
    assert shows_key(desk.key, *tracer.payloads, log.getvalue(), question, output, repr(output), thread.history()) == []
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"customerio_track_user_event" in stored
    assert not any(form.encode() in stored for form in forms(desk.key))


FAULTS: list[dict[str, Any]] = [
    {"status": 400, "body": "{echo}"},
    {"status": 401, "body": "{echo}"},
    {"status": 413, "body": "<html>{echo}</html>"},
    {"status": 503, "body": "{echo}"},
    {"status": 200, "body": "{echo}"},
    {"redirect": "https://elsewhere.example/"},
    {"reset": "after"},
    {"timeout": "after"},
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_no_failure_shows_the_key_or_the_person(desk: Desk, fault: dict[str, Any], log: io.StringIO) -> None:
    echo = f"{desk.key} {' '.join(PEOPLE)}"
    body = str(fault.get("body", "")).replace("{echo}", echo)
    desk.sandbox.fail(**({**fault, "body": body} if body else fault), times=None)
    for settings in ({}, {"handle_tool_errors": False}):
        [of] = kit(desk.client, tools=("track",), **settings).get_tools()
        tracer = Tracer()
        try:
            call = tool_call(of, {"mode": "execute", "request_body": BODY})
            told = [error(desk.run.invoke(of, call, {"callbacks": [tracer]}))]
        except CustomerioError as failure:
            told = list(told_by(failure))
        assert len(tracer.payloads) == 1
        assert shows_key(desk.key, *told, *tracer.payloads, log.getvalue()) == []
        assert shows_people(*told, log.getvalue()) == []


# People's data


REFUSED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({**BODY, "email": "ada@example.com"}, {}),
    ({**BODY, "event": ["Lovelace"]}, {}),
    ({**BODY, "timestamp": "1815-12-10T25:00"}, {}),
    ({**BODY, "userId": ["ada.lovelace"]}, {}),
    ({**BODY, "properties": {"big": 10**30, "name": "Lovelace"}}, {}),
    ({**BODY, "properties": {"note": "ada@example.com " * 3_000}}, {}),
    ({**BODY, "integrations": {"All": "ada@example.com"}}, {}),
    ({**BODY, "context": {"device": {"type": "Lovelace"}}}, {}),
    ({**BODY, "properties": {**BODY["properties"], "recipient": "ada@example.com"}}, {}),
    ({**BODY, "event": "User Deleted"}, {}),
    ({**BODY, "event": "Device Deleted"}, {}),
    (BODY, {"person": "bob"}),
    (BODY, {"events": ["Lovelace"]}),
    (BODY, {"events": ["!Paid"]}),
    (BODY, {"groups": [], "max_writes": 1, "approve": "all"}),
]


@pytest.mark.parametrize("form", ["object", "text", "broken text"])
@pytest.mark.parametrize(("body", "settings"), REFUSED)
def test_no_refusal_repeats_what_is_said_about_people(
    body: dict[str, Any], settings: dict[str, Any], form: str, run: Run, log: io.StringIO
) -> None:
    sandbox = Sandbox()
    given: object = body if form == "object" else json.dumps(body)[: -1 if form == "broken text" else None]
    told = error(execute(run, tool(sandbox, "track", policy=Policy(**settings)), given))
    raising = tool(sandbox, "track", policy=Policy(**settings), handle_tool_errors=False)
    with pytest.raises(CustomerioError) as caught:
        execute(run, raising, given)
    assert shows_people(told, *told_by(caught.value), log.getvalue()) == []
    assert sandbox.ledger == []


@pytest.mark.parametrize(
    "arguments", [{"mode": "Lovelace"}, {"mode": "execute", "Lovelace": BODY}, {"request_body": BODY}]
)
def test_arguments_that_are_none_are_told_without_what_they_hold(arguments: dict[str, Any], run: Run) -> None:
    of = tool(Sandbox(), "track")
    told = error(run.invoke(of, tool_call(of, arguments)))
    assert shows_people(told.replace("Lovelace is not an argument", "")) == []


@pytest.mark.parametrize("redact", [True, ["userId", "properties.*", "context"]])
def test_people_can_be_left_out_of_receipts(redact: Any, run: Run) -> None:
    sandbox = Sandbox()
    read = execute(run, tool(sandbox, "track", policy=Policy(dry_run=True, redact=redact)), BODY)
    assert shows_people(read.content, read.artifact, repr(read)) == []
    shown = json.loads(str(read.content))["request_body"]
    assert shown["event"] == "Paid"
    assert shown["properties"]["email"] == "[redacted]"
    assert set(shown["context"]) == {"location", "born"}


def test_people_can_be_left_out_of_what_the_api_answers(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=200, body=json.dumps({"stored": BODY}))
    read = execute(run, tool(sandbox, "track", policy=Policy(redact=True)), BODY)
    assert shows_people(read.content, read.artifact) == []


def test_what_is_not_named_stays_in_a_redacted_receipt(run: Run) -> None:
    batch = {
        "batch": [{"type": "track", **BODY}, {"type": "identify", "userId": "bob", "traits": {"type": "Lovelace"}}]
    }
    read = execute(run, tool(Sandbox(), "batch", policy=Policy(dry_run=True, redact="traits.type")), batch)
    first, second = read.artifact.previews[0].body["batch"]
    assert first["properties"] == BODY["properties"]
    assert (second["type"], second["traits"]) == ("identify", {"type": "[redacted]"})


def test_a_saver_in_memory_keeps_no_client() -> None:
    saver = InMemorySaver()
    tools = CustomerioPipelinesToolkit(client=Sandbox(keys={KEYS[0]}).client()).get_tools()
    react(tools, [*calls(BODY)["messages"], AIMessage("Done.")], saver).invoke(
        {"messages": [HumanMessage("Go on.")]}, {"configurable": {"thread_id": "t"}}
    )
    assert shows_key(KEYS[0], repr(dict(saver.storage)), repr(dict(saver.blobs)), repr(dict(saver.writes))) == []
