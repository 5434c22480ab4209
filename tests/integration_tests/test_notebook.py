"""The notebook: it runs, it shows what it did when it was committed, and it says nothing of the machine it ran on."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from nbclient.exceptions import CellExecutionError

from tests import notebooks
from tests.paths import EXAMPLES

if TYPE_CHECKING:
    from pathlib import Path

NOTEBOOK = EXAMPLES / "quickstart.ipynb"


def outputs(notebook: Any, kind: str) -> list[str]:
    """Return what the cells show of one media type."""
    found = [output.get("data", {}).get(kind) for cell in notebook.cells for output in cell.get("outputs", [])]
    return [text for text in found if text is not None]


@pytest.fixture(scope="module")
def kept() -> Any:
    return notebooks.formats.read(NOTEBOOK, as_version=4)


def test_the_notebook_runs_and_shows_what_it_showed_when_it_was_kept(kept: Any) -> None:
    assert notebooks.shown(notebooks.execute(NOTEBOOK)) == notebooks.shown(kept)


def test_a_cell_that_fails_fails_the_run(tmp_path: Path, kept: Any) -> None:
    for helper in EXAMPLES.glob("*.py"):
        shutil.copy(helper, tmp_path)
    text = NOTEBOOK.read_text()
    assert '\\"bob\\", \\"grace\\"' in text
    broken = tmp_path / NOTEBOOK.name
    broken.write_text(text.replace('\\"bob\\", \\"grace\\"', '\\"grace\\"'))
    with pytest.raises(CellExecutionError, match="AssertionError"):
        notebooks.execute(broken)


def test_the_notebook_shows_the_graph_as_a_picture_with_every_node_and_edge(kept: Any) -> None:
    (picture,) = outputs(kept, "image/svg+xml")
    drawn = ET.fromstring(picture)  # noqa: S314 - our own file
    kinds = [element.tag.rpartition("}")[2] for element in drawn.iter()]
    assert [element.text for element in drawn.iter() if element.tag.endswith("}text")] == [
        "start",
        "agent",
        "end",
        "tools",
    ]
    assert kinds.count("path") == 4


def test_the_notebook_shows_the_workspace_as_tables(kept: Any) -> None:
    (page,) = outputs(kept, "text/html")
    titles = re.findall(r"<h4>(\w+): (\d+)", page)
    assert titles == [("people", "4"), ("objects", "1"), ("relationships", "1"), ("events", "4"), ("ledger", "6")]


def test_the_notebook_is_kept_clean(kept: Any) -> None:
    assert kept.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    code = [cell for cell in kept.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert [dict(cell.metadata) for cell in kept.cells] == [{}] * len(kept.cells)
    assert [output for cell in code for output in cell.outputs if output.get("name") == "stderr"] == []
    assert re.findall(r"(?:/[\w.-]+){3,}\.py|0x[0-9a-f]{6,}|site-packages", NOTEBOOK.read_text()) == []
