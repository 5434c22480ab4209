"""Everything that touches LangGraph: what a run says of itself, and how a person is asked. No other file does.

Source: LangGraph documentation, Interrupts: https://docs.langchain.com/oss/python/langgraph/interrupts
"""

from __future__ import annotations

import threading
from functools import cache
from inspect import signature
from typing import TYPE_CHECKING, Any, Final

import orjson

from langchain_customerio.api.batching import fresh, keyed
from langchain_customerio.errors import ConfigurationError, PolicyError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_core.runnables import RunnableConfig

    from langchain_customerio.api.batching import Namer
    from langchain_customerio.api.calls import Call


# ---- what stays the same when a graph makes a tool call again


def thread_of(config: RunnableConfig) -> str:
    """Return the thread of a graph's run; empty where there is none."""
    thread = (config.get("configurable") or {}).get("thread_id")
    return "" if thread is None else str(thread)


def place_of(config: RunnableConfig) -> tuple[str, ...]:
    """Return what a replay of a step has in common with it: thread and message, or the step of a graph without threads.

    The place of the message that makes the call, among all messages, tells two calls apart where a provider reuses the
    ids of tool calls. The number of the step would not do: it changes in a replay from an earlier checkpoint.
    """
    metadata = config.get("metadata") or {}
    if thread := thread_of(config):
        messages = _messages(config)
        places = [place for place, message in enumerate(messages) if getattr(message, "tool_calls", None)]
        return thread, str(places[-1] if places else "")
    namespace = str(metadata.get("langgraph_checkpoint_ns") or "")
    return (namespace,) if namespace else ()


def message_ids_of(config: RunnableConfig, tool_call_id: str | None) -> Namer:
    """Return what gives a call its id: the same for every replay inside a graph, a fresh one outside.

    The caller has no say in it: an id that the body brings is sent as it is, and is part of the content here.
    """
    place = place_of(config)
    return keyed(*place, tool_call_id) if place and tool_call_id else fresh


def content_of(call: Call) -> bytes:
    """Return a call's content, the same for the same call."""
    return orjson.dumps(call.wire(), option=orjson.OPT_SORT_KEYS)


# ---- asking a person

# The calls of one step may run in several threads; one at a time looks which answers there are.
_LOOKING: Final = threading.Lock()

_NO_LANGGRAPH: Final = (
    "Not sent. This call needs human approval, which requires langgraph: pip install 'langchain-customerio[langgraph]'."
)
_NO_CHECKPOINTER: Final = "Not sent. This call needs human approval, which requires a graph with a checkpointer."


def answers_to(
    question: Callable[[str], dict[str, Any]],
    schema: dict[str, Any],
    read: Callable[[object, bool], tuple[Any, str]],
    config: RunnableConfig,
    tool_call_id: str | None,
) -> Any:  # noqa: ANN401 - whatever `read` makes of an answer
    """Stop the graph with a question until there is an answer to it, and return what `read` makes of that.

    LangGraph hands the answers of a step out in the order in which its calls ask, which differs from one replay to the
    next where calls run at once, and it hands on answers to questions of others, such as a middleware's. So an earlier
    answer counts only where it names the question; one that our own `interrupt` returns also counts without a name
    where the model made no other call in the step.

    Args:
        question: Returns what the reviewer is shown, given a remark on the last answer.
        schema: JSON Schema of an answer, from which chat interfaces draw a form.
        read: Returns what an answer means and why it means nothing, given the answer and whether it may come without a
            name. The meaning is None where there is none.
        config: The run's configuration.
        tool_call_id: The id of the tool call that asks.

    Raises:
        ConfigurationError: If nobody can be asked: there is no graph around the tool, no checkpointer, or no langgraph.
        PolicyError: If other calls would run again with this one after the answer.
    """
    try:
        from langgraph.types import interrupt  # noqa: PLC0415 - under the extra `langgraph`
    except ImportError:
        raise ConfigurationError(_NO_LANGGRAPH) from None
    if (config.get("configurable") or {}).get("__pregel_checkpointer", ...) is None:  # nobody could go on afterwards
        raise ConfigurationError(_NO_CHECKPOINTER)
    made = _made_together(config)
    if len(made) > 1 and tool_call_id in made and _in_one_task(config):
        raise PolicyError(problems=(Problem("approve_alone"),), rule="approve")
    alone = made == [tool_call_id]
    form = {"response_schema": schema} if _draws_forms(interrupt) else {}
    decided = (str((config.get("metadata") or {}).get("langgraph_checkpoint_ns")), question("")["id"])
    with _LOOKING:
        given = _Given(config)
        for answer in given.earlier:
            meaning, _ = read(answer, False)  # noqa: FBT003 - the signature of `read`
            if meaning is not None:
                given.pass_over_one()
                return meaning
        remark = ""
        while True:
            try:
                answer = interrupt(question(remark), **form)
            except (RuntimeError, KeyError):
                raise ConfigurationError(_NO_CHECKPOINTER) from None
            is_newest = answer is given.newest
            meaning, remark = read(answer, alone and is_newest)
            if meaning is None and not is_newest:
                meaning = _DECIDED.get(decided)
            if meaning is not None:
                _DECIDED[decided] = meaning
                return meaning


