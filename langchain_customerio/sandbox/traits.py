"""How traits are merged into what is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from langchain_customerio.sandbox.config import NullTraits
    from langchain_customerio.sandbox.http import JsonObject

PREFERENCES: Final = "cio_subscription_preferences"


def merge(known: JsonObject, sent: JsonObject, nulls: NullTraits) -> JsonObject:
    """Merge sent traits into known ones, without changing either.

    A trait replaces its former value whole. Keys that start with `cio_subscription_preferences.` are paths:
    each sets one preference and leaves the others alone (Customer.io docs: Pipelines API > Identify >
    Subscription preferences).

    Args:
        known: The traits so far.
        sent: The traits of a call.
        nulls: `remove` forgets a trait that was sent as null, `keep` stores None.
    """
    merged = dict(known)
    dotted = {key: value for key, value in sent.items() if key.startswith(f"{PREFERENCES}.")}
    for key, value in sent.items():
        if key not in dotted:
            _put(merged, (key,), value, nulls)
    for key, value in dotted.items():
        _put(merged, tuple(key.split(".")), value, nulls)
    return merged


def _put(target: JsonObject, path: tuple[str, ...], value: object, nulls: NullTraits) -> None:
    """Set a value deep inside, copying each object on the way: the same objects stand in the ledger."""
    head, *rest = path
    if rest:
        inner = target.get(head)
        target[head] = dict(inner) if isinstance(inner, dict) else {}
        _put(target[head], tuple(rest), value, nulls)
    elif value is None and nulls == "remove":
        target.pop(head, None)
    else:
        target[head] = value
