"""The two examples of approval, with a person who takes longer to decide than a process lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration_tests.test_examples import python

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = ("approval_interrupt.py", "approval_middleware.py")


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize(
    ("decision", "says"),
    [("approve", '"status": "accepted"'), ("edit", '"status": "accepted"'), ("reject", "reject")],
)
def test_the_answer_may_come_in_another_process_than_the_question(
    example: str, decision: str, says: str, tmp_path: Path
) -> None:
    checkpoints = str(tmp_path / "wait.sqlite")
    asked = python(example, "ask", checkpoints)
    assert (asked.returncode, asked.stderr) == (0, "")
    assert 'track "User Deleted" for "ada"\nRisk: event: deletes the person for good' in asked.stdout
    decided = python(example, decision, checkpoints)
    assert (decided.returncode, decided.stderr) == (0, "")
    assert f"A person says: {decision}" in decided.stdout
    assert says in decided.stdout


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("arguments", [["help"], ["forgive", "wait.sqlite"]])
def test_the_example_says_how_it_is_used(example: str, arguments: list[str]) -> None:
    ended = python(example, *arguments)
    assert ended.returncode == 1
    assert f"python {example} ask wait.sqlite" in ended.stderr
