"""What is wrong with a request, and who gets to know it."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio.sandbox import Sandbox
from langchain_customerio.sandbox.http import CALLS
from tests.unit_tests.sandbox.driver import EMPTY, basic, bearer, identify, make, post, state, track

WRONG: list[tuple[str, Any, str]] = [
    ("/identify", {}, "userId or anonymousId is required"),
    ("/identify", {"userId": ""}, "userId or anonymousId is required"),
    ("/identify", {"userId": None}, "userId or anonymousId is required"),
    ("/identify", {"userId": 7}, "userId is not a string"),
    ("/identify", {"userId": "ada", "traits": []}, "traits is not an object"),
    ("/identify", {"userId": "ada", "context": "web"}, "context is not an object"),
    ("/identify", {"userId": "ada", "integrations": True}, "integrations is not an object"),
    ("/identify", {"userId": "ada", "messageId": 1}, "messageId is not a string"),
    ("/identify", {"userId": "ada", "timestamp": 1_700_000_000_000}, "timestamp is not an ISO 8601 time"),
    ("/identify", {"userId": "ada", "sentAt": "yesterday"}, "sentAt is not an ISO 8601 time"),
    ("/identify", {"traits": {"email": 5}}, "userId or anonymousId is required"),
    ("/track", {"userId": "ada"}, "event is required"),
    ("/track", {"userId": "ada", "event": 5}, "event is not a string"),
    ("/track", {"event": "E"}, "userId or anonymousId or groupId is required"),
    ("/track", {"userId": "ada", "event": "E", "properties": "x"}, "properties is not an object"),
    ("/page", {"name": "Home"}, "userId or anonymousId is required"),
    ("/screen", {"userId": "ada", "name": 1}, "name is not a string"),
    ("/group", {"userId": "ada"}, "groupId is required"),
    ("/group", {"groupId": "g", "traits": {"objectTypeId": 2}}, "traits.objectTypeId is not a string of digits"),
    ("/group", {"groupId": "g", "traits": {"object_type_id": "x"}}, "traits.object_type_id is not a string of digits"),
    (
        "/group",
        {"userId": "ada", "groupId": "g", "traits": {"relationshipAttributes": 1}},
        "traits.relationshipAttributes is not an object",
    ),
    (
        "/group",
        {"groupId": "g", "traits": {"relationshipAttributes": {}}},
        "traits.relationshipAttributes needs a userId or anonymousId",
    ),
    ("/alias", {"userId": "ada"}, "previousId is required"),
    ("/alias", {"previousId": "old"}, "userId is required"),
    ("/track", [1], "the body is not a JSON object"),
    ("/batch", {}, "batch is required and must be a list"),
    ("/batch", {"batch": {}}, "batch is required and must be a list"),
    ("/batch", {"batch": [], "context": 1}, "context is not an object"),
    ("/track", b"", "the body is not JSON in UTF-8"),
    ("/track", b"{'userId': 'ada'}", "the body is not JSON in UTF-8"),
    ("/track", b'{"userId": "\xff"}', "the body is not JSON in UTF-8"),
    ("/track", b'{"userId": "\\ud800"}', "the body is not JSON in UTF-8"),
    ("/track", b'{"userId": NaN}', "NaN is not a JSON value"),
    ("/track", b'{"userId": 1e999}', "a number is too large"),
]


@pytest.mark.parametrize(("endpoint", "body", "reason"), WRONG)
def test_strict_mode_answers_400_with_the_reason_and_stores_nothing(endpoint: str, body: Any, reason: str) -> None:
    sandbox = make()
    status, answer = post(sandbox, endpoint, body, strict=True)
    entry = sandbox.ledger[0]
    assert (status, entry.status, entry.outcome) == (400, 400, "rejected")
    assert reason in answer["meta"]["errors"]
    assert reason in str(entry.reason)
    assert state(sandbox) == {}


@pytest.mark.parametrize(("endpoint", "body", "reason"), WRONG)
def test_permissive_mode_answers_200_and_the_ledger_alone_says_that_it_was_dropped(
    endpoint: str, body: Any, reason: str
) -> None:
    sandbox = make()
    assert post(sandbox, endpoint, body) == (200, {})
    entry = sandbox.ledger[0]
    assert (entry.status, entry.outcome, reason in str(entry.reason)) == (200, "dropped", True)
    assert state(sandbox) == {}


def test_json_that_is_nested_beyond_reading_is_malformed() -> None:
    body = b"[" * 240_000 + b"]" * 240_000
    assert post(make(), "/batch", body, strict=True) == (
        400,
        {"meta": {"errors": ["the JSON is nested too deeply"]}},
    )


@pytest.mark.parametrize("value", ["true", "True", "yes", "0", "01", "1,1", ""])
def test_any_strict_header_but_exactly_1_is_permissive(value: str) -> None:
    sandbox = make()
    assert post(sandbox, "/track", {}, headers={"X-Strict-Mode": value}) == (200, {})
    assert not sandbox.ledger[0].strict


def test_several_problems_are_told_together() -> None:
    status, answer = post(make(), "/track", {"properties": 1}, strict=True)
    assert status == 400
    assert answer["meta"]["errors"] == [
        "properties is not an object",
        "event is required",
        "userId or anonymousId or groupId is required",
    ]


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("/identify", {"userId": "ada", "anonymousId": "a1"}),
        ("/identify", {"anonymousId": "a1"}),
        ("/track", {"userId": "ada", "event": "E", "context": {"ip": "192.0.2.1", "anything": 1}}),
        ("/page", {"anonymousId": "a1", "name": "Home"}),
        ("/screen", {"userId": "ada", "name": "Home"}),
        ("/group", {"userId": "ada", "groupId": "g"}),
        ("/alias", {"previousId": "old", "userId": "ada"}),
        ("/batch", {"batch": [{"type": "alias", "previousId": "old", "userId": "ada"}]}),
        ("/batch", {"batch": []}),
    ],
)
def test_strict_mode_takes_ordinary_calls(endpoint: str, body: dict[str, Any]) -> None:
    sandbox = make()
    assert post(sandbox, endpoint, body, strict=True) == (200, {})
    assert sandbox.ledger[0].outcome == "accepted"


def test_unknown_top_level_keys_vanish_without_a_word_except_in_the_ledger() -> None:
    sandbox = make()
    post(sandbox, "/identify", {"userId": "ada", "email": "ada@example.com", "version": 2}, strict=True)
    assert state(sandbox) == {"people": {"ada": {"id": "ada"}}}
    assert sandbox.accepted_calls[0].ignored_keys == ("email", "version")


@pytest.mark.parametrize("limits", [False, True])
def test_an_unknown_key_may_have_any_shape_even_one_that_means_something_elsewhere(*, limits: bool) -> None:
    sandbox = make(workspace_limits=limits)
    odd = {"event": ["E"], "traits": 5, "previousId": {}, "groupId": 1}
    post(sandbox, "/alias", {"previousId": "old", "userId": "ada"} | {key: odd[key] for key in ("event", "traits")})
    post(
        sandbox, "/screen", {"userId": "ada"} | {key: odd[key] for key in ("event", "traits", "groupId", "previousId")}
    )
    assert [entry.outcome for entry in sandbox.ledger] == ["accepted", "accepted"]
    assert (sandbox.events[0].group_id, sandbox.accepted_calls[1].call["groupId"]) == (None, 1)


@pytest.mark.parametrize(("switch", "status"), [(False, 200), (True, 400)])
def test_unknown_top_level_keys_can_be_made_a_strict_error(*, switch: bool, status: int) -> None:
    sandbox = make(strict_check_extra=switch)
    body = {"userId": "ada", "email": "ada@example.com"}
    assert post(sandbox, "/identify", body, strict=True)[0] == status
    assert post(sandbox, "/identify", body) == (200, {})
    assert sandbox.ledger[1].outcome == "accepted"


def test_a_type_on_a_single_call_does_not_change_the_call() -> None:
    sandbox = make()
    post(sandbox, "/identify", {"userId": "ada", "type": "alias"})
    assert list(sandbox.people) == ["ada"]


@pytest.mark.parametrize(("switch", "outcome"), [(False, "dropped"), (True, "accepted")])
def test_a_time_that_is_none_can_be_forgiven(*, switch: bool, outcome: str) -> None:
    sandbox = make(lenient_timestamps=switch)
    track(sandbox, "E", userId="ada", timestamp=1_700_000_000_000)
    assert sandbox.ledger[0].outcome == outcome


@pytest.mark.parametrize("switch", [200, 400])
def test_malformed_json_in_permissive_mode_has_a_switch_for_its_status(switch: int) -> None:
    sandbox = make(permissive_malformed_status=switch)
    assert post(sandbox, "/track", b"{")[0] == switch
    assert sandbox.ledger[0].outcome == ("dropped" if switch == 200 else "rejected")
    assert post(sandbox, "/track", {}) == (200, {})


@pytest.mark.parametrize(
    ("headers", "keys", "reason"),
    [
        ({"Authorization": ""}, None, "there is no API key"),
        (basic(""), None, "there is no API key"),
        (basic("key", "a password"), None, "there is no API key"),
        ({"Authorization": "Basic no base64!"}, None, "there is no API key"),
        ({"Authorization": "Basic /w=="}, None, "there is no API key"),
        (bearer(" "), None, "there is no API key"),
        ({"Authorization": "Digest key"}, None, "there is no API key"),
        (basic("other"), {"key"}, "the API key is unknown"),
        (bearer("sk_us_other"), {"sk_us_key"}, "the API key is unknown"),
        (bearer("sk_eu_key"), None, "the API key belongs to the other region"),
        (basic("pk_eu_key"), None, "the API key belongs to the other region"),
        (basic("key"), set[str](), "the API key is unknown"),
    ],
)
def test_a_wrong_key_is_a_401_in_strict_mode_and_silent_loss_otherwise(
    headers: dict[str, str], keys: set[str] | None, reason: str
) -> None:
    sandbox = make(keys=keys)
    body = {"userId": "ada"}
    assert post(sandbox, "/identify", body, strict=True, headers=headers) == (401, None)
    assert post(sandbox, "/identify", body, headers=headers) == (200, {})
    assert [(entry.outcome, entry.reason) for entry in sandbox.ledger] == [("rejected", reason), ("dropped", reason)]
    assert sandbox.people == {}


@pytest.mark.parametrize("headers", [basic("older"), bearer("sk_us_key"), bearer("pk_key"), basic("pk_us_key")])
def test_any_key_is_good_unless_keys_are_given(headers: dict[str, str]) -> None:
    assert post(make(), "/identify", {"userId": "ada"}, strict=True, headers=headers) == (200, {})


@pytest.mark.parametrize(
    ("headers", "status"),
    [(basic("older"), 200), (bearer("sk_key"), 200), (bearer("older"), 401), (basic("pk_key"), 401)],
)
def test_the_way_a_key_is_sent_can_be_checked(headers: dict[str, str], status: int) -> None:
    sandbox = make(check_key_style=True)
    assert post(sandbox, "/identify", {"userId": "ada"}, strict=True, headers=headers)[0] == status


def test_a_sandbox_of_the_eu_takes_keys_of_the_eu() -> None:
    sandbox = make(region="eu", keys={"sk_eu_key"})
    assert post(sandbox, "/identify", {"userId": "ada"}, strict=True, headers=bearer("sk_eu_key")) == (200, {})


def sized(size: int) -> bytes:
    """Make an identify call of exactly so many bytes, though of fewer characters."""
    frame = len(json.dumps({"userId": "ada", "traits": {"a": ""}}, separators=(",", ":")))
    text = "é" * ((size - frame) // 2) + "x" * ((size - frame) % 2)
    return json.dumps({"userId": "ada", "traits": {"a": text}}, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_call_may_have_32_000_bytes_and_no_more_however_it_is_packed(encoding: str) -> None:
    sandbox = make()
    headers = {"content-ENCODING": encoding}
    for size in (32_000, 32_001):
        body = sized(size)
        assert len(body) == size
        post(sandbox, "/identify", gzip.compress(body) if encoding == "gzip" else body, headers=headers)
    assert [(entry.outcome, entry.reason) for entry in sandbox.ledger] == [
        ("accepted", None),
        ("dropped", "the body has 32,001 bytes, more than the limit of 32,000"),
    ]


def test_a_compressed_body_can_be_taken_for_one_that_is_not_json() -> None:
    sandbox = make(accepts_gzip=False)
    for encoding, body in (("identity", sized(100)), ("gzip", gzip.compress(sized(100)))):
        post(sandbox, "/identify", body, headers={"content-encoding": encoding})
    assert [(entry.outcome, entry.reason) for entry in sandbox.ledger] == [
        ("accepted", None),
        ("dropped", "the body has an unknown content encoding, 'gzip'"),
    ]


@pytest.mark.parametrize("status", [400, 413])
def test_the_status_of_an_oversized_call_in_strict_mode_is_a_switch(status: int) -> None:
    sandbox = make(strict_oversize_status=status)
    assert post(sandbox, "/identify", sized(32_001), strict=True)[0] == status
    items = [json.loads(sized(32_100)) | {"type": "identify"}]
    assert post(sandbox, "/batch", {"batch": items}, strict=True)[0] == status
    assert sandbox.people == {}


@pytest.mark.parametrize(
    ("encoding", "body", "reason"),
    [
        ("gzip", b"{}", "the body is not gzip, although its header says so"),
        ("gzip", gzip.compress(b'{"userId":"ada"}')[:-9], "the gzip body is cut short"),
        ("br", b"{}", "the body has an unknown content encoding, 'br'"),
    ],
)
def test_a_body_that_cannot_be_unpacked_is_malformed(encoding: str, body: bytes, reason: str) -> None:
    sandbox = make()
    status, answer = post(sandbox, "/identify", body, strict=True, headers={"Content-Encoding": encoding})
    assert (status, answer) == (400, {"meta": {"errors": [reason]}})
    assert sandbox.requests == [None]


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_a_body_beyond_what_the_sandbox_reads_is_refused_and_not_kept(*, encoding: str, strict: bool) -> None:
    sandbox = make()
    body = gzip.compress(b" " * 50_000_000, 1) if encoding == "gzip" else b" " * 1_000_001
    assert post(sandbox, "/batch", body, strict=strict, headers={"Content-Encoding": encoding})[0] == 413
    (entry,) = sandbox.ledger
    assert (entry.outcome, entry.reason) == (
        "rejected",
        "the body is over 1,000,000 bytes: the sandbox reads no more",
    )
    assert len(entry.body) < 1_000_000


@pytest.mark.parametrize("path", ["/v1/nothing", "/track", "/v1/track/", "/v2/track", "/v1"])
def test_an_unknown_path_is_a_404_in_either_mode(path: str) -> None:
    sandbox = make()
    status, headers, body = sandbox.handle("POST", path, {}, b"{}")
    assert (status, headers) == (404, {"content-type": "application/json"})
    assert json.loads(body) == {"meta": {"errors": ["the API has no such path"]}}
    assert (sandbox.ledger[0].endpoint, sandbox.ledger[0].outcome) == (None, "rejected")


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE"])
def test_anything_but_post_is_a_405(method: str) -> None:
    status, headers, _ = make().handle(method, "/v1/track", {}, b"")
    assert (status, headers["allow"]) == (405, "POST")


def test_a_query_does_not_change_the_endpoint() -> None:
    sandbox = make()
    sandbox.handle("POST", "/v1/identify?a=1", basic("key"), b'{"userId": "ada"}')
    assert (sandbox.ledger[0].endpoint, list(sandbox.people)) == ("/identify", ["ada"])


def test_headers_may_come_as_pairs_and_in_any_case() -> None:
    sandbox = make()
    pairs = [("AUTHORIZATION", basic("key")["Authorization"]), ("x-strict-MODE", "1"), ("A", "1"), ("a", "2")]
    sandbox.handle("POST", "/v1/track", pairs, b"{}")
    assert (sandbox.ledger[0].strict, sandbox.ledger[0].headers) == (True, {"x-strict-mode": "1", "a": "1, 2"})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
call_bodies = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(CALLS) | json_values,
        "event": st.sampled_from(["E", "User Deleted", "User Suppressed", "Object Deleted", "Device Deleted"]),
        "traits": json_values,
        "properties": json_values,
        "context": json_values,
    }
    | dict.fromkeys(("userId", "anonymousId", "groupId", "previousId"), st.sampled_from(["a", "b@c.de"]) | json_values),
)


@given(st.lists(st.tuples(st.sampled_from((*CALLS, "batch")), call_bodies, st.booleans()), max_size=8))
def test_no_bodies_whatever_break_the_sandbox_or_its_displays(calls: list[tuple[str, Any, bool]]) -> None:
    sandbox = Sandbox(workspace_limits=True)
    for endpoint, body, strict in calls:
        batch = {"batch": [body, body]} if endpoint == "batch" else body
        status, _ = post(sandbox, f"/{endpoint}", batch, strict=strict)
        assert status in ({200, 400} if strict else {200})
        assert (status == 200) == (sandbox.ledger[-1].outcome in {"accepted", "dropped"})
    assert json.loads(json.dumps(sandbox.summary())).keys() == {*EMPTY, "counts"}
    assert sandbox._repr_html_().encode()


def test_the_limits_of_the_workspace_drop_calls_after_the_200_when_switched_on() -> None:
    sandbox = make(workspace_limits=True)
    many = {f"t{number}": 1 for number in range(300)}
    reasons = {
        "userId is over 150 bytes": ("/identify", {"userId": "é" * 76}),
        "the event name is over 100 bytes": ("/track", {"userId": "ada", "event": "e" * 101}),
        "an attribute name is over 150 bytes": ("/identify", {"userId": "ada", "traits": {"n" * 151: 1}}),
        "the attribute bio is over 1,000 bytes": ("/identify", {"userId": "ada", "traits": {"bio": ["x" * 1000]}}),
        "the person would have more than 300 attributes": ("/identify", {"userId": "bob", "traits": {"one": 1}}),
    }
    identify(sandbox, "bob", **many)
    for endpoint, body in reasons.values():
        assert post(sandbox, endpoint, body, strict=True) == (200, {})
    assert [entry.reason for entry in sandbox.ledger] == [None, *reasons]
    assert list(sandbox.people) == ["bob"]
    identify(sandbox, "bob", t0=2)
    post(sandbox, "/identify", {"userId": "cleo", "groupId": "g" * 200})
    assert [entry.outcome for entry in sandbox.ledger[-2:]] == ["accepted", "accepted"]


def test_the_limits_of_the_workspace_are_off_by_default() -> None:
    sandbox = make()
    identify(sandbox, "é" * 76, bio="x" * 1001)
    assert sandbox.ledger[0].outcome == "accepted"
