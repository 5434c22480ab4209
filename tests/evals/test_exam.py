"""The runner: what it prints, what it writes, and what it does when a model goes wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from typing_extensions import override

from tests import stand_in_model
from tests.evals.__main__ import main
from tests.evals.agent import attempt
from tests.evals.desk import Desk
from tests.evals.exam import chosen, hold
from tests.evals.tasks import TASKS, THEMES
from tests.evals.tokens import count, tokens_of

if TYPE_CHECKING:
    from pathlib import Path

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


def test_the_table_shows_every_task_and_the_totals(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "deep" / "results.json"
    assert main(["run", "groups", "send-an-e-mail", "--model", "scripted:boaster", "--json", str(path)]) == 0
    printed = capsys.readouterr().out
    assert all(task.name in printed for task in THEMES["groups"])
    assert "scripted:boaster, two_mode: 89 % (8 of 9), 9 tool calls" in printed
    found = json.loads(path.read_text(encoding="utf-8"))
    assert (found["passed"], found["tasks"], found["style"], found["errors"]) == (8, 9, "two_mode", 0)
    [wrong] = [row for row in found["rows"] if not row["passed"]]
    assert wrong["task"] == "send-an-e-mail"
    assert wrong["complaints"] == ["claim: claims DONE; not there: anything, since nothing could be done"]


def test_a_success_rate_below_the_one_that_was_asked_for_is_an_exit_status(tmp_path: Path) -> None:
    common = ["run", "impossible", "--json", str(tmp_path / "r.json")]
    assert main([*common, "--model", "scripted:idler", "--at-least", "50"]) == 1
    assert main([*common, "--model", "scripted:sleeper", "--at-least", "100"]) == 0


@pytest.mark.parametrize("arguments", [["no-such-task"], ["--model", "scripted:nobody"]])
def test_what_there_is_not_is_refused_with_a_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", *arguments]) == 2
    assert "there is no such script" in (said := capsys.readouterr().err) or "is called no-such-task" in said


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("openai:gpt-5", "OPENAI_API_KEY"),
        ("google_genai:gemini-2.5-pro", "API key required"),
        ("cohere:command", "requires the langchain-cohere package"),
        ("no-such-provider:model", "Unable to infer model provider"),
    ],
)
def test_a_model_that_cannot_be_had_is_told_in_one_line(
    model: str, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert main(["run", "--model", model]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{model} cannot be had: ")
    assert says in line


@pytest.mark.loopback
def test_a_model_that_never_answers_ends_the_exam_at_once_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with stand_in_model.serve() as base_url:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{base_url}/nowhere")
        monkeypatch.setenv("OPENAI_API_KEY", "opens-nothing")
        assert main(["run", "people", "--model", "openai:stand-in"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("openai:stand-in does not answer: ")
    assert "404" in line


def test_tasks_are_chosen_by_name_and_by_theme_in_the_order_of_the_exam() -> None:
    assert chosen(["order", "Groups"]) == [TASKS["order"], *THEMES["groups"]]
    assert chosen([]) == list(TASKS.values())


def test_several_tasks_at_once_come_to_the_same() -> None:
    tasks = [*THEMES["people"], *THEMES["bad network"]]
    assert hold("scripted:honest", "typed", tasks, jobs=4).rows == hold("scripted:honest", "typed", tasks).rows


def test_a_model_that_fails_ends_its_task_and_not_the_exam() -> None:
    made = attempt(Desk(TASKS["order"], "two_mode"), Parrot(says=ConnectionError("no route to the model")))
    assert made.crash == "ConnectionError: no route to the model"
    assert not made.score.passed


def test_a_model_that_never_stops_is_stopped() -> None:
    call = {"name": "customerio_track_user_event", "args": {"mode": "get_request_schema"}, "id": "again"}
    made = attempt(Desk(TASKS["order"], "two_mode"), Parrot(says=AIMessage("", tool_calls=[call])), "graph")
    assert made.crash.startswith("GraphRecursionError")
    assert made.answer == ""


def test_tokens_are_the_models_own_count_where_it_gives_one() -> None:
    usage = {"input_tokens": 700, "output_tokens": 30, "total_tokens": 730}
    made = attempt(Desk(TASKS["look-up"], "typed"), Parrot(says=AIMessage("NOT DONE: no", usage_metadata=usage)))
    assert (made.tokens.read, made.tokens.written, made.tokens.counted_by) == (700, 30, "model")


@pytest.mark.loopback
def test_a_model_of_a_provider_takes_the_exam_through_its_own_client(monkeypatch: pytest.MonkeyPatch) -> None:
    with stand_in_model.serve() as base_url:
        monkeypatch.setenv("OPENAI_BASE_URL", base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "opens-nothing")
        [row] = hold("openai:stand-in", "two_mode", [TASKS["upgrade"]]).rows
    assert (row.calls, row.errors, row.read, row.written, row.counted_by) == (1, 0, 2, 2, "model")
    assert row.answer.startswith("The tool answered:")
    assert [text.partition(":")[0] for text in row.complaints] == ["claim"]  # it does the task, and claims nothing


def test_tokens_are_otherwise_counted_by_o200k_and_each_turn_reads_all_before_it() -> None:
    one, two = AIMessage("one"), AIMessage("two")
    counted = tokens_of("be good", [], [one, two])
    assert (counted.read, counted.written) == (2 * count("be good") + count("one"), count("one") + count("two"))


def test_the_list_shows_what_is_asked_and_nothing_of_what_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["task"] for line in lines] == list(TASKS)
    assert all(line.keys() == {"task", "theme", "adverse", "prompt"} for line in lines)
    assert main(["list"]) == 0
    assert "no-such-workspace" in capsys.readouterr().out
