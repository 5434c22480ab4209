"""The receipt: what became of a call, and nothing that is not known."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class SentRequest(BaseModel):
    """One HTTP request of a call; a large batch takes several.

    Attributes:
        first: Position of its first call in the batch; 0 for a single call.
        calls: How many calls it carried.
        size: Bytes of its body.
        attempts: How many times it was sent; 0 in a dry run.
        http_status: Status of the last answer; None in a dry run.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    first: int = 0
    calls: int = 1
    size: int
    attempts: int = 0
    http_status: int | None = None


class RefusedItem(BaseModel):
    """A batch item that was not sent, and why."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    index: int
    reason: str
    code: str = ""


class Preview(BaseModel):
    """The request that a dry run would have sent, without its key."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    method: Literal["POST"] = "POST"
    url: str
    headers: dict[str, str]
    body: Any


class Receipt(BaseModel):
    """What became of a call.

    `accepted` means that the API took it in strict mode. `received` means an answer of 200 in permissive mode,
    which the API also gives to calls that it drops: a wrong key, a malformed or an oversized call. `dry_run` means
    that nothing was sent. Even an accepted call is applied later, and limits of the workspace come after it.

    Attributes:
        status: `accepted`, `received`, `partly_accepted`, `partly_received` or `dry_run`.
        call: Name of the call, such as `track`.
        strict: Whether the API was asked to validate.
        message_ids: The `messageId` of each call, in order; delivery is at least once, and a repeat has the same id.
        http_status: Status of the last answer.
        response_json: Body of the last answer.
        requests: Each HTTP request, in order; more than one where a batch was too large for one.
        warnings: What Customer.io will read otherwise than meant.
        warning_codes: The stable code of each warning.
        corrections: What was corrected in the body before it was sent.
        refused: Items of the batch that were not sent, where the rest was.
        previews: The requests of a dry run.

    Source: Customer.io documentation, Pipelines API, Strict mode.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    status: Literal["accepted", "received", "partly_accepted", "partly_received", "dry_run"]
    call: str
    strict: bool
    message_ids: tuple[str, ...]
    http_status: int | None = None
    response_json: Any = None
    requests: tuple[SentRequest, ...]
    warnings: tuple[str, ...] = ()
    warning_codes: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()
    refused: tuple[RefusedItem, ...] = ()
    previews: tuple[Preview, ...] = ()

    @property
    def message_id(self) -> str:
        """The `messageId` of the call, or of a batch's first item."""
        return self.message_ids[0]

    @property
    def attempts(self) -> int:
        """How many requests left in all, repeats included."""
        return sum(request.attempts for request in self.requests)

    @property
    def size(self) -> int:
        """Bytes of all bodies together."""
        return sum(request.size for request in self.requests)
