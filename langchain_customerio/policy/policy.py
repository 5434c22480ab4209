"""What may be sent. Pure: no I/O, no state, one answer for one call.

The policy is checked after a body was parsed and before anything is sent, for every call and every item of a batch,
whichever tool or program it comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, get_args, get_type_hints

from langchain_customerio.api.calls import CALLS, SINGLE_CALLS, Batch, Call, Common
from langchain_customerio.api.consent import preference_problem
from langchain_customerio.api.semantic_events import ACTING_EVENTS, IRREVERSIBLE
from langchain_customerio.errors import ConfigurationError, InvalidRequestError, PolicyError, Problem
from langchain_customerio.policy import rules
from langchain_customerio.policy.patterns import allowed, matches
from langchain_customerio.policy.rules import Rule, Severity, View

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

CallT = TypeVar("CallT", bound=Call)


def ruled(rule: Rule, *, default: Any) -> Any:  # noqa: ANN401 - what `dataclasses.field` takes and returns
    """Return a field of a policy with its rule: all that is derived from a field is derived from this."""
    return field(default=default, metadata={"rule": rule})


@dataclass(frozen=True, slots=True)
class Risk:
    """What makes a call worth a second look.

    Attributes:
        rule: Name of the field of the policy that is about it; empty for an event that merely acts.
        path: Where, in wire names.
        effect: What it does.
        severity: How much there is to fear.
    """

    rule: str
    path: tuple[str | int, ...]
    effect: str
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What these tools may do; the default allows everything that can be undone.

    The lists hold glob patterns. A pattern allows what it matches exactly, case included; one that starts with `!`
    denies in any case, and has the last word. A list of denials only allows the rest. A refused name that is nearly an
    allowed one is answered with that one, so that a tracking plan given as `events` also finds slips.

    Attributes:
        allow_destructive: Whether irreversible events (`User Deleted`, `User Suppressed`, `Object Deleted`) may be
            sent: True, False, or the names of those that may.
        allow_redirects: Whether event properties may redirect the message that an event triggers (`recipient`,
            `from_address`, `reply_to`).
        allow_alias: Whether ids may be merged: by alias, or by a user id and a visitor's id in one call.
        allow_consent: Whether `unsubscribed` and `cio_subscription_preferences` may be set.
        allow_preference_replacement: Whether `cio_subscription_preferences` may be sent as an object, which replaces
            every preference of the person.
        allow_contact_changes: Whether a person's address or identity may be changed: the traits `email`, `phone`, `id`
            and the like, and the registration of a device.
        person: The one `userId` that the tools act for. It is filled in where it was left out; any other id is
            refused, in whatever form. In a tool it may be a function from the run's `RunnableConfig` to the id.
        calls: Which calls may be made, for example `["identify", "track"]`.
        events: Which event names may be tracked, for example `["Order *", "!Order Refunded"]`.
        traits: Which traits of people and groups may be set, for example `["plan", "address.*"]`. What lies in a trait
            goes by its path: `!address.city` also denies to replace `address` as a whole.
        groups: Which groups (objects) may be named, by their ids, of whatever type.
        integrations: Which destinations may be named in `integrations`, on or off; `All` is a name like any other.
        plain_events: Event names of your own that look like acting ones and are to be recorded all the same.
        max_batch: The largest number of calls in one batch, and so in one question to a person. It is a size and
            forbids no call: what is too long for one batch may go in several, each checked and asked about for
            itself. Their sum is bounded by `max_writes`.
        max_writes: The largest number of calls sent in one run of an agent, which is a thread of its graph in one
            workspace; a batch counts its items, a replay counts once. Without threads, it is the limit of the process.
        send_valid_items: Whether a batch with bad items is sent without them. If not, nothing is sent.
        dry_run: Whether to check everything, show the exact request and send nothing.
        approve: Which calls wait for a person's approval through LangGraph's `interrupt`: "risky", "all",
            or a function from a call to bool, which is asked about a batch and about each of its items.
        redact: Which fields to leave out of receipts: True for all values, or glob patterns of paths in a call, such
            as `traits.email`, whatever their case; what lies below them too, and all that the API answers.

    Raises:
        ConfigurationError: If a value cannot mean what it says: a name that there is not, a limit below one, text where
            True or False belongs.

    >>> from langchain_customerio import Track
    >>> Policy().check(Track(user_id="ada", event="User Deleted"))
    Traceback (most recent call last):
    langchain_customerio.errors.PolicyError: Not sent. event: "User Deleted" deletes the person for good; ...
    """

    # The order is that of the refusals: what concerns the person first.
    person: str | Callable[[Any], str] | None = ruled(Rule(rules.people, rules.if_the_person), default=None)
    allow_destructive: bool | Iterable[str] = ruled(
        Rule(rules.irreversible, rules.if_named, risk="{effect}", by_name=True, values=rules.told), default=False
    )
    events: Iterable[str] | None = ruled(
        Rule(rules.event_names, rules.if_matched, by_name=True, values=rules.nearest), default=None
    )
    allow_redirects: bool = ruled(
        Rule(rules.redirects, rules.if_true, risk="redirects a message", by_name=True), default=False
    )
    allow_consent: bool = ruled(Rule(rules.consent, rules.if_true, risk="changes consent", by_name=True), default=True)
    allow_preference_replacement: bool = ruled(
        Rule(
            rules.replaced_preferences,
            rules.if_true,
            risk="replaces every preference",
            by_name=True,
            values=rules.one_preference,
        ),
        default=False,
    )
    allow_alias: bool = ruled(
        Rule(rules.merges, rules.if_true, risk="merges two ids, which may not be undone", by_name=True), default=True
    )
    allow_contact_changes: bool = ruled(
        Rule(rules.contact_changes, rules.if_true, risk="changes how the person is reached or identified"), default=True
    )
    traits: Iterable[str] | None = ruled(
        Rule(rules.trait_names, rules.if_path_matched, by_name=True, values=rules.nearest), default=None
    )
    groups: Iterable[str] | None = ruled(Rule(rules.groups, rules.if_matched), default=None)
    integrations: Iterable[str] | None = ruled(
        Rule(rules.destinations, rules.if_matched, by_name=True, values=rules.nearest), default=None
    )
    calls: Iterable[str] | None = None
    plain_events: Iterable[str] = ()
    max_batch: int | None = None
    max_writes: int | None = None
    send_valid_items: bool = False
    dry_run: bool = False
    approve: Literal["risky", "all"] | Callable[[Call], bool] | None = None
    redact: bool | Iterable[str] = False

    def __post_init__(self) -> None:
        """Freeze the lists, and refuse a policy that cannot mean what it says."""
        for name, kinds in _kinds_of(self).items():
            value = getattr(self, name)
            if Iterable in kinds and isinstance(value, str):
                object.__setattr__(self, name, (value,))
            elif Iterable in kinds and value is not None and not isinstance(value, bool):
                object.__setattr__(self, name, tuple(value))
        for problem in _nonsense(self):
            raise ConfigurationError(problem)

    # ---- checking

    def check(self, call: CallT) -> CallT:
        """Return the call as it may be sent, with `person` filled in.

        Raises:
            PolicyError: If the policy does not allow the call, with the name of the rule.
            InvalidRequestError: If an acting event is misspelt or lacks what it acts upon, or a preference is unknown.
        """
        if not isinstance(call, Batch):
            return cast("CallT", self.check_item(cast("Common", call)))
        self.check_batch_size(call)
        items = [self.check_item(item, index, call.context) for index, item in enumerate(call)]
        return cast("CallT", call.model_copy(update={"batch": items}))

    def check_item(self, item: Common, index: int | None = None, context: dict[str, Any] | None = None) -> Common:
        """Return a single call, or an item of a batch, as it may be sent.

        Args:
            item: The call.
            index: Its position in the batch.
            context: The context of the batch.

        Raises:
            PolicyError: As `check`.
            InvalidRequestError: As `check`.
        """
        place = () if index is None else ("batch", index)
        self._check_kind(item, place)
        item = self.fill_in(item)
        view = self._view(item, context)
        if refused := next(self._refusals(view), None):
            raise PolicyError(problems=tuple(problem.at(*place) for problem in refused))
        if problems := tuple(_meaningless(view)):
            raise InvalidRequestError(problems=tuple(problem.at(*place) for problem in problems))
        return item

    def check_batch_size(self, batch: Batch) -> None:
        """Refuse a batch that the policy does not allow as such.

        Raises:
            PolicyError: If batches are not allowed, or not of this size.
        """
        self._check_kind(batch, ())
        if self.max_batch is not None and len(batch) > self.max_batch:
            values = {"most": f"{self.max_batch:,} {'call' if self.max_batch == 1 else 'calls'}", "size": len(batch)}
            raise PolicyError(problems=(Problem("max_batch", (), values),))

    def _check_kind(self, call: Call, place: tuple[str | int, ...]) -> None:
        if not self.allows_call(call.kind):
            raise PolicyError(problems=(Problem("calls", place, {"call": call.kind}),))

    def _view(self, item: Common, context: dict[str, Any] | None = None) -> View:
        contexts = tuple(each for each in (item.context, context) if each is not None)
        return View(item, contexts, tuple(self.plain_events))

    def _refusals(self, view: View) -> Iterator[tuple[Problem, ...]]:
        """Yield what each rule refuses, for those that refuse anything."""
        for name, rule in rules_of(self).items():
            value = getattr(self, name)
            refused = (found for found in rule.find(view) if not rule.permits(value, found))
            problems = {found.path: Problem(name, found.path, rule.values(value, found)) for found in refused}
            if problems:
                yield tuple(problems.values())

    # ---- what it allows at all

    def allows_call(self, kind: str) -> bool:
        """Return whether calls of this name may be made.

        >>> Policy(calls=["!alias"]).allows_call("alias")
        False
        """
        return allowed(self.calls and [pattern.strip().casefold() for pattern in self.calls], kind)

    def allows_event(self, name: str) -> bool:
        """Return whether an irreversible event may be sent.

        >>> Policy(allow_destructive=["Object Deleted"]).allows_event("User Deleted")
        False
        """
        flag = self.allow_destructive
        return flag if isinstance(flag, bool) else name in flag

    @property
    def allows_merging(self) -> bool:
        """Whether ids may be merged: never by tools that act for one person only."""
        return self.allow_alias and self.person is None

    # ---- the person

    def fill_in(self, given: Any) -> Any:  # noqa: ANN401 - a call, or any JSON body
        """Return a call, or the JSON body of one, with `person` where it names no `userId`.

        Bodies are filled in before parsing, because a call that names nobody is not one.

        >>> Policy(person="ada").fill_in({"event": "Signed Up"})
        {'event': 'Signed Up', 'userId': 'ada'}
        """
        if self.person is None:
            return given
        if isinstance(given, Common):
            named = "user_id" not in type(given).model_fields or getattr(given, "user_id", None) is not None
            return given if named else given.model_copy(update={"user_id": self.person})
        if not isinstance(given, dict):
            return given
        if isinstance(given.get("batch"), list):
            return {**given, "batch": [self.fill_in(item) for item in given["batch"]]}
        if given.get("userId") is not None or given.get("user_id") is not None:
            return given
        return {**{key: value for key, value in given.items() if key != "user_id"}, "userId": self.person}

    # ---- approval

    def risks(self, call: Call) -> list[Risk]:
        """Return what makes a call worth a second look, the worst first; that of a batch with the place of its item.

        >>> from langchain_customerio import Alias
        >>> [risk.effect for risk in Policy().risks(Alias(previous_id="visitor-7", user_id="ada"))]
        ['merges two ids, which may not be undone']
        """
        found = [
            Risk(name, (*place, *each.path), rule.risk.replace("{effect}", each.effect), each.severity)
            for place, view in self._views(call)
            for name, rule in {**rules_of(self), "": _OTHER_ACTS}.items()
            if rule.risk
            for each in rule.find(view)
        ]
        return sorted(found, key=lambda risk: risk.severity)

    def _views(self, call: Call) -> Iterator[tuple[tuple[str | int, ...], View]]:
        if isinstance(call, Batch):
            for index, item in enumerate(call):
                yield ("batch", index), self._view(item, call.context)
        else:
            yield (), self._view(cast("Common", call))

    def is_risky(self, call: Call) -> bool:
        """Return whether a call deserves a second look: `risks` says why.

        >>> from langchain_customerio import Track
        >>> Policy().is_risky(Track(user_id="ada", event="User Deleted"))
        True
        """
        return bool(self.risks(call))

    def needs_approval(self, call: Call) -> bool:
        """Return whether a person has to approve the call before it is sent."""
        if callable(self.approve):
            return holds_for_any(self.approve, call)
        return self.approve == "all" or (self.approve == "risky" and self.is_risky(call))


