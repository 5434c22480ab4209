"""What an agent did with a task, as a file: it can be read, counted, and played again against today's tools."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from itertools import count
from typing import TYPE_CHECKING, Any

from langchain_core.utils.function_calling import convert_to_openai_tool

from tests.evals.tasks import TASKS
from tests.evals.tokens import Tokens, tokens_of_calls
from tests.evals.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.evals.scoring import Score
    from tests.evals.task import Style

FORMAT = 1
_MESSAGE_ID = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{26}\b")


class RecordingError(Exception):
    """A file is not a recording, or is one of a task that there is no more."""


@dataclass(frozen=True)
class RecordedCall:
    """A tool call and its answer."""

    tool: str
    arguments: dict[str, Any]
    content: str
    error: bool


@dataclass(frozen=True)
class Recording:
    """One attempt at a task.

    Attributes:
        task: The task's name.
        style: The style of the tools.
        agent: Who made it, by its own account.
        version: Which version of that, by its own account.
        package: The version of this package.
        prompt: A digest of the system prompt and the task's prompt.
        tools: A digest of the tools' definitions.
        calls: Every tool call, and what was answered.
        answer: The final answer.
        claim: What it claims; empty where that cannot be read.
        passed: Whether nothing is wrong.
        complaints: What is wrong.
        false_claim: Whether the claim is untrue.
        harm: How many things changed that nobody had asked for.
        questions: How many calls asked for a schema.
        tokens: What it cost.
        crash: What ended it before its time.
    """

    task: str
    style: Style
    agent: str
    version: str
    package: str
    prompt: str
    tools: str
    calls: tuple[RecordedCall, ...]
    answer: str
    claim: str
    passed: bool
    complaints: tuple[str, ...]
    false_claim: bool
    harm: int
    questions: int
    tokens: Tokens
    crash: str = ""

    @property
    def errors(self) -> int:
        """How many calls were answered by an error."""
        return sum(call.error for call in self.calls)

    def as_json(self) -> dict[str, Any]:
        """Return everything, for a file."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Recording:
        """Read what `as_json` wrote.

        Raises:
            RecordingError: If it is something else.
        """
        found = dict(data)
        if found.pop("format", None) != FORMAT:
            raise RecordingError(f"not a recording of format {FORMAT}")
        if found.get("task") not in TASKS:
            raise RecordingError(f"no task is called {found.get('task')!r}")
        try:
            calls = tuple(RecordedCall(**call) for call in found.pop("calls"))
            complaints, tokens = tuple(found.pop("complaints")), Tokens(**found.pop("tokens"))
            return cls(**found, calls=calls, complaints=complaints, tokens=tokens)
        except (KeyError, TypeError) as error:
            raise RecordingError(f"not a whole recording: {error}") from error


def recording_of(  # noqa: PLR0913 - each is a part of the record
    trial: Trial,
    answer: str,
    score: Score,
    *,
    agent: str,
    agent_version: str = "",
    tokens: Tokens | None = None,
    crash: str = "",
) -> Recording:
    """Return the record of a finished trial; tokens are counted where nobody says how many there were."""
    calls = tuple(RecordedCall(call.tool, call.arguments, call.content, call.error) for call in trial.calls)
    definitions = [convert_to_openai_tool(tool)["function"] for tool in trial.tools]
    opening = [trial.instructions, trial.task.prompt]
    return Recording(
        task=trial.task.name,
        style=trial.style,
        agent=agent,
        version=agent_version,
        package=version("langchain-customerio"),
        prompt=_digest(opening),
        tools=_digest(definitions),
        calls=calls,
        answer=answer,
        claim=score.claim or "",
        passed=score.passed and not crash,
        complaints=tuple(score.complaints),
        false_claim=bool(score.untrue),
        harm=len(score.harm),
        questions=sum(call.reading.question for call in trial.calls),
        tokens=tokens or tokens_of_calls(opening, definitions, calls, answer),
        crash=crash,
    )


def _digest(what: object) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]


def replay(recording: Recording) -> Recording:
    """Send the recorded calls to today's tools, with the recorded answer at the end.

    A message id that the agent took from an answer is replaced by the one of today's answer.
    """
    trial = Trial(TASKS[recording.task], recording.style)
    ids: dict[str, str] = {}
    for call in recording.calls:
        made = trial.call(call.tool, _with_ids(call.arguments, ids))
        ids |= zip(_MESSAGE_ID.findall(call.content), _MESSAGE_ID.findall(made.content), strict=False)
    return recording_of(
        trial,
        recording.answer,
        trial.finish(recording.answer),
        agent=recording.agent,
        agent_version=recording.version,
        crash=recording.crash,
    )


def _with_ids(arguments: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    """Return arguments with the message ids of another run replaced."""
    text = _MESSAGE_ID.sub(lambda found: ids.get(found[0], found[0]), json.dumps(arguments))
    replaced: dict[str, Any] = json.loads(text)
    return replaced


def save(recording: Recording, folder: Path) -> Path:
    """Write a recording to a new file of a folder, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(recording.as_json(), ensure_ascii=False, indent=1) + "\n"
    for number in count(1):
        path = folder / f"{recording.task}-{recording.style}-{number}.json"
        with suppress(FileExistsError), path.open("x", encoding="utf-8") as file:
            file.write(text)
            return path
    raise AssertionError("there is no last number")


def load(folder: Path) -> list[Recording]:
    """Read all recordings of a folder and the folders in it.

    Raises:
        RecordingError: If there is none, or a file is something else.
    """
    paths = sorted(folder.rglob("*.json"))
    if not paths:
        raise RecordingError(f"{folder} holds no recordings (*.json)")
    return list(_read(paths))


def _read(paths: Sequence[Path]) -> Iterator[Recording]:
    for path in paths:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise RecordingError(f"{path} is not JSON: {error}") from error
        if not isinstance(data, dict):
            raise RecordingError(f"{path} is not a recording: not a JSON object")
        try:
            yield Recording.from_json(data)
        except RecordingError as error:
            raise RecordingError(f"{path}: {error}") from error
