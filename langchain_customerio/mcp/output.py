"""What an MCP client gets of a result: the text for the model, and the receipt for the program."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from mcp.types import CallToolResult, TextContent

from langchain_customerio.client.receipts import Receipt
from langchain_customerio.tools.two_mode import PipelinesTool

if TYPE_CHECKING:
    from langchain_core.messages import ToolMessage

    from langchain_customerio.tools.base import CustomerioTool


def result(message: ToolMessage) -> CallToolResult:
    """Return a tool's message as a result: a refusal too, since the model shall read it."""
    if message.status == "error":
        return refusal(message.text)
    artifact = message.artifact
    structured = artifact.model_dump(mode="json", exclude_defaults=True) if isinstance(artifact, Receipt) else artifact
    return CallToolResult(content=[TextContent(type="text", text=message.text)], structured_content=structured)


def refusal(text: str) -> CallToolResult:
    """Return a result that says why nothing was done, or what is not known."""
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)


def output_schema(tool: CustomerioTool) -> dict[str, Any]:
    """Return the JSON schema of what a tool gives to a program."""
    receipt = _receipt_schema()
    if not isinstance(tool, PipelinesTool):
        return receipt
    definitions = receipt["$defs"]
    own = {name: value for name, value in receipt.items() if name != "$defs"}
    shown = {
        "type": "object",
        "description": "The schema of the request body, or of a part of it",
        "not": {"required": ["status"]},
    }
    return {"type": "object", "anyOf": [own, shown], "$defs": definitions}


@cache
def _receipt_schema() -> dict[str, Any]:
    """Return the schema of a receipt without titles and long texts: the documentation has them."""
    plain: dict[str, Any] = _plain(Receipt.model_json_schema(mode="serialization"))
    return plain


def _plain(schema: Any) -> Any:  # noqa: ANN401 - any JSON schema
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: {field: _plain(each) for field, each in value.items()}
        if name in {"properties", "$defs"}
        else _plain(value)
        for name, value in schema.items()
        if name not in {"title", "description", "default"}
    }