def holds_for_any(judge: Callable[[Call], bool], call: Call) -> bool:
    """Return whether a function says yes to a call, or to any item of a batch."""
    return bool(judge(call)) or (isinstance(call, Batch) and any(map(judge, call)))


_OTHER_ACTS = Rule(rules.other_acts, rules.if_true, risk="{effect}", by_name=True)
"""Events that act and can be undone: no field forbids them all, but a person may want to see them."""


def rules_of(policy: Policy) -> dict[str, Rule]:
    """Return the rules of a policy's fields, in order."""
    return _rules(cast("Hashable", type(policy)))


@cache
def _rules(policy: Any) -> dict[str, Rule]:  # noqa: ANN401 - a class, which mypy takes for unhashable
    return {each.name: each.metadata["rule"] for each in fields(policy) if "rule" in each.metadata}


def depends_on_names_alone(policy: Policy) -> bool:
    """Return whether what the policy says of a call depends on names alone, so that it holds for all calls like it."""
    values = {each.name: each.default for each in fields(policy)}
    in_force = (rule for name, rule in rules_of(policy).items() if getattr(policy, name) != values[name])
    return all(rule.by_name for rule in in_force) and policy.approve is None


def _meaningless(view: View) -> Iterator[Problem]:
    """Yield what would be recorded and do nothing: an acting event that is misspelt or incomplete, a preference."""
    acting = view.acting
    if acting is not None and acting.name != getattr(view.call, "event", None):
        yield Problem("misspelt_event", ("event",), {"name": f'"{acting.name}"', "effect": acting.effect})
    elif acting is not None:
        yield from acting.faults({**view.call.wire(), "context": view.contexts[0] if view.contexts else None})
    for traits in view.person_traits():
        for name, value in traits.items():
            problem = preference_problem(name, value)
            if problem is not None and problem.code == "preference_unknown":
                yield problem


