"""From a body to a call that may be sent: parsed, judged by the policy, approved by a person and named, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.api.calls import Batch, Call
from langchain_customerio.api.message_ids import is_message_id
from langchain_customerio.errors import InvalidRequestError, PolicyError, Problem
from langchain_customerio.messages import Field

if TYPE_CHECKING:
    from langchain_customerio.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """What a tool's arguments came to.

    Attributes:
        body: The JSON body, or a call.
        strict: Whether the model asked for validation.
        corrections: Slips that were corrected on the way; parsing adds its own.
        warnings: What is odd about the arguments.
    """

    body: object
    strict: bool = False
    corrections: list[Problem] = field(default_factory=list)
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowed:
    """A call that the policy allows.

    Attributes:
        call: The call; of a batch, the items that may be sent.
        refused: What is wrong with each item that is left out, by its place.
        places: The place of each item of the call among all items.
    """

    call: Call
    refused: dict[int, tuple[Problem, ...]] = field(default_factory=dict)
    places: tuple[int, ...] = ()

    def in_given_order(self, problem: Problem) -> Problem:
        """Return a finding about an item that is sent with the place that the item had among all items."""
        if problem.index is None or not self.refused:
            return problem
        return Problem(problem.code, ("batch", self.places[problem.index], *problem.path[2:]), problem.values)

    def without(self, problems: dict[int, Problem], call: Call) -> Allowed:
        """Return what is left, as a call, where items turn out to be too large; `problems` goes by their positions."""
        places = self.places or tuple(range(len(call) + len(problems)))  # type: ignore[arg-type] # a batch has a length
        refused = {places[position]: (self.in_given_order(problem),) for position, problem in problems.items()}
        kept = tuple(place for position, place in enumerate(places) if position not in problems)
        return Allowed(call, {**self.refused, **refused}, kept)


def allow(policy: Policy, kind: type[Call], body: object, corrections: list[Problem]) -> Allowed:
    """Parse a body and ask the policy; of a batch, the good items alone where the policy sends them.

    Raises:
        InvalidRequestError: If it is not a call, or no item of a batch is.
        PolicyError: If the policy does not allow it.
    """
    body = policy.fill_in(with_id_in_place(body, corrections))
    if policy.send_valid_items and kind is Batch and isinstance(body, dict):
        return _good_items(policy, body, corrections)
    call = body if isinstance(body, Call) else kind.parse(body, corrections)
    return Allowed(policy.check(call))


def _good_items(policy: Policy, body: dict[str, Any], corrections: list[Problem]) -> Allowed:
    """Parse and judge each item of a batch once."""
    envelope, parsed = Batch.parse_items(body, corrections)
    good: dict[int, Any] = {}
    refused: dict[int, tuple[Problem, ...]] = {}
    for index, item in enumerate(parsed):
        try:
            if isinstance(item, InvalidRequestError):
                raise item
            good[index] = policy.check_item(item, index, envelope.context)
        except (InvalidRequestError, PolicyError) as error:
            refused[index] = error.problems
    if not good:
        problems = tuple(problem for found in refused.values() for problem in found)
        raise InvalidRequestError(problems=problems)
    call = envelope.model_copy(update={"batch": list(good.values())})
    policy.check_batch_size(call)
    return Allowed(call, refused, tuple(good))


_HOLDERS: Final = ("properties", "traits", "context")
_NAMES: Final = ("messageId", "message_id")


def with_id_in_place(body: object, corrections: list[Problem], place: tuple[str | int, ...] = ()) -> object:
    """Return a body in which the id that a model was given for a repeat stands at the top, where it counts.

    An id of another shape may be data of the application's own, and stays.
    """
    if not isinstance(body, dict):
        return body
    items = body.get("batch")
    if isinstance(items, list):
        return {**body, "batch": [with_id_in_place(item, corrections, ("batch", i)) for i, item in enumerate(items)]}
    for holder in _HOLDERS:
        inside: Any = body.get(holder)
        for name in _NAMES if isinstance(inside, dict) and not body.keys() & {*_NAMES} else ():
            if is_message_id(inside.get(name)):
                given = Field(f"{holder}.{name}")
                corrections.append(Problem("message_id_moved", (*place, "messageId"), {"given": given}))
                rest = {key: value for key, value in inside.items() if key != name}
                return {**body, holder: rest, "messageId": inside[name]}
    return body
