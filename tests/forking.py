"""A program that uses a client and forks: `python -m tests.forking BASE_URL sync|async` prints what its processes saw.

The far end answers with the `messageId` of the call that it answers, so that an answer to another call shows.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from langchain_customerio import PipelinesClient, Receipt, Track

CHILDREN, CALLS = 4, 60


def send(client: PipelinesClient, who: str, mode: str) -> list[Receipt]:
    """Send some calls at once."""
    calls = [Track(user_id=who, event=f"E{number}") for number in range(CALLS)]
    if mode == "sync":
        with ThreadPoolExecutor(4) as threads:
            return list(threads.map(client.send, calls))

    async def life() -> list[Receipt]:
        return list(await asyncio.gather(*(client.asend(call) for call in calls)))

    return asyncio.run(life())


def told(receipts: list[Receipt]) -> dict[str, int]:
    """Count what came, and what was an answer to another call."""
    return {
        "sent": len(receipts),
        "mixed up": sum(receipt.response_json != {"echo": receipt.message_id} for receipt in receipts),
    }


def main(base_url: str, mode: str) -> None:
    """Use a client, fork, and go on in all processes at once: with the connections that were idle at the fork."""
    client = PipelinesClient("a-key", base_url=base_url)
    send(client, "before", mode)
    starting, start = os.pipe()
    pipes = []
    for child in range(CHILDREN):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.read(starting, 1)
            os.write(writing, json.dumps(told(send(client, f"child {child}", mode))).encode())
            os._exit(0)
        os.close(writing)
        pipes.append(reading)
    os.write(start, bytes(CHILDREN))
    found = [told(send(client, "parent", mode))]
    for reading in pipes:
        with os.fdopen(reading) as pipe:
            found.append(json.loads(pipe.read() or '{"sent": 0, "mixed up": 0}'))
        os.wait()
    client.close()
    print(json.dumps({name: [each[name] for each in found] for name in ("sent", "mixed up")}))  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main(*sys.argv[1:])
