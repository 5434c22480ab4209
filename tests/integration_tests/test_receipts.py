"""A receipt comes back from a checkpoint as a receipt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.sqlite import SqliteSaver

from langchain_customerio import Batch, CustomerioPipelinesToolkit, Receipt, Track
from langchain_customerio.sandbox import Sandbox
from tests.graphs import calls, react

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_core.runnables import RunnableConfig

THREAD: RunnableConfig = {"configurable": {"thread_id": "t"}}


def test_the_artifact_of_a_tool_message_is_read_as_a_receipt_after_a_restart(tmp_path: Path) -> None:
    tools = CustomerioPipelinesToolkit(client=Sandbox().client()).get_tools()
    turns = [*calls({"userId": "ada", "event": "Paid"})["messages"], AIMessage("Done.")]
    database = str(tmp_path / "history.sqlite")
    with SqliteSaver.from_conn_string(database) as saver:
        output = react(tools, turns, saver).invoke({"messages": [HumanMessage("Go on.")]}, THREAD)
    [sent] = [message.artifact for message in output["messages"] if message.type == "tool"]
    with SqliteSaver.from_conn_string(database) as saver:
        state = react(tools, turns, saver).get_state(THREAD)
    [kept] = [message.artifact for message in state.values["messages"] if message.type == "tool"]
    receipt = Receipt.model_validate(kept)
    assert receipt == sent
    assert receipt.message_id == sent.message_id
    assert receipt.attempts == 1


@pytest.mark.parametrize("dry", [True, False])
def test_a_receipt_survives_json_and_a_dict(*, dry: bool) -> None:
    batch = Batch(batch=[Track(user_id="ada", event="Paid", properties={"fill": "x" * 30_000})] * 20)
    client = Sandbox().client()
    receipt = client.preview(batch) if dry else client.send(batch)
    assert Receipt.model_validate(receipt.model_dump()) == receipt
    assert Receipt.model_validate(json.loads(receipt.model_dump_json())) == receipt
    assert Receipt.model_validate_json(receipt.model_dump_json()) == receipt
    assert Receipt.model_validate(receipt) is receipt
