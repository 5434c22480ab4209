"""Packages of Node.js that tests drive: installed once below `.cache`, or the test is skipped and says why."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def installed(package: Path) -> Path:
    """Return the `node_modules` for a `package.json`, or skip the test and say why there is none."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    wanted = package.read_bytes()
    home = ROOT / ".cache" / "node" / hashlib.sha256(wanted).hexdigest()[:12]
    if not home.exists():
        _install(npm, wanted, home)
    return home / "node_modules"


def _install(npm: str, wanted: bytes, home: Path) -> None:
    """Install beside the final place and move there: several test processes may do so at once."""
    beside = home.with_name(f"{home.name}.{os.getpid()}")
    beside.mkdir(parents=True)
    (beside / "package.json").write_bytes(wanted)
    command = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=beside, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            pytest.skip(f"npm could not install the packages: {done.stderr.strip()[-300:]}")
        if not home.exists():
            beside.rename(home)
    except (OSError, subprocess.TimeoutExpired) as error:
        if not home.exists():
            pytest.skip(f"npm could not install the packages: {error}")
    finally:
        shutil.rmtree(beside, ignore_errors=True)
