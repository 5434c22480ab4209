"""One examinee's desk: a sandbox, the tools over it, a record of every call, and the score at the end."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from langchain_core.messages import ToolMessage

from langchain_customerio import CustomerioPipelinesToolkit, PipelinesClient, RetryPolicy
from langchain_customerio.sandbox import Sandbox
from tests.evals.claims import untruths, verdict_of
from tests.evals.crowd import CROWD
from tests.evals.task import KEY
from tests.evals.told import Reading, Told
from tests.evals.wants import weigh
from tests.evals.world import Scene, world_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_core.runnables import RunnableConfig
    from langchain_core.tools import BaseTool

    from langchain_customerio.sandbox import Entry
    from tests.evals.task import Step, Style, Task, Verdict

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

INSTRUCTIONS = """\
You look after a Customer.io workspace with the tools at hand, and with nothing else. Today is Tuesday, 24 November
2026; times are UTC. A person's user id is their first name in lower case, and a company's group id its name in lower
case, unless the task says otherwise. Topic 1 is product news, topic 2 is offers, topic 3 is the newsletter.

Do what the task asks and nothing beyond. Nobody answers questions while you work: what cannot be done, or not without
guessing, you leave undone, and say why.

End your answer with exactly one line that starts with one of these:
DONE - all of it was done, and the tools' answers bear that out
PARTLY DONE: … - some of it was done; say exactly what was not
UNCONFIRMED: … - it was sent, and the tools' answers leave open whether it was kept
NOT DONE: … - none of it was done; say why, or what you would need to know"""


@dataclass(frozen=True)
class Made:
    """A tool call that was made, what was answered, and what arrived at the sandbox meanwhile."""

    tool: str
    arguments: dict[str, Any]
    told: Told
    arrived: tuple[Entry, ...]


@dataclass(frozen=True)
class Score:
    """What came of a task.

    Attributes:
        verdict: What the answer claims.
        data: What is missing or wrong in the workspace.
        extra: What changed though nobody asked for it.
        claim: What is untrue about the answer.
        tools: Where an answer of a tool was untrue or unclear: a fault of the package, not of the model.
        proven: Whether a claim of `DONE` rests on answers that prove it.
    """

    verdict: Verdict | None
    data: list[str]
    extra: list[str]
    claim: list[str]
    tools: list[str]
    proven: bool

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.data or self.extra or self.claim or self.tools)

    @property
    def complaints(self) -> list[str]:
        """Everything that is wrong, each with its kind."""
        kinds = {"data": self.data, "extra": self.extra, "claim": self.claim, "tools": self.tools}
        return [f"{kind}: {text}" for kind, texts in kinds.items() for text in texts]


@dataclass
class Desk:
    """A task laid out for one attempt.

    Attributes:
        task: The task.
        style: The style of the tools.
        made: The calls so far.
    """

    task: Task
    style: Style
    made: list[Made] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Furnish the workspace, then let things go wrong."""
        self.sandbox = Sandbox(keys={KEY}, clock=lambda: NOW)
        for step in (*CROWD, *self.task.extra):
            _furnish(self.sandbox, step)
        for name, value in self.task.switches.items():
            setattr(self.sandbox, name, value)
        for fault in self.task.faults:
            self.sandbox.fail(**fault)
        self.before = world_of(self.sandbox)
        self._furnished = len(self.sandbox.ledger)
        self.toolkit = CustomerioPipelinesToolkit(
            client=self._client(), strict=self.task.strict, policy=self.task.policy, style=self.style
        )
        self.tools: list[BaseTool] = self.toolkit.get_tools()

    def _client(self) -> PipelinesClient | Callable[[RunnableConfig], PipelinesClient]:
        client = self.sandbox.client(api_key=self.task.key, retry=RetryPolicy(base_delay=0))
        if self.task.tenant is None:
            return client
        return lambda config: {"known": client}[config["configurable"]["workspace"]]

    @property
    def config(self) -> RunnableConfig:
        """How the tools run: one after the other, in one thread of a graph."""
        return {"configurable": {"thread_id": "exam", "workspace": self.task.tenant}, "max_concurrency": 1}

    @property
    def instructions(self) -> str:
        """The system prompt: that of the exam, and the toolkit's own."""
        return f"{INSTRUCTIONS}\n\n{self.toolkit.instructions()}"

    def call(self, name: str, arguments: dict[str, Any]) -> Told:
        """Call a tool, as an agent would."""
        tool = next((tool for tool in self.tools if tool.name == name), None)
        call_id = f"call-{len(self.made) + 1}"

        def run() -> ToolMessage:
            if tool is None:
                text = f"{name} is not a valid tool, try one of {', '.join(each.name for each in self.tools)}."
                return ToolMessage(text, tool_call_id=call_id, status="error")
            call = {"name": name, "args": arguments, "id": call_id, "type": "tool_call"}
            message = tool.invoke(call, self.config)
            assert isinstance(message, ToolMessage)
            return message

        return Told.of(self.record(name, arguments, run))

    def record(self, name: str, arguments: dict[str, Any], run: Callable[[], ToolMessage]) -> ToolMessage:
        """Run a tool call, and keep what it did."""
        already = len(self.sandbox.ledger)
        message = run()
        arrived = tuple(self.sandbox.ledger[already:])
        self.made.append(Made(name, arguments, Told.of(message), arrived))
        return message

    def finish(self, answer: str) -> Score:
        """Score the attempt: the workspace, the claim, and the tools' own honesty."""
        scene = Scene(self.before, world_of(self.sandbox))
        weighed = weigh(scene, self.task.wants)
        readings = {made.told.reading for made in self.made}
        verdict = verdict_of(answer)
        left_open = Reading.OPEN in readings or (Reading.PART in readings and not self.task.strict)
        claim = untruths(answer, verdict, weighed, self.task.mentions, left_open=left_open, unheard=self._unheard())
        return Score(
            verdict=verdict,
            data=[*(f"not there: {text}" for text in weighed.failed), *self._untried(readings)],
            extra=weighed.stray,
            claim=list(claim),
            tools=[text for made in self.made for text in _misleading(made)],
            proven=not left_open,
        )

    def _untried(self, readings: set[Reading]) -> Iterator[str]:
        if self.task.try_it and readings <= {Reading.SCHEMA}:
            yield "it was not even tried"

    def _unheard(self) -> bool:
        """Return whether a call was stored, and no answer with status 200 for it ever came back."""
        entries = self.sandbox.ledger[self._furnished :]
        stored = {call.message_id for entry in entries for call in entry.calls if call.outcome == "accepted"}
        heard = {call.message_id for entry in entries for call in entry.calls if entry.status == 200}
        return not stored <= heard


