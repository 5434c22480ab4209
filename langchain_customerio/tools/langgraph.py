"""What stays the same when a graph makes a tool call again: names for calls that a replay finds once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from langchain_customerio.api.calls import Batch, Call
from langchain_customerio.api.message_ids import derived_message_id, new_message_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.runnables import RunnableConfig


def thread_of(config: RunnableConfig) -> str:
    """Return the thread of a graph's run; empty where there is none."""
    thread = (config.get("configurable") or {}).get("thread_id")
    return "" if thread is None else str(thread)


def _place(config: RunnableConfig) -> str:
    """Return what a replay of a step has in common with it: the thread, or the step of a graph that keeps none."""
    return thread_of(config) or str((config.get("metadata") or {}).get("langgraph_checkpoint_ns") or "")


def names_of(call: Call, config: RunnableConfig, tool_call_id: str | None) -> Callable[[int], str]:
    """Return what gives the ids of a call's items: the same for every replay inside a graph, fresh outside.

    The caller has no say in them: an id that the body brings is sent as it is, and is part of the content here.
    """
    place = _place(config)
    if not place or not tool_call_id:
        return _new
    items = list(call) if isinstance(call, Batch) else [call]
    return lambda i: derived_message_id(place, tool_call_id, call.kind, str(i), content_of(items[i]))


def _new(_: int) -> str:
    return new_message_id()


def content_of(call: Call) -> bytes:
    """Return a call's content, the same for the same call."""
    return orjson.dumps(call.wire(), option=orjson.OPT_SORT_KEYS)
