"""What an attempt cost in tokens: by the model's own count, or else by o200k over what it was shown and said."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # how it opens its data, on Python 3.11
    import bpe_openai  # type: ignore[import-untyped] # ships no types

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.tools import BaseTool


@dataclass(frozen=True)
class Tokens:
    """Tokens read and written by a model; each turn reads everything before it again.

    Attributes:
        read: Over all turns.
        written: Over all turns.
        counted_by: `model`, or `o200k` where the model did not say.
    """

    read: int = 0
    written: int = 0
    counted_by: str = "o200k"


def tokens_of(instructions: str, tools: Sequence[BaseTool], messages: Sequence[BaseMessage]) -> Tokens:
    """Count what an agent's run cost."""
    turns = [message for message in messages if isinstance(message, AIMessage)]
    reported = [turn.usage_metadata for turn in turns if turn.usage_metadata]
    if turns and len(reported) == len(turns):
        read, written = (sum(usage[key] for usage in reported) for key in ("input_tokens", "output_tokens"))
        return Tokens(read, written, "model")
    shown = count(instructions) + sum(count(json.dumps(convert_to_openai_tool(tool))) for tool in tools)
    read = written = 0
    for message in messages:
        size = count(_as_text(message))
        if isinstance(message, AIMessage):
            read += shown
            written += size
        shown += size
    return Tokens(read, written)


def _as_text(message: BaseMessage) -> str:
    content = message.content if isinstance(message.content, str) else json.dumps(message.content, default=str)
    if isinstance(message, AIMessage):
        return content + "".join(json.dumps({"name": c["name"], "args": c["args"]}) for c in message.tool_calls)
    return f"{message.name}: {content}" if isinstance(message, ToolMessage) else content


def count(text: str) -> int:
    """Count the o200k tokens of a text.

    >>> count("hello world")
    2
    """
    return len(_encoder()(text))


@cache
def _encoder() -> Callable[[str], Sequence[int]]:
    encode: Callable[[str], Sequence[int]] = bpe_openai.get_encoding("o200k_base").encode
    return encode