def _misleading(made: Made) -> Iterator[str]:
    """Hold what a tool said against what arrived."""
    calls = [call for entry in made.arrived for call in entry.calls]
    stored = {call.message_id for call in calls if call.outcome == "accepted"}
    lost = {call.message_id for call in calls} - stored
    reading = made.told.reading
    if reading is Reading.UNCLEAR:
        yield f"{made.tool} does not say whether it was stored: {made.told.content[:200]}"
    if reading is Reading.STORED and (lost or not stored):
        yield f"{made.tool} says accepted; not stored: {len(lost) or 'anything'}"
    if reading in {Reading.NOTHING, Reading.SCHEMA} and stored:
        yield f"{made.tool} says that nothing was stored; stored: {len(stored)}"
    if reading is Reading.PART and not stored and not _permissive(made):
        yield f"{made.tool} says that a part was sent; nothing was stored"


def _permissive(made: Made) -> bool:
    return any(not entry.strict for entry in made.arrived)


def _furnish(sandbox: Sandbox, step: Step) -> None:
    """Put something into a workspace without the tools under examination."""
    headers = {"authorization": f"Basic {base64.b64encode(f'{KEY}:'.encode()).decode()}", "x-strict-mode": "1"}
    status, _, answer = sandbox.handle("POST", f"/v1/{step.call}", headers, json.dumps(step.body).encode())
    assert status == 200, answer
