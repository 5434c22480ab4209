"""What these tools may do. Pure: no I/O, no state, one answer for one call.

The policy is checked after a body was parsed and before anything is sent, for every call and every item of a
batch, whichever tool or program it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from langchain_customerio.calls import Alias, Batch, Call, Common, Group, Identify, Track
from langchain_customerio.errors import ConfigurationError, InvalidRequestError, PolicyError, Problem
from langchain_customerio.events import (
    ACTING_EVENTS,
    IRREVERSIBLE,
    REDIRECTING_PROPERTIES,
    ActingEvent,
    resembles,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CallT = TypeVar("CallT", bound=Call)

_ASK_A_PERSON = "Only a person can change that; report it instead of trying another way."
_CONSENT_TRAITS = ("unsubscribed", "cio_subscription_preferences")
_IDENTITY_TRAITS = frozenset({"id", "cio_id", "userid", "user_id", "anonymous_id", "anonymousid"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What these tools may do; the default allows everything that can be undone.

    The five lists hold glob patterns, compared without regard to case. A pattern that starts with `!` denies and
    has the last word; a list with denials only allows the rest.

    Attributes:
        allow_destructive: Whether irreversible events (`User Deleted`, `User Suppressed`, `Object Deleted`) may be
            sent: True, False, or the names of those that may.
        allow_redirects: Whether event properties may redirect the message that an event triggers (`recipient`,
            `from_address`, `reply_to`).
        allow_alias: Whether ids may be merged.
        allow_consent: Whether `unsubscribed` and `cio_subscription_preferences` may be set.
        person: The one `userId` that the tools act for. It is filled in where it was left out; any other
            id is refused.
        calls: Which calls may be made, for example `["identify", "track"]`.
        events: Which event names may be tracked, for example `["Order *", "!Order Refunded"]`.
        traits: Which traits of people and groups may be set.
        groups: Which group ids may be named.
        integrations: Which destinations may be named in `integrations`.
        plain_events: Event names of your own that look like acting ones and are to be recorded all the same.
        max_batch: The largest number of calls in one batch.
        max_writes: The largest number of calls sent in one run of an agent; a batch counts its items.
        send_valid_items: Whether a batch with bad items is sent without them. If not, nothing is sent.
        dry_run: Whether to check everything, show the exact request and send nothing.
        approve: Which calls wait for a person's approval through LangGraph's `interrupt`: "risky", "all",
            or a function from a call to bool.
        redact: Which fields to leave out of dry-run receipts: True for all values, or glob patterns of paths
            such as `traits.email`.

    Raises:
        ConfigurationError: If `allow_destructive` names an event that is not irreversible, or a limit is below one.

    >>> Policy().check(Track(user_id="ada", event="User Deleted"))
    Traceback (most recent call last):
    langchain_customerio.errors.PolicyError: Not sent. "User Deleted" deletes the person for good; ...
    """

    allow_destructive: bool | Iterable[str] = False
    allow_redirects: bool = False
    allow_alias: bool = True
    allow_consent: bool = True
    person: str | None = None
    calls: Iterable[str] | None = None
    events: Iterable[str] | None = None
    traits: Iterable[str] | None = None
    groups: Iterable[str] | None = None
    integrations: Iterable[str] | None = None
    plain_events: Iterable[str] = ()
    max_batch: int | None = None
    max_writes: int | None = None
    send_valid_items: bool = False
    dry_run: bool = False
    approve: Literal["risky", "all"] | Callable[[Call], bool] | None = None
    redact: bool | Iterable[str] = False

    def __post_init__(self) -> None:
        """Freeze the lists, and refuse a policy that cannot mean what it says."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, str) and field.name in _LISTS:
                value = (value,)
            if not isinstance(value, str | bool | int | None) and not callable(value):
                object.__setattr__(self, field.name, tuple(value))
        self._refuse_nonsense()

    def _refuse_nonsense(self) -> None:
        if not isinstance(self.allow_destructive, bool):
            for name in self.allow_destructive:
                if name not in IRREVERSIBLE:
                    message = f"allow_destructive names {name!r}; the irreversible events are {sorted(IRREVERSIBLE)}"
                    raise ConfigurationError(message)
        for limit in ("max_batch", "max_writes"):
            value = getattr(self, limit)
            if value is not None and value < 1:
                message = f"{limit} is {value}; it takes a number from 1, or None for no limit"
                raise ConfigurationError(message)
        if self.person is not None and not self.person.strip():
            message = "person is empty; give the userId to act for, or None"
            raise ConfigurationError(message)

    def check(self, call: CallT) -> CallT:
        """Return the call as it may be sent, with `person` filled in.

        Raises:
            PolicyError: If the policy does not allow the call, with the name of the rule.
            InvalidRequestError: If an acting event is misspelt or lacks what it acts upon.
        """
        if not isinstance(call, Batch):
            return cast("CallT", self._checked(cast("Common", call)))
        self.check_batch_size(call)
        return cast("CallT", call.model_copy(update={"batch": [self._item(i, item) for i, item in enumerate(call)]}))

    def fill_in(self, body: object) -> object:
        """Return a JSON body with `person` where it, or an item of its batch, names no `userId`.

        It is done before parsing, because a call that names nobody is not one.

        >>> Policy(person="ada").fill_in({"event": "Signed Up"})
        {'event': 'Signed Up', 'userId': 'ada'}
        """
        if self.person is None or not isinstance(body, dict):
            return body
        if isinstance(body.get("batch"), list):
            return {**body, "batch": [self.fill_in(item) for item in body["batch"]]}
        if body.get("userId") is not None or body.get("user_id") is not None:
            return body
        return {**{key: value for key, value in body.items() if key != "user_id"}, "userId": self.person}

    def check_batch_size(self, batch: Batch) -> None:
        """Refuse a batch that the policy does not allow as such.

        Raises:
            PolicyError: If batches are not allowed, or not of this size.
        """
        self._check_call_name(batch)
        if self.max_batch is not None and len(batch) > self.max_batch:
            raise _refusal("max_batch", f"A batch may hold {self.max_batch} calls, this one has {len(batch)}")

    def allows_event(self, name: str) -> bool:
        """Return whether an irreversible event may be sent.

        >>> Policy(allow_destructive=["Object Deleted"]).allows_event("User Deleted")
        False
        """
        allowed = self.allow_destructive
        return allowed if isinstance(allowed, bool) else name in allowed

    def needs_approval(self, call: Call) -> bool:
        """Return whether a person has to approve the call before it is sent."""
        if callable(self.approve):
            return self.approve(call)
        return self.approve == "all" or (self.approve == "risky" and is_risky(call))

    def _item(self, index: int, item: Common) -> Common:
        try:
            return self._checked(item)
        except PolicyError as error:
            raise PolicyError(f"batch[{index}]: {error}", rule=error.rule, index=index) from None
        except InvalidRequestError as error:
            problems = tuple(Problem(f"batch[{index}].{p.field}", p.message, index) for p in error.problems)
            raise InvalidRequestError(problems=problems) from None

    def _checked(self, call: Common) -> Common:
        self._check_call_name(call)
        if self.person is not None:
            call = _for_person(self.person, call)
        for rule in _RULES:
            rule(self, call)
        return call

    def _check_call_name(self, call: Call) -> None:
        if not _allowed(self.calls, call.kind):
            raise _refusal("calls", f"{call.kind} calls are not allowed here")


_LISTS = (
    "allow_destructive",
    "calls",
    "events",
    "traits",
    "groups",
    "integrations",
    "plain_events",
    "redact",
)


def is_risky(call: Call) -> bool:
    """Return whether a call deserves a second look: irreversible, consent, alias, redirecting, or removing.

    >>> (
    ...     is_risky(Identify(user_id="ada", traits={"plan": "pro"})),
    ...     is_risky(Alias(previous_id="a", user_id="b")),
    ... )
    (False, True)
    """
    if isinstance(call, Batch):
        return any(map(is_risky, call))
    if isinstance(call, Track) and resembles(call.event) is not None:
        return True
    return isinstance(call, Alias) or any(_consent(call)) or any(_redirecting(call))


def _check_acting_event(policy: Policy, call: Common) -> None:
    if not isinstance(call, Track) or (acting := resembles(call.event)) is None:
        return
    exact = call.event == acting.name
    if not exact and call.event in policy.plain_events:
        return
    if acting.irreversible and not policy.allows_event(acting.name):
        looks = "" if exact else "The event name is taken for "
        raise _refusal("allow_destructive", f'{looks}"{acting.name}" {acting.effect}; that is not allowed here')
    if not exact:
        reason = f'would be recorded and do nothing; "{acting.name}", exactly so, {acting.effect}'
        raise InvalidRequestError(problems=(Problem("event", reason),))
    _check_payload(acting, call)


def _check_payload(acting: ActingEvent, call: Track) -> None:
    if missing := acting.missing(call.wire()):
        problems = tuple(Problem(path, f'is required by "{acting.name}", which {acting.effect}') for path in missing)
        raise InvalidRequestError(problems=problems)


def _check_event_name(policy: Policy, call: Common) -> None:
    if isinstance(call, Track) and not _allowed(policy.events, call.event):
        raise _refusal("events", "Events of this name are not allowed here")


def _check_redirects(policy: Policy, call: Common) -> None:
    if not policy.allow_redirects:
        for name in _redirecting(call):
            raise _refusal("allow_redirects", f"properties.{name} redirects a message; that is not allowed here")


def _check_consent(policy: Policy, call: Common) -> None:
    if not policy.allow_consent:
        for name in _consent(call):
            raise _refusal("allow_consent", f"traits.{name} changes a person's consent; that is not allowed here")


def _check_alias(policy: Policy, call: Common) -> None:
    if isinstance(call, Alias) and not policy.allow_alias:
        raise _refusal("allow_alias", "Merging ids is not allowed here")


def _check_traits(policy: Policy, call: Common) -> None:
    for name in _traits(call):
        head = name.partition(".")[0]
        if not (_allowed(policy.traits, name) and (head == name or not _denied(policy.traits, head))):
            raise _refusal("traits", "A trait of this call is not allowed here")


def _check_groups(policy: Policy, call: Common) -> None:
    named = [getattr(call, "group_id", None)]
    if isinstance(call, Track) and call.event in ACTING_EVENTS and call.properties:
        named.append(call.properties.get("objectId"))
    for group in named:
        if group is not None and not _allowed(policy.groups, str(group)):
            raise _refusal("groups", "This group is not allowed here")


def _check_integrations(policy: Policy, call: Common) -> None:
    for name, on in (call.integrations or {}).items():
        if (name != "All" or on) and not _allowed(policy.integrations, name):
            raise _refusal("integrations", "A destination of this call is not allowed here")


_RULES: tuple[Callable[[Policy, Common], None], ...] = (
    _check_acting_event,
    _check_event_name,
    _check_redirects,
    _check_consent,
    _check_alias,
    _check_traits,
    _check_groups,
    _check_integrations,
)


def _for_person(person: str, call: Common) -> Common:
    """Fill in the person, and refuse whatever names somebody or something else."""
    acting = ACTING_EVENTS.get(call.event) if isinstance(call, Track) else None
    beyond = isinstance(call, Alias) or (acting is not None and acting.identity != "userId")
    others = [
        getattr(call, "user_id", None),
        getattr(call, "anonymous_id", None),
        *_identity_traits(person, call),
    ]
    if beyond or any(other is not None and other != person for other in others):
        raise _refusal("person", "These tools act for one person only, and the call names somebody or something else")
    return call if getattr(call, "user_id", None) else call.model_copy(update={"user_id": person})


def _identity_traits(person: str, call: Common) -> Iterator[object]:
    if isinstance(call, Identify):
        for name, value in (call.traits or {}).items():
            folded = name.strip().casefold()
            if folded in _IDENTITY_TRAITS or (folded == "email" and "@" in person):
                yield value


def _traits(call: Common) -> dict[str, Any]:
    return (call.traits or {}) if isinstance(call, Identify | Group) else {}


def _consent(call: Call) -> Iterator[str]:
    if isinstance(call, Identify):
        yield from (name for name in _traits(call) if name.strip().casefold().partition(".")[0] in _CONSENT_TRAITS)


def _redirecting(call: Call) -> Iterator[str]:
    if not (isinstance(call, Track) and call.event in ACTING_EVENTS):
        properties = getattr(call, "properties", None) or {}
        yield from (name for name in properties if name.strip().casefold() in REDIRECTING_PROPERTIES)


def _refusal(rule: str, what: str) -> PolicyError:
    return PolicyError(f"Not sent. {what}. {_ASK_A_PERSON}", rule=rule)


def _denied(patterns: Iterable[str] | None, name: str) -> bool:
    return any(_matches(pattern[1:], name) for pattern in patterns or () if pattern.startswith("!"))


def _allowed(patterns: Iterable[str] | None, name: str) -> bool:
    """Apply one list of patterns: denials have the last word, and a list of denials only allows the rest."""
    if patterns is None:
        return True
    if _denied(patterns, name):
        return False
    allowing = [pattern for pattern in patterns if not pattern.startswith("!")]
    return any(_matches(pattern, name) for pattern in allowing) if allowing else tuple(patterns) != ()


def _matches(pattern: str, name: str) -> bool:
    return fnmatchcase(name.strip().casefold(), pattern.strip().casefold())
