"""The client: two thin drivers, sync and async, over what `prepared`, `attempts` and `exchange` decide."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol, Self, TypeVar

import httpx

from langchain_customerio.api.batching import bodies, fresh, keyed
from langchain_customerio.api.calls import Batch, Call
from langchain_customerio.api.lint import lint
from langchain_customerio.client.attempts import Attempts
from langchain_customerio.client.exchange import ABOUT_AN_ITEM, Exchange, Outgoing
from langchain_customerio.client.hooks import Hooks, LogHooks, watchers
from langchain_customerio.client.pool import CLOSED, Connections
from langchain_customerio.client.prepared import PreparedCall
from langchain_customerio.client.retries import RetryPolicy
from langchain_customerio.client.settings import Region, Target, warn_of_private_key
from langchain_customerio.client.targets import NOT_GIVEN, KeyFunction, NotGiven, Targets, key_source
from langchain_customerio.errors import ConfigurationError, InvalidRequestError
from langchain_customerio.text import type_name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from pydantic import SecretStr

    from langchain_customerio.api.batching import Namer
    from langchain_customerio.client.receipts import Receipt
    from langchain_customerio.errors import Problem

CallT = TypeVar("CallT", bound=Call)

DEFAULT_TIMEOUT: Final = httpx.Timeout(10.0, connect=5.0)

_VERDICTS: Final = ABOUT_AN_ITEM - {httpx.codes.REQUEST_ENTITY_TOO_LARGE}
_BEYOND_A_CLIENT: Final = ("approve", "dry_run", "max_writes", "redact", "send_valid_items")


class CallPolicy(Protocol):
    """What may be sent: a `Policy`, or anything else with this method."""

    def check(self, call: CallT) -> CallT:
        """Return the call as it may be sent.

        Raises:
            PolicyError: If it may not.
        """
        ...


class PipelinesClient:
    """Sends calls to the Customer.io Pipelines API and reports the result.

    One client serves any number of threads, event loops and forked processes. Delivery is at least once: a call keeps
    its `messageId` through every attempt, by which Customer.io can recognise a repeat.

    Args:
        api_key: The key of a source; from `CUSTOMERIO_API_KEY` where it is not given. A function that returns the key
            is asked before each call, so that keys can rotate; where it is async, only async calls work.
        region: `us` or `eu`; from `CUSTOMERIO_REGION`, or else the key's own region, or else `us`.
        base_url: An address up to and including `/v1`. From `CUSTOMERIO_BASE_URL` where neither it nor a key is given:
            a key that a program gives goes to no address that the program did not choose. Else the region's.
        key_ttl: Seconds for which the answer of a key function is kept; 0 asks before each call.
        timeout: Seconds to wait for a connection and for an answer, or an `httpx.Timeout`; `RetryPolicy.deadline`
            bounds all of them together.
        retry: When to try again, and how long a request may take in all.
        policy: What may be sent: a `Policy`, or anything whose `check(call)` returns the call or raises `PolicyError`.
        hooks: What is told of each attempt, retry and outcome. The logger `langchain_customerio` is told always.
        transport: The `httpx` transport for sync calls, such as `Sandbox().transport`.
        async_transport: The `httpx` transport for async calls.

    Raises:
        ConfigurationError: If there is no key, the key belongs to another region, an address is not safe, or something
            is given as None.

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
        api_key: str | SecretStr | KeyFunction | NotGiven = NOT_GIVEN,
        *,
        region: Region | str | NotGiven = NOT_GIVEN,
        base_url: str | NotGiven = NOT_GIVEN,
        key_ttl: float = 0.0,
        timeout: float | httpx.Timeout = DEFAULT_TIMEOUT,
        retry: RetryPolicy | None = None,
        policy: CallPolicy | None = None,
        hooks: Hooks | Iterable[Hooks] = (),
        transport: httpx.BaseTransport | None = None,
        async_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Settle where to send; connections are opened with the first call."""
        source = key_source(api_key)
        del api_key  # so that a traceback with local variables does not show it
        self._targets = Targets(source, region, base_url, key_ttl)
        self._retry = retry if retry is not None else RetryPolicy()
        if not isinstance(self._retry, RetryPolicy):
            raise ConfigurationError("retry takes a RetryPolicy, such as RetryPolicy(attempts=3)")
        self._policy = _checked_policy(policy)
        self._hooks = (LogHooks(), *_checked_hooks(hooks))
        self._connection_options = timeout, transport, async_transport
        self._processes: dict[int, Connections] = {}
        self._closed = False
        target = self._targets.known
        if target is not None and target.key.is_private:
            warn_of_private_key()

    def send(self, call: Call, *, strict: bool = False, idempotency_key: str | None = None) -> Receipt:
        """Send a call and return what became of it.

        Args:
            call: The call; `messageId` is filled in where it has none.
            strict: Whether the API shall validate and answer 400 or 401. Without it, the API answers 200 to
                everything, also to what it drops.
            idempotency_key: What the call is done for, such as the id of a webhook delivery, or `run_key(config)` in a
                graph: the same key and content give the same `messageId`, so that whatever runs again sends the same.

        Raises:
            InvalidRequestError: If the call is larger than the API takes; nothing was sent.
            PolicyError: If the client's policy does not allow the call; nothing was sent.
            DeliveryError: If no attempt ended in success: one class for each cause.
        """
        return self.prepare(call, strict=strict, idempotency_key=idempotency_key).send()

    async def asend(self, call: Call, *, strict: bool = False, idempotency_key: str | None = None) -> Receipt:
        """Send a call and return what became of it: `send`, without blocking the event loop."""
        return await self.prepare(call, strict=strict, idempotency_key=idempotency_key).asend()

    def preview(self, call: Call, *, strict: bool = False, idempotency_key: str | None = None) -> Receipt:
        """Return the exact requests that `send` would make, their size and ids, and send nothing.

        Raises:
            InvalidRequestError: If the call is larger than the API takes.
            PolicyError: If the client's policy does not allow the call.
        """
        return self.prepare(call, strict=strict, idempotency_key=idempotency_key).preview()

    def prepare(
        self,
        call: Call,
        *,
        strict: bool = False,
        idempotency_key: str | None = None,
        message_ids: Namer | None = None,
        left_out: dict[int, Problem] | None = None,
    ) -> PreparedCall:
        """Check, lint, name and encode a call, so that `send()` of the result only sends.

        It does no I/O and asks for no key; the arguments and errors are those of `send`.

        Args:
            call: The call.
            strict: Whether the API shall validate it.
            idempotency_key: What the call is done for.
            message_ids: Gives the ids of calls without one, in place of the key.
            left_out: Receives the items of a batch that are too large, which are then left out: see `batching.bodies`.
        """
        if not isinstance(call, Call):
            raise InvalidRequestError(
                f"Not sent. What is sent is a call, such as Track(user_id=…, event=…), not {type_name(call)}."
            )
        if idempotency_key is not None and not str(idempotency_key).strip():
            raise InvalidRequestError("Not sent. idempotency_key is empty: give what the call is done for, or None.")
        if self._policy is not None:
            call = self._policy.check(call)
        name = message_ids or (fresh if idempotency_key is None else keyed(str(idempotency_key)))
        requests = tuple(
            Outgoing(call.kind, body.content, strict, body.message_ids, body.first)
            for body in bodies(call, name, left_out)
        )
        if left_out and isinstance(call, Batch):
            kept = [item for position, item in enumerate(call) if position not in left_out]
            call = call.model_copy(update={"batch": kept})
        return PreparedCall(call, strict, requests, tuple(lint(call)), self)

    def check(self) -> bool:
        """Return True if the API takes the key, in this region.

        It sends a batch of nothing in strict mode, which stores nothing: the API answers 401 to a wrong key, and
        any verdict about the batch itself shows that the key was taken. That the API looks at the key first
        is not documented.

        Raises:
            AuthenticationError: If the key is wrong.
            DeliveryError: If the API could not be asked.
        """
        exchange = _probe()
        self.deliver(exchange)
        return _key_was_taken(exchange)

    async def acheck(self) -> bool:
        """Return True if the API takes the key: `check`, without blocking the event loop."""
        exchange = _probe()
        await self.adeliver(exchange)
        return _key_was_taken(exchange)

    @property
    def base_url(self) -> str:
        """The address that calls go to, up to and including `/v1`."""
        return self.target().base_url

    @property
    def workspace(self) -> str:
        """A name for the workspace that calls go to, made of address and key, the same in every process.

        Where the key comes from an async function, it is that of the last call; `atarget` asks for it.
        """
        target = self._targets.known or self.target()
        return target.key.digest(target.base_url)

    @property
    def retry(self) -> RetryPolicy:
        """When the client tries again."""
        return self._retry

    @property
    def needs_event_loop(self) -> bool:
        """Whether only async calls are as they were asked for: the key or the transport is for them alone."""
        _, transport, async_transport = self._connection_options
        return self._targets.is_async or (transport is None and async_transport is not None)

    @property
    def stand_in(self) -> object:
        """The stand-in for the API that calls end in, which may share address and key with others; None for none."""
        return getattr(self._connection_options[1], "stand_in", None)

    @property
    def policy(self) -> CallPolicy | None:
        """What may be sent, where the client was given a policy."""
        return self._policy

    def target(self) -> Target:
        """Return where a sync call goes, and with which key.

        Raises:
            ConfigurationError: If there is no key for it.
        """
        return self._targets.current()

    async def atarget(self) -> Target:
        """Return where an async call goes: `target`, where the key may come from an async function."""
        return await self._targets.acurrent()

    def exchange(self, request: Outgoing) -> Exchange:
        """Return a request that is ready to be delivered: for those who build their own."""
        return Exchange(request)

    def deliver(self, exchange: Exchange, wait: Callable[[Exchange, float], object] | None = None) -> None:
        """Send a request as often as the retry policy says; what became of it stands in the exchange.

        Args:
            exchange: The request; nothing is raised for what the API or the network does to it.
            wait: Called before each attempt, the first one too, with the seconds to wait; by default it sleeps. What
                it waits beyond that does not count towards the deadline.
        """
        exchange.target = exchange.target or self.target()
        with self._attempts(exchange) as attempts:
            for pause in attempts:
                (wait or _wait)(exchange, pause)
                with attempts.attempt() as deadline:
                    connections = self._connections().of_threads(exchange.to.base_url)
                    exchange.read(connections.post(exchange.signed(), deadline))

    async def adeliver(
        self, exchange: Exchange, wait: Callable[[Exchange, float], Awaitable[object]] | None = None
    ) -> None:
        """Send a request as often as the retry policy says: `deliver`, without blocking the event loop."""
        exchange.target = exchange.target or await self.atarget()
        with self._attempts(exchange) as attempts:
            for pause in attempts:
                await (wait or _await)(exchange, pause)
                with attempts.attempt() as deadline:
                    connections = await self._connections().of_this_loop(exchange.to.base_url)
                    exchange.read(await connections.post(exchange.signed(), deadline))

    def _attempts(self, exchange: Exchange) -> Attempts:
        return Attempts(exchange, self._retry, (*self._hooks, *watchers()), lambda: self._closed)

    def _connections(self) -> Connections:
        """Return the connections of this process: those from before a fork are left to the process that opened them."""
        if self._closed:
            raise ConfigurationError(CLOSED)
        found = self._processes.get(os.getpid())
        return found or self._processes.setdefault(os.getpid(), Connections(*self._connection_options))

    def close(self) -> None:
        """Close the connections of sync calls; those of async calls close with `aclose`, or with their loop."""
        self._closed = True
        if (opened := self._processes.get(os.getpid())) is not None:
            opened.close()

    async def aclose(self) -> None:
        """Close the connections of sync calls and of this event loop."""
        self._closed = True
        if (opened := self._processes.get(os.getpid())) is not None:
            await opened.aclose()

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
        targets = getattr(self, "_targets", None)  # not there yet where a traceback shows how it could not be made
        known = targets.known if targets is not None else None
        return f"PipelinesClient(base_url={known.base_url if known else None!r})"

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the client itself: a copied tool shares its connections."""
        return self

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled, since a pickle would carry the key."""
        message = "A PipelinesClient holds an API key and is not pickled: build one where it is needed."
        raise TypeError(message)


def _checked_policy(policy: CallPolicy | None) -> CallPolicy | None:
    """Refuse a policy that promises what a client alone cannot keep.

    Raises:
        ConfigurationError: If it does.
    """
    if policy is None:
        return None
    if isinstance(policy, type) or not callable(getattr(policy, "check", None)):
        raise ConfigurationError("policy takes a Policy, or an object with a method check(call)")
    beyond = [name for name in _BEYOND_A_CLIENT if getattr(policy, name, None)]
    if callable(getattr(policy, "person", None)):  # it would be asked with the config of a run
        beyond.append("person")
    if beyond:
        raise ConfigurationError(f"policy: a client cannot keep {', '.join(beyond)}; only tools and loads can")
    return policy


def _checked_hooks(hooks: object) -> tuple[Hooks, ...]:
    """Return hooks as a tuple.

    Raises:
        ConfigurationError: If something else is among them.
    """
    given = tuple(hooks) if isinstance(hooks, Iterable) else (hooks,)
    if not all(isinstance(hook, Hooks) for hook in given):
        raise ConfigurationError("hooks takes Hooks, or several: objects whose class derives from it")
    return given


def _wait(_: Exchange, seconds: float) -> None:
    if seconds:
        time.sleep(seconds)


async def _await(_: Exchange, seconds: float) -> None:
    if seconds:
        await asyncio.sleep(seconds)


def _probe() -> Exchange:
    return Exchange(Outgoing("batch", b'{"batch":[]}', strict=True, message_ids=()))


def _key_was_taken(exchange: Exchange) -> bool:
    if exchange.answer is None and exchange.status not in _VERDICTS:
        raise exchange.error()
    return True
