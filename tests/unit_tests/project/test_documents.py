"""The helper that runs documents: it runs what it should, and notices what is wrong."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from tests.documents import NOT_RUN, PageError, blocks, run_page


def test_blocks_share_a_namespace_and_run_in_order() -> None:
    page = "```python\nx = 2\n```\ntext\n```python\nassert x == 2\n```\n"
    assert run_page(page, "page.md") == 2


def test_blocks_of_other_languages_are_left_alone() -> None:
    assert list(blocks("```bash\nrm -rf x\n```\n\n```\nplain\n```\n")) == []


def test_an_indented_block_is_run() -> None:
    assert run_page("- item\n\n  ```python\n  y = 1\n  ```\n", "page.md") == 1


def test_a_failing_block_names_the_line_of_the_page() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run_page("# Title\n\n```python\nfine = 1\n1 / 0\n```\n", "page.md")
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.lineno) == ("page.md", 5)


def test_a_console_block_with_a_wrong_result_fails() -> None:
    with pytest.raises(AssertionError, match="Expected"):
        run_page("```pycon\n>>> 1 + 1\n3\n```\n", "page.md")


def test_a_console_block_sees_and_fills_the_pages_namespace() -> None:
    assert (
        run_page(
            "```python\nx = 1\n```\n```pycon\n>>> y = x + 1\n>>> y\n2\n```\n```python\nassert y == 2\n```\n",
            "p",
        )
        == 3
    )


# ---- files and commands


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def console(*lines: str) -> str:
    return "\n".join(["```console", *lines, "```", ""])


def test_a_block_with_a_title_is_saved_as_a_file_and_not_run() -> None:
    assert run_page('```python title="folder/agent.py"\n1 / 0\n```\n', "page.md") == 1
    assert Path("folder/agent.py").read_text() == "1 / 0\n"


def test_a_saved_program_is_run_by_its_command() -> None:
    page = '```python title="hello.py"\nprint("hello", "reader")\n```\n' + console("$ python hello.py", "hello reader")
    assert run_page(page, "page.md") == 2


def test_a_command_that_prints_something_else_fails() -> None:
    with pytest.raises(PageError, match=r"Expected:\ngoodbye\n\nGot:\nhello"):
        run_page(console("$ echo hello", "goodbye"), "page.md")


def test_output_may_be_left_out_and_broken_over_lines() -> None:
    run_page(console("$ echo one two three four", "one two", "... four"), "page.md")


def test_a_command_of_which_no_output_is_shown_has_to_succeed() -> None:
    run_page(console("$ echo hello", "$ echo again"), "page.md")
    with pytest.raises(PageError, match="ended with 3"):
        run_page(console("$ exit 3"), "page.md")


def test_a_command_that_fails_may_be_shown_with_what_it_prints() -> None:
    run_page(console("$ echo no; exit 1", "no"), "page.md")


def test_a_traceback_is_never_what_a_page_shows() -> None:
    with pytest.raises(PageError, match="ZeroDivisionError"):
        run_page(console('$ python -c "1 / 0"', "..."), "page.md")


def test_a_command_may_go_on_over_several_lines() -> None:
    run_page(console("$ echo one \\", "    two", "one two"), "page.md")


def test_what_is_exported_holds_for_later_commands_and_a_placeholder_changes_nothing() -> None:
    page = console("$ export NAME=ada OTHER=…") + console('$ echo "$NAME$OTHER"', "ada")
    run_page(page, "page.md")


@pytest.mark.parametrize("command", ["make demo", "MODEL=a:b make demo", "pip install nothing-of-this-name"])
def test_a_command_that_cannot_be_tried_here_is_not_run(command: str) -> None:
    run_page(console(f"$ {command}"), "page.md")


def test_a_command_that_serves_is_not_run_but_its_options_are_read() -> None:
    run_page(console("$ langchain-customerio sandbox --port 8080"), "page.md")
    with pytest.raises(PageError, match="--prot"):
        run_page(console("$ langchain-customerio sandbox --prot 8080"), "page.md")


def test_the_address_of_the_tests_is_shown_as_that_of_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMERIO_BASE_URL", "http://127.0.0.1:1234/v1")
    run_page(console('$ echo "$CUSTOMERIO_BASE_URL"', "https://cdp.customer.io/v1"), "page.md")


@pytest.mark.parametrize("reason", NOT_RUN.values())
def test_each_command_that_is_not_run_has_a_reason(reason: str) -> None:
    assert reason
