"""What a model is told about a call that went out: as little as is needed, and nothing that is not known."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langchain_customerio.receipts import Preview, Receipt

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
        redact: Which values of a dry run's body to leave out: all of them, or those whose paths match a pattern.
    """
    if redact and receipt.previews:
        previews = tuple(_redacted(preview, redact=redact) for preview in receipt.previews)
        receipt = receipt.model_copy(update={"previews": previews})
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


def _redacted(preview: Preview, *, redact: bool | Iterable[str]) -> Preview:
    patterns = ("*",) if isinstance(redact, bool) else tuple(redact)
    return preview.model_copy(update={"body": _without(preview.body, "", patterns)})


_STRUCTURE = ("type", "event", "messageId")


def _without(value: Any, path: str, patterns: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON with the values at matching paths replaced; names of calls and events, and ids made here, stay."""
    if isinstance(value, dict):
        return {
            key: item
            if key in _STRUCTURE and "." not in path
            else _without(item, f"{path}.{key}".lstrip("."), patterns)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without(item, "" if path == "batch" else path, patterns) for item in value]
    hidden = any(fnmatchcase(path, pattern) for pattern in patterns) and not path.startswith("context.library.")
    return REDACTED if hidden else value
