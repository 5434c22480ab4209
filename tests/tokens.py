"""What the tools cost a model to read."""

from __future__ import annotations

import importlib
import json
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

from langchain_core.utils.function_calling import convert_to_openai_tool

from tests.conftest import Run
from tests.tool_calls import message

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from tests.cases import Case


@cache
def encoding() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of its own, about how it opens its files
        bpe_openai = importlib.import_module("bpe_openai")  # it ships no types
    return bpe_openai.get_encoding("o200k_base")


def tokens(text: str) -> int:
    """Count the tokens of a text as OpenAI's newer models read it."""
    return len(encoding().encode(text))


def cost_of_definition(tool: BaseTool) -> int:
    """Count the tokens of a tool's definition as OpenAI function JSON."""
    return tokens(json.dumps(convert_to_openai_tool(tool)))


def cost_of_schema(case: Case, part: str = "") -> int:
    """Count the tokens of the answer to `get_request_schema`, as it reaches the model."""
    return tokens(str(message(Run("sync"), case.make_tool(), mode="get_request_schema", request_body=part).content))
