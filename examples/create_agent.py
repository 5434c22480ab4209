"""The agent of `react_agent.py`, made by `langchain.agents.create_agent` instead of spelt out.

It runs as that one does: offline by default, with `MODEL=provider:name` and `CUSTOMERIO_API_KEY` for real.
"""

from __future__ import annotations

import sys

from langchain.agents import create_agent

from langchain_customerio import CustomerioPipelinesToolkit
from stage import Stage


def main() -> int:
    stage = Stage.from_environment()
    toolkit = CustomerioPipelinesToolkit(client=stage.client, strict=True)
    agent = create_agent(stage.model, toolkit.get_tools(), system_prompt=toolkit.instructions())
    return stage.perform(agent, "langchain.agents.create_agent")


if __name__ == "__main__":
    sys.exit(main())
