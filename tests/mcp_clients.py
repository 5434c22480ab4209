"""MCP clients of both eras, and people who answer their questions."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from mcp import Client
from mcp.types import ElicitResult, TextContent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp.server.mcpserver import MCPServer
    from mcp.types import CallToolResult, ElicitRequestParams

Era = Literal["2025-11-25", "2026-07-28"]
ERAS: tuple[Era, ...] = ("2025-11-25", "2026-07-28")


@dataclass
class Person:
    """Somebody who is asked, remembers the questions, and gives the answers in turn."""

    answers: list[ElicitResult]
    questions: list[str] = field(default_factory=list)
    forms: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, context: Any, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG002 - as the SDK calls it
        """Answer a question."""
        self.questions.append(params.message)
        self.forms.append(getattr(params, "requested_schema", {}))
        return self.answers.pop(0)


def says(**content: Any) -> Person:
    """Return a person who fills in a form."""
    return Person([ElicitResult(action="accept", content=content)])


def refuses(action: Literal["decline", "cancel"] = "decline") -> Person:
    """Return a person who fills in no form."""
    return Person([ElicitResult(action=action)])


@asynccontextmanager
async def connected(
    server: MCPServer[Any] | Any, era: Era = "2026-07-28", person: Person | None = None
) -> AsyncIterator[Client]:
    """Connect a client that speaks as clients of an era do; one without a person cannot be asked."""
    mode = "legacy" if era == "2025-11-25" else "auto"
    async with Client(server, mode=mode, elicitation_callback=person) as client:
        assert client.protocol_version == era
        yield client


def text(result: CallToolResult) -> str:
    """Return what the model reads of a result."""
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


def refused(result: CallToolResult) -> str:
    """Return the text of a refusal, and nothing but that."""
    assert result.is_error, text(result)
    assert result.structured_content is None
    return text(result)
