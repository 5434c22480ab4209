"""What a model reads about a tool before it calls it: one place for both styles, the prompt, MCP and the command line.

A definition agrees with the policy: what the policy forbids is absent or stands first, and each limit stands in the
definitions that it concerns.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from langchain_customerio.api.calls import SINGLE_CALLS, Batch, Call
from langchain_customerio.api.consent import preference_key
from langchain_customerio.api.semantic_events import ACTING_EVENTS, IRREVERSIBLE, ActingEvent, resembles
from langchain_customerio.errors import InvalidRequestError, Problem
from langchain_customerio.policy.patterns import allowed
from langchain_customerio.policy.policy import Policy
from langchain_customerio.text import escaped, few, plural, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.tools.sources import PolicySource

MOST_CALL: Final = "32 kB"
_WHOM: Final = ("userId", "anonymousId")
_MOST_PATTERNS: Final = 12
_MOST_PATTERN: Final = 60
_LISTS: Final = {
    "events": ("events", ("track", "batch")),
    "traits": ("traits", ("identify", "group", "batch")),
    "groups": ("group ids", ("group", "track", "batch")),
    "integrations": ("integrations", tuple(SINGLE_CALLS)),
}
"""What a model calls each list of a policy, and which calls it concerns."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A tool as a client of any kind needs it.

    Attributes:
        name: Its name.
        description: What it does and what limits it.
        parameters: JSON Schema of its arguments.
        hints: Whether it is `read_only`, `destructive`, `idempotent`, and the `endpoint` that it calls.
        examples: Arguments of typical calls.
    """

    name: str
    description: str
    parameters: dict[str, Any]
    hints: dict[str, Any] = field(default_factory=dict)
    examples: tuple[dict[str, Any], ...] = ()


HINTS: Final[tuple[str, ...]] = ("read_only", "destructive", "idempotent", "endpoint")
"""What a host may want to know of a tool."""


def hints(kind: str, policy: Policy, *, event: str = "") -> dict[str, Any]:
    """Return what calls of a kind may do under a policy.

    `destructive` is what this API cannot undo: a deletion, a merge of two ids. `idempotent` is what may be repeated
    without a second effect. A dry run sends nothing, and is `read_only`.

    Args:
        kind: Name of the call.
        policy: The policy.
        event: The acting event that alone is sent, where a tool sends one.
    """
    deletes = any(map(policy.allows_event, [event] if event in IRREVERSIBLE else () if event else IRREVERSIBLE))
    merges = kind in {"alias", "batch"} and "alias" in calls_in_a_batch(policy)
    destructive = (deletes and kind in {"track", "batch"}) or merges
    return {
        "read_only": policy.dry_run,
        "destructive": destructive and not policy.dry_run,
        "idempotent": bool(event) or kind in {"identify", "group", "alias"} or policy.dry_run,
        "endpoint": f"/{kind}",
    }


def metadata_of(told: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of a tool, also in the place and under the names that tools from an MCP server have."""
    annotations = {f"{name}_hint": told[name] for name in HINTS if name != "endpoint"}
    return {**told, "mcp": {"tool": {"annotations": {**annotations, "open_world_hint": True}}}}


def known_at_first(policy: PolicySource) -> Policy:
    """Return the policy that definitions are written for; of one that is known only in a run, one without limits."""
    if isinstance(policy, Policy):
        return policy
    return Policy(allow_destructive=True, allow_redirects=True, allow_preference_replacement=True)


def summary_of(call: type[Call], summary: str, policy: Policy) -> str:
    """Return a two-mode tool's description: what it does, what is best known before, and what limits it."""
    return " ".join(
        [*forbidden_of(call.kind, policy), summary, *_advice(call.kind, policy), *limits(call.kind, policy)]
    )


def forbidden_of(kind: str, policy: Policy) -> Iterator[str]:
    """Yield what a policy forbids of what a model would expect of a call, to stand first."""
    if kind == "identify" and not policy.allow_consent:
        yield "Only an operator can allow here: consent (unsubscribed, preferences)."
    if kind == "identify" and not policy.allow_contact_changes:
        yield "Only an operator can allow here: changes of e-mail, phone or ids."


