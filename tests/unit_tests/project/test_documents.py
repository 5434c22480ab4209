"""The helper that runs documents: it runs what it should, and notices what is wrong."""

from __future__ import annotations

import traceback

import pytest

from tests.documents import blocks, run_page


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
