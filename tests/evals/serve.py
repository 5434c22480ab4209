"""One task as a conversation in JSON lines, so that any agent, in any language, can take the exam.

Each line on standard input is a command, each line on standard output its answer:

    {"do": "tools"}                                         the tools: name, description, parameters (JSON Schema)
    {"do": "call", "tool": "…", "arguments": {…}}           what the tool answers, and whether that is an error
    {"do": "finish", "answer": "… DONE"}                    the score; the conversation is over

The first line that is written holds the instructions and the prompt.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from langchain_core.utils.function_calling import convert_to_openai_tool

from tests.evals.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.evals.task import Style, Task

_HOW = (
    'send one JSON object a line: {"do": "tools"}, {"do": "call", "tool": "…", "arguments": {…}}'
    ' or {"do": "finish", "answer": "…"}'
)


class Served:
    """A task that somebody outside works on, command by command.

    Attributes:
        passed: Whether the task passed; None until it is finished.
    """

    def __init__(self, task: Task, style: Style) -> None:
        """Lay out the desk."""
        self._desk = Desk(task, style)
        self.passed: bool | None = None

    @property
    def welcome(self) -> dict[str, Any]:
        """What the examinee is told first."""
        return {"instructions": self._desk.instructions, "prompt": self._desk.task.prompt, "how": _HOW}

    def answer(self, line: str) -> dict[str, Any]:
        """Carry out one command; what is none is explained."""
        try:
            command = json.loads(line)
        except ValueError:
            return {"problem": f"that is not JSON; {_HOW}"}
        match command:
            case {"do": "tools"}:
                return {"tools": [convert_to_openai_tool(tool)["function"] for tool in self._desk.tools]}
            case {"do": "call", "tool": str(tool), "arguments": dict(arguments)}:
                return asdict(self._desk.call(tool, arguments))
            case {"do": "finish", "answer": str(text)}:
                score = self._desk.finish(text)
                self.passed = score.passed
                return {"passed": score.passed, "verdict": score.verdict, "complaints": score.complaints}
        return {"problem": _HOW}


def converse(served: Served, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Answer commands until the task is finished or nothing more comes."""
    yield served.welcome
    for line in lines:
        if line.strip():
            yield served.answer(line)
        if served.passed is not None:
            return


def step(served: Served, journal: Path, line: str) -> dict[str, Any]:
    """Answer one command after those that a journal holds, and add it there; without one, say what the task is.

    The exam is the same on every run, so a process for each command sees what one long conversation would.
    """
    if not line.strip():
        return served.welcome
    past = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    for each in past:
        served.answer(each)
    if served.passed is not None:
        return {"problem": "this task is finished; delete the journal to begin again"}
    found = served.answer(line)
    if "problem" not in found:
        with journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(json.loads(line)) + "\n")
    return found