# ---- what a policy cannot mean


def _kinds_of(policy: Policy) -> dict[str, set[object]]:
    """Return the kinds of values that each field takes, by its annotation."""
    return _kinds(cast("Hashable", type(policy)))


@cache
def _kinds(policy: Any) -> dict[str, set[object]]:  # noqa: ANN401 - the same
    hints = get_type_hints(policy)
    return {each.name: set(_alternatives(hints[each.name])) for each in fields(policy)}


def _alternatives(hint: Any) -> Iterator[object]:  # noqa: ANN401 - any annotation
    for each in get_args(hint) if type(None) in get_args(hint) or bool in get_args(hint) else (hint,):
        yield getattr(each, "__origin__", each)


def _nonsense(policy: Policy) -> Iterator[str]:
    """Say what a policy cannot mean; a guard with a slip in it would not be one."""
    for name, kinds in _kinds_of(policy).items():
        value = getattr(policy, name)
        if kinds == {bool} and not isinstance(value, bool):
            yield f"{name} takes True or False"
        if int in kinds and value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            yield f"{name} is {value!r}; it takes a number from 1, or None for no limit"
        if Iterable in kinds:
            yield from _odd_patterns(name, value, optional=type(None) in kinds)
    person: object = policy.person
    if not (person is None or callable(person) or (isinstance(person, str) and person.strip())):
        yield "person is empty; give the userId to act for, as a string, or None"
    if policy.approve not in (None, "risky", "all") and not callable(policy.approve):
        yield 'approve takes "risky", "all", a function from a call to bool, or None'
    yield from _unknown_names(policy)


