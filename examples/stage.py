"""Shared by the examples: chooses the model and the workspace, shows an agent's steps, and checks the outcome."""

from __future__ import annotations

import difflib
import json
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, ToolMessage
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from drawing import console_for, indented, is_error, receipts, request, result, workspace
from langchain_customerio import ConfigurationError, PipelinesClient
from langchain_customerio.sandbox import Sandbox
from scripted_model import ScriptedModel
from story import HELD, TASK, TURNS, held

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langgraph.graph.state import CompiledStateGraph
    from rich.console import Console, RenderableType

NO_TASK = """MODEL and CUSTOMERIO_API_KEY are set: this would write to a real workspace. Say what to do there:
  python {script} "Ada has joined on the pro plan"
  make demo ARGS="Ada has joined on the pro plan\""""


@dataclass(frozen=True)
class Stage:
    """A model, a workspace and a task.

    Attributes:
        model: The scripted model, or the one that `MODEL` names.
        client: Where the agent's calls go.
        sandbox: The workspace in memory; None where the workspace is a real one.
        task: What the agent is asked to do.
    """

    model: BaseChatModel
    client: PipelinesClient
    sandbox: Sandbox | None
    task: str

    @classmethod
    def from_environment(cls) -> Stage:
        """Stay offline, unless `MODEL` names a real model; write to a real workspace only with a key as well."""
        task, name = " ".join(sys.argv[1:]), os.environ.get("MODEL", "")
        real = bool(name and os.environ.get("CUSTOMERIO_API_KEY"))
        if real and not task:
            raise SystemExit(NO_TASK.format(script=sys.argv[0]))
        if task and not name:
            raise SystemExit("The scripted model only plays its script: a task of your own needs MODEL=provider:name.")
        model = real_model(name) if name else ScriptedModel(turns=TURNS)
        if not real:
            sandbox = Sandbox()
            return cls(model, sandbox.client(), sandbox, task or TASK)
        try:
            return cls(model, PipelinesClient(), None, task)
        except ConfigurationError as error:
            raise SystemExit(str(error)) from None

    @property
    def is_scripted(self) -> bool:
        """Whether it is known beforehand what will happen."""
        return isinstance(self.model, ScriptedModel)

    def perform(self, agent: CompiledStateGraph[Any, Any, Any, Any], title: str) -> int:
        """Let an agent do the task, show each step as it happens and what came of it, and return the exit status."""
        console = console_for(sys.stdout)
        console.print(self._opening(title))
        with self._watched(console):
            return self._finish(agent, console)

    def _finish(self, agent: CompiledStateGraph[Any, Any, Any, Any], console: Console) -> int:
        messages: list[BaseMessage] = []
        with self.client:
            for message in steps(agent, self.task):
                messages.append(message)
                console.print(self._shown(message))
        if self.sandbox is None:
            console.print(receipts(messages))
            return 0
        console.print(*workspace(self.sandbox), sep="\n")
        return verdict(console, held(self.sandbox), sum(map(is_error, messages))) if self.is_scripted else 0

    @contextmanager
    def _watched(self, console: Console) -> Iterator[None]:
        """Show the sandbox in a browser while the agent works, where `CONSOLE` is set."""
        if self.sandbox is None or not os.environ.get("CONSOLE"):
            yield
            return
        with self.sandbox.serve() as server:
            console.print(f"Watch the workspace in a browser: {server.console_url}", "", sep="\n")
            until_enter(console, "Press Enter to start the agent.")
            yield
            until_enter(console, "Press Enter to end; the page then stops.")

    def _opening(self, title: str) -> RenderableType:
        script = "scripted, not a language model: it plays examples/story.py"
        model = script if self.is_scripted else os.environ["MODEL"]
        where = "sandbox in memory; nothing leaves this process" if self.sandbox else str(self.client)
        facts = Table.grid(padding=(0, 2))
        for name, value in {"agent": title, "model": model, "workspace": where, "task": self.task}.items():
            facts.add_row(Text(name, "dim"), Text(value))
        return Panel(facts, title="langchain-customerio", title_align="left", border_style="cyan", padding=(1, 2))

    def _shown(self, message: BaseMessage) -> RenderableType:
        if isinstance(message, ToolMessage):
            return Group(*map(indented, result(message)), "")
        calls = message.tool_calls if isinstance(message, AIMessage) else []
        lines: list[RenderableType] = [Text(message.text)] if message.text else []
        for each in calls:
            lines += request(each["name"], each["args"])
        label = Text.assemble(("agent", "bold cyan"), (" (scripted)" if self.is_scripted else "", "dim"))
        return Group(label, *map(indented, lines), *([] if calls else [""]))


def steps(agent: CompiledStateGraph[Any, Any, Any, Any], task: str) -> Iterator[BaseMessage]:
    """Yield each message of the model and of the tools as soon as it is there."""
    for update in agent.stream({"messages": [("user", task)]}, stream_mode="updates"):
        for change in update.values():
            yield from (change or {}).get("messages", [])


def until_enter(console: Console, text: str) -> None:
    """Wait for Enter; a program that has nobody to press it goes on at once."""
    try:
        console.input(f"{text}\n")
    except EOFError:
        return


def verdict(console: Console, found: object, refused: int) -> int:
    """Say whether the script led to what it should, and return the exit status."""
    if found == HELD and refused == 1:
        console.print(Text("✓ The workspace holds what it should, and nothing else.", "bold green"))
        return 0
    console.print(Text("✗ This is not what should have happened.", "bold red"))
    console.print(f"One call should have been refused; {refused} were.")
    wanted, got = (json.dumps(each, indent=2, sort_keys=True).splitlines() for each in (HELD, found))
    console.print("\n".join(difflib.unified_diff(wanted, got, "should be", "is", lineterm="")), markup=False)
    return 1


def real_model(name: str) -> BaseChatModel:
    """Return the model that `MODEL=provider:name` asks for."""
    try:
        from langchain.chat_models import init_chat_model  # noqa: PLC0415 - the demo does without the package

        return init_chat_model(name)
    except ModuleNotFoundError as error:
        raise SystemExit(f"MODEL needs a package: {sys.executable} -m pip install {error.name}") from None
    except Exception as error:  # noqa: BLE001 - each provider has errors of its own for a missing package or key
        raise SystemExit(f"MODEL={name}: {error}") from None
