"""Runs the code in documents: what a reader copies out of a page or a docstring must work."""

from __future__ import annotations

import doctest
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>python|pycon)\n(?P<code>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Block:
    """One fenced block of code: which language, what it says, and where its first line stands."""

    language: str
    code: str
    line: int

    def run(self, namespace: dict[str, Any], page: str) -> None:
        """Run the block in a namespace that earlier blocks of the page may have filled.

        Raises:
            AssertionError: If a block of console lines shows another result than it says.
        """
        if self.language == "python":
            # Blank lines in front, so that a traceback names the line of the page.
            exec(compile("\n" * (self.line - 1) + self.code, page, "exec"), namespace)  # noqa: S102 - our own page
            return
        test = doctest.DocTestParser().get_doctest(self.code, namespace, page, page, self.line - 1)
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        report: list[str] = []
        runner.run(test, out=report.append, clear_globs=False)
        namespace.update(test.globs)
        assert not report, "".join(report)


def blocks(text: str) -> Iterator[Block]:
    """Yield the python and pycon blocks of a page or docstring, in order."""
    for match in _FENCE.finditer(text):
        first = text.count("\n", 0, match.start("code")) + 1
        yield Block(match["language"], textwrap.dedent(match["code"]), first)


def run_page(text: str, page: str) -> int:
    """Run a page's blocks one after the other, as one program, and return how many there were."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    count = 0
    for block in blocks(text):
        block.run(namespace, page)
        count += 1
    return count
