"""One request on its way: its bytes, its attempts, and what came of the last; without any I/O.

Source: Customer.io documentation, Pipelines API: Strict mode, Errors.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import httpx
import orjson

from langchain_customerio.api.batching import library
from langchain_customerio.client.answer import clean, data_of, named_errors
from langchain_customerio.client.explain import explain
from langchain_customerio.client.receipts import SentRequest
from langchain_customerio.client.retries import RETRIED_STATUSES, read_retry_after
from langchain_customerio.errors import (
    DeliveryError,
    NoAnswerError,
    RejectedError,
    UnexpectedAnswerError,
    error_for_status,
)

if TYPE_CHECKING:
    from types import TracebackType

    from langchain_customerio.client.answer import Answer
    from langchain_customerio.client.settings import Target

ABOUT_AN_ITEM: Final = frozenset({400, 413, 422})
"""Statuses that one item of a batch may be to blame for; every other refusal would meet all requests alike."""

_GZIP: Final = 16 + zlib.MAX_WBITS
_REFUSALS: Final = ("errors", "error")

_BEFORE_SENDING: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""What a transport raises before the request has left; `pool` sees to it that this is so for each library."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request, ready to be sent as often as it takes: the bytes never change between attempts.

    Attributes:
        call: The endpoint.
        body: The bytes.
        strict: Whether the API is asked to validate.
        message_ids: The `messageId` of each call in it, where they are known.
        first: Position of its first call in the batch.
        gzip: Whether the bytes are compressed.
    """

    call: str
    body: bytes = field(repr=False)
    strict: bool
    message_ids: tuple[str, ...]
    first: int = 0
    gzip: bool = False

    def url(self, target: Target) -> str:
        """Return the address of the endpoint."""
        return f"{target.base_url}/{self.call}"

    def headers(self) -> dict[str, str]:
        """Return the headers; strict mode is exactly `1`, because the API takes any other value for permissive."""
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
            "User-Agent": "{name}/{version}".format(**library()),
        }
        if self.gzip:
            headers["Content-Encoding"] = "gzip"
        return {**headers, "X-Strict-Mode": "1"} if self.strict else headers

    def json(self) -> object:
        """Return the body as it was before it was compressed."""
        return orjson.loads(zlib.decompress(self.body, _GZIP) if self.gzip else self.body)


class Exchange:
    """One request on its way: every attempt, and what came of the last.

    As a context manager around an attempt it turns a transport's exception into an outcome, so that the sync and
    the async driver need no error handling of their own.
    """

    def __init__(self, request: Outgoing, target: Target | None = None) -> None:
        """Start with nothing sent; where to send it may be decided with the first attempt."""
        self.request = request
        self.target = target
        self.attempts = 0
        self.status: int | None = None
        self.answer: dict[str, Any] | None = None
        self.retry_after: float | None = None
        self.retry = False
        self.may_have_arrived = False
        self.kind: type[DeliveryError] = NoAnswerError
        self.detail = ""
        self.foreign = False

    def signed(self) -> httpx.Request:
        """Return the request of the next attempt, signed."""
        request = httpx.Request(
            "POST", _parsed(self.request.url(self.to)), headers=self.request.headers(), content=self.request.body
        )
        self.to.key.sign(request)
        return request

    @property
    def to(self) -> Target:
        """Where it goes, which is known by the first attempt."""
        if self.target is None:
            raise RuntimeError("this exchange has not been given a target yet")
        return self.target

    def __enter__(self) -> None:
        """Begin an attempt."""
        self.attempts += 1
        self.status = self.answer = self.retry_after = None
        self.retry = self.foreign = False
        self.kind, self.detail = NoAnswerError, ""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """End an attempt; an exception of the transport is an outcome, any other one goes on."""
        if not isinstance(error, httpx.RequestError):
            return False
        self.lost(type(error).__name__, left=not isinstance(error, _BEFORE_SENDING))
        self.retry = isinstance(error, httpx.TransportError)
        if not self.retry:
            self.kind = UnexpectedAnswerError
        return True

    def lost(self, detail: str, *, left: bool = True) -> None:
        """Take it that an attempt ended without an answer.

        Args:
            detail: Why.
            left: Whether the request may have reached the far end.
        """
        self.status = self.retry_after = None
        self.kind, self.detail, self.retry = NoAnswerError, detail, False
        self.may_have_arrived |= left

    def read(self, answer: Answer) -> None:
        """Take the answer of an attempt."""
        self.status = status = answer.status
        self.foreign = answer.is_page
        json = answer.json_object(self.to.key)
        success = httpx.codes.is_success(status)
        refusals = named_errors(json, _REFUSALS) if json is not None else []
        if success and json is not None and not refusals:
            self.answer = json
            return
        # Whether a batch with a bad item is refused as a whole is not documented, nor what a 200 with errors means.
        late = status == httpx.codes.REQUEST_TIMEOUT or status >= httpx.codes.INTERNAL_SERVER_ERROR
        self.may_have_arrived |= success or late or (status in ABOUT_AN_ITEM and len(self.request.message_ids) > 1)
        if success:
            self.kind = RejectedError if refusals else UnexpectedAnswerError
        else:
            self.kind = error_for_status(status)
            self.retry = status in RETRIED_STATUSES
            self.retry_after = read_retry_after(answer.header("Retry-After"), answer.header("Date"))
        if httpx.codes.is_redirect(status):
            self.detail = clean(answer.redirected_to(), self.to.key)
        elif words := "; ".join(named_errors(json)) if json is not None else answer.text:
            self.detail = clean(words, self.to.key, data_of(self.request.json()))

    @property
    def is_about_an_item(self) -> bool:
        """Whether the API refused a batch for what one item of it may be to blame for: divided, the rest may go."""
        refused = self.status in ABOUT_AN_ITEM or httpx.codes.is_success(self.status or 0)
        return refused and issubclass(self.kind, RejectedError)

    @property
    def failure(self) -> str | None:
        """What has gone wrong: nothing, a status, or why no answer came."""
        if self.answer is not None:
            return None
        return str(self.status) if self.status is not None else self.detail

    def forget(self) -> None:
        """Let go of the bytes that were sent: what has tried to send them may live on until garbage is collected."""
        self.request = replace(self.request, body=b"")

    def error(self, delivered: int = 0) -> DeliveryError:
        """Return the last outcome as an error that says what is known."""
        error = self.kind(
            "",
            status=self.status,
            attempts=self.attempts,
            message_ids=self.request.message_ids,
            detail=self.detail,
            retry_after=self.retry_after,
            may_have_arrived=self.may_have_arrived,
            delivered=delivered,
            call=self.request.call,
            host=self.target.host if self.target is not None else "",
            foreign=self.foreign,
        )
        error.args = (explain(error),)
        return error

    def sent(self) -> SentRequest:
        """Return the request's line in the receipt."""
        request = self.request
        return SentRequest(
            first=request.first,
            calls=len(request.message_ids),
            size=len(request.body),
            attempts=self.attempts,
            http_status=self.status,
        )


@lru_cache(maxsize=64)
def _parsed(url: str) -> httpx.URL:
    """Return an address that httpx need not parse again for every request."""
    return httpx.URL(url)
