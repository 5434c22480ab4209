"""The key of a node or a task: of its thread and its task, and of nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from langchain_customerio import ConfigurationError, run_key


def config(thread: object = "t", task: str = "pay:1") -> dict[str, Any]:
    return {
        "configurable": {"thread_id": thread, "checkpoint_id": None},
        "metadata": {"langgraph_checkpoint_ns": task, "langgraph_step": 1},
    }


def test_the_same_thread_and_task_give_the_same_key() -> None:
    again = config()
    again["metadata"]["langgraph_step"] = 2
    again["tags"] = ["x"]
    assert run_key(config()) == run_key(again)
    assert run_key(config(7)) == run_key(config("7"))


def test_whatever_tells_them_apart_gives_another_key() -> None:
    configs = [config(), config("u"), config(task="pay:2"), config("tpay", ":1"), config(None)]
    keys = {run_key(each) for each in configs} | {
        run_key(config(), "a"),
        run_key(config(), "a", "b"),
        run_key(config(), "ab"),
    }
    assert len(keys) == 8


def test_what_only_one_of_both_places_says_counts() -> None:
    split = {"configurable": {"checkpoint_ns": "pay:1"}, "metadata": {"thread_id": "t"}}
    assert run_key(split) == run_key(config())


@pytest.mark.parametrize("given", [{}, {"metadata": None}, {"configurable": {"thread_id": "t"}}, {"metadata": {}}])
def test_a_config_of_no_node_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="takes the config that LangGraph gives a node or a task"):
        run_key(given)
