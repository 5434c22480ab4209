"""The model's stand-in: an agent that is made as our pages say really runs through it."""

from __future__ import annotations

import pytest
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage

from langchain_customerio import CustomerioPipelinesToolkit
from langchain_customerio.sandbox import Sandbox
from tests.stand_in_model import BODY


@pytest.mark.loopback
@pytest.mark.usefixtures("desk")
def test_an_agent_on_the_stand_in_identifies_a_person_and_stops() -> None:
    sandbox = Sandbox()
    tools = CustomerioPipelinesToolkit(client=sandbox.client()).get_tools()
    agent = create_agent("openai:gpt-5", tools)
    state = agent.invoke({"messages": [HumanMessage("Ada took the pro plan.")]})
    assert [message.type for message in state["messages"]] == ["human", "ai", "tool", "ai"]
    assert state["messages"][-1].content.startswith('The tool answered: {"status":')
    assert sandbox.people["ada"].traits == BODY["traits"]
