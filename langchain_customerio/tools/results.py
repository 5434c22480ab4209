"""What a model reads about a call that went out: as little as is needed, and nothing that is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson

from langchain_customerio.policy.redaction import REDACTED, hidden, redacted, redacts_ids
from langchain_customerio.text import escaped, few

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from langchain_customerio.client.receipts import Receipt, RefusedItem

ToolOutput: TypeAlias = tuple[dict[str, Any], Any]
"""Content for the model, and the artifact for the program."""

_MOST_WARNINGS: Final = 5
_MOST_ID: Final = 100
_MOST_REFUSED: Final = 20
_MOST_ANSWER: Final = 1_000

NOTES: Final = {
    "accepted": "validated",
    "received": "not validated, so unproven: report it as unconfirmed",
    "partly_accepted": "validated; the items in not_sent were not sent",
    "partly_received": "not validated, so unproven; the items in not_sent were not sent",
    "dry_run": "trial set-up: nothing was sent, and you cannot change that",
}
"""What each status means."""


def to_tool_output(
    receipt: Receipt,
    *,
    http: bool = False,
    redact: bool | Iterable[str] = False,
    own_ids: frozenset[str] = frozenset(),
    body: object = None,
) -> ToolOutput:
    """Return the model's answer and the full receipt.

    Args:
        receipt: What became of the call.
        http: Whether to show the status and the JSON of the API's answer.
        redact: Which values to leave out: all of them, or those whose paths match a pattern, and what lies below them.
        own_ids: Message ids of the caller's own, which are data.
        body: The call as it would be sent, for a dry run.
    """
    if redact:
        receipt, body = redacted_receipt(receipt, redact, own_ids), redacted(body, redact, own_ids)
    content: dict[str, Any] = {"status": receipt.status}
    if receipt.call == "batch":
        content["sent" if receipt.refused else "items"] = len(receipt.message_ids)
    elif receipt.status != "dry_run":  # a real call would have another one
        content["message_id"] = escaped(receipt.message_id, _MOST_ID)
    if http and receipt.http_status is not None:
        content |= {"http_status": receipt.http_status, "response_json": _bounded(receipt.response_json)}
    return {**content, "note": NOTES[receipt.status], **_details(receipt, body)}, receipt


def _details(receipt: Receipt, body: object) -> dict[str, Any]:
    """Return what is only sometimes worth saying."""
    details: dict[str, Any] = {}
    if receipt.attempts > len(receipt.requests):
        details["attempts"] = receipt.attempts
    if len(receipt.requests) > 1:
        details["requests"] = [f"items {r.first}-{r.first + r.calls - 1}" for r in receipt.requests]
    if receipt.refused:
        details["not_sent"] = _refused(receipt.refused)
    if receipt.warnings:
        details["warnings"] = few(receipt.warnings, _MOST_WARNINGS)
    if receipt.corrections:
        details["corrections"] = few(receipt.corrections, _MOST_WARNINGS)
    if receipt.previews:
        details["request_body"] = body
    return details


def _bounded(answer: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return the API's answer as it is, where it is not so long that it would crowd out the conversation."""
    size = len(orjson.dumps(answer)) if answer else 0
    return answer if size <= _MOST_ANSWER else f"left out: {size:,} bytes"


def _refused(items: Sequence[RefusedItem]) -> dict[str, str]:
    """Return the reasons by the items' places, and of many items the places alone."""
    reasons = {str(item.index): item.reason for item in items[:_MOST_REFUSED]}
    rest = ", ".join(str(item.index) for item in items[_MOST_REFUSED:])
    return {**reasons, "others": rest} if rest else reasons


def redacted_receipt(receipt: Receipt, redact: bool | Iterable[str], own_ids: frozenset[str]) -> Receipt:  # noqa: FBT001 - the value of a policy's field
    """Hide what is to be left out of a request; what the API answers has no paths that are known, and is hidden."""
    bodies = (
        preview.model_copy(update={"body": redacted(preview.body, redact, own_ids)}) for preview in receipt.previews
    )
    hides = redacts_ids(redact)
    ids = tuple(REDACTED if hides and each in own_ids else each for each in receipt.message_ids)
    answer = None if receipt.response_json is None else hidden(receipt.response_json)
    return receipt.model_copy(update={"previews": tuple(bodies), "response_json": answer, "message_ids": ids})
