"""What needs an extra, imported when it is needed, or one line that says how to get it."""

from __future__ import annotations

from typing import Any


def need_arrow(what: str) -> Any:  # noqa: ANN401 - a module that ships no types
    """Return the module `pyarrow`.

    Args:
        what: What it is needed for.

    Raises:
        ModuleNotFoundError: If it is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - under an extra, and slow to import
    except ModuleNotFoundError as error:
        message = f"To load {what}, pip install 'langchain-customerio[files]'"
        raise ModuleNotFoundError(message, name=error.name) from error
    return pa
