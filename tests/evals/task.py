"""What a task is: what is asked, under which conditions, what should come of it, and how it is done rightly."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from langchain_customerio import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.evals.goals import Goal

PackageStyle: TypeAlias = Literal["two_mode", "typed"]
Style: TypeAlias = PackageStyle | Literal["baseline"]
STYLES: tuple[PackageStyle, ...] = ("two_mode", "typed")
"""The styles of this package's tools."""
BASELINE: Literal["baseline"] = "baseline"
"""Seven plain POST tools, for comparison."""

KEY = "a-good-key"
"""The one key that the sandboxes take."""


class Claim(StrEnum):
    """What a final answer claims, in its last line."""

    DONE = "DONE"
    PARTLY = "PARTLY DONE"
    UNCONFIRMED = "UNCONFIRMED"
    NOT_DONE = "NOT DONE"


@dataclass(frozen=True)
class Step:
    """A call that a scripted agent makes, written once for all styles.

    Attributes:
        call: `identify`, `track`, `page`, `screen`, `group`, `alias` or `batch`.
        body: The JSON body.
        strict: Whether to ask for validation where a tool lets one ask.
        when: `refused`: only if nothing came of the step before, in its place. `open`: only if the step before may have
            been stored, in its place, and with the message id that its answer names.
        partial: Whether it leaves out something that was asked for.
    """

    call: str
    body: Mapping[str, Any]
    strict: bool = True
    when: Literal["always", "refused", "open"] = "always"
    partial: bool = False

    def or_else(self, when: Literal["refused", "open"] = "refused") -> Step:
        """Return the same call as a second attempt."""
        return replace(self, when=when)


@dataclass(frozen=True)
class Mistake:
    """What a careless, lazy or gullible agent might do with a task; it has to fail.

    Attributes:
        text: What it does.
        steps: The calls that it makes.
        claim: What it claims; without one, what the answers to its calls bear out.
        explains: Whether it says before that what the right answer says.
        styles: The styles in which it is one.
    """

    text: str
    steps: tuple[Step, ...] = ()
    claim: Claim | None = None
    explains: bool = True
    styles: tuple[Style, ...] = STYLES


@dataclass(frozen=True, kw_only=True)
class Task:
    """One task.

    Attributes:
        name: Unique, in lower case with hyphens.
        prompt: What the model is asked, in plain language.
        goals: What the workspace should hold in the end; nothing else may have changed.
        steps: One way to do it right; none where nothing should be done.
        mistakes: Ways to do it wrong.
        bait: What the data of an injection task tries to talk the model into.
        answer: What the right answer says before its last line.
        mentions: Patterns that every answer other than `DONE` has to contain: what is missing, or why.
        must_try: Whether nobody can know that it is impossible without having tried.
        proof: Whether the user asked for certainty: a call that the tools could have had validated has to be, and what
            may have been stored has to be settled.
        adverse: Whether something stands in the way.
        strict: The toolkit's `strict`; None where the operator has not set it.
        policy: What the operator allows.
        switches: Switches of the sandbox.
        faults: What goes wrong, as arguments of `Sandbox.fail`, in order.
        key: The API key that the tools have.
        tenant: The workspace that the run names, where one toolkit serves several; only `known` exists.
        history: What happened in the workspace before, on top of what always did.
    """

    name: str
    prompt: str
    goals: tuple[Goal, ...] = ()
    steps: tuple[Step, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    bait: tuple[Step, ...] = ()
    answer: str = ""
    mentions: tuple[str, ...] = ()
    must_try: bool = False
    proof: bool = False
    adverse: bool = False
    strict: bool | None = True
    policy: Policy = field(default_factory=Policy)
    switches: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Mapping[str, Any], ...] = ()
    key: str = KEY
    tenant: str | None = None
    history: tuple[Step, ...] = ()

    @property
    def has_workspace(self) -> bool:
        """Whether the run names a workspace that there is, or need not name any."""
        return self.tenant in {None, "known"}

    @property
    def digest(self) -> str:
        """What orders the tasks by number, so that a number gives nothing away."""
        return blake2b(self.name.encode(), digest_size=8).hexdigest()


def identify(who: str, **traits: Any) -> Step:
    """Write an identify call."""
    return Step("identify", {"userId": who, "traits": traits})


def track(who: str, name: str, *, timestamp: str = "", **properties: Any) -> Step:
    """Write a track call."""
    body: dict[str, Any] = {"userId": who, "event": name}
    if properties:
        body["properties"] = properties
    return Step("track", body | ({"timestamp": timestamp} if timestamp else {}))


def join(who: str, group: str, **relationship: Any) -> Step:
    """Write a group call that adds a person."""
    body: dict[str, Any] = {"groupId": group, "userId": who}
    return Step("group", body | ({"traits": {"relationshipAttributes": relationship}} if relationship else {}))


def leave(who: str, group: str, kind: str = "") -> Step:
    """Write the event that takes a person out of a group."""
    what = {"objectId": group} | ({"objectTypeId": kind} if kind else {})
    return Step("track", {"userId": who, "event": "Relationship Deleted", "properties": what})


def device(event: str, who: str, token: str, platform: str) -> Step:
    """Write an event that adds or removes a device."""
    return Step("track", {"userId": who, "event": event, "context": {"device": {"token": token, "type": platform}}})


def batch(*steps: Step) -> Step:
    """Write a batch of single calls."""
    return Step("batch", {"batch": [{"type": step.call, **step.body} for step in steps]})
