"""Tries the installed wheel as its first user would: no extras, no pytest, and not this checkout."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
from functools import partial
from importlib.metadata import requires, version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import langchain_customerio
from langchain_customerio import ConfigurationError, CustomerioPipelinesToolkit, PipelinesClient
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.tools import BaseTool

STRICT = "enable_strict_validation"
TOOLS = {
    "customerio_identify_person_and_assign_traits": STRICT,
    "customerio_track_user_event": STRICT,
    "customerio_send_page_view_event": "enable_strict_mode",
    "customerio_send_screen_view_event": STRICT,
    "customerio_add_to_group": STRICT,
    "customerio_alias_user_identity": STRICT,
    "customerio_send_batch_requests": "enable_strict_mode",
}
PERSON = {"userId": "ada", "traits": {"plan": "pro"}}


def only_what_the_core_needs_is_here() -> None:
    """Nothing of an extra is installed, and the package is not the checkout's."""
    extras = [line for line in requires("langchain-customerio") or [] if "extra ==" in line]
    assert extras, "the wheel declares its extras"
    for module in ("langgraph", "starlette", "uvicorn", "pytest", "rich", "typer"):
        assert importlib.util.find_spec(module) is None, f"{module} is installed"
    assert "site-packages" in langchain_customerio.__file__
    assert langchain_customerio.__version__ == version("langchain-customerio")


def every_public_name_is_there() -> None:
    """What `__all__` promises can be imported."""
    for name in langchain_customerio.__all__:
        assert getattr(langchain_customerio, name) is not None
    marker = importlib.util.find_spec("langchain_customerio")
    assert marker is not None
    assert marker.origin is not None
    assert Path(marker.origin).with_name("py.typed").exists()


def the_page_of_the_console_is_in_the_wheel() -> None:
    """With its styles and scripts."""
    page = files("langchain_customerio.sandbox.console") / "page"
    for name in ("index.html", "icon.svg", "css/tokens.css", "js/main.js", "js/parts/call-list.js"):
        assert (page / name).is_file(), name


def without_a_key_one_is_told_how_to_set_it() -> None:
    """The first thing that goes wrong for a newcomer says what to do."""
    os.environ.pop("CUSTOMERIO_API_KEY", None)
    try:
        PipelinesClient()
    except ConfigurationError as error:
        assert "CUSTOMERIO_API_KEY" in str(error)
    else:
        raise AssertionError("a client was made without a key")


def without_its_extra_the_command_says_how_to_get_it() -> None:
    """The script is installed in any case; one line and no traceback."""
    script = Path(sys.executable).with_name("langchain-customerio")
    ended = subprocess.run([script, "check"], check=False, capture_output=True, text=True)
    expected = (2, "", "The command needs an extra: pip install 'langchain-customerio[cli]'\n")
    assert (ended.returncode, ended.stdout, ended.stderr) == expected, ended


def the_tools_are_the_seven_of_the_table() -> None:
    """Names and arguments are what agents are built on."""
    tools = CustomerioPipelinesToolkit(client=Sandbox().client()).get_tools()
    found = {tool.name: set(tool.args) for tool in tools}
    assert found == {name: {"mode", strict, "request_body"} for name, strict in TOOLS.items()}, found


def ask(tool: BaseTool, half: str, **arguments: str) -> dict[str, Any]:
    """Run a tool through `invoke` or `ainvoke`."""
    answer: dict[str, Any] = tool.invoke(arguments) if half == "sync" else asyncio.run(tool.ainvoke(arguments))
    return answer


def both_modes_of_every_tool_work(half: str) -> None:
    """The example that a tool gives for its body is taken when it is sent."""
    for tool in CustomerioPipelinesToolkit(client=Sandbox().client()).get_tools():
        schema = ask(tool, half, mode="get_request_schema")
        assert set(schema) == {"request_body_schema", "example", "instructions"}, schema
        body = json.dumps(schema["example"])
        permissive = ask(tool, half, mode="execute", request_body=body)
        assert permissive["status"] == "received", (tool.name, permissive)
        strict = ask(tool, half, mode="execute", request_body=body, **{TOOLS[tool.name]: "1"})
        assert strict["status"] == "accepted", (tool.name, strict)


def what_was_sent_arrived(half: str) -> None:
    """The far end holds the person that the tool identified."""
    sandbox = Sandbox()
    identify = CustomerioPipelinesToolkit(client=sandbox.client()).get_tools()[0]
    ask(identify, half, mode="execute", request_body=json.dumps(PERSON))
    assert "ada" in sandbox.people


def main() -> None:
    """Run every trial; the first that fails ends the run with its traceback."""
    trials: list[Callable[[], None]] = [
        only_what_the_core_needs_is_here,
        every_public_name_is_there,
        the_page_of_the_console_is_in_the_wheel,
        without_a_key_one_is_told_how_to_set_it,
        without_its_extra_the_command_says_how_to_get_it,
        the_tools_are_the_seven_of_the_table,
        *(partial(both_modes_of_every_tool_work, half) for half in ("sync", "async")),
        *(partial(what_was_sent_arrived, half) for half in ("sync", "async")),
    ]
    for trial in trials:
        trial()
    print(
        f"smoke: {len(trials)} trials passed, langchain-customerio {langchain_customerio.__version__},"
        f" Python {sys.version_info.major}.{sys.version_info.minor}"
    )


if __name__ == "__main__":
    main()
