"""What these tools may do. Pure: no I/O, no state, one answer for one call.

The policy is checked after a body was parsed and before anything is sent, for every call and every item of a
batch, whichever tool or program it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from langchain_customerio.api.calls import CALLS, SINGLE_CALLS, Batch, Call, Common
from langchain_customerio.api.semantic_events import ACTING_EVENTS, IRREVERSIBLE
from langchain_customerio.errors import ConfigurationError, InvalidRequestError, PolicyError, Problem
from langchain_customerio.policy.meaning import contexts_of, risks
from langchain_customerio.policy.patterns import matches
from langchain_customerio.policy.rules import RULES, check_call_name, fill_in_person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from langchain_customerio.policy.meaning import Contexts

CallT = TypeVar("CallT", bound=Call)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What these tools may do; the default allows everything that can be undone.

    The five lists hold glob patterns. A pattern allows what it matches exactly, case included; one that starts with
    `!` denies in any case, and has the last word. A list of denials only allows the rest.

    Attributes:
        allow_destructive: Whether irreversible events (`User Deleted`, `User Suppressed`, `Object Deleted`) may be
            sent: True, False, or the names of those that may.
        allow_redirects: Whether event properties may redirect the message that an event triggers (`recipient`,
            `from_address`, `reply_to`).
        allow_alias: Whether ids may be merged.
        allow_consent: Whether `unsubscribed` and `cio_subscription_preferences` may be set.
        person: The one `userId` that the tools act for. It is filled in where it was left out; any other id is
            refused, in whatever form. Traits, an e-mail address among them, are the person's own to set: see `traits`.
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
        max_writes: The largest number of calls sent in one run of an agent, which is a thread of its graph; a batch
            counts its items, a replay counts once. Without threads, it is the limit of the toolkit.
        send_valid_items: Whether a batch with bad items is sent without them. If not, nothing is sent.
        dry_run: Whether to check everything, show the exact request and send nothing.
        approve: Which calls wait for a person's approval through LangGraph's `interrupt`: "risky", "all",
            or a function from a call to bool.
        redact: Which fields to leave out of receipts: True for all values, or glob patterns of paths in a call, such
            as `traits.email`, whatever their case; what lies below them too, and all that the API answers.

    Raises:
        ConfigurationError: If a value cannot mean what it says: a name that there is not, a limit below one, text where
            True or False belongs.

    >>> from langchain_customerio import Track
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
        for name in _LISTS:
            value = getattr(self, name)
            if isinstance(value, str):
                object.__setattr__(self, name, (value,))
            elif value is not None and not isinstance(value, bool):
                object.__setattr__(self, name, tuple(value))
        for problem in _nonsense(self):
            raise ConfigurationError(problem)

    def check(self, call: CallT) -> CallT:
        """Return the call as it may be sent, with `person` filled in.

        Raises:
            PolicyError: If the policy does not allow the call, with the name of the rule.
            InvalidRequestError: If an acting event is misspelt or lacks what it acts upon.
        """
        if not isinstance(call, Batch):
            single = cast("Common", call)
            return cast("CallT", self._checked(single, contexts_of(single)))
        self.check_batch_size(call)
        items = [self._item(index, item, call.context) for index, item in enumerate(call)]
        return cast("CallT", call.model_copy(update={"batch": items}))

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
        check_call_name(self, batch)
        if self.max_batch is not None and len(batch) > self.max_batch:
            sizes = f"A batch may hold {self.max_batch} calls here, this one has {len(batch)}"
            message = f"Not sent. {sizes}. Only a human operator can change that; smaller batches are allowed."
            raise PolicyError(message, rule="max_batch")

    def allows_event(self, name: str) -> bool:
        """Return whether an irreversible event may be sent.

        >>> Policy(allow_destructive=["Object Deleted"]).allows_event("User Deleted")
        False
        """
        allowed = self.allow_destructive
        return allowed if isinstance(allowed, bool) else name in allowed

    def is_risky(self, call: Call) -> bool:
        """Return whether a call deserves a second look: irreversible, consent, alias, redirecting, or acting.

        >>> from langchain_customerio import Track
        >>> Policy().is_risky(Track(user_id="ada", event="User Deleted"))
        True
        """
        return bool(list(risks(call, tuple(self.plain_events))))

    def needs_approval(self, call: Call) -> bool:
        """Return whether a person has to approve the call before it is sent."""
        if callable(self.approve):
            return bool(self.approve(call))
        return self.approve == "all" or (self.approve == "risky" and self.is_risky(call))

    def _item(self, index: int, item: Common, default: dict[str, Any] | None) -> Common:
        try:
            return self._checked(item, contexts_of(item, default))
        except PolicyError as error:
            reason = str(error).removeprefix("Not sent. ")
            raise PolicyError(f"Not sent. batch[{index}]: {reason}", rule=error.rule, index=index) from None
        except InvalidRequestError as error:
            problems = tuple(Problem(f"batch[{index}].{p.field}", p.message, index) for p in error.problems)
            raise InvalidRequestError(problems=problems) from None

    def _checked(self, call: Common, contexts: Contexts) -> Common:
        check_call_name(self, call)
        call = fill_in_person(self, call)
        for rule in RULES:
            rule(self, call, contexts)
        return call


_LISTS = ("allow_destructive", "calls", "events", "traits", "groups", "integrations", "plain_events", "redact")
_NEVER_NONE = ("allow_destructive", "plain_events", "redact")
_FLAGS = ("allow_redirects", "allow_alias", "allow_consent", "send_valid_items", "dry_run")


def _nonsense(policy: Policy) -> Iterator[str]:
    """Say what a policy cannot mean; a guard with a slip in it would be none."""
    for name in _FLAGS:
        if not isinstance(getattr(policy, name), bool):
            yield f"{name} takes True or False"
    for name in ("max_batch", "max_writes"):
        limit = getattr(policy, name)
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
            yield f"{name} is {limit!r}; it takes a number from 1, or None for no limit"
    person: object = policy.person
    if person is not None and not (isinstance(person, str) and person.strip()):
        yield "person is empty; give the userId to act for, as a string, or None"
    if policy.approve not in (None, "risky", "all") and not callable(policy.approve):
        yield 'approve takes "risky", "all", a function from a call to bool, or None'
    yield from _odd_patterns(policy)
    yield from _unknown_names(policy)


def _odd_patterns(policy: Policy) -> Iterator[str]:
    for name in _LISTS:
        value = getattr(policy, name)
        if value is None and name in _NEVER_NONE:
            yield f"{name} is None; leave it out for none"
        for pattern in value if isinstance(value, tuple) else ():
            if not isinstance(pattern, str) or not pattern.removeprefix("!").strip():
                yield f"{name} holds {pattern!r}; it takes text that names something"
            elif name == "redact" and not _is_path(pattern):
                yield f"redact names {pattern!r}; a path begins with a field of a call, such as traits.email"


def _is_path(pattern: str) -> bool:
    head = pattern.partition(".")[0]
    return any(matches(head, wire) for call in SINGLE_CALLS.values() for _, wire in call.wire_names())


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