def _advice(kind: str, policy: Policy) -> Iterator[str]:
    match kind:
        case "identify" if policy.allow_consent:
            one_topic, one_channel = preference_key("topics", "topic_1"), ".channels.email"
            yield f'Consent traits: all "unsubscribed": true; one topic "{one_topic}": false;'
            yield f'one channel "{one_channel}": false.'
        case "track":
            yield 'Some event names act instead: schema mode with request_body "event" lists them.'
            if policy.allows_event("User Suppressed") and policy.allows_event("User Deleted"):
                yield "To erase for good: User Suppressed keeps the id from coming back; User Deleted does not."
        case "group":
            yield 'To remove a person, track "Relationship Deleted" with properties.objectId.'
        case "alias":
            yield "A visitor becomes known by identify with both ids instead."
        case "batch":
            yield f'Each is a single tool\'s body plus "type": {", ".join(calls_in_a_batch(policy))}.'
    if kind == "identify" and policy.allows_merging:
        yield "Both ids make a visitor known."


def calls_in_a_batch(policy: Policy) -> list[str]:
    """Return the calls that a batch may hold.

    >>> calls_in_a_batch(Policy(calls=["batch", "identify"]))
    ['identify']
    """
    return [kind for kind in SINGLE_CALLS if policy.allows_call(kind) and (kind != "alias" or policy.allows_merging)]


def may_be_called(call: type[Call], policy: Policy) -> bool:
    """Return whether a policy could allow any call of this kind."""
    return (
        call.kind in calls_in_a_batch(policy)
        if call is not Batch
        else bool(policy.allows_call(call.kind) and calls_in_a_batch(policy))
    )


# ---- events that act


def acting_events(policy: Policy) -> dict[str, Any]:
    """Return what there is to know of the events that act: first what a policy does not allow, and who can."""
    refused = [name for name, event in ACTING_EVENTS.items() if not _may_act(event, policy)]
    first = {"not_allowed_here": f"{', '.join(refused)}; only an operator can allow them"} if refused else {}
    shown = {name: _effect(event) for name, event in ACTING_EVENTS.items() if name not in refused}
    return {**first, "acting_events": shown}


def acting_event(name: str, policy: Policy) -> str:
    """Return what there is to know of one event that acts.

    Raises:
        InvalidRequestError: If none has this name; the nearest is named.
    """
    event = ACTING_EVENTS.get(name)
    if event is None:
        meant = resembles(name)
        near = f'did you mean "{meant.name}"?' if meant else "it is recorded, with any properties"
        raise InvalidRequestError(problems=(Problem("no_such_event", (), {"name": quoted(name), "near": near}),))
    refusal = "" if _may_act(event, policy) else "Not allowed here; only an operator can allow it. "
    return f"{refusal}{event.name} {_effect(event)}"


def _may_act(event: ActingEvent, policy: Policy) -> bool:
    irreversible = event.irreversible and not policy.allows_event(event.name)
    return not irreversible and allowed(policy.events, event.name)


def _effect(event: ActingEvent) -> str:
    return f"{event.effect}; needs {event.needs}"


# ---- limits


def limits(kind: str, policy: Policy) -> Iterator[str]:
    """Yield what a policy limits about calls of a kind."""
    yield from limits_of_all(policy)
    if kind == "batch" and policy.max_batch is not None:
        yield f"At most {plural(policy.max_batch, 'call')} in a batch."
    for name, (noun, kinds) in _LISTS.items():
        if kind in kinds and (patterns := getattr(policy, name)) is not None:
            yield f"Allowed {noun}: {_listed(patterns)}."


def limits_of_all(policy: Policy) -> Iterator[str]:
    """Yield what a policy limits whatever the call is."""
    if policy.dry_run:
        yield "Trial set-up: nothing is sent, and you cannot change that."
    if policy.person is not None:
        who = "the person that the application names" if callable(policy.person) else quoted(policy.person)
        yield f"Acts for {who} alone: leave out user ids."
    if policy.approve is not None:
        which = "Every call" if policy.approve == "all" else "A risky call"
        yield f"{which} waits for a person's approval."
    if policy.max_writes is not None:
        yield f"At most {plural(policy.max_writes, 'call')} in a run."


