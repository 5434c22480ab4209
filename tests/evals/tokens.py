"""What an attempt cost in tokens: by the model's own count, or else by o200k over what it was shown and said."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # how it opens its data, on Python 3.11
    import bpe_openai  # type: ignore[import-untyped] # ships no types

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.messages import AIMessage

    from tests.evals.recordings import RecordedCall


@dataclass(frozen=True)
class Tokens:
    """Tokens read and written by a model; each turn reads everything before it again.

    Attributes:
        read: Over all turns.
        written: Over all turns.
        counted_by: Who counted: `model`, `agent`, or `o200k` where neither did.
    """

    read: int = 0
    written: int = 0
    counted_by: str = "o200k"


def tokens_by_model(turns: Sequence[AIMessage]) -> Tokens | None:
    """Return the model's own count; None where it does not say for every turn."""
    reported = [turn.usage_metadata for turn in turns if turn.usage_metadata]
    if not turns or len(reported) < len(turns):
        return None
    read, written = (sum(usage[key] for usage in reported) for key in ("input_tokens", "output_tokens"))
    return Tokens(read, written, "model")


def tokens_of_calls(
    opening: Sequence[str], definitions: Sequence[dict[str, Any]], calls: Sequence[RecordedCall], answer: str
) -> Tokens:
    """Count with o200k, as if each tool call were a turn of its own.

    >>> tokens_of_calls(["hello"], [], [], "hello world")
    Tokens(read=1, written=2, counted_by='o200k')
    """
    shown = sum(map(count, opening)) + sum(count(json.dumps(each)) for each in definitions)
    read = written = 0
    for call in calls:
        said = count(json.dumps({"name": call.tool, "arguments": call.arguments}, ensure_ascii=False))
        read += shown
        written += said
        shown += said + count(call.content)
    return Tokens(read + shown, written + count(answer))


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
