"""Switches, the client it hands out, and the extra it may lack."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import sandbox as package
from langchain_customerio.api.calls import Identify
from langchain_customerio.sandbox import Sandbox
from tests.unit_tests.sandbox.driver import make

if TYPE_CHECKING:
    from tests.conftest import Run


@pytest.mark.parametrize(
    ("switches", "error", "message"),
    [
        ({"strict_batch": "some"}, ValueError, "strict_batch is one of 'all_or_nothing', 'per_item', not 'some'"),
        ({"strict_oversize_status": 422}, ValueError, "strict_oversize_status is one of 400, 413, not 422"),
        ({"region": "apac"}, ValueError, "region is one of 'us', 'eu', not 'apac'"),
        ({"keys": "the-key"}, TypeError, "keys is a collection of keys, not one string"),
        ({"no_such_switch": 1}, TypeError, "no_such_switch"),
    ],
)
def test_a_switch_takes_its_documented_values_only(
    switches: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Sandbox(**switches)


def test_the_clock_tells_the_present_unless_one_is_given() -> None:
    before = datetime.now(UTC)
    sandbox = Sandbox()
    sandbox.handle("POST", "/v1/track", {}, b"")
    assert before <= sandbox.ledger[0].at <= datetime.now(UTC)


@pytest.mark.parametrize("keys", [None, {"b-key", "a-key"}])
def test_the_client_it_hands_out_arrives_with_a_good_key(run: Run, keys: set[str] | None) -> None:
    sandbox = make(keys=keys)
    client = sandbox.client()
    assert run.send(client, Identify(user_id="ada"), strict=True).http_status == 200
    run.close(client)
    assert list(sandbox.people) == ["ada"]


def test_the_client_it_hands_out_takes_other_arguments(run: Run) -> None:
    sandbox = make(keys={"a-key"})
    client = sandbox.client(api_key="wrong")
    run.send(client, Identify(user_id="ada"))
    run.close(client)
    assert sandbox.ledger[0].reason == "the API key is unknown"


def test_a_sandbox_that_takes_no_key_hands_out_no_client_without_one() -> None:
    sandbox = make(keys=set())
    with pytest.raises(ValueError, match="its set of keys is empty"):
        sandbox.client()


def test_the_names_of_the_package_are_listed_and_loaded_when_they_are_asked_for() -> None:
    assert set(dir(package)) >= set(package.__all__)
    assert all(getattr(package, name).__name__ == name for name in package.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = package.Nothing  # type: ignore[attr-defined]  # that is what is tested


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_serve_names_the_extra_when_it_is_missing(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    _forget_server(monkeypatch)
    for name in [name for name in sys.modules if name.split(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'langchain-customerio\[sandbox\]'"):
        make().serve()


def test_serve_does_not_hide_another_missing_module(monkeypatch: pytest.MonkeyPatch) -> None:
    _forget_server(monkeypatch)
    monkeypatch.setitem(sys.modules, "asyncio", None)
    with pytest.raises(ModuleNotFoundError, match="asyncio"):
        make().serve()


def _forget_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "langchain_customerio.sandbox.server", raising=False)
