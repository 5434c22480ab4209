"""The client: two thin drivers, sync and async, over what `delivery` decides."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NoReturn, Self

import httpx
from pydantic import SecretStr

from langchain_customerio.api.lint import lint
from langchain_customerio.client.exchange import Delivery, Exchange, Outgoing
from langchain_customerio.client.pool import AsyncConnections
from langchain_customerio.client.retries import RetryPolicy
from langchain_customerio.client.settings import Region, Target, read_environment, resolve, warn_of_private_key
from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
    from types import TracebackType

    from langchain_customerio.api.calls import Call
    from langchain_customerio.client.receipts import Receipt

DEFAULT_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_VERDICTS = frozenset({httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY})


class PipelinesClient:
    """Sends calls to the Customer.io Pipelines API and says what became of them.

    One client serves any number of threads and event loops, one after the other or at once. Delivery is at least
    once: a call keeps its `messageId` through every attempt, so that a repeat can be recognised.

    Args:
        api_key: The key of a source; from `CUSTOMERIO_API_KEY` where it is not given. A function that returns the key
            is asked before each call, so that keys can rotate.
        region: `us` or `eu`; from `CUSTOMERIO_REGION`, or else the key's own region, or else `us`.
        base_url: An address up to and including `/v1`; from `CUSTOMERIO_BASE_URL`, or else the region's.
        timeout: Seconds to wait for a connection and for an answer, or an `httpx.Timeout`.
        retry: When to try again.
        transport: The `httpx` transport for sync calls, such as `Sandbox().transport`.
        async_transport: The `httpx` transport for async calls.

    Raises:
        ConfigurationError: If there is no key, the key belongs to another region, or an address is not safe.

    Example:
        >>> from langchain_customerio import Track
        >>> from langchain_customerio.sandbox import Sandbox
        >>> with Sandbox().client() as client:
        ...     receipt = client.send(Track(user_id="ada", event="Signed Up"), strict=True)
        >>> receipt.status
        'accepted'

    Source: Customer.io documentation, Pipelines API.
    """

    def __init__(  # noqa: PLR0913 - every option has a name and a default
        self,
        api_key: str | SecretStr | Callable[[], str] | None = None,
        *,
        region: Region | str | None = None,
        base_url: str | None = None,
        timeout: float | httpx.Timeout = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = None,
        transport: httpx.BaseTransport | None = None,
        async_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Settle where to send; connections are opened with the first call."""
        key, env_region, env_base_url = read_environment()
        self._key = _key_source(api_key if api_key is not None else key or "")
        self._region = region if region is not None else env_region
        self._base_url = base_url if base_url is not None else env_base_url
        self._timeout = timeout
        self._retry = retry if retry is not None else RetryPolicy()
        if not isinstance(self._retry, RetryPolicy):
            raise ConfigurationError("retry takes a RetryPolicy, such as RetryPolicy(attempts=3)")
        self._transport = transport
        self._async_transport = async_transport
        self._lock = threading.Lock()
        self._sync: httpx.Client | None = None
        self._async: dict[asyncio.AbstractEventLoop, tuple[AsyncConnections, AsyncGenerator[None, None]]] = {}
        self._closed = False
        self._resolved: tuple[SecretStr, Target] | None = None
        warn_of_private_key(self._target().secrets[0])

    def send(self, call: Call, *, strict: bool = False) -> Receipt:
        """Send a call and return what became of it.

        Args:
            call: The call; `messageId` is filled in where it has none.
            strict: Whether the API shall validate and answer 400 or 401. Without it, the API answers 200 to
                everything, also to what it drops.

        Raises:
            InvalidRequestError: If the call is larger than the API takes; nothing was sent.
            DeliveryError: If no attempt ended in success: one class for each cause.
        """
        delivery = Delivery(call, self._target(), strict=strict)
        for exchange in delivery.exchanges:
            self.deliver(exchange)
            delivery.settle(exchange)
        return delivery.receipt(map(str, lint(call)))

    async def asend(self, call: Call, *, strict: bool = False) -> Receipt:
        """Send a call and return what became of it: `send`, without blocking the event loop."""
        delivery = Delivery(call, self._target(), strict=strict)
        for exchange in delivery.exchanges:
            await self.adeliver(exchange)
            delivery.settle(exchange)
        return delivery.receipt(map(str, lint(call)))

    def preview(self, call: Call, *, strict: bool = False) -> Receipt:
        """Return the exact requests that `send` would make, their size and ids, and send nothing.

        Raises:
            InvalidRequestError: If the call is larger than the API takes.
        """
        return Delivery(call, self._target(), strict=strict).preview(map(str, lint(call)))

    def check(self) -> bool:
        """Return True if the API takes the key, in this region.

        It sends a batch of nothing in strict mode, which stores nothing: the API answers 401 to a wrong key, and
        any verdict about the batch itself shows that the key was taken. That the API looks at the key first
        is not documented.

        Raises:
            AuthenticationError: If the key is wrong.
            DeliveryError: If the API could not be asked.
        """
        exchange = self._probe()
        self.deliver(exchange)
        return _key_was_taken(exchange)

    async def acheck(self) -> bool:
        """Return True if the API takes the key: `check`, without blocking the event loop."""
        exchange = self._probe()
        await self.adeliver(exchange)
        return _key_was_taken(exchange)

    @property
    def base_url(self) -> str:
        """The address that calls go to, up to and including `/v1`."""
        return self._target().base_url

    @property
    def workspace(self) -> str:
        """A name for the workspace that calls go to, made of address and key, the same in every process."""
        target = self._target()
        return blake2b(f"{target.base_url} {target.authorization}".encode(), digest_size=4).hexdigest()

    @property
    def transport(self) -> httpx.BaseTransport | None:
        """The transport for sync calls that was given."""
        return self._transport

    def exchange(self, request: Outgoing) -> Exchange:
        """Return a request that is ready to be sent with this client's key: for those who build their own."""
        return Exchange(request, self._target())

    def deliver(self, exchange: Exchange, wait: Callable[[Exchange, float], object] | None = None) -> None:
        """Send a request as often as the retry policy says; what became of it stands in the exchange.

        Args:
            exchange: The request; nothing is raised for what the API or the network does to it.
            wait: Called before each attempt, the first one too, with the seconds to wait; by default it sleeps.
        """
        for pause in self._pauses(exchange):
            (wait or _wait)(exchange, pause)
            self._attempt(exchange)

    async def adeliver(
        self, exchange: Exchange, wait: Callable[[Exchange, float], Awaitable[object]] | None = None
    ) -> None:
        """Send a request as often as the retry policy says: `deliver`, without blocking the event loop."""
        for pause in self._pauses(exchange):
            await (wait or _await)(exchange, pause)
            await self._aattempt(exchange)

    def _attempt(self, exchange: Exchange) -> None:
        with exchange:
            exchange.read(self._http().post(**_arguments(exchange)))

    async def _aattempt(self, exchange: Exchange) -> None:
        connections = await self._connections()
        with exchange:
            async with connections.client() as http:
                exchange.read(await http.post(**_arguments(exchange)))

    def _pauses(self, exchange: Exchange) -> Iterator[float]:
        """Yield the seconds to wait before each attempt, as long as there is one."""
        started = time.monotonic()
        yield 0.0
        policy = self._retry
        while exchange.retry:
            pause = policy.wait(exchange.attempts, exchange.retry_after)
            if policy.gives_up(exchange.attempts, time.monotonic() - started, pause, exchange.retry_after):
                return
            yield pause

    def _probe(self) -> Exchange:
        return self.exchange(Outgoing("batch", b'{"batch":[]}', strict=True, message_ids=()))

    def _target(self) -> Target:
        key = SecretStr(self._key() or "")
        resolved = self._resolved  # another thread may put the target of another key there at any moment
        if resolved is None or resolved[0] != key:
            resolved = self._resolved = key, resolve(key.get_secret_value(), self._region, self._base_url)
        return resolved[1]

    def _http(self) -> httpx.Client:
        """Return the one sync client; building it costs a TLS context, so it is built once and only when needed."""
        if self._sync is None:
            with self._lock:
                self._refuse_if_closed()
                if self._sync is None:
                    self._sync = httpx.Client(transport=self._transport, timeout=self._timeout)
        return self._sync

    async def _connections(self) -> AsyncConnections:
        """Return this event loop's connections; those of another loop do not work here."""
        loop = asyncio.get_running_loop()
        opened = self._async.get(loop)
        if opened is None or self._closed:
            with self._lock:
                self._refuse_if_closed()
                connections = AsyncConnections(self._timeout, self._async_transport)
                opened = connections, _closed_with_its_loop(connections)
                alive = {known: entry for known, entry in self._async.items() if not known.is_closed()}
                self._async = {**alive, loop: opened}
            await anext(opened[1])
        return opened[0]

    def _refuse_if_closed(self) -> None:
        if self._closed:
            message = "This client is closed: build another one."
            raise ConfigurationError(message)

    def close(self) -> None:
        """Close the connections of sync calls; those of async calls close with `aclose`, or with their loop."""
        with self._lock:
            self._closed = True
            opened, self._sync = self._sync, None
        if opened is not None:
            opened.close()

    async def aclose(self) -> None:
        """Close the connections of sync calls and of this event loop."""
        self.close()
        with self._lock:
            opened = self._async.pop(asyncio.get_running_loop(), None)
        if opened is not None:
            await opened[1].aclose()

    def __enter__(self) -> Self:
        """Return the client, to be closed at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the client."""
        self.close()

    async def __aenter__(self) -> Self:
        """Return the client, to be closed at the end of the block."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the client."""
        await self.aclose()

    def __repr__(self) -> str:
        """Return the address, and never the key."""
        base_url = self._resolved[1].base_url if self._resolved else None
        return f"PipelinesClient(base_url={base_url!r})"

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the client itself: a copied tool shares its connections."""
        return self

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled, since a pickle would carry the key."""
        message = "A PipelinesClient holds an API key and is not pickled: build one where it is needed."
        raise TypeError(message)


async def _closed_with_its_loop(connections: AsyncConnections) -> AsyncGenerator[None, None]:
    """Close connections when their event loop ends: `asyncio.run` closes the generators that were left open in it."""
    try:
        yield
    finally:
        await connections.aclose()


def _wait(_: Exchange, seconds: float) -> None:
    if seconds:
        time.sleep(seconds)


async def _await(_: Exchange, seconds: float) -> None:
    if seconds:
        await asyncio.sleep(seconds)


def _key_source(api_key: str | SecretStr | Callable[[], str]) -> Callable[[], str]:
    if callable(api_key):
        return api_key
    secret = api_key if isinstance(api_key, SecretStr) else SecretStr(api_key)
    return secret.get_secret_value


def _arguments(exchange: Exchange) -> dict[str, Any]:
    request, target = exchange.request, exchange.target
    return {"url": _parsed(request.url(target)), "content": request.body, "headers": request.headers(target)}


@lru_cache(maxsize=64)
def _parsed(url: str) -> httpx.URL:
    """Return an address that httpx need not parse again for every request."""
    return httpx.URL(url)


def _key_was_taken(exchange: Exchange) -> bool:
    if exchange.answer is None and exchange.status not in _VERDICTS:
        raise exchange.error()
    return True
