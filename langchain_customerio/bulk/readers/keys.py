"""The key of a record: the columns that tell it from others, with their values."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import orjson

from langchain_customerio.api.calls import Common

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Key = Mapping[str, Any]


def keys_of(records: Iterable[object], names: Sequence[str]) -> list[Key]:
    """Return the key of each record as it was read; an empty one where it has none.

    >>> keys_of([{"order": 7}, b'{"properties": {"order": 8}}', {}], ["order"])
    [{'order': 7}, {}, {}]
    """
    found = map(as_object, records)
    return keyed(names, ([_at(record, name) for name in names] for record in found))


def keyed(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[Key]:
    """Return keys of their values; one of which all values are missing is none."""
    return [
        dict(zip(names, values, strict=True)) if any(value is not None for value in values) else {} for values in rows
    ]


def as_object(record: object) -> Mapping[str, Any]:
    """Return a record as an object; an empty one where it is none, for the checks to refuse."""
    if isinstance(record, Common):
        return {"type": record.kind, **record.wire()}
    if isinstance(record, bytes | str):
        with suppress(ValueError):
            record = orjson.loads(record)
    return record if isinstance(record, Mapping) else {}


def _at(found: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return what stands under a name, or at a path such as `properties.order_id`."""
    value: Any = found
    for part in [name] if name in found else name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
