"""A load is planned with what its client says."""

from __future__ import annotations

from langchain_customerio import Policy
from langchain_customerio.bulk import load
from langchain_customerio.sandbox import Sandbox


def test_the_policy_of_the_client_is_that_of_its_loads() -> None:
    sandbox = Sandbox()
    events = [{"type": "track", "userId": "ada", "event": name} for name in ("Paid", "Seen")]
    with sandbox.client(policy=Policy(events=["Paid"])) as client:
        report = load(client, events)
    assert (report.delivered, report.refused + report.dead_lettered) == (1, 1)
    assert [event.name for event in sandbox.events] == ["Paid"]
