"""The tools that a trial offers: those of this package, or seven plain POSTs for comparison."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

import httpx
from langchain_core.tools import BaseTool, StructuredTool, ToolException
from pydantic import BaseModel, Field

from langchain_customerio import CustomerioPipelinesToolkit, PipelinesClient, RetryPolicy
from langchain_customerio.api.calls import CALLS
from langchain_customerio.errors import DeliveryError
from langchain_customerio.sandbox.app import BASE_URL
from tests.evals.evidence import Known, Reading, read_answer
from tests.evals.workspace import authorization

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.runnables import RunnableConfig

    from langchain_customerio.sandbox import Entry, Sandbox
    from tests.evals.task import PackageStyle, Style, Task


class Toolset(Protocol):
    """What a trial needs of its tools.

    Attributes:
        tools: The tools.
        instructions: What they add to the system prompt.
        can_validate: Whether an agent can have a call validated.
    """

    tools: list[BaseTool]
    instructions: str
    can_validate: bool

    def start(self) -> None:
        """Forget the call before."""

    def read(self, content: str, arrived: Sequence[Entry], *, error: bool) -> Reading:
        """Return what an answer lets one know of what arrived meanwhile."""


def toolset_for(task: Task, style: Style, sandbox: Sandbox) -> Toolset:
    """Return the tools of a style over a sandbox, under the conditions of a task."""
    return PostTools(task, sandbox) if style == "baseline" else PackageTools(task, style, sandbox)


class PackageTools:
    """The tools of this package."""

    def __init__(self, task: Task, style: PackageStyle, sandbox: Sandbox) -> None:
        """Build the toolkit as the task's operator did."""
        self._failure: DeliveryError | None = None
        self._client = PipelinesClient(
            task.key, base_url=BASE_URL, transport=sandbox.transport, retry=RetryPolicy(base_delay=0)
        )
        settings: dict[str, Any] = {} if task.strict is None else {"strict": task.strict}
        source = self._client if task.tenant is None else self._for_tenant
        toolkit = CustomerioPipelinesToolkit(client=source, policy=task.policy, style=style, **settings)
        self.tools: list[BaseTool] = toolkit.get_tools()
        for tool in self.tools:
            tool.handle_tool_error = self._keep
        self.instructions = toolkit.instructions()
        self.can_validate = style == "two_mode" and task.strict is not False

    def _for_tenant(self, config: RunnableConfig) -> PipelinesClient:
        return {"known": self._client}[config["configurable"]["workspace"]]

    def start(self) -> None:
        """Forget the last failure."""
        self._failure = None

    def _keep(self, error: ToolException) -> str:
        """Answer an error as the tools do, and keep the failure behind it."""
        if isinstance(error.__cause__, DeliveryError):
            self._failure = error.__cause__
        return str(error)

    def read(self, content: str, arrived: Sequence[Entry], *, error: bool) -> Reading:
        """Read the status of a result, or the failure behind an error."""
        return read_answer(content, arrived, error=error, failure=self._failure)


class _Arguments(BaseModel):
    body: dict[str, Any] = Field(description="The JSON body")
    strict: bool = Field(default=False, description="Send X-Strict-Mode: 1")


class PostTools:
    """Seven plain POST tools, as one would write them in a quarter of an hour."""

    def __init__(self, task: Task, sandbox: Sandbox) -> None:
        """Open a connection; a workspace that there is not has no key."""
        key = task.key if task.has_workspace else "none"
        self._http = httpx.Client(
            base_url=BASE_URL, transport=sandbox.transport, headers={"Authorization": authorization(key)}
        )
        self._last: httpx.Response | httpx.TransportError | None = None
        self.tools: list[BaseTool] = [
            StructuredTool.from_function(
                self._poster(call),
                name=f"post_{call}",
                description=f"POST /v1/{call} of Customer.io's Pipelines API.",
                args_schema=_Arguments,
                handle_tool_error=True,
                handle_validation_error=True,
            )
            for call in CALLS
        ]
        self.instructions = ""
        self.can_validate = True

    def _poster(self, call: str) -> Callable[..., str]:
        def post(body: dict[str, Any], *, strict: bool = False) -> str:
            try:
                response = self._http.post(f"/{call}", json=body, headers={"X-Strict-Mode": "1"} if strict else {})
            except httpx.TransportError as error:
                self._last = error
                raise ToolException(f"{type(error).__name__}: {error}") from error
            self._last = response
            text = f"HTTP {response.status_code}: {response.text}"
            if not response.is_success:
                raise ToolException(text)
            return text

        return post

    def start(self) -> None:
        """Forget the last answer."""
        self._last = None

    def read(self, content: str, arrived: Sequence[Entry], *, error: bool) -> Reading:  # noqa: ARG002 - all is on the wire
        """Return what whoever knows the API makes of its answer."""
        return Reading(tuple(_known_on_the_wire(self._last, entry) for entry in arrived), says_sent=not error)


def _known_on_the_wire(answer: httpx.Response | httpx.TransportError | None, entry: Entry) -> Known:
    if not isinstance(answer, httpx.Response):
        return Known.NOTHING if isinstance(answer, httpx.ConnectError) else Known.OPEN
    if answer.is_success:
        return Known.STORED if entry.strict and answer.text.startswith("{") else Known.OPEN
    late = answer.status_code == HTTPStatus.REQUEST_TIMEOUT or answer.is_server_error
    return Known.OPEN if late else Known.NOTHING