def forbidden(policy: Policy) -> list[str]:
    """Return what a policy does not allow, in a model's words.

    >>> forbidden(Policy(allow_consent=False))
    ['deleting people or groups', 'changes of consent']
    """
    found = []
    if not any(map(policy.allows_event, IRREVERSIBLE)):
        found.append("deleting people or groups")
    elif refused := sorted(name for name in IRREVERSIBLE if not policy.allows_event(name)):
        found += [f'"{name}"' for name in refused]
    flags = {
        "merging ids": policy.allows_merging,
        "changes of consent": policy.allow_consent,
        "changes of e-mail, phone or ids": policy.allow_contact_changes,
    }
    return found + [what for what, allowed in flags.items() if not allowed]


def _listed(patterns: Any) -> str:  # noqa: ANN401 - the patterns of a policy, a tuple by now
    shown = [escaped(each, _MOST_PATTERN) for each in patterns if not each.startswith("!")]
    refused = [escaped(each[1:], _MOST_PATTERN) for each in patterns if each.startswith("!")]
    but = f"{'but' if shown else 'all but'} {', '.join(few(refused, _MOST_PATTERNS))}" if refused else ""
    return " ".join(filter(None, (", ".join(few(shown, _MOST_PATTERNS)), but)))


# ---- arguments of the two-mode tools


def flag_description(strict: bool | None) -> str:  # noqa: FBT001 - the three states of the setting
    """Return what is said of the strict flag: the model's choice, or the program's, which the model cannot change."""
    match strict:
        case True:
            return "Not needed: every call is validated"
        case False:
            return "No effect: validation is off in this set-up, and you cannot change that"
    return 'Use "1": validated. Otherwise unproven'


def body_description(call: type[Call], policy: Policy) -> str:
    """Return what is said of the body: an example of one line, what else there is, and its size."""
    example = orjson.dumps(example_of(call, policy)).decode()
    if call is Batch:
        return f"JSON such as {example}. Max {MOST_CALL} each"
    return f"JSON such as {example}. {_optional(call, policy)}"


def _optional(call: type[Call], policy: Policy) -> str:
    if call.kind == "alias":
        return f"Max {MOST_CALL}"
    visitor = "anonymousId, " if policy.person is None else ""
    return f'Also {visitor}timestamp, context, integrations {{"All":false}}; max {MOST_CALL}'


def example_of(call: type[Call], policy: Policy) -> dict[str, Any]:
    """Return a call's example, without user ids where the policy names the person, and without forbidden items."""
    example = call.example
    if call is Batch:
        allowed = calls_in_a_batch(policy)
        items = [item for item in example["batch"] if item["type"] in allowed]
        items = items or [{"type": kind, **SINGLE_CALLS[kind].example} for kind in allowed[:1]]
        return {"batch": [_without_person(item, policy) for item in items]}
    return _without_person(example, policy)


def schema_under(answer: dict[str, Any], call: type[Call], policy: Policy) -> dict[str, Any]:
    """Return the whole schema of a call as a policy leaves it: no ids where it names the person, no forbidden items."""
    schema = answer["request_body_schema"]
    if "batch" in schema["properties"]:
        items = schema["properties"]["batch"]["items"]
        allowed_kinds = calls_in_a_batch(policy)
        items["anyOf"] = [each for each in items["anyOf"] if each["properties"]["type"]["const"] in allowed_kinds]
    if policy.person is not None:
        for each in (schema, *schema["properties"].get("batch", {}).get("items", {}).get("anyOf", ())):
            each.pop("anyOf", None)
            for name in _WHOM:
                each["properties"].pop(name, None)
    return {**answer, "example": deepcopy(example_of(call, policy))}  # a program may change what it is given


def _without_person(body: dict[str, Any], policy: Policy) -> dict[str, Any]:
    return body if policy.person is None else {name: value for name, value in body.items() if name != "userId"}