def _odd_patterns(name: str, value: object, *, optional: bool) -> Iterator[str]:
    if value is None and not optional:
        yield f"{name} is None; leave it out for none"
    for pattern in value if isinstance(value, tuple) else ():
        if not isinstance(pattern, str) or not pattern.removeprefix("!").strip():
            yield f"{name} holds {pattern!r}; it takes text that names something"


def _unknown_names(policy: Policy) -> Iterator[str]:
    for name in () if isinstance(policy.allow_destructive, bool) else policy.allow_destructive:
        if name not in IRREVERSIBLE:
            yield f"allow_destructive names {name!r}; the irreversible events are {sorted(IRREVERSIBLE)}"
    for pattern in policy.calls or ():
        if not any(matches(pattern.removeprefix("!"), kind) for kind in CALLS):
            yield f"calls names {pattern!r}; there are {', '.join(CALLS)}"
    for name in policy.plain_events:
        if name in ACTING_EVENTS:
            yield f"plain_events names {name!r}, which acts and is never recorded"
    for pattern in () if isinstance(policy.redact, bool) else policy.redact:
        if not _is_path(pattern):
            yield f"redact names {pattern!r}; a path begins with a field of a call, such as traits.email"


def _is_path(pattern: str) -> bool:
    head = pattern.partition(".")[0]
    return any(matches(head, wire) for call in SINGLE_CALLS.values() for _, wire in call.wire_names())
