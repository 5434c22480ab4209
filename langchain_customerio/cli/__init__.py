"""The command `langchain-customerio`; it needs the extra `cli` (typer and rich)."""

from __future__ import annotations

import sys

_NEEDED = {"click", "rich", "typer"}
_WRONG = 2  # as an exit code, like `outcome.Exit.WRONG`, which is not to be had without the extra


def main() -> None:
    """Run the command, or say in one line how to get what it needs."""
    try:
        from langchain_customerio.cli.app import app  # noqa: PLC0415 - needs an extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        sys.stderr.write("The command needs an extra: pip install 'langchain-customerio[cli]'\n")
        sys.exit(_WRONG)
    app()
