"""One task as a conversation in JSON lines, so that any agent, in any language, can take part."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.evals.protocol import Session, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.evals.task import Style, Task


class JournalError(Exception):
    """A journal is that of another task or style, or is not a journal."""


def converse(session: Session, lines: Iterable[str], *, with_tools: bool = False) -> Iterator[dict[str, Any]]:
    """Answer commands until the task is finished; where the input ends before that, with a verdict all the same."""
    yield session.welcome(with_tools=with_tools)
    for line in lines:
        yield session.answer(line)
        if session.recording:
            return
    yield session.abandon()


def resume(
    task: Task, style: Style, journal: Path, lines: Iterable[str], *, with_tools: bool = False
) -> tuple[Session, list[dict[str, Any]]]:
    """Answer commands after those that a journal holds, and add them there; without any, say what the task is.

    A trial is the same on every run, so a process for each command sees what one long conversation would.

    Raises:
        JournalError: If the journal belongs to another task or style.
    """
    session = Session(task, style)
    for past in _commands_in(journal, task, style):
        session.answer(past)
    answers: list[dict[str, Any]] = []
    for line in lines:
        if session.recording:
            answers.append({"problem": "the task is finished; delete the journal to begin again", "field": ""})
            break
        found = session.answer(line)
        answers.append(found)
        if "problem" not in found:
            with journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(parse(line), ensure_ascii=False) + "\n")
    return session, answers or [session.welcome(with_tools=with_tools)]


def _commands_in(journal: Path, task: Task, style: Style) -> list[str]:
    """Return the commands in a journal, or begin one, with the style and a digest of the task on top."""
    own = {"task": task.digest, "style": style}
    if not journal.exists():
        journal.write_text(json.dumps(own) + "\n", encoding="utf-8")
        return []
    first, *rest = journal.read_text(encoding="utf-8").splitlines() or [""]
    try:
        found = json.loads(first)
    except ValueError:
        found = None
    if not (isinstance(found, dict) and found.keys() == own.keys()):
        raise JournalError(f"{journal} is not a journal: its first line does not say of which task and style")
    for name, value in own.items():
        if found[name] != value:
            other = "another task" if name == "task" else f"the style {found[name]}"
            raise JournalError(f"{journal} is the journal of {other}; give this one a file of its own")
    return rest
