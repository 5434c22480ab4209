"""The feed: what a page is sent, and what it gets when it comes back."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio.sandbox.console.feed import Feed
from tests.unit_tests.sandbox.driver import AT, identify, make, post, track

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_customerio.sandbox.app import App

Message = tuple[str, Any, str]


class Page:
    """Reads a feed, a tick at a time."""

    def __init__(self, app: App, last_event_id: str = "", **params: str) -> None:
        self._messages = Feed(app, params, last_event_id).messages()
        self.last_event_id = last_event_id
        self.comments = 0

    def tick(self) -> list[Message]:
        found: list[Message] = []
        while message := self._next():
            fields = dict(line.split(": ", 1) for line in message.decode().splitlines() if ": " in line)
            if not fields:
                self.comments += 1
                continue
            self.last_event_id = fields.get("id", self.last_event_id)
            found.append((fields["event"], json.loads(fields["data"]), fields.get("id", "")))
        return found

    def numbers(self) -> list[int]:
        """Return the requests whose calls a tick brings."""
        return [row["number"] for event, data, _ in self.tick() if event == "calls" for row in data["rows"]]

    def _next(self) -> bytes:
        """Take the next message. The feed waits for nothing, so that it needs no event loop."""
        step = anext(self._messages).__await__()
        while True:
            try:
                next(step)
            except StopIteration as done:
                message: bytes = done.value
                return message


def send(app: App, *numbers: int) -> None:
    for number in numbers:
        track(app, f"E{number}", userId="ada")  # type: ignore[arg-type]  # the driver speaks to any sandbox


def test_a_page_that_starts_gets_what_is_there_and_then_what_arrives() -> None:
    sandbox = make()
    send(sandbox, 1, 2)
    page = Page(sandbox)
    (reset, calls, state) = page.tick()
    assert reset[:2] == ("reset", {"run": sandbox.run, "record": True})
    assert [row["what"] for row in calls[1]["rows"]] == ["E1", "E2"]
    assert (calls[1]["skipped"], calls[2]) == (0, f"{sandbox.run}.2.0")
    assert state[0] == "state"
    assert page.tick() == []
    send(sandbox, 3)
    assert page.numbers() == [3]


def test_the_state_has_the_numbers_beside_the_calls() -> None:
    sandbox = make()
    send(sandbox, 1)
    post(sandbox, "/track", {})
    identify(sandbox, "bob")
    post(sandbox, "/alias", {"previousId": "old", "userId": "bob"})
    sandbox.fail(status=503, times=2, after=1, endpoint="/track")
    ((_, state, _),) = Page(sandbox, calls="no").tick()[1:]
    assert state == {
        "counts": {"requests": 4, "calls": 4, "bytes": sandbox.counts["bytes"]},
        "labels": {"accepted": 3, "dropped": 1},
        "seconds": {str(int(AT.timestamp())): {"accepted": 3, "dropped": 1}},
        "reasons": [
            {
                "outcome": "dropped",
                "reason": "event is required; userId or anonymousId or groupId is required",
                "times": 1,
            }
        ],
        "holds": {"people": 2, "anonymous": 0, "objects": 0, "events": 1, "identifiers": 1},
        "faults": [{"text": "answered 503 by an injected fault", "endpoint": "/track", "after": 1, "times": 2}],
        "now": AT.timestamp(),
    }


@pytest.mark.parametrize("change", [lambda sandbox: sandbox.fail(delay=1), lambda sandbox: send(sandbox, 1)])
def test_the_state_comes_when_something_has_changed_and_only_then(change: Callable[[App], None]) -> None:
    sandbox = make()
    page = Page(sandbox)
    page.tick()
    assert page.tick() == []
    change(sandbox)
    assert [event for event, _, _ in page.tick()][-1] == "state"
    assert page.tick() == []


def test_a_quiet_feed_shows_now_and_then_that_it_is_alive() -> None:
    page = Page(make())
    for _ in range(250):
        page.tick()
    assert page.comments == 2


def test_a_page_that_comes_back_gets_what_it_missed() -> None:
    sandbox = make()
    send(sandbox, 1, 2)
    page = Page(sandbox)
    page.tick()
    send(sandbox, 3, 4)
    again = Page(sandbox, page.last_event_id)
    found = again.tick()
    assert [event for event, _, _ in found] == ["calls", "state"]
    assert [row["number"] for row in found[0][1]["rows"]] == [3, 4]


def test_a_page_that_was_cut_off_within_a_batch_gets_the_rest_of_it() -> None:
    sandbox = make()
    items = [{"type": "track", "userId": "ada", "event": f"E{number}"} for number in range(4)]
    post(sandbox, "/batch", {"batch": items})
    send(sandbox, 5)
    (calls, _) = Page(sandbox, f"{sandbox.run}.1.1").tick()
    assert [row["what"] for row in calls[1]["rows"]] == ["E2", "E3", "E5"]


def test_after_a_reset_a_page_starts_again() -> None:
    sandbox = make()
    send(sandbox, 1, 2, 3)
    page = Page(sandbox)
    page.tick()
    sandbox.reset()
    send(sandbox, 4)
    found = page.tick()
    assert [event for event, _, _ in found] == ["reset", "calls", "state"]
    assert [row["what"] for row in found[1][1]["rows"]] == ["E4"]
    assert Page(sandbox, "an-older-run.3.0").tick()[0][0] == "reset"


@pytest.mark.parametrize("last", ["", "nonsense", "a.b.c", "a.1", "..", "{run}.x.0", "{run}.99.0"])
def test_an_event_id_that_makes_no_sense_does_no_harm(last: str) -> None:
    sandbox = make()
    send(sandbox, 1)
    page = Page(sandbox, last.format(run=sandbox.run))
    page.tick()
    send(sandbox, 2)
    assert page.numbers() == [2]


def test_what_a_page_cannot_show_is_passed_over_and_counted() -> None:
    sandbox = make()
    send(sandbox, *range(3))
    page = Page(sandbox)
    page.tick()
    batch = [{"type": "track", "userId": "ada", "event": "E"}] * 300
    for _ in range(6):
        post(sandbox, "/batch", {"batch": batch})
    calls = [data for event, data, _ in page.tick() if event == "calls"]
    rows = [row["number"] for data in calls for row in data["rows"]]
    assert (set(rows), len(rows), [data["skipped"] for data in calls]) == ({6, 7, 8, 9}, 1_200, [2, 0])
    assert page.tick() == []


def test_a_page_that_starts_gets_the_newest_ten_thousand_that_it_asks_for() -> None:
    sandbox = make()
    batch = [{"type": "track", "userId": "ada", "event": "E"}] * 500
    track(sandbox, "Rare", userId="ada")
    for _ in range(21):
        post(sandbox, "/batch", {"batch": batch})
    calls = [data for event, data, _ in Page(sandbox).tick() if event == "calls"]
    assert (sum(len(data["rows"]) for data in calls), calls[0]["skipped"]) == (10_000, 2)
    assert max(len(data["rows"]) for data in calls) == 1_000
    assert Page(sandbox, q="rare").numbers() == [1]


def test_only_what_the_search_admits_is_sent() -> None:
    sandbox = make()
    page = Page(sandbox, type="identify", q="pro")
    send(sandbox, 1)
    identify(sandbox, plan="pro")
    identify(sandbox, plan="free")
    assert page.numbers() == [2]
    assert Page(sandbox, calls="no").numbers() == []


def test_a_sandbox_that_only_counts_has_numbers_and_no_calls() -> None:
    sandbox = make(record=False)
    send(sandbox, 1, 2)
    (reset, state) = Page(sandbox).tick()
    assert reset[1]["record"] is False
    assert (state[1]["labels"], state[1]["holds"]["people"]) == ({"accepted": 2}, 0)


def test_other_tasks_get_their_turn_while_a_long_ledger_is_searched() -> None:
    sandbox = make()
    send(sandbox, *range(2_500))
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def search() -> None:
        counting = asyncio.create_task(count())
        async for message in Feed(sandbox, {"q": "nothing"}, "").messages():
            if not message:
                break
        counting.cancel()

    asyncio.run(search())
    assert turns >= 2
