"""Who may use the console, by the headers of a request alone."""

from __future__ import annotations

from typing import Any

import pytest

from langchain_customerio.sandbox.guard import Guard, check_strength

TOKEN = "a-token-that-is-long"
OURS = {"host": "127.0.0.1:8080"}


def status(guard: Guard, headers: dict[str, str], method: str = "GET", **kind: bool) -> int | None:
    refusal = guard.check(method, headers, **{"is_api": False, "is_page": False} | kind)
    return refusal.status if refusal else None


def make(**changes: Any) -> Guard:
    return Guard(**{"hosts": frozenset({"sandbox-box"}), "token": None, "check_api": False} | changes)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:80", "[::1]:80", "10.0.0.7", "localhost", "LocalHost:80", "a.localhost", "sandbox-box:80"],
)
def test_a_name_of_this_machine_is_let_in(host: str) -> None:
    assert status(make(), {"host": host}) is None


@pytest.mark.parametrize(
    "host", ["", "evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::1", "localhost.evil"]
)
def test_a_name_of_somebody_else_is_not(host: str) -> None:
    assert status(make(), {"host": host}) == 421


def test_the_api_takes_any_name_on_this_machine_alone_and_checks_it_beyond() -> None:
    foreign = {"host": "evil.example"}
    assert status(make(), foreign, "POST", is_api=True) is None
    assert status(make(check_api=True), foreign, "POST", is_api=True) == 421
    assert status(make(check_api=True, token=TOKEN), OURS, "POST", is_api=True) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"origin": "http://127.0.0.1:8080"}, None),
        ({"origin": "https://127.0.0.1:8080"}, None),
        ({"origin": "http://127.0.0.1:8080", "sec-fetch-site": "same-origin"}, None),
        ({"origin": "http://127.0.0.1:8081"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
def test_only_our_own_page_may_change_something(headers: dict[str, str], expected: int | None) -> None:
    assert status(make(), OURS | headers, "POST") == expected
    assert status(make(), OURS | headers, "DELETE") == expected
    assert status(make(), OURS | headers, "GET") is None


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        ("", 401),
        ("Bearer", 401),
        ("Bearer another-token-that-is-long", 401),
        ("Bearer ü", 401),
        (f"Basic {TOKEN}", 401),
        (f"Bearer {TOKEN}", None),
        (f"bearer  {TOKEN} ", None),
    ],
)
def test_the_token_opens_what_the_sandbox_holds(authorization: str, expected: int | None) -> None:
    assert status(make(token=TOKEN), OURS | {"authorization": authorization}) == expected


def test_the_page_itself_needs_no_token_so_that_it_can_ask_for_it() -> None:
    assert status(make(token=TOKEN), OURS, is_page=True) is None
    assert status(make(token=TOKEN), {"host": "evil.example"}, is_page=True) == 421


@pytest.mark.parametrize("token", ["", "short", "x" * 15])
def test_a_token_that_can_be_guessed_is_an_error(token: str) -> None:
    with pytest.raises(ValueError, match="at least 16 characters"):
        check_strength(token)
