"""What a model is told about a call that went out: as little as is needed, and nothing that is not known."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langchain_customerio.receipts import Receipt

Answer: TypeAlias = tuple[dict[str, Any], Any]
"""Content for the model, and the artifact for the program."""

REDACTED = "[redacted]"
_MOST_WARNINGS = 5

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
        "response_json": receipt.response_json,
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
        details["not_sent"] = {str(item.index): item.reason for item in receipt.refused}
    if receipt.warnings:
        details["warnings"] = _few(receipt.warnings)
    if receipt.corrections:
        details["corrections"] = _few(receipt.corrections)
    if receipt.previews:
        details["size"] = receipt.size
        details["request"] = [preview.model_dump() for preview in receipt.previews]
    return details


def _few(lines: tuple[str, ...]) -> list[str]:
    rest = len(lines) - _MOST_WARNINGS
    return [*lines[:_MOST_WARNINGS], f"and {rest} more"] if rest > 0 else list(lines)


def _redacted(receipt: Receipt, patterns: tuple[str, ...]) -> Receipt:
    bodies = (preview.model_copy(update={"body": _without(preview.body, "", patterns)}) for preview in receipt.previews)
    answer = _without(receipt.response_json, "", patterns)
    return receipt.model_copy(update={"previews": tuple(bodies), "response_json": answer})


_STRUCTURE = ("type", "event", "messageId")


def _without(value: Any, path: str, patterns: tuple[str, ...], *, hidden: bool = False) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON with the values at matching paths replaced; names of calls and events, and ids made here, stay."""
    hidden |= any(fnmatchcase(path, pattern) for pattern in patterns) and path != ""
    if isinstance(value, dict):
        return {
            key: item
            if path == "" and key in _STRUCTURE
            else _without(item, f"{path}.{key}".lstrip("."), patterns, hidden=hidden)
            for key, item in value.items()
        }
    if isinstance(value, list):
        within = "" if path == "batch" else path
        return [_without(item, within, patterns, hidden=hidden and within != "") for item in value]
    return REDACTED if hidden and not path.startswith("context.library.") else value
