"""How the tests call a tool: as a model does, and against a sandbox that shows what arrived."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from langchain_core.messages import ToolMessage

from langchain_customerio import CustomerioPipelinesToolkit, RetryPolicy

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langchain_core.tools import BaseTool

    from langchain_customerio.sandbox import Sandbox
    from tests.conftest import Run

NO_PAUSE = RetryPolicy(attempts=3, base_delay=0)
"""Three attempts, one right after the other."""


def toolkit(sandbox: Sandbox, **settings: Any) -> CustomerioPipelinesToolkit:
    """Make a toolkit whose client ends in the sandbox and repeats without a pause."""
    return CustomerioPipelinesToolkit(**{"client": sandbox.client(retry=NO_PAUSE), **settings})


def tool(sandbox: Sandbox, name: str, **settings: Any) -> BaseTool:
    """Return the one tool of such a toolkit whose name has this part."""
    [found] = toolkit(sandbox, tools=(name,), **settings).get_tools()
    return found


def tool_call(of: BaseTool, arguments: dict[str, Any], call_id: str = "call_1") -> dict[str, Any]:
    """Write down a tool call, as chat models hand it over."""
    return {"type": "tool_call", "id": call_id, "name": of.name, "args": arguments}


def message(run: Run, of: BaseTool, config: RunnableConfig | None = None, /, **arguments: Any) -> ToolMessage:
    """Return what the model reads after a tool call with these arguments."""
    found = run.invoke(of, tool_call(of, arguments), config)
    assert isinstance(found, ToolMessage)
    assert (found.name, found.tool_call_id) == (of.name, "call_1")
    return found


def execute(run: Run, of: BaseTool, body: object, **arguments: Any) -> ToolMessage:
    """Return what the model reads after it asked a tool to send this body."""
    return message(run, of, mode="execute", request_body=body, **arguments)


def answer(read: ToolMessage) -> Any:
    """Return the JSON of a message that tells of no error."""
    assert read.status == "success", read.content
    return json.loads(str(read.content))


def error(read: ToolMessage) -> str:
    """Return the text of a message that tells of an error, and nothing but that."""
    assert (read.status, read.artifact) == ("error", None), read.content
    assert isinstance(read.content, str)
    return read.content
