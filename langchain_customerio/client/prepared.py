"""A call that is ready to be sent: checked, linted, named and encoded, once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from langchain_customerio.client.exchange import Exchange
from langchain_customerio.client.receipts import Preview, Receipt
from langchain_customerio.errors import InvalidRequestError, Problem

if TYPE_CHECKING:
    from langchain_customerio.api.calls import Call
    from langchain_customerio.client.exchange import Outgoing
    from langchain_customerio.client.settings import Target


class Sender(Protocol):
    """What a prepared call needs of its client."""

    def target(self) -> Target:
        """Return where a sync call goes."""
        ...

    async def atarget(self) -> Target:
        """Return where an async call goes."""
        ...

    def deliver(self, exchange: Exchange) -> None:
        """Send a request."""
        ...

    async def adeliver(self, exchange: Exchange) -> None:
        """Send a request without blocking."""
        ...


@dataclass(frozen=True, slots=True)
class PreparedCall:
    """A call with the exact bytes of its requests, bound to the client that prepared it.

    Attributes:
        call: The call, as the client's policy lets it be sent.
        strict: Whether the API shall validate it.
        requests: Its requests, in order; several for a batch that is too large for one.
        warnings: What Customer.io will read otherwise than meant.

    Example:
        >>> from langchain_customerio import Track
        >>> from langchain_customerio.sandbox import Sandbox
        >>> client = Sandbox().client()
        >>> prepared = client.prepare(Track(user_id="ada", event="Paid", message_id="order-17"), strict=True)
        >>> prepared.message_ids
        ('order-17',)
        >>> prepared.send().status
        'accepted'
    """

    call: Call = field(repr=False)
    strict: bool
    requests: tuple[Outgoing, ...] = field(repr=False)
    warnings: tuple[Problem, ...]
    sender: Sender = field(repr=False, compare=False)

    @property
    def message_ids(self) -> tuple[str, ...]:
        """The `messageId` of each call in it, in order: known before anything is sent."""
        return tuple(message_id for request in self.requests for message_id in request.message_ids)

    @property
    def size(self) -> int:
        """Bytes of all its bodies together."""
        return sum(len(request.body) for request in self.requests)

    def send(self) -> Receipt:
        """Send the call and return what became of it.

        Raises:
            InvalidRequestError: If it contains the API key; nothing was sent.
            DeliveryError: If no attempt ended in success: one class for each cause.
        """
        exchanges = self._exchanges(self.sender.target())
        for exchange in exchanges:
            self.sender.deliver(exchange)
            _go_on_after(exchange)
        return self._receipt(exchanges)

    async def asend(self) -> Receipt:
        """Send the call and return what became of it: `send`, without blocking the event loop."""
        exchanges = self._exchanges(await self.sender.atarget())
        for exchange in exchanges:
            await asyncio.sleep(0)  # a task that was cancelled ends here: between two requests, and not in one
            await self.sender.adeliver(exchange)
            _go_on_after(exchange)
        return self._receipt(exchanges)

    def preview(self) -> Receipt:
        """Return the exact requests that `send` would make, and send nothing.

        Raises:
            InvalidRequestError: If the call contains the API key.
        """
        return self._preview(self._exchanges(self.sender.target()))

    async def apreview(self) -> Receipt:
        """Return the exact requests that `asend` would make: `preview`, where the key comes from an async function."""
        return self._preview(self._exchanges(await self.sender.atarget()))

    def _exchanges(self, target: Target) -> list[Exchange]:
        if any(target.key.is_in(request.body) for request in self.requests):
            raise InvalidRequestError(problems=(Problem("holds_key"),))
        return [Exchange(request, target) for request in self.requests]

    def _preview(self, exchanges: list[Exchange]) -> Receipt:
        previews = tuple(
            Preview(url=each.request.url(each.to), headers=each.request.headers(), body=orjson.loads(each.request.body))
            for each in exchanges
        )
        return self._told(exchanges, status="dry_run", previews=previews)

    def _receipt(self, exchanges: list[Exchange]) -> Receipt:
        last = exchanges[-1]
        status = "accepted" if self.strict else "received"
        return self._told(exchanges, status=status, http_status=last.status, response_json=last.answer)

    def _told(self, exchanges: list[Exchange], **known: Any) -> Receipt:  # noqa: ANN401 - the fields of Receipt, checked by it
        return Receipt(
            call=self.call.kind,
            strict=self.strict,
            message_ids=self.message_ids,
            requests=tuple(exchange.sent() for exchange in exchanges),
            warnings=tuple(map(str, self.warnings)),
            warning_codes=tuple(warning.code for warning in self.warnings),
            **known,
        )


def _go_on_after(exchange: Exchange) -> None:
    if exchange.answer is None:
        raise exchange.error(delivered=exchange.request.first)
