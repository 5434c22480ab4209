"""The sandbox in process: one request in, one answer out, and the workspace in between."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final, Literal

from typing_extensions import override

from langchain_customerio.sandbox.api import Api, Verdict
from langchain_customerio.sandbox.config import Switches
from langchain_customerio.sandbox.faults import Exchange, Fault, FaultQueue
from langchain_customerio.sandbox.http import Request
from langchain_customerio.sandbox.ledger import Entry, Ledger
from langchain_customerio.sandbox.transport import AsyncSandboxTransport, SandboxTransport
from langchain_customerio.sandbox.views import Views
from langchain_customerio.sandbox.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_customerio.client.client import PipelinesClient
    from langchain_customerio.sandbox.faults import Answer, Moment
    from langchain_customerio.sandbox.http import Headers

BASE_URL: Final = "https://sandbox.invalid/v1"
"""Base URL of the in-process client. The name can never resolve, so nothing leaves the process."""


class App(Views, Switches):
    """All of a sandbox but `serve`, which builds on it."""

    @override
    def __post_init__(self) -> None:
        """Check the switches and start empty."""
        super().__post_init__()
        self.lock = threading.RLock()
        self._stand_in = object()
        self.reset()

    def reset(self) -> None:
        """Forget everything: workspace, ledger, counters and waiting faults. Keys and switches stay."""
        with self.lock:
            self._faults = FaultQueue()
            self._ledger = Ledger(record=self.record)
            self._workspace = Workspace(self)
            self._api = Api(self, self._workspace, self._ledger)

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
        with self.lock:
            request = Request.read(method, path, headers, body, self.clock())
            fault = self._faults.take(request.endpoint)
            if fault is None or fault.processed:
                verdict = self._api.take(request)
            else:
                verdict = Verdict(fault.answer or (0, {}, b""), "faulted", fault.text)
            exchange = Exchange(verdict.answer)
            if fault is not None:
                exchange = Exchange(fault.answer or verdict.answer, fault.cut, fault.delay)
            self._write(request, verdict, fault, None if exchange.cut else exchange.answer)
            return exchange

    def _write(self, request: Request, verdict: Verdict, fault: Fault | None, answer: Answer | None) -> None:
        entry = Entry(
            number=self._ledger.counts["requests"] + 1,
            at=request.at,
            endpoint=request.endpoint,
            method=request.method,
            path=request.path,
            headers=request.headers,
            key=request.key.fingerprint if request.key else None,
            body=request.body,
            strict=request.strict,
            status=answer and answer[0],
            outcome=verdict.outcome,
            reason=verdict.reason,
            fault=fault.text if fault else None,
            answer_headers={} if answer is None else answer[1],
            answer=b"" if answer is None else answer[2],
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
        """Inject a fault into coming requests.

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
        with self.lock:
            self._faults.add(fault)
        return fault

    def clear_faults(self) -> None:
        """Forget the faults that are still waiting to fire."""
        with self.lock:
            self._faults.waiting.clear()

    # Ways in

    @property
    def transport(self) -> SandboxTransport:
        """A transport for `httpx.Client`."""
        return SandboxTransport(self.exchange, self._stand_in)

    @property
    def async_transport(self) -> AsyncSandboxTransport:
        """A transport for `httpx.AsyncClient`."""
        return AsyncSandboxTransport(self.exchange)

    @property
    def any_key(self) -> str:
        """A key that this sandbox accepts.

        Raises:
            ValueError: It accepts none: `keys` is empty.
        """
        if self.keys is None:
            return "sandbox"
        if not self.keys:
            raise ValueError("this sandbox takes no key at all: its set of keys is empty")
        return min(self.keys)

    def client(self, **kwargs: Any) -> PipelinesClient:  # noqa: ANN401 - what the client takes, it checks
        """Make a `PipelinesClient`, sync and async, that talks to this sandbox in process.

        Args:
            **kwargs: Anything that `PipelinesClient` takes; a key and both transports are filled in.
        """
        from langchain_customerio.client.client import PipelinesClient  # noqa: PLC0415 - the sandbox stands alone

        defaults: dict[str, Any] = {
            "base_url": BASE_URL,
            "transport": self.transport,
            "async_transport": self.async_transport,
        }
        if "api_key" not in kwargs:
            defaults["api_key"] = self.any_key
        return PipelinesClient(**defaults | kwargs)
