"""The sandbox itself: one request in, one answer out, and the workspace in between."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from langchain_customerio.sandbox import display
from langchain_customerio.sandbox.api import Api, Verdict
from langchain_customerio.sandbox.faults import Answer, Exchange, Fault, FaultQueue, Moment
from langchain_customerio.sandbox.ledger import CallRecord, Entry, Ledger
from langchain_customerio.sandbox.state import (
    AnonymousProfile,
    ContentMetric,
    Deletion,
    DeliveryMetric,
    Device,
    Event,
    Object,
    Person,
    Relationship,
)
from langchain_customerio.sandbox.switches import Switches
from langchain_customerio.sandbox.transport import AsyncSandboxTransport, SandboxTransport
from langchain_customerio.sandbox.wire import Headers, JsonObject, Request
from langchain_customerio.sandbox.workspace import Workspace

if TYPE_CHECKING:
    from langchain_customerio.client import PipelinesClient
    from langchain_customerio.sandbox.server import SandboxServer

BASE_URL: Final = "https://sandbox.invalid/v1"
"""Base URL of the in-process client. The name can never resolve, so nothing leaves the process."""


@dataclass(eq=False, repr=False)
class Sandbox(Switches):
    """A Customer.io workspace in memory behind a stand-in for the Pipelines API.

    It is written from the API's documentation and shares nothing with the client. What the documentation leaves open is a
    switch, described at `Switches` and given by keyword. It may be used from several threads at once.

    Attributes:
        keys: The API keys that are good; None takes any key that is not empty.

    Example:
        >>> import httpx
        >>> sandbox = Sandbox()
        >>> with httpx.Client(transport=sandbox.transport, auth=("key", "")) as http:
        ...     http.post("https://sandbox.invalid/v1/identify", json={"userId": "u1", "traits": {"plan": "pro"}})
        <Response [200 OK]>
        >>> sandbox.people["u1"].traits
        {'plan': 'pro'}
    """

    keys: Collection[str] | None = None

    def __post_init__(self) -> None:
        """Check the switches and start empty."""
        super().__post_init__()
        if isinstance(self.keys, str):
            message = "keys is a collection of keys, not one string"
            raise TypeError(message)
        self._lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Forget everything: workspace, ledger, counters and waiting faults. Keys and switches stay."""
        with self._lock:
            self._number = 0
            self._faults = FaultQueue()
            self._ledger = Ledger(record=self.record)
            self._workspace = Workspace(self)
            keys = None if self.keys is None else frozenset(self.keys)
            self._api = Api(keys, self, self._workspace, self._ledger)

    # Requests

    def handle(self, method: str, path: str, headers: Headers, body: bytes) -> Answer:
        """Answer one request, without any I/O.

        Delays are not waited for here, only in the transports and the server.

        Args:
            method: The HTTP method.
            path: From `/v1` on, with or without a query.
            headers: A mapping or pairs; names in any case.
            body: The bytes as sent, gzip included.

        Returns:
            Status, headers (names in lower case) and body.

        Raises:
            ConnectionResetError: An injected fault broke or closed the connection.
            TimeoutError: An injected fault keeps the answer back for ever.
        """
        exchange = self.exchange(method, path, headers, body)
        if exchange.cut == "silence":
            raise TimeoutError
        if exchange.cut is not None:
            raise ConnectionResetError
        return exchange.answer

    def exchange(self, method: str, path: str, headers: Headers, body: bytes) -> Exchange:
        """Do the same as `handle`, and say how to deliver the answer: for transports."""
        with self._lock:
            request = Request.read(method, path, headers, body, self.clock())
            fault = self._faults.take(request.endpoint)
            if fault is None or fault.processed:
                verdict = self._api.take(request)
            else:
                verdict = Verdict(fault.answer or (0, {}, b""), "faulted", fault.text)
            exchange = Exchange(verdict.answer)
            if fault is not None:
                exchange = Exchange(fault.answer or verdict.answer, fault.cut, fault.delay)
            self._write(request, verdict, fault, None if exchange.cut else exchange.answer[0])
            return exchange

    def _write(self, request: Request, verdict: Verdict, fault: Fault | None, status: int | None) -> None:
        self._number += 1
        entry = Entry(
            number=self._number,
            at=request.at,
            endpoint=request.endpoint,
            method=request.method,
            path=request.path,
            headers=request.headers,
            key=request.key.fingerprint if request.key else None,
            body=request.body,
            strict=request.strict,
            status=status,
            outcome=verdict.outcome,
            reason=verdict.reason,
            fault=fault.text if fault else None,
            calls=verdict.calls,
        )
        self._ledger.write(entry)

    def fail(  # noqa: PLR0913 - each keyword is one property of a fault
        self,
        *,
        status: int | None = None,
        redirect: str | None = None,
        reset: Literal["connect", "before", "after"] | None = None,
        hangup: Moment | None = None,
        timeout: Moment | None = None,
        delay: float = 0.0,
        times: int | None = 1,
        after: int = 0,
        endpoint: str | None = None,
        retry_after: float | str | None = None,
        body: bytes | str = b"",
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
        applied: bool = False,
    ) -> Fault:
        """Make requests to come go wrong.

        Faults fire in the order they were added, each `times` times. `Fault` describes every keyword.

        Returns:
            The fault, as it now waits in `faults`.

        Raises:
            ValueError: The keywords contradict each other or lie outside their ranges.
        """
        fault = Fault(
            status=status,
            redirect=redirect,
            reset=reset,
            hangup=hangup,
            timeout=timeout,
            delay=delay,
            times=times,
            after=after,
            endpoint=endpoint,
            retry_after=retry_after,
            body=body,
            content_type=content_type,
            headers=headers,
            applied=applied,
        )
        with self._lock:
            self._faults.add(fault)
        return fault

    # Ways in

    @property
    def transport(self) -> SandboxTransport:
        """A transport for `httpx.Client`."""
        return SandboxTransport(self)

    @property
    def async_transport(self) -> AsyncSandboxTransport:
        """A transport for `httpx.AsyncClient`."""
        return AsyncSandboxTransport(self)

    @property
    def any_key(self) -> str:
        """A key that this sandbox takes.

        Raises:
            ValueError: It takes none: `keys` is empty.
        """
        if self.keys is None:
            return "sandbox"
        if not self.keys:
            message = "this sandbox was made with an empty set of keys: give api_key"
            raise ValueError(message)
        return min(self.keys)

    def client(self, **kwargs: Any) -> PipelinesClient:  # noqa: ANN401 - whatever PipelinesClient takes
        """Make a `PipelinesClient`, sync and async, that talks to this sandbox in process.

        Args:
            **kwargs: Anything that `PipelinesClient` takes; a key and both transports are filled in.
        """
        from langchain_customerio.client import PipelinesClient  # noqa: PLC0415 - the sandbox works without the client

        defaults: dict[str, Any] = {"base_url": BASE_URL, "transport": self.transport, "async_transport": self.async_transport}
        if "api_key" not in kwargs:
            defaults["api_key"] = self.any_key
        return PipelinesClient(**defaults | kwargs)

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> SandboxServer:
        """Put the sandbox on a real socket: `with sandbox.serve() as server: server.base_url`.

        Args:
            host: Where to listen; only this machine can connect unless you say otherwise.
            port: Which port; 0 takes any free one.

        Raises:
            ModuleNotFoundError: The extra `sandbox` is not installed.
        """
        try:
            from langchain_customerio.sandbox.server import SandboxServer  # noqa: PLC0415 - needs an extra
        except ModuleNotFoundError as error:
            if error.name not in {"starlette", "uvicorn"}:
                raise
            message = "Sandbox.serve() needs an extra: pip install 'langchain-customerio[sandbox]'"
            raise ModuleNotFoundError(message, name=error.name) from error
        return SandboxServer(self, host, port)

    # What arrived

    @property
    def ledger(self) -> list[Entry]:
        """Every request, and what became of it."""
        return self._ledger.entries

    @property
    def requests(self) -> list[object]:
        """The body of every request, as JSON; None for one that is not JSON."""
        return [entry.json for entry in self.ledger]

    @property
    def accepted_calls(self) -> list[CallRecord]:
        """Every call that was stored, in order, batch items one by one; `.call` is its JSON."""
        return [call for entry in self.ledger for call in entry.calls if call.outcome == "accepted"]

    @property
    def counts(self) -> dict[str, int]:
        """Counters: `requests`, `bytes`, `calls`, `duplicates`, and by outcome, endpoint and type.

        For example `requests.accepted`, `endpoint./track`, `calls.dropped`, `accepted.identify`.
        """
        return dict(self._ledger.counts)

    @property
    def duplicates(self) -> dict[str, int]:
        """Message ids that were stored more than once, and how often; with `record=False` see `counts`."""
        return self._ledger.duplicates

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Faults that have not fired as often as they should."""
        return self._faults.pending

    # The workspace

    @property
    def people(self) -> dict[str, Person]:
        """People by `userId`."""
        return self._workspace.people

    @property
    def anonymous(self) -> dict[str, AnonymousProfile]:
        """Anonymous profiles by `anonymousId`, as long as they belong to nobody."""
        return self._workspace.anonymous

    @property
    def objects(self) -> dict[tuple[str, str], Object]:
        """Objects by object type and id."""
        return self._workspace.objects

    @property
    def relationships(self) -> dict[tuple[str, str, str], Relationship]:
        """Relationships by user id, object type and object id."""
        return self._workspace.relationships

    @property
    def devices(self) -> dict[tuple[str, str], Device]:
        """Devices by user id and token."""
        return self._workspace.devices

    @property
    def events(self) -> list[Event]:
        """Tracked events, pages and screens, in order of arrival."""
        return self._workspace.events

    @property
    def suppressed(self) -> set[str]:
        """Identifiers that are blocked."""
        return self._workspace.suppressed

    @property
    def aliases(self) -> dict[str, str]:
        """The `userId` by the `previousId` that was merged into it."""
        return self._workspace.aliases

    @property
    def deleted(self) -> list[Deletion]:
        """What semantic events asked to remove, found or not, in order."""
        return self._workspace.deleted

    @property
    def delivery_metrics(self) -> list[DeliveryMetric]:
        """What `Report Delivery Event` reported."""
        return self._workspace.delivery_metrics

    @property
    def content_metrics(self) -> list[ContentMetric]:
        """What `Report Content Event` reported."""
        return self._workspace.content_metrics

    # To look at

    def summary(self) -> JsonObject:
        """The whole state as plain JSON: every table of the workspace, and the counters."""
        with self._lock:
            return display.summary(self)

    def tables(self) -> dict[str, list[JsonObject]]:
        """Rows of plain JSON for people, objects, relationships, devices, events and ledger: for printing."""
        with self._lock:
            return display.tables(self)

    def _repr_html_(self) -> str:
        return display.html(self.tables())

    def __repr__(self) -> str:
        """Say how much is in it."""
        return (
            f"<Sandbox: {len(self.people)} people, {len(self.objects)} objects, {len(self.events)} events,"
            f" {self.counts.get('requests', 0)} requests>"
        )
