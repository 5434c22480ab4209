"""Runs notebooks as a reader would, from the folder that they are in. `make notebook` keeps what they show."""

from __future__ import annotations

import copy
import json
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

formats: Any = nbformat
"""`nbformat`, of which only a part has types."""

# What is another one on each run: message ids, and the time.
_PASSING = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{26}\b|\b\d{4}-\d\d-\d\dT[0-9:.]+(?:\+00:00|Z)")


def execute(path: Path) -> Any:
    """Return a notebook as it is after all its cells have run, with nothing of this machine in it.

    Raises:
        nbclient.exceptions.CellExecutionError: If a cell fails.
    """
    notebook = copy.deepcopy(formats.read(path, as_version=4))
    kept = dict(notebook.metadata)
    with TemporaryDirectory() as pipes:  # TCP would need keys
        kernel = AsyncKernelManager(kernel_name="python3", transport="ipc", ip=f"{pipes}/kernel")
        client = NotebookClient(
            notebook,
            km=kernel,
            timeout=100,
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": path.parent}},
        )
        client.execute(cleanup_kc=True)
    notebook.metadata = formats.from_dict(kept)
    return notebook


def shown(notebook: Any) -> list[Any]:
    """Return what each cell of code shows, without what is another on each run."""
    outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    return list(json.loads(_PASSING.sub("…", json.dumps(outputs))))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        formats.write(execute(Path(name)), name)
