"""A history of events, moved into Customer.io from a file: in bulk, resumable, and with nothing lost on the way.

As it is, it runs offline, against a sandbox in memory, and fails if the sandbox does not hold what it should:

    python examples/backfill.py

The same from the command line, with the package's extra `cli`, and CUSTOMERIO_API_KEY set:

    langchain-customerio load history.jsonl --strict
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from langchain_customerio.bulk import LoadStoppedError, load
from langchain_customerio.sandbox import Sandbox

PEOPLE, EVENTS = 500, 20_000


def write_history(path: Path) -> None:
    """Write people, what they did, and two lines that went wrong somewhere."""
    with path.open("w") as file:
        for person in range(PEOPLE):
            file.write(json.dumps({"type": "identify", "userId": f"p{person}", "traits": {"plan": "pro"}}) + "\n")
        for number in range(EVENTS):
            order = {"orderId": f"o-{number}", "total": number / 4}
            event = {"type": "track", "userId": f"p{number % PEOPLE}", "event": "Order Completed", "properties": order}
            file.write(json.dumps({**event, "timestamp": "2026-11-20T10:00:00Z"}) + "\n")
        file.write('{"type": "track", "userId": "p7", "event": "Order Comp\n')
        file.write('{"type": "identify", "userId": "p8", "email": "ada@example.com"}\n')


def corrected(entry: str) -> str:
    """Do what a person would do with a line of the dead-letter file."""
    letter = json.loads(entry)
    print("refused:", letter["dead_letter"]["reason"])
    if "text" in letter:
        return json.dumps({"type": "track", "userId": "p7", "event": "Order Completed"})
    email = letter["call"].pop("email")
    return json.dumps({**letter["call"], "traits": {"email": email}})


def main() -> int:
    sandbox = Sandbox()
    with TemporaryDirectory() as folder, sandbox.client() as client:
        history, refused, checkpoint = (Path(folder, name) for name in ("history.jsonl", "refused.jsonl", "checkpoint"))
        write_history(history)

        sandbox.fail(status=401, after=3)  # half-way, somebody revokes the key
        try:
            load(client, history, strict=True, checkpoint=checkpoint, dead_letter=refused, workers=2)
        except LoadStoppedError as error:
            print(error, end="\n\n")

        report = load(client, history, strict=True, checkpoint=checkpoint, dead_letter=refused, resume=True)
        print(report, end="\n\n")

        repaired = Path(folder, "repaired.jsonl")
        repaired.write_text("\n".join(map(corrected, refused.read_text().splitlines())))
        print(load(client, repaired, strict=True))

    ids = [call.message_id for call in sandbox.accepted_calls]
    print(f"\nThe sandbox holds {len(sandbox.people)} people and {len(sandbox.events):,} events.")
    right = (
        (report.read, report.delivered, report.dead_lettered) == (PEOPLE + EVENTS + 2, PEOPLE + EVENTS, 2)
        and (len(sandbox.people), len(sandbox.events)) == (PEOPLE, EVENTS + 1)
        and len(set(ids)) == len(ids) == PEOPLE + EVENTS + 2
    )
    print("✓ Every line arrived, and none arrived twice." if right else "✗ That is not what it should hold.")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
