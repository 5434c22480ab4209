"""The toolkit: the tools of one style, sharing one client, one policy and one budget."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final, Literal

from langchain_core.runnables.config import ensure_config
from langchain_core.tools import BaseTool, BaseToolkit
from pydantic import ConfigDict, model_validator
from typing_extensions import override

from langchain_customerio.errors import ConfigurationError
from langchain_customerio.policy.policy import Policy, holds_for_any
from langchain_customerio.tools.base import CustomerioTool
from langchain_customerio.tools.definitions import Definition, known_at_first
from langchain_customerio.tools.preview import description
from langchain_customerio.tools.prompt import instructions
from langchain_customerio.tools.sources import ClientField, PolicyField, policy_for
from langchain_customerio.tools.two_mode import TWO_MODE_TOOLS

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from langchain_core.runnables import RunnableConfig
    from mcp.server.mcpserver import MCPServer

    from langchain_customerio.api.calls import Call


_PLUGINS: Final = "langchain_customerio.toolkit"
"""Group of the entry points by which rooms above this one serve a toolkit; `pyproject.toml` lists them."""


class CustomerioPipelinesToolkit(BaseToolkit):
    """Tools that let an agent write to Customer.io's Pipelines API.

    Setup:
        Install the package and set the key of a source:

        ```bash
        pip install langchain-customerio
        export CUSTOMERIO_API_KEY=…
        export CUSTOMERIO_REGION=eu  # where the workspace is in the EU
        ```

    Key init args:
        client: A `PipelinesClient`, or a function from `RunnableConfig` to one, so that one graph serves many
            workspaces. By default, one that is built from the environment with the first call.
        strict: Whether the API shall validate every call. By default, the typed style validates every call, and the
            two-mode style those for which the model asks; False validates none, whatever a model asks for.
        policy: What the tools may do.
        style: `two_mode` for the seven tools with a schema and an execute mode; `typed` for one tool for each thing to
            do, with flat arguments. Typed tools that the policy could never allow are left out.
        tools: Names, or parts of names, of the tools wanted; all of them by default.
        exclude: Names, or parts of names, of the tools not wanted.
        handle_tool_errors: Whether a refusal becomes an error message for the model. With False, it is raised, for
            applications with a middleware of their own.

    Instantiate:
        ```python
        from langchain_customerio import CustomerioPipelinesToolkit
        from langchain_customerio.sandbox import Sandbox

        toolkit = CustomerioPipelinesToolkit(client=Sandbox().client())
        ```

    Tools:
        ```python
        [tool.name for tool in toolkit.get_tools()]
        ```

    Use within an agent:
        ```python
        from langchain.agents import create_agent

        agent = create_agent("openai:gpt-5", toolkit.get_tools())
        ```

    Raises:
        ConfigurationError: If `tools` or `exclude` has a name that no tool has, or `client` or `policy` is something
            else.
    """

    # A misspelt `policy` must not be taken for none.
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    client: ClientField = None
    strict: bool | None = None
    policy: PolicyField = Policy()
    style: Literal["two_mode", "typed"] = "two_mode"
    tools: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    handle_tool_errors: bool = True

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        known = [str(tool.model_fields["name"].default) for tool in self._table()]
        for option, names in (("tools", self.tools or ()), ("exclude", self.exclude)):
            for part in names:
                if not part or not any(part in name for name in known):
                    raise ConfigurationError(f"{option} names {part!r}; there are {', '.join(known)}")
        return self

    def _table(self) -> tuple[type[CustomerioTool], ...]:
        if self.style == "two_mode":
            return TWO_MODE_TOOLS
        from langchain_customerio.tools.typed import TYPED_TOOLS  # noqa: PLC0415 - its classes take time to make

        return TYPED_TOOLS

    @override
    def get_tools(self) -> list[BaseTool]:
        """Return the tools, in the order in which a model best meets them."""
        shared: dict[str, Any] = {
            "client": self.client,
            "strict": self.strict,
        }
        if not self.handle_tool_errors:
            shared |= {"handle_tool_error": False, "handle_validation_error": False}
        policy = known_at_first(self.policy)
        made = (tool(policy=self.policy, **shared) for tool in self._table() if tool.offered(policy))
        return [tool for tool in made if self._wants(tool.name)]

    def definitions(self) -> list[Definition]:
        """Return the tools as clients of any kind need them: name, description, arguments, hints and examples.

        >>> [definition.name for definition in CustomerioPipelinesToolkit(tools=("alias",)).definitions()]
        ['customerio_alias_user_identity']
        """
        return [tool.definition for tool in self.get_tools() if isinstance(tool, CustomerioTool)]

    def _wants(self, name: str) -> bool:
        wanted = self.tools is None or any(part in name for part in self.tools)
        return wanted and not any(part in name for part in self.exclude)

    def interrupt_on(self, risky: Callable[[Call], bool] | None = None) -> dict[str, Any]:
        """Return what LangChain's `HumanInTheLoopMiddleware` takes: risky calls wait for a person, others run.

        What is risky is said by the arguments and not by the name of the tool: acting and irreversible events, alias,
        consent, redirecting properties, also inside a batch. What a tool would refuse is not asked about. The tools
        check a call that was edited like any other; `Policy(approve=…)` is the same question asked by the tools
        themselves, so use one of the two. langchain before 1.4 asks about every call, as it does not know conditions.

        Args:
            risky: Which calls wait, where not those of `Policy.is_risky`. It must say the same of the same call.

        ```python
        from langchain.agents import create_agent
        from langchain.agents.middleware import HumanInTheLoopMiddleware
        from langchain_customerio import CustomerioPipelinesToolkit
        from langgraph.checkpoint.memory import InMemorySaver

        toolkit = CustomerioPipelinesToolkit()
        agent = create_agent(
            "openai:gpt-5",
            toolkit.get_tools(),
            middleware=[HumanInTheLoopMiddleware(toolkit.interrupt_on())],
            checkpointer=InMemorySaver(),
        )
        ```
        """
        tools = [tool for tool in self.get_tools() if isinstance(tool, CustomerioTool)]
        return {tool.name: _review(tool, risky) for tool in tools}

    def mcp_server(self, **options: Any) -> MCPServer[Any]:  # noqa: ANN401 - those of `langchain_customerio.mcp.mcp_server`
        """Return the toolkit as an MCP server; it needs the extra `mcp`.

        Args:
            options: Those of `langchain_customerio.mcp.mcp_server`: `client`, `token` and `state_keys`.

        Raises:
            ConfigurationError: If the extra is not installed.

        ```python
        from langchain_customerio import CustomerioPipelinesToolkit

        server = CustomerioPipelinesToolkit().mcp_server()
        serve = server.run  # serve() speaks over the standard streams
        ```
        """
        [plugin] = entry_points(group=_PLUGINS, name="mcp_server")
        try:
            make = plugin.load()
        except ModuleNotFoundError as error:
            message = "An MCP server needs an extra: pip install 'langchain-customerio[mcp]'"
            raise ConfigurationError(message) from error
        server: MCPServer[Any] = make(self, **options)
        return server

    def instructions(self) -> str:
        """Return a short section for a system prompt: when to use the tools, and what a result means.

        It fits the style, the tools chosen and the policy.

        >>> CustomerioPipelinesToolkit().instructions().startswith("The customerio tools write to Customer.io")
        True
        """
        names = [tool.name for tool in self.get_tools()]
        return instructions(names, self.style, self.policy, self.strict)


def _review(tool: CustomerioTool, risky: Callable[[Call], bool] | None) -> dict[str, Any]:
    """Return a tool's entry for the middleware; both functions see the arguments as the model wrote them."""

    def when(request: Any) -> bool:  # noqa: ANN401 - the middleware's ToolCallRequest
        config = _config_of(request.runtime)
        call = tool.would_send(request.tool_call["args"], config)
        return call is not None and holds_for_any(risky or policy_for(tool.policy, config).is_risky, call)

    def describe(tool_call: dict[str, Any], _state: object, runtime: object) -> str:
        config = _config_of(runtime)
        call = tool.would_send(tool_call["args"], config)
        if call is None:
            return ""
        return description(call, policy_for(tool.policy, config), tool.workspace_for(config))

    return {
        "allowed_decisions": ["approve", "edit", "reject"],
        "description": describe,
        "when": when,
    }


def _config_of(runtime: object) -> RunnableConfig:
    """Return the configuration of the run that a middleware is in."""
    config: RunnableConfig = getattr(runtime, "config", None) or ensure_config()
    return config
