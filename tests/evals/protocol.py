"""The commands of `serve`, one JSON object a line, each checked field by field."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.utils.function_calling import convert_to_openai_tool

from tests.evals.recordings import recording_of
from tests.evals.tokens import Tokens
from tests.evals.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.evals.recordings import Recording
    from tests.evals.task import Style, Task

COMMANDS = """\
{"do": "tools"}                                        the tools: name, description, parameters (JSON Schema)
{"do": "call", "tool": "…", "arguments": {…}}          calls a tool: its answer, and whether that is an error
{"do": "finish", "answer": "…"}                        hands in the final answer: the verdict; nothing follows it
{"do": "hello", "agent": "…", "version": "…"}          says who is working, for a recording; may be left out"""
HOW = (
    'one JSON object a line: {"do": "tools"}, {"do": "call", "tool": "…", "arguments": {…}}'
    ' or {"do": "finish", "answer": "…"}'
)


class CommandError(Exception):
    """A line is not a command.

    Attributes:
        field: The field that is wrong; empty for the line as a whole.
    """

    def __init__(self, field: str, message: str) -> None:
        """Keep the field beside the text."""
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field


@dataclass(frozen=True)
class _Command:
    """What a command takes: its fields, and which of them may be left out."""

    fields: dict[str, type]
    optional: frozenset[str] = frozenset()


_COMMANDS = {
    "tools": _Command({}),
    "call": _Command({"tool": str, "arguments": dict}),
    "finish": _Command({"answer": str, "tokens": dict}, frozenset({"tokens"})),
    "hello": _Command({"agent": str, "version": str}, frozenset({"version"})),
}
_NAMES = {str: "text", dict: "a JSON object", list: "a list", bool: "true or false", int: "a number", float: "a number"}


def parse(line: str) -> dict[str, Any]:
    """Return a command.

    Raises:
        CommandError: If it is none, with the field that is wrong.
    """
    if not line.strip():
        raise CommandError("", f"the line is blank; send {HOW}")
    try:
        command = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise CommandError("", f"the line is not JSON ({error}); send {HOW}") from error
    if not isinstance(command, dict):
        raise CommandError("", f"a command is a JSON object, not {_kind(command)}; send {HOW}")
    if "do" not in command:
        raise CommandError("do", f"is missing; it takes {_listed(_COMMANDS)}")
    name = command["do"]
    if not isinstance(name, str) or name not in _COMMANDS:
        found = json.dumps(name, ensure_ascii=False)[:60] if isinstance(name, str) else _kind(name)
        raise CommandError("do", f"takes {_listed(_COMMANDS)}, not {found}")
    _check(command, _COMMANDS[name])
    return command


def _check(command: dict[str, Any], wanted: _Command) -> None:
    name = command["do"]
    for field, kind in wanted.fields.items():
        if field not in command:
            if field in wanted.optional:
                continue
            hint = "; send {} where the tool needs none" if field == "arguments" else ""
            raise CommandError(field, f"is missing; {name} needs {_NAMES[kind]} there{hint}")
        value = command[field]
        if isinstance(value, str) and kind is dict:
            raise CommandError(field, "is text; send the JSON object itself, not a text that holds it")
        if not isinstance(value, kind):
            raise CommandError(field, f"takes {_NAMES[kind]}, not {_kind(value)}")
    for field in command:
        if field != "do" and field not in wanted.fields:
            takes = f"takes {_listed(wanted.fields)}" if wanted.fields else "takes no other field"
            raise CommandError(field, f"is not a field of {name}, which {takes}")
    for field, value in command.get("tokens", {}).items() if name == "finish" else ():
        if field not in {"read", "written"} or isinstance(value, bool) or not isinstance(value, int):
            raise CommandError(f"tokens.{field}", "tokens takes read and written, both whole numbers")


def _kind(value: object) -> str:
    return "null" if value is None else _NAMES[type(value)]


def _listed(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


class Session:
    """A task that an agent outside this process works on, command by command.

    Attributes:
        recording: The record of the finished trial; None until then.
    """

    def __init__(self, task: Task, style: Style) -> None:
        """Begin the trial."""
        self._trial = Trial(task, style)
        self._agent = ("unknown", "")
        self.recording: Recording | None = None

    def welcome(self, *, with_tools: bool = False) -> dict[str, Any]:
        """Return what the agent is told first."""
        opening = {"instructions": self._trial.instructions, "prompt": self._trial.task.prompt, "how": HOW}
        return opening | (self._tools({}) if with_tools else {})

    def answer(self, line: str) -> dict[str, Any]:
        """Carry out one command; a line that is none is explained, and costs nothing."""
        try:
            command = parse(line)
        except CommandError as error:
            return {"problem": str(error), "field": error.field}
        answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "tools": self._tools,
            "call": self._call,
            "finish": self._finish,
            "hello": self._hello,
        }
        return answers[command["do"]](command)

    def abandon(self) -> dict[str, Any]:
        """End the trial without an answer."""
        verdict = self._finish({"answer": ""})
        return {**verdict, "complaints": ["claim: the input ended before a finish command", *verdict["complaints"]]}

    def _tools(self, _command: dict[str, Any]) -> dict[str, Any]:
        return {"tools": [convert_to_openai_tool(tool)["function"] for tool in self._trial.tools]}

    def _call(self, command: dict[str, Any]) -> dict[str, Any]:
        made = self._trial.call(command["tool"], command["arguments"])
        return {"content": made.content, "error": made.error}

    def _hello(self, command: dict[str, Any]) -> dict[str, Any]:
        self._agent = (command["agent"], command.get("version", ""))
        return {"agent": self._agent[0], "version": self._agent[1]}

    def _finish(self, command: dict[str, Any]) -> dict[str, Any]:
        answer, tokens = command["answer"], command.get("tokens")
        score = self._trial.finish(answer)
        agent, version = self._agent
        self.recording = recording_of(
            self._trial,
            answer,
            score,
            agent=agent,
            agent_version=version,
            tokens=Tokens(tokens.get("read", 0), tokens.get("written", 0), "agent") if tokens else None,
        )
        return {
            "passed": score.passed,
            "verdict": score.claim,
            "complaints": score.complaints,
            "calls": len(self.recording.calls),
            "errors": self.recording.errors,
        }
