"""A stable key inside a workflow: what a node or a task sends again after a crash, it sends under the same id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_customerio.api.message_ids import derived_message_id
from langchain_customerio.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping


def run_key(config: Mapping[str, Any], *parts: str) -> str:
    """Return an idempotency key for what a node of LangGraph, or a task of its functional API, sends.

    It is made of the thread and of LangGraph's own id of the task. Both are the same when a node runs again after a
    crash, an interrupt or a retry, and others in the next step, the next run and the next branch. Ids are derived from
    it and from the content of the call, so one key serves all the different calls of a node. The graph needs a
    checkpointer; without one, a second run is another run.

    Args:
        config: The `config` that LangGraph hands to the node or the task.
        *parts: What tells equal calls of one node apart, such as an order number.

    Raises:
        ConfigurationError: If the config does not come from a node or a task.

    Example:
        >>> config = {
        ...     "configurable": {"thread_id": "order-17"},
        ...     "metadata": {"langgraph_checkpoint_ns": "pay:5f56f7a2"},
        ... }
        >>> run_key(config) == run_key(config), run_key(config) == run_key(config, "second payment")
        (True, False)

    Source: LangGraph documentation, Durable execution.
    """
    metadata, configurable = (config.get(name) or {} for name in ("metadata", "configurable"))
    task = metadata.get("langgraph_checkpoint_ns") or configurable.get("checkpoint_ns")
    thread = configurable.get("thread_id", metadata.get("thread_id"))
    if not task:
        raise ConfigurationError("run_key takes the config that LangGraph gives a node or a task, and this is another.")
    return derived_message_id("run", "" if thread is None else str(thread), str(task), *parts)
