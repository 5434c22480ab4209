"""Finding calls, and reading why there are none."""

from __future__ import annotations

import pytest
from inline_snapshot import snapshot

from tests.unit_tests.sandbox.driver import identify, make, post, track


def test_calls_are_found_by_their_fields_in_either_spelling() -> None:
    sandbox = make()
    track(sandbox, "Paid", userId="ada", properties={"total": 20, "items": [1, 2]})
    track(sandbox, "Paid", userId="bob", properties={"total": 30})
    identify(sandbox, "ada", plan="pro")
    assert [call.call["event"] for call in sandbox.calls("track", user_id="ada")] == ["Paid"]
    assert sandbox.calls("track", user_id="ada") == sandbox.calls("track", userId="ada")
    assert [call.type for call in sandbox.calls(user_id="ada")] == ["track", "identify"]
    assert len(sandbox.calls()) == 3
    assert len(sandbox.calls("track", properties={"total": 20})) == 1
    assert sandbox.calls("track", properties={"total": 20, "items": [1]}) == []
    assert sandbox.calls("page") == []


def test_batch_items_are_found_one_by_one() -> None:
    sandbox = make()
    items = [{"type": "track", "userId": "ada", "event": f"E{number}"} for number in range(3)]
    post(sandbox, "/batch", {"batch": items})
    assert [call.index for call in sandbox.calls("track", event="E1")] == [1]


def test_only_stored_calls_are_found_unless_others_are_asked_for() -> None:
    sandbox = make()
    post(sandbox, "/track", {"userId": "ada"})
    post(sandbox, "/track", {"userId": "ada"}, strict=True)
    assert sandbox.calls("track") == []
    assert [call.outcome for call in sandbox.calls("track", outcome=None)] == ["dropped", "rejected"]
    assert [call.outcome for call in sandbox.calls("track", outcome="dropped")] == ["dropped"]


def test_an_assertion_gives_what_it_found() -> None:
    sandbox = make()
    track(sandbox, "Paid", userId="ada")
    assert sandbox.assert_called("track", user_id="ada") == sandbox.calls("track")
    assert sandbox.assert_called("track", user_id="ada", times=1) == sandbox.calls("track")
    assert sandbox.assert_called("track", user_id="bob", times=0) == []


def test_an_assertion_that_fails_shows_the_nearest_calls_and_how_they_differ() -> None:
    sandbox = make()
    identify(sandbox, "ada", plan="pro")
    track(sandbox, "Order Complete", userId="ada", properties={"sum": 20, "note": "x" * 300})
    track(sandbox, "Order Completed", userId="bob", properties={"sum": 20})
    post(sandbox, "/track", {"userId": "ada", "properties": {"sum": 20}})
    with pytest.raises(AssertionError) as caught:
        sandbox.assert_called("track", user_id="ada", event="Order Completed", properties={"sum": 20, "note": "y"})
    assert str(caught.value) == snapshot("""\
expected at least 1 accepted track(userId="ada", event="Order Completed", properties={"sum": 20, "note": "y"}), found 0
4 calls have arrived. The nearest (- expected, + arrived):
  request 2, track, accepted
    - event: "Order Completed"
    + event: "Order Complete"
    - properties.note: "y"
    + properties.note: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
  request 3, track, accepted
    - userId: "ada"
    + userId: "bob"
    - properties.note: "y"
    + properties.note: (absent)
  request 4, track, dropped: event is required
    - event: "Order Completed"
    + event: (absent)
    - properties.note: "y"
    + properties.note: (absent)
    - outcome: "accepted"
    + outcome: "dropped"\
""")


def test_an_assertion_on_an_empty_sandbox_says_that_nothing_came() -> None:
    with pytest.raises(AssertionError) as caught:
        make().assert_called("track", outcome=None)
    assert str(caught.value) == snapshot("""\
expected at least 1 track(), found 0
No call has arrived.\
""")


def test_an_assertion_counts() -> None:
    sandbox = make()
    track(sandbox, "Paid", userId="ada")
    track(sandbox, "Paid", userId="ada")
    with pytest.raises(AssertionError) as caught:
        sandbox.assert_called("track", event="Paid", times=1)
    assert str(caught.value) == snapshot('expected exactly 1 accepted track(event="Paid"), found 2')
    with pytest.raises(AssertionError) as caught:
        sandbox.assert_called(times=3)
    assert str(caught.value) == snapshot("expected exactly 3 accepted call(), found 2")


def test_what_is_compared_with_need_not_be_json() -> None:
    sandbox = make()
    track(sandbox, "Paid", userId="ada", properties={"total": 20.1 + 0.2})
    sandbox.assert_called("track", properties={"total": pytest.approx(20.3)})
    with pytest.raises(AssertionError, match=r"- properties.total: 20.4 ± "):
        sandbox.assert_called("track", properties={"total": pytest.approx(20.4)})


def test_a_request_without_a_call_in_it_is_named() -> None:
    sandbox = make()
    post(sandbox, "/batch", {"batch": [1]})
    with pytest.raises(AssertionError) as caught:
        sandbox.assert_called("track")
    assert str(caught.value) == snapshot("""\
expected at least 1 accepted track(), found 0
1 call has arrived. The nearest (- expected, + arrived):
  request 1, no call, dropped: the item is not a JSON object
    - type: "track"
    + type: (absent)
    - outcome: "accepted"
    + outcome: "dropped"\
""")
