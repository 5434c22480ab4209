"""A trial: a load that is disturbed again and again until it is complete, and a judge who looks at what came of it."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.chaos.far_end import KINDS, PASSING, STOPPING, FarEnd, Trouble
from tests.chaos.records import ROWS, SOURCES, is_alias, is_bad, is_refused, number_of, write
from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COUNT = 400
DISTURBED = 10
MOST_RUNS = 40
HANGS = 60.0  # seconds without a word


class Loader:
    """The process that loads on command."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.chaos.loader"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def ask(self, what: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps(what)}\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], HANGS)[0]:
            raise Violation("it hangs")
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


class Violation(AssertionError):  # noqa: N818 - a broken promise
    """A promise of the loader was broken."""


@dataclass
class Trial:
    """A source, a way to load it, and all that goes wrong.

    Attributes:
        seed: Decides what goes wrong, and when.
        source: Kind of the source.
        mode: `load` or `aload`.
        ordered: Whether each person's calls are to stay in order.
        sabotage: How the loader is broken on purpose.
    """

    loader: Loader
    folder: Path
    seed: int
    source: str
    mode: str
    ordered: bool
    sabotage: str | None = None
    kills: int = 0
    met: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - the same trial in every run
        strict = self.random.random() < 0.8
        lanes = self.random.randint(1, 4)
        self.options = {"ordered": self.ordered, "strict": strict, "gzip": self.random.random() < 0.3}
        self.lanes = {"workers": lanes} if self.ordered else {}
        self.gentle = self.random.random() < 0.4
        stores_the_rest = not self.gentle and self.random.random() < 0.3
        self.far_end = FarEnd(lambda item: is_refused(number_of(item)), stores_the_rest=stores_the_rest)
        write(self.folder, self.source, COUNT)

    def run(self) -> None:
        """Load until it is complete, and judge.

        Raises:
            Violation: If a promise was broken.
        """
        with self.far_end:
            for trouble in self._troubles():
                if self._once(trouble) == 0:
                    break
            else:
                raise Violation("it never comes to an end")
            self._judge()

    def _troubles(self) -> Iterator[Trouble]:
        """Give what each process meets, and nothing in the end.

        In a gentle trial no answer is lost and no process killed at once, so that no record may be sent twice.
        """
        known = PASSING | STOPPING
        kinds = [name for name in KINDS if not (self.gentle and name in known and known[name].stored)]
        weapons = [signal.SIGTERM, signal.SIGINT, *([] if self.gentle else [signal.SIGKILL] * 3)]
        for number in range(MOST_RUNS):
            calm = number >= DISTURBED
            chosen = [] if calm else self.random.sample(kinds, 4)
            chances = {kind: self.random.uniform(0.01, 0.2 if kind not in STOPPING else 0.04) for kind in chosen}
            trouble = Trouble(self.random.getrandbits(32), chances)
            if not calm and self.random.random() < 0.7:
                trouble.weapon = self.random.choice(weapons)
                trouble.after = self.random.randint(1, 25)
                trouble.before_storing = self.random.random() < 0.5
            yield trouble

    def _once(self, trouble: Trouble) -> int:
        for name in ("report", "why"):
            (self.folder / name).unlink(missing_ok=True)
        command = {
            "source": self.source,
            "mode": self.mode,
            "folder": str(self.folder),
            "count": COUNT,
            "address": self.far_end.address,
            "sabotage": self.sabotage,
            "max_batch": self.random.randint(3, 30),
            "options": {"workers": self.random.randint(1, 6), **self.options, **self.lanes},
        }
        process = self.loader.ask(command)["process"]
        self.far_end.troubles[process] = trouble
        try:
            status = self.loader.ask({})["status"]
        except Violation:
            os.kill(process, signal.SIGKILL)
            raise
        return self._ended(status, trouble)

    def _ended(self, status: int, trouble: Trouble) -> int:
        self.met |= set(trouble.met)
        self.kills += status == -signal.SIGKILL
        if status not in {0, 3, -signal.SIGKILL}:
            raise Violation(f"it ended with {status}: {self._text('why')}")
        return int(status)

    def _text(self, name: str) -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""

    # The judge

    def _judge(self) -> None:
        bad = {n for n in range(COUNT) if is_bad(n)}
        refused = {n for n in range(COUNT) if is_refused(n) and not (is_alias(n) and self.source not in ROWS)} - bad
        refused |= {n for n in range(COUNT) if is_refused(n)} - bad
        good = set(range(COUNT)) - bad - refused
        first = self._arrivals(good)
        self._dead_letters(bad | refused)
        self._figures(len(good), len(bad | refused))
        if self.ordered:
            self._order(first)
        left = {path.name for path in self.folder.iterdir()} - {"checkpoint", "letters", "report", "why", "pipe.jsonl"}
        if strange := sorted(name for name in left if not name.startswith("events.")):
            raise Violation(f"files were left behind: {strange}")

    def _arrivals(self, good: set[int]) -> list[int]:
        """Return the records in the order of their first arrival."""
        ids: dict[int, set[str]] = {}
        for item in self.far_end.stored:
            ids.setdefault(number_of(item), set()).add(item["messageId"])
        if missing := sorted(good - ids.keys()):
            raise Violation(f"records are missing: {missing}")
        if strange := sorted(ids.keys() - good):
            raise Violation(f"records were sent that should not be: {strange}")
        if twice := [number for number, found in ids.items() if len(found) > 1]:
            raise Violation(f"records have two ids: {twice}")
        if len(set.union(*ids.values())) < len(ids):
            raise Violation("two records have one id")
        if len(self.far_end.stored) > len(ids) and self.gentle:
            raise Violation(f"{len(self.far_end.stored) - len(ids)} records were repeated, and no answer was lost")
        return list(ids)

    def _dead_letters(self, expected: set[int]) -> None:
        lines = (self.folder / "letters").read_bytes().splitlines()
        header = 1 if self.source == "csv" else 0
        found = sorted(json.loads(text)["dead_letter"]["position"] - 1 - header for text in lines)
        if found != sorted(expected):
            raise Violation(f"the dead letters are {found} and not {sorted(expected)}")

    def _figures(self, good: int, bad: int) -> None:
        report = json.loads(self._text("report"))
        figures = {"read": COUNT, "delivered": good, "dead_lettered": bad, "refused": 0, "not_reached": 0}
        if (found := {name: report[name] for name in figures}) != figures:
            raise Violation(f"the report says {found} and not {figures}")
        if self.sabotage == "no checkpoint":
            return
        checkpoint = json.loads(self._text("checkpoint"))
        if (checkpoint["delivered"], checkpoint["dead_lettered"], checkpoint["complete"]) != (good, bad, True):
            raise Violation(f"the checkpoint says {checkpoint}")

    def _order(self, first: list[int]) -> None:
        last: dict[int, int] = {}
        merges = self.source not in ROWS
        for place, number in enumerate(first):
            person = number % 7
            if number < last.get(person, -1):
                raise Violation(f"{number} of person {person} arrived after {last[person]}")
            last[person] = number
            if merges and is_alias(number) and sorted(first[:place]) != [n for n in sorted(first) if n < number]:
                raise Violation(f"the merge {number} did not arrive between those before it and those after it")


def trials(
    loader: Loader, folder: Path, seed: int, sabotage: str | None = None, *, both: bool = True
) -> Iterator[Trial]:
    """Give a trial for each kind of source, one in order and the next not, with both ways to load or one of them."""
    for number, source in enumerate(SOURCES):
        modes = ("load", "aload") if both else (("load", "aload")[number // 2 % 2],)
        for mode in ("aload",) if source == "async objects" else modes:
            own = folder / f"{seed}-{source}-{mode}"
            own.mkdir()
            ordered = (number + (mode == "load") + seed) % 2 == 0
            yield Trial(loader, own, seed * 1_000 + number * 2 + (mode == "load"), source, mode, ordered, sabotage)
