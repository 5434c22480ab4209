"""What a model is told about a call that went out: as little as is needed, and nothing that is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from langchain_customerio.policy.patterns import MOST_STEPS, matches, paths_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from langchain_customerio.client.receipts import Receipt, RefusedItem

Answer: TypeAlias = tuple[dict[str, Any], Any]
"""Content for the model, and the artifact for the program."""

REDACTED = "[redacted]"
_MOST_WARNINGS = 5
_MOST_REFUSED = 20
_MOST_ANSWER = 1_000

_NOTES = {
    "received": "200 without strict validation is no proof: the API also answers 200 to data that it drops."
    " Report it as unconfirmed; do not repeat it.",
    "dry_run": "Nothing was sent.",
}


def tell(receipt: Receipt, *, redact: bool | Iterable[str] = False) -> Answer:
    """Return the model's answer and the full receipt.

    Args:
        receipt: What became of the call.
        redact: Which values of a request and of its answer to leave out: all of them, or those whose paths match a
            pattern, and what lies below them.
    """
    if redact:
        receipt = _redacted(receipt, ("*",) if isinstance(redact, bool) else tuple(redact))
    content: dict[str, Any] = {
        "status": receipt.status,
        "message_id": receipt.message_id,
        "http_status": receipt.http_status,
        "response_json": _bounded(receipt.response_json),
    }
    if note := _NOTES.get(receipt.status):
        content["note"] = note
    return {**content, **_details(receipt)}, receipt


def _details(receipt: Receipt) -> dict[str, Any]:
    """Return what is only sometimes worth telling."""
    details: dict[str, Any] = {}
    if receipt.call == "batch":
        details["items"] = len(receipt.message_ids)
    if len(receipt.requests) > 1:
        details["requests"] = [f"items {r.first}-{r.first + r.calls - 1}" for r in receipt.requests]
    if receipt.refused:
        details["not_sent"] = _refused(receipt.refused)
    if receipt.warnings:
        details["warnings"] = few(receipt.warnings, _MOST_WARNINGS)
    if receipt.corrections:
        details["corrections"] = few(receipt.corrections, _MOST_WARNINGS)
    if receipt.previews:
        details["size"] = receipt.size
        details["request"] = [preview.model_dump() for preview in receipt.previews]
    return details


def _bounded(answer: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return the API's answer as it is, where it is not so long that it would crowd out the conversation."""
    size = len(orjson.dumps(answer)) if answer else 0
    return answer if size <= _MOST_ANSWER else f"left out: {size:,} bytes"


def _refused(items: Sequence[RefusedItem]) -> dict[str, str]:
    """Return the reasons by the items' places, and of many items the places alone."""
    told = {str(item.index): item.reason.removeprefix("Not sent. ") for item in items[:_MOST_REFUSED]}
    rest = ", ".join(str(item.index) for item in items[_MOST_REFUSED:])
    return {**told, "others": rest} if rest else told


def few(lines: Sequence[str], most: int) -> list[str]:
    """Return the first of many lines, and how many more there are.

    >>> few(["a", "b", "c"], most=1)
    ['a', 'and 2 more']
    """
    rest = len(lines) - most
    return [*lines[:most], f"and {rest} more"] if rest > 0 else list(lines)


def _redacted(receipt: Receipt, patterns: tuple[str, ...]) -> Receipt:
    """Hide what the patterns name in a request; what the API answers has no paths that are known, and is hidden."""
    bodies = (preview.model_copy(update={"body": _without(preview.body, "", patterns)}) for preview in receipt.previews)
    answer = None if receipt.response_json is None else _hidden(receipt.response_json)
    return receipt.model_copy(update={"previews": tuple(bodies), "response_json": answer})


_STRUCTURE = ("type", "event", "messageId")


def _without(value: Any, path: str, patterns: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON with the values at matching paths replaced; names of calls and events, and ids made here, stay."""
    if path not in {"", "batch"} and _is_named(path, patterns):
        return _hidden(value)
    if isinstance(value, dict):
        return {
            key: item if path == "" and key in _STRUCTURE else _without(item, f"{path}.{key}".lstrip("."), patterns)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without(item, "" if path == "batch" else path, patterns) for item in value]
    return value


def _is_named(path: str, patterns: tuple[str, ...]) -> bool:
    """Return whether a pattern matches a path or what it lies in, which may be written with dots in one key."""
    too_deep = path.count(".") >= MOST_STEPS
    return too_deep or any(matches(pattern, each) for pattern in patterns for each in paths_to(path))


def _hidden(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {key: _hidden(item) for key, item in value.items()}
    return [_hidden(item) for item in value] if isinstance(value, list) else REDACTED
