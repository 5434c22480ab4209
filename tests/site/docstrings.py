"""An extension of Griffe, which reads docstrings for the site.

Only `make docs` loads it, in an environment that has Griffe.
"""

from __future__ import annotations

import re
from typing import Any, Final

import griffe

_EXAMPLE: Final = re.compile(r"^(?P<indent> *)>>> .*\n?(?:(?P=indent).*\S.*\n?)*", re.MULTILINE)


def fenced(docstring: str) -> str:
    """Return a docstring with its console lines in fences: Markdown takes `>>>` for a quotation.

    >>> print(fenced("It adds.\\n\\n>>> 1 + 1\\n2\\n"))
    It adds.
    <BLANKLINE>
    ```pycon
    >>> 1 + 1
    2
    ```
    <BLANKLINE>
    """

    def fence(found: re.Match[str]) -> str:
        indent = found["indent"]
        return f"{indent}```pycon\n{found[0].rstrip()}\n{indent}```\n"

    return _EXAMPLE.sub(fence, docstring)


class Docstrings(griffe.Extension):
    """Fences the examples of docstrings, and reads LangChain's heading for the arguments of a class as Google's."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite a docstring before it is parsed. That of an `__init__` without arguments in it is for maintainers."""
        if obj.name == "__init__" and obj.docstring is not None and "Args:" not in obj.docstring.value:
            obj.docstring = None
        if obj.docstring is not None:
            obj.docstring.value = fenced(obj.docstring.value).replace("Key init args:", "Attributes:")