_DECIDED: Final[dict[tuple[str, str], Any]] = {}
"""What was decided without a name, by task and question: if the task runs again, the answer is not the newest any more.

An entry lives as long as the process; in another one the question is asked again.
"""


class _Given:
    """The answers that a task of the graph was given, whichever of its questions they are for.

    LangGraph's list is looked into so that each call finds its own; where it is not to be found, the question is asked
    again, and an answer has to name it.

    Attributes:
        earlier: Those that were given before, in order.
        newest: The one that the graph goes on with, or else the last one.
    """

    def __init__(self, config: RunnableConfig) -> None:
        """Look, and change nothing."""
        self._pad = (config.get("configurable") or {}).get("__pregel_scratchpad")
        self.earlier: tuple[object, ...] = tuple(getattr(self._pad, "resume", ()))
        waiting = getattr(self._pad, "get_null_resume", lambda: None)()
        self.newest: object = waiting if waiting is not None else next(reversed(self.earlier), _NOTHING)

    def pass_over_one(self) -> None:
        """Take the turn of an answer that was found, so that whoever asks next in the task does not get it."""
        getattr(self._pad, "interrupt_counter", int)()


_NOTHING: Final = object()


@cache
def _draws_forms(interrupt: Callable[..., object]) -> bool:
    """Return whether this langgraph takes a schema for the answer: since 1.2."""
    return "response_schema" in signature(interrupt).parameters


def _made_together(config: RunnableConfig) -> list[str | None]:
    """Return the ids of the tool calls in the newest message that made any; none where that cannot be seen."""
    return [call["id"] for call in next(_tool_calls(_messages(config)), ())]


def _messages(config: RunnableConfig) -> list[Any]:
    """Return the messages of the graph; none where it keeps them under another name."""
    read = (config.get("configurable") or {}).get("__pregel_read")
    try:
        return list(read("messages") or ()) if read else []
    except KeyError:
        return []


def _in_one_task(config: RunnableConfig) -> bool:
    """Return whether a node runs all tool calls of a message, so that all of them run again after an answer.

    A graph that sends each call to a task of its own, as `create_agent` does, runs again only the one that asked.
    """
    path = (config.get("metadata") or {}).get("langgraph_path") or ("",)
    return path[0] == "__pregel_pull"


def _tool_calls(messages: Any) -> Iterator[list[Any]]:  # noqa: ANN401 - whatever a graph keeps under this name
    """Yield the tool calls of the messages that made some, the newest first."""
    for message in reversed(messages):
        if calls := getattr(message, "tool_calls", None):
            yield calls
