"""From a body to a call that may be sent: parsed, judged by the policy, approved by a person and named, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_customerio.api.calls import Batch, Call
from langchain_customerio.errors import InvalidRequestError, PolicyError, Problem

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


def allow(policy: Policy, kind: type[Call], body: object, corrections: list[Problem]) -> Allowed:
    """Parse a body and ask the policy; of a batch, the good items alone where the policy sends them.

    Raises:
        InvalidRequestError: If it is not a call, or no item of a batch is.
        PolicyError: If the policy does not allow it.
    """
    body = policy.fill_in(body)
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
