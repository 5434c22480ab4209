"""One attempt at a task: a sandbox, the tools over it, a record of every call, and the score at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_core.messages import ToolMessage

from tests.evals.evidence import ToolCall
from tests.evals.fixtures import WORKSPACE
from tests.evals.scoring import Score, score
from tests.evals.state import state_of
from tests.evals.toolsets import toolset_for
from tests.evals.workspace import new_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.runnables import RunnableConfig
    from langchain_core.tools import BaseTool

    from tests.evals.task import Style, Task

INSTRUCTIONS = """\
You look after a Customer.io workspace with the tools at hand, and with nothing else. Today is Tuesday, 24 November
2026; times are UTC. A person's user id is their first name in lower case, and a company's group id its name in lower
case, unless the task says otherwise. Topic 1 is product news, topic 2 is offers, topic 3 is the newsletter.

Do what the task asks and nothing beyond. Nobody answers questions while you work: what cannot be done, or not without
guessing, you leave undone, and say why.

End your answer with exactly one line that starts with one of these:
DONE - all of it was done, and the tools' answers prove it
PARTLY DONE: … - some of it was done; say exactly what was not
UNCONFIRMED: … - it was sent, and the tools' answers leave open whether it was kept
NOT DONE: … - none of it was done; say why, or what you would need to know"""


@dataclass
class Trial:
    """A task, ready to be attempted once.

    Attributes:
        task: The task.
        style: The style of the tools.
        calls: The tool calls so far.
    """

    task: Task
    style: Style
    calls: list[ToolCall] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Fill the workspace, then let things go wrong."""
        self.sandbox = new_workspace((*WORKSPACE, *self.task.history))
        for name, value in self.task.switches.items():
            setattr(self.sandbox, name, value)
        for fault in self.task.faults:
            self.sandbox.fail(**fault)
        self.before = state_of(self.sandbox)
        self.toolset = toolset_for(self.task, self.style, self.sandbox)

    @property
    def tools(self) -> list[BaseTool]:
        """The tools."""
        return self.toolset.tools

    @property
    def config(self) -> RunnableConfig:
        """How the tools run: one after the other, in one thread of a graph."""
        return {"configurable": {"thread_id": "eval", "workspace": self.task.tenant}, "max_concurrency": 1}

    @property
    def instructions(self) -> str:
        """The system prompt: that of the evaluation, and what the tools add to it."""
        return f"{INSTRUCTIONS}\n\n{self.toolset.instructions}".strip()

    def call(self, name: str, arguments: dict[str, Any]) -> ToolCall:
        """Call a tool, as an agent would."""
        tool = next((tool for tool in self.tools if tool.name == name), None)
        call_id = f"call-{len(self.calls) + 1}"

        def run() -> ToolMessage:
            if tool is None:
                text = f"{name} is not a valid tool, try one of {', '.join(each.name for each in self.tools)}."
                return ToolMessage(text, tool_call_id=call_id, status="error")
            call = {"name": name, "args": arguments, "id": call_id, "type": "tool_call"}
            message = tool.invoke(call, self.config)
            assert isinstance(message, ToolMessage)
            return message

        self.record(name, arguments, run)
        return self.calls[-1]

    def record(self, name: str, arguments: dict[str, Any], run: Callable[[], ToolMessage]) -> ToolMessage:
        """Run a tool call, and keep what it did."""
        already = len(self.sandbox.ledger)
        self.toolset.start()
        message = run()
        content, error = str(message.text), message.status == "error"
        arrived = tuple(self.sandbox.ledger[already:])
        reading = self.toolset.read(content, arrived, error=error)
        self.calls.append(ToolCall(name, arguments, content, error, arrived, reading))
        return message

    def finish(self, answer: str) -> Score:
        """Score the attempt."""
        return score(self, answer)
