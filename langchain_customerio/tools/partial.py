"""A batch of which only the good items are sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from langchain_customerio.api.batching import bodies
from langchain_customerio.api.calls import Batch
from langchain_customerio.client.receipts import RefusedItem
from langchain_customerio.errors import InvalidRequestError, PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from langchain_customerio.policy.policy import Policy

_ITEM = re.compile(r"^batch\[(\d+)\]")


def good_items(policy: Policy, body: object) -> tuple[object, tuple[RefusedItem, ...]]:
    """Separate a batch body's items that may be sent from those that may not.

    Returns:
        The body with the good items, or as it was where there are none, and the others with their reasons.
    """
    if not isinstance(body, dict) or not isinstance(body.get("batch"), list):
        return body, ()
    good: list[object] = []
    refused: list[RefusedItem] = []
    for index, item in enumerate(body["batch"]):
        try:
            alone = policy.check(Batch.parse({**body, "batch": [item]}))
            bodies(alone)  # refuses what is too large
            good.append(item)
        except (InvalidRequestError, PolicyError) as error:
            refused.append(RefusedItem(index=index, reason=str(error).replace("batch[0]", f"batch[{index}]")))
    return ({**body, "batch": good}, tuple(refused)) if good else (body, ())


def in_given_order(warnings: Iterable[str], refused: Iterable[RefusedItem]) -> Iterator[str]:
    """Return warnings about the items that were sent with the places that these had among all items.

    >>> list(in_given_order(["batch[0].event: odd"], [RefusedItem(index=0, reason="")]))
    ['batch[1].event: odd']
    """
    left_out = sorted(item.index for item in refused)

    def place(found: re.Match[str]) -> str:
        index = int(found[1])
        for earlier in left_out:
            index += earlier <= index
        return f"batch[{index}]"

    return (_ITEM.sub(place, warning) for warning in warnings)
