"""A person imports a list of customers: looks first, loads, reads what was refused, and corrects it.

    python examples/csv_import.py

It uses the command line as a person would, and runs offline, against a sandbox on loopback.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from langchain_customerio.sandbox import Sandbox

CUSTOMERS = """customer_id,email,plan,joined
ada,ada@example.com,pro,2026-11-02
grace,grace@example.com,free,2026-11-03
,nobody@example.com,free,2026-11-04
alan,alan@example.com,pro,2026-11-05
"""

MAP = ["--as", "identify", "--map", "userId=customer_id", "--map", "traits.email=email", "--map", "traits.plan=plan"]


def command(*arguments: str, environment: dict[str, str], expected: int = 0) -> str:
    """Type a command, show it and what it says, and return that."""
    shown = " ".join(
        argument if argument.startswith("-") or "=" in argument else Path(argument).name for argument in arguments
    )
    print(f"$ langchain-customerio {shown}")
    done = subprocess.run(  # noqa: S603 - the interpreter, with the arguments below
        [sys.executable, "-m", "langchain_customerio.cli", *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    print(f"{done.stdout}{done.stderr}")
    assert done.returncode == expected, done.returncode
    return done.stdout


def main() -> None:
    sandbox = Sandbox()
    with TemporaryDirectory() as folder, sandbox.serve(port=0) as api:
        environment = {"CUSTOMERIO_API_KEY": sandbox.any_key, "CUSTOMERIO_BASE_URL": api.base_url, "NO_COLOR": "1"}
        file = Path(folder) / "customers.csv"
        file.write_text(CUSTOMERS, encoding="utf-8")

        command("load", str(file), *MAP, "--dry-run", environment=environment, expected=1)
        assert not sandbox.people

        command("load", str(file), *MAP, "--strict", "--yes", environment=environment, expected=1)
        assert set(sandbox.people) == {"ada", "grace", "alan"}, sandbox.people
        [letter] = Path(f"{file}.dead-letter.jsonl").read_text(encoding="utf-8").splitlines()
        assert "nobody@example.com" in letter, letter

        corrected = Path(folder) / "corrected.csv"
        corrected.write_text(CUSTOMERS.replace("\n,nobody@", "\nnoor,noor@"), encoding="utf-8")
        command("load", str(corrected), *MAP, "--strict", "--yes", environment=environment)
    traits = {name: person.traits for name, person in sandbox.people.items()}
    assert traits["noor"] == {"email": "noor@example.com", "plan": "free"}, traits
    assert set(traits) == {"ada", "grace", "alan", "noor"}, traits
    print("✓ Four customers are there, and the line that was wrong was kept until it was right.")


if __name__ == "__main__":
    main()
