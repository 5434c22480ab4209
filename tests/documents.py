"""Runs the code in documents: what a reader copies out of a page or a docstring must work.

A page is tried as its reader would try it, from top to bottom, in one folder:

- `python` blocks run as one program, and `pycon` blocks must print what they show;
- a block with a title, such as ```` ```python title="agent.py" ````, is saved as a file of that name;
- the commands of `console` blocks run in a shell, and must print what is shown below them. What a shell cannot try
  here (installing, serving until Ctrl-C) is read instead: `NOT_RUN` says what, and how it is tried otherwise.

Expected output may leave out parts with `...`, and that of a command may break long lines.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_FENCE: Final = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<code>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)
_COMMAND: Final = re.compile(r"^\$ (?P<command>(?:.*\\\n)*.*)\n(?P<output>(?:(?!\$ ).*\n)*)", re.MULTILINE)
_VARIABLE: Final = re.compile(r"export (\w+)=(\S+)(?: (\w+)=(\S+))?")
_ASSIGNMENTS: Final = re.compile(r"^(?:\w+=\S+ )+")
_RUNNABLE: Final = frozenset({"python", "pycon", "console"})

_SHOWN: Final = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
"""How output is compared: `...` stands for anything, and a long line may be broken on the page."""

NOT_RUN: Final = {
    "make": "the project's own commands: a test compares them with the Makefile",
    "git": "fetches the project",
    "cd": "goes into it",
    "python -m venv": "makes an environment",
    "source": "enters it",
    "pip": "installs: a test compares the extras with pyproject.toml",
    "uv": "the same, with another installer",
    "npx": "needs the network",
    "docker": "needs a daemon",
    "langgraph": "serves until Ctrl-C: tried in the tests of the example",
    "uvicorn": "serves until Ctrl-C",
    "langchain-customerio sandbox": "serves until Ctrl-C: its options are read",
    "langchain-customerio mcp": "serves until the client leaves: its options are read",
}
"""Commands on our pages that are not run, and why."""


class PageError(AssertionError):
    """A block does not do what the page says."""


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, the file it is to be saved as, what it says, and where its first line stands."""

    language: str
    code: str
    line: int
    title: str = ""

    @property
    def does_something(self) -> bool:
        """Whether a reader would run it, or save it as a file."""
        return bool(self.title) or self.language in _RUNNABLE

    @property
    def commands(self) -> list[tuple[str, str]]:
        """The commands of a console block, each with the output that the page shows below it."""
        found = _COMMAND.finditer(self.code) if self.language == "console" else ()
        return [(each["command"].replace("\\\n", " "), each["output"]) for each in found]


@dataclass
class Reader:
    """Somebody who tries a page, block by block, in the current folder.

    Attributes:
        page: Name of the page, for tracebacks.
        namespace: What the Python blocks have defined so far.
        environment: What the shell has been told by `export`.
    """

    page: str
    namespace: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})
    environment: dict[str, str] = field(default_factory=dict)

    def follow(self, block: Block) -> None:
        """Do what a block says.

        Raises:
            PageError: If it shows another result than it gives.
        """
        if block.title:
            path = Path(block.title)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.code)
        elif block.language == "python":
            # Blank lines in front, so that a traceback names the line of the page.
            exec(compile("\n" * (block.line - 1) + block.code, self.page, "exec"), self.namespace)  # noqa: S102 - our own page
        elif block.language == "pycon":
            self._converse(block)
        elif block.language == "console":
            for command, output in block.commands:
                self._command(command, output)

    def _converse(self, block: Block) -> None:
        test = doctest.DocTestParser().get_doctest(block.code, self.namespace, self.page, self.page, block.line - 1)
        report: list[str] = []
        doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=report.append, clear_globs=False)
        self.namespace.update(test.globs)
        if report:
            raise PageError("".join(report))

    def _command(self, command: str, output: str) -> None:
        if found := _VARIABLE.fullmatch(command):
            given = dict(zip(found.groups()[::2], found.groups()[1::2], strict=True))
            self.environment |= {name: value for name, value in given.items() if name and "…" not in value}
            return
        bare = _ASSIGNMENTS.sub("", command)
        start = next((start for start in NOT_RUN if f"{bare} ".startswith(f"{start} ")), None)
        if start is not None:
            if not start.startswith("langchain-customerio"):
                return
            command, output = f"{command} --help", ""  # which fails where there is no such option
        found, code = self._run(command)
        if output and not doctest.OutputChecker().check_output(output, found, _SHOWN):
            message = f"{self.page}: $ {command}\nExpected:\n{output}\nGot:\n{found}"
            raise PageError(message)
        if code and not output:  # a page that shows what a command prints may show that it fails
            message = f"{self.page}: $ {command}\nended with {code}:\n{found}"
            raise PageError(message)

    def _run(self, command: str) -> tuple[str, int]:
        bin_ = Path(sys.executable).parent
        environment = {**os.environ, **self.environment, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
        environment["PATH"] = f"{bin_}{os.pathsep}{environment['PATH']}"
        # One stream for both, as on a terminal.
        ended = subprocess.run(
            ["sh", "-c", command],  # noqa: S607 - any shell
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if "Traceback (most recent call last)" in ended.stdout:
            raise PageError(f"{self.page}: $ {command}\n{ended.stdout}")
        # The page shows the address of the real API, where the tests have a sandbox.
        local = environment.get("CUSTOMERIO_BASE_URL")
        found = ended.stdout.replace(local, "https://cdp.customer.io/v1") if local else ended.stdout
        return found, ended.returncode


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of a page or docstring that a reader would run or save, in order."""
    return (block for block in fences(text) if block.does_something)


def fences(text: str) -> Iterator[Block]:
    """Yield every fenced block of a page or docstring that names its language, in order."""
    for match in _FENCE.finditer(text):
        first = text.count("\n", 0, match.start("code")) + 1
        yield Block(match["language"], textwrap.dedent(match["code"]), first, match["title"] or "")


def run_page(text: str, page: str) -> int:
    """Try a page's blocks one after the other, and return how many there were."""
    reader = Reader(page)
    count = 0
    for block in blocks(text):
        reader.follow(block)
        count += 1
    return count
