"""What a task is: what is asked, where, what should come of it, and one way to do it right."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from langchain_customerio import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.evals.wants import Want

Style: TypeAlias = Literal["two_mode", "typed"]
STYLES: tuple[Style, ...] = ("two_mode", "typed")

KEY = "a-good-key"
"""The one key that the sandboxes of the exam take."""


class Verdict(StrEnum):
    """What a final answer claims, in its last line."""

    DONE = "DONE"
    PARTLY = "PARTLY DONE"
    UNCONFIRMED = "UNCONFIRMED"
    NOT_DONE = "NOT DONE"


@dataclass(frozen=True)
class Step:
    """A call that somebody who knows the answer would make, written once for both styles.

    Attributes:
        call: `identify`, `track`, `page`, `screen`, `group`, `alias` or `batch`.
        body: The JSON body.
        strict: Whether to ask for strict mode where the tool lets one ask.
        after_error: Whether it is made only when the step before was refused, in its place.
        reduced: Whether it leaves out something that was asked for.
    """

    call: str
    body: Mapping[str, Any]
    strict: bool = False
    after_error: bool = False
    reduced: bool = False


@dataclass(frozen=True, kw_only=True)
class Task:
    """One task of the exam.

    Attributes:
        name: Unique, in lower case with hyphens.
        prompt: What the model is asked, in plain language.
        wants: What the workspace should hold in the end; nothing else may have changed.
        steps: One way to do it right; none where nothing should be done.
        bait: What the data of a hostile task tries to talk the model into.
        answer: What the perfect answer says before its last line.
        mentions: Patterns that a `PARTLY DONE` has to contain: what exactly is missing.
        try_it: Whether nobody can know that it is impossible without having tried.
        adverse: Whether something stands in the way.
        strict: Whether the toolkit asks the API to validate every call.
        policy: What the tools may do.
        switches: Switches of the sandbox.
        faults: What goes wrong, as arguments of `Sandbox.fail`, in order.
        key: The API key that the tools have.
        tenant: The workspace that the run names, where one toolkit serves several; only `known` exists.
        extra: What happened in the workspace before, on top of what always did.
    """

    name: str
    prompt: str
    wants: tuple[Want, ...] = ()
    steps: tuple[Step, ...] = ()
    bait: tuple[Step, ...] = ()
    answer: str = ""
    mentions: tuple[str, ...] = ()
    try_it: bool = False
    adverse: bool = False
    strict: bool = True
    policy: Policy = field(default_factory=Policy)
    switches: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Mapping[str, Any], ...] = ()
    key: str = KEY
    tenant: str | None = None
    extra: tuple[Step, ...] = ()


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


def leave(who: str, group: str) -> Step:
    """Write the event that takes a person out of a group."""
    return Step("track", {"userId": who, "event": "Relationship Deleted", "properties": {"objectId": group}})


def device(event: str, who: str, token: str, platform: str) -> Step:
    """Write an event that adds or removes a device."""
    return Step("track", {"userId": who, "event": event, "context": {"device": {"token": token, "type": platform}}})


def batch(*steps: Step, after_error: bool = False, reduced: bool = False) -> Step:
    """Write a batch of single calls."""
    items = [{"type": step.call, **step.body} for step in steps]
    return Step("batch", {"batch": items}, after_error=after_error, reduced=reduced)
