"""What needs an extra, imported when it is needed, or one line that says how to get it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUOTED: Final = re.compile(r"""['"].*['"]""")


@contextmanager
def of_extra(extra: str, what: str) -> Iterator[None]:
    """Import in here what comes with an extra.

    Args:
        extra: Its name.
        what: What it is needed for.

    Raises:
        ModuleNotFoundError: If it is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        message = f"To load {what}, pip install 'langchain-customerio[{extra}]'"
        raise ModuleNotFoundError(message, name=error.name) from error


def first_line(error: BaseException, *, data: bool = False) -> str:
    r"""Return the first line of what another library says; what it quotes may be data, and is left out unless wanted.

    >>> first_line(ValueError("could not convert 'ada' to INT32\nDETAIL: …"))
    'could not convert … to INT32'
    """
    line = next(filter(None, map(str.strip, str(error).splitlines())), type(error).__name__)
    return line if data else _QUOTED.sub("…", line)


def need_arrow(what: str) -> Any:  # noqa: ANN401 - a module that ships no types
    """Return the module `pyarrow`.

    Args:
        what: What it is needed for.

    Raises:
        ModuleNotFoundError: If it is not installed.
    """
    with of_extra("files", what):
        import pyarrow as pa  # noqa: PLC0415 - under an extra, and slow to import
    return pa
