"""Shared by the examples: draws tool calls, their results and a workspace on the terminal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from langchain_core.messages import ToolMessage
from rich import box
from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from langchain_customerio import Receipt
from story import held

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from langchain_core.messages import BaseMessage
    from rich.console import ConsoleOptions, RenderableType, RenderResult

    from langchain_customerio.sandbox import Sandbox


def console_for(stream: TextIO) -> Console:
    """Return a console of at most 100 columns, which never fails on a letter that the terminal lacks."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
    console = Console(file=stream, highlight=False)
    console.width = min(console.width, 100)
    return console


@dataclass(frozen=True)
class Json:
    """Shows JSON, also JSON in a string, with as few line breaks as the width allows."""

    value: object

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        text = Text(laid_out(self._parsed(), options.max_width))
        JSONHighlighter().highlight(text)
        yield text

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        longest = min(len(json.dumps(self._parsed(), ensure_ascii=False)), options.max_width)
        return Measurement(min(longest, 24), longest)

    def _parsed(self) -> object:
        try:
            return json.loads(self.value) if isinstance(self.value, str) else self.value
        except ValueError:
            return self.value


def laid_out(value: object, width: int, column: int = 0) -> str:
    """Write JSON in lines no longer than `width` where it can be done; `column` is where its first letter stands."""
    line = json.dumps(value, ensure_ascii=False)
    if column + len(line) <= width or not value or not isinstance(value, dict | list):
        return line
    text, at = line[0], column + 1
    for name, item in _named(value):
        if len(text) > 1:
            fits = isinstance(value, dict) and at + len(f", {name}{json.dumps(item, ensure_ascii=False)},") <= width
            text += ", " if fits else f",\n{' ' * (column + 1)}"
            at = at + 2 if fits else column + 1
        text += name + laid_out(item, width - 1, at + len(name))
        at = len(text) - text.rfind("\n") - 1 + (0 if "\n" in text else column)
    return text + line[-1]


def _named(value: dict[str, Any] | list[Any]) -> Iterator[tuple[str, object]]:
    if isinstance(value, list):
        yield from (("", item) for item in value)
    else:
        yield from ((f"{json.dumps(key, ensure_ascii=False)}: ", item) for key, item in value.items())


def indented(shown: RenderableType) -> Padding:
    """Move something to the right."""
    return Padding(shown, (0, 0, 0, 2), expand=False)


def request(tool: str, arguments: dict[str, Any]) -> Iterator[RenderableType]:
    """Show a tool call: the tool, its mode and the body."""
    yield Text.assemble(("→ ", "cyan"), (tool, "bold"), "  ", (str(arguments.get("mode", "")), "dim"))
    if arguments.get("mode") != "get_request_schema":
        yield indented(Json(arguments.get("request_body")))


def result(message: ToolMessage) -> Iterator[RenderableType]:
    """Show what a tool answered: a refusal as the agent reads it, a receipt in a line, a schema by its fields."""
    if is_error(message):
        yield Text.assemble(("✗ ", "bold red"), (message.text, "red"))
    elif isinstance(receipt := message.artifact, Receipt):
        count = f"{len(receipt.message_ids)} calls, first " if receipt.call == "batch" else ""
        told = f"  {count}{receipt.message_id}"
        yield Text.assemble(("✓ ", "bold green"), (receipt.status, "green"), (told, "dim"))
        yield from (Text(f"  {line}", "yellow") for line in (*receipt.warnings, *receipt.corrections))
    else:
        fields = message.artifact.get("request_body_schema", {}).get("properties", {})
        yield Text.assemble(("✓ ", "bold green"), ("schema", "green"), f" of {', '.join(fields)}")


def is_error(message: BaseMessage) -> bool:
    """Whether a message tells the agent that a call was refused."""
    return isinstance(message, ToolMessage) and message.status == "error"


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
    """Draw a table; what is not text is shown as JSON."""
    drawn = Table(title=title, title_justify="left", title_style="bold cyan", box=box.ROUNDED, expand=True)
    *narrow, wide = columns
    for name in narrow:
        drawn.add_column(name, header_style="dim")
    drawn.add_column(wide, ratio=1, header_style="dim")
    for row in rows:
        drawn.add_row(*(Text(cell) if isinstance(cell, str) else Json(cell) for cell in row))
    return drawn


def workspace(sandbox: Sandbox) -> Iterator[RenderableType]:
    """Draw what a sandbox holds, and how it came there."""
    found, counts = held(sandbox), sandbox.counts
    yield table("People", ("id", "traits"), found["people"].items())
    yield table("Groups", ("id", "traits"), found["groups"].items())
    yield table("Members", ("person", "group", "relationship"), found["members"])
    yield table("Events", ("person", "call", "name", "properties"), found["events"])
    calls, kept = counts.get("calls", 0), counts.get("calls.accepted", 0)
    yield Text(f"{counts.get('requests', 0)} requests arrived with {calls} calls; {kept} of these were kept.", "dim")


def receipts(messages: Iterable[BaseMessage]) -> RenderableType:
    """Draw what became of each call in a real workspace, which nothing can be read back from."""
    artifacts = [each.artifact for each in messages if isinstance(each, ToolMessage)]
    found = [each for each in artifacts if isinstance(each, Receipt)]
    rows = [(each.call, each.status, str(each.http_status), ", ".join(each.message_ids)) for each in found]
    return table("Receipts", ("call", "status", "HTTP", "message ids"), rows)
