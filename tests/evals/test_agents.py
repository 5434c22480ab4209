"""Chat models in an agent: what ends an attempt, and what is told of a model that cannot be had."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from typing_extensions import override

from tests import stand_in_model
from tests.evals.agents import attempt
from tests.evals.cli import main
from tests.evals.runner import run
from tests.evals.tasks import TASKS
from tests.evals.tokens import Tokens
from tests.evals.trial import Trial

if TYPE_CHECKING:
    from langchain_core.callbacks import CallbackManagerForLLMRun


class Parrot(BaseChatModel):
    """Says the same at every turn, or raises it."""

    says: Any

    @property
    @override
    def _llm_type(self) -> str:
        return "parrot"

    @override
    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        if isinstance(self.says, Exception):
            raise self.says
        return ChatResult(generations=[ChatGeneration(message=self.says.model_copy())])


def test_a_model_that_fails_ends_its_attempt_and_not_the_run() -> None:
    made = attempt(Trial(TASKS["order"], "two_mode"), Parrot(says=ConnectionError("no route to the model")))
    assert made.crash == "ConnectionError: no route to the model"
    assert (made.silent, made.score.passed) == (True, False)


def test_a_model_that_never_stops_is_stopped() -> None:
    call = {"name": "customerio_track_user_event", "args": {"mode": "get_request_schema"}, "id": "again"}
    made = attempt(Trial(TASKS["order"], "two_mode"), Parrot(says=AIMessage("", tool_calls=[call])), "graph")
    assert made.crash.startswith("GraphRecursionError")
    assert (made.silent, made.answer) == (False, "")


class ThreeAtOnce(Parrot):
    """Makes three calls in one turn, and then claims that they are done."""

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        if isinstance(messages[-1], ToolMessage):
            return ChatResult(generations=[ChatGeneration(message=AIMessage("DONE"))])
        calls = [
            {"name": "customerio_track", "args": {"user_id": "dan", "event": name, **more}, "id": name}
            for name, more in self.says.items()
        ]
        return ChatResult(generations=[ChatGeneration(message=AIMessage("", tool_calls=calls))])


@pytest.mark.parametrize("kind", ["create_agent", "graph"])
def test_calls_made_at_once_run_one_after_the_other_and_each_is_told_apart(kind: Any) -> None:
    properties = {"properties": '{"product_id": "p-1"}'}
    events = {"Product Viewed": properties, "Product Added": properties, "Checkout Started": {}}
    trial = Trial(replace(TASKS["three-in-order"], strict=True), "typed")
    assert attempt(trial, ThreeAtOnce(says=events), kind).score.complaints == []
    assert [len(call.arrived) for call in trial.calls] == [1, 1, 1]


def test_tokens_are_the_models_own_count_where_it_gives_one() -> None:
    usage = {"input_tokens": 700, "output_tokens": 30, "total_tokens": 730}
    made = attempt(Trial(TASKS["look-up"], "typed"), Parrot(says=AIMessage("NOT DONE: no", usage_metadata=usage)))
    assert made.tokens == Tokens(700, 30, "model")
    assert attempt(Trial(TASKS["look-up"], "typed"), Parrot(says=AIMessage("NOT DONE: no"))).tokens is None


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("openai:gpt-5", "needs a key: set OPENAI_API_KEY"),
        ("anthropic:claude-sonnet-4-5", "needs a key: set ANTHROPIC_API_KEY"),
        ("mistralai:mistral-large-latest", "needs a key: set MISTRAL_API_KEY"),
        ("google_genai:gemini-2.5-pro", "needs a key: set GOOGLE_API_KEY or GEMINI_API_KEY"),
        ("cohere:command", "requires the langchain-cohere package"),
        ("no-such-provider:model", "Unable to infer model provider"),
        ("scripted:nobody", "there is no script"),
    ],
)
def test_a_model_that_cannot_be_had_is_told_in_one_line(
    model: str, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "MISTRAL_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert main(["run", "--model", model]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert model in line
    assert says in line


@pytest.mark.loopback
def test_a_model_that_never_answers_ends_the_run_at_once_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with stand_in_model.serve() as base_url:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{base_url}/nowhere")
        monkeypatch.setenv("OPENAI_API_KEY", "opens-nothing")
        assert main(["run", "people", "--model", "openai:stand-in"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("openai:stand-in does not answer: ")
    assert "404" in line


@pytest.mark.loopback
def test_a_model_of_a_provider_attempts_a_task_through_its_own_client(monkeypatch: pytest.MonkeyPatch) -> None:
    with stand_in_model.serve() as base_url:
        monkeypatch.setenv("OPENAI_BASE_URL", base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "opens-nothing")
        [made] = run("openai:stand-in", "two_mode", [TASKS["upgrade"]]).recordings
    assert (len(made.calls), made.errors, made.tokens) == (1, 0, Tokens(2, 2, "model"))
    assert made.answer.startswith("The tool answered:")
    assert [text.partition(":")[0] for text in made.complaints] == ["claim"]  # it does the task, and claims nothing
