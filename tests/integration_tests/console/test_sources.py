"""The console's own sources: their types, style and format, by the tools that `make console` installs."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.paths import ROOT


def make(target: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", "-C", str(ROOT), target, "ARGS="]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.node
@pytest.mark.slow
def test_the_types_and_the_style_of_the_console_are_right() -> None:
    if shutil.which("npm") is None:
        pytest.skip("Node.js with npm is not installed")
    installed = make(".cache/console/.stamp")
    if installed.returncode:
        pytest.skip(f"npm could not install what checks the console: {installed.stderr.strip()[-300:]}")
    checked = make("console")
    assert checked.returncode == 0, checked.stdout + checked.stderr
