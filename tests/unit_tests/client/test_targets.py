"""Where the key comes from: given, of the environment, or of a function that may be async and whose answer is kept."""

from __future__ import annotations

import asyncio
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from langchain_customerio import ConfigurationError, Identify, PipelinesClient
from tests.far_end import FarEnd, basic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Run

ADA = Identify(user_id="ada")


class Clock:
    """The time, as a test wants it."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("langchain_customerio.client.targets.monotonic", clock)
    return clock


def keys_used(far_end: FarEnd) -> list[str]:
    return [request.headers["Authorization"].removeprefix("Bearer ") for request in far_end.requests]


# None is not the same as nothing


@pytest.mark.parametrize("name", ["api_key", "region", "base_url"])
def test_what_is_none_is_an_error_and_never_that_of_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMERIO_API_KEY", "of-another-workspace")
    monkeypatch.setenv("CUSTOMERIO_REGION", "eu")
    monkeypatch.setenv("CUSTOMERIO_BASE_URL", "https://a.example/v1")
    given: dict[str, Any] = {"api_key": "own", name: None}
    with pytest.raises(ConfigurationError, match=f"^{name} is "):
        PipelinesClient(**given)


def test_a_workspace_that_is_not_known_is_not_sent_to_another_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMERIO_API_KEY", "of-another-workspace")
    keys: dict[str, Any] = {"acme": "pk_us_acme"}
    with pytest.raises(ConfigurationError, match=r"^api_key is null: pass a key or a function"):
        PipelinesClient(keys.get("unknown"))  # type: ignore[arg-type] # what a type checker would find
    far_end = FarEnd()
    with far_end.client(keys["acme"]) as client:
        keys["acme"] = "pk_us_new"
        run.send(client, ADA)
    assert keys_used(far_end) == ["pk_us_acme"]


@pytest.mark.parametrize("given", [17, b"key", ["key"], object()])
def test_what_is_no_key_is_refused(given: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^api_key is .*: pass a key or a function that returns one, or"):
        PipelinesClient(given)


@pytest.mark.parametrize("given", ["", " \n", SecretStr("")])
def test_an_empty_key_is_told_as_what_it_is(given: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMERIO_API_KEY", "of-another-workspace")
    with pytest.raises(ConfigurationError, match=r"^api_key is empty: pass a key, or leave it out"):
        PipelinesClient(given)


def test_without_any_key_one_is_told_where_to_find_one() -> None:
    with pytest.raises(ConfigurationError, match=r"^No Customer\.io key: set CUSTOMERIO_API_KEY, or pass api_key="):
        PipelinesClient()


def test_an_address_of_the_environment_is_not_shown_a_key_of_the_program(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTOMERIO_BASE_URL", "https://a.example/v1")
    far_end = FarEnd()
    with far_end.client("old") as own, far_end.client("old", base_url="https://b.example/v1") as chosen:
        run.send(own, ADA)
        run.send(chosen, ADA)
    monkeypatch.setenv("CUSTOMERIO_API_KEY", "old")
    with far_end.client() as from_environment:
        run.send(from_environment, ADA)
    hosts = [request.url.host for request in far_end.requests]
    assert hosts == ["cdp.customer.io", "b.example", "a.example"]


# Functions


class Asked:
    """A function that counts how often it is asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers: Iterator[Any] = iter(answers)
        self.times = 0

    def __call__(self) -> Any:
        self.times += 1
        return next(self.answers)


class AsyncAsked(Asked):
    """The same, async."""

    async def __call__(self) -> Any:
        await asyncio.sleep(0)
        return super().__call__()


def test_a_key_that_is_a_secret_is_taken_as_it_is(run: Run) -> None:
    far_end = FarEnd()
    with far_end.client(lambda: SecretStr("pk_us_1")) as client:
        run.send(client, ADA)
    assert keys_used(far_end) == ["pk_us_1"]


async def test_an_async_function_is_asked_before_each_async_call() -> None:
    far_end, asked = FarEnd(), AsyncAsked("pk_us_1", "pk_us_2", "pk_us_3", "old")
    async with far_end.client(asked) as client:
        assert asked.times == 0
        assert repr(client) == "PipelinesClient(base_url=None)"
        await client.asend(ADA)
        await client.acheck()
        assert (await client.prepare(ADA).apreview()).status == "dry_run"
        await client.asend(ADA)
    authorizations = [request.headers["Authorization"] for request in far_end.requests]
    assert authorizations == ["Bearer pk_us_1", "Bearer pk_us_2", basic("old")]
    assert asked.times == 4


async def fetched(key: str) -> str:
    return key


@pytest.mark.parametrize(
    "function", [AsyncAsked("pk_us_1"), partial(fetched, "pk_us_1"), lambda: fetched("pk_us_1")], ids=["a", "b", "c"]
)
async def test_an_async_function_of_any_kind_serves_async_calls_and_no_sync_one(function: Any) -> None:
    far_end = FarEnd()
    async with far_end.client(function) as client:
        for act in (lambda: client.send(ADA), client.check, lambda: client.preview(ADA), lambda: client.base_url):
            with pytest.raises(ConfigurationError, match="is async, and this call is not: use asend, apreview or ache"):
                act()
        await client.asend(ADA)
        assert client.workspace == PipelinesClient("pk_us_1").workspace
    assert keys_used(far_end) == ["pk_us_1"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("", "returned an empty text, and so there is no key for this call: a person must correct it."),
        (" \n", "returned an empty text, and"),
        (SecretStr(""), "returned an empty text, and"),
        (None, "returned null, and so there is no key for this call: a person must correct it."),
        (17, "returned a number, and"),
    ],
)
@pytest.mark.parametrize("function", [Asked, AsyncAsked])
async def test_an_answer_that_is_no_key_is_told_as_what_it_is(answer: Any, told: str, function: Any) -> None:
    far_end = FarEnd()
    async with far_end.client(function("pk_us_1", answer) if function is Asked else function(answer)) as client:
        with pytest.raises(ConfigurationError) as caught:
            await client.asend(ADA)
    assert str(caught.value).startswith(f"Not sent. The function given as api_key {told}")
    assert "CUSTOMERIO_API_KEY" not in str(caught.value)
    assert far_end.requests == []


WRONG = "pk_eu_0123456789"


@pytest.mark.parametrize("make", [lambda: Asked("pk_us_1", WRONG), lambda: AsyncAsked(WRONG)])
async def test_a_key_that_belongs_elsewhere_stands_in_no_frame(make: Callable[[], Any]) -> None:
    async with FarEnd().client(make(), region="us") as client:
        with pytest.raises(ConfigurationError, match="belongs to the region eu") as caught:
            await client.asend(ADA)
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert WRONG not in shown


# Kept for a time


def test_the_answer_of_a_function_is_kept_for_as_long_as_one_says(run: Run, clock: Clock) -> None:
    far_end, asked = FarEnd(), Asked("pk_us_1", "pk_us_2")
    with far_end.client(asked, key_ttl=60) as client:
        for seconds in (0.0, 59.9, 0.2):
            clock.now += seconds
            run.send(client, ADA)
    assert keys_used(far_end) == ["pk_us_1", "pk_us_1", "pk_us_2"]
    assert asked.times == 2


async def test_a_key_that_an_async_call_has_fetched_serves_sync_calls_while_it_is_kept(clock: Clock) -> None:
    far_end, asked = FarEnd(), AsyncAsked("pk_us_1")
    async with far_end.client(asked, key_ttl=60) as client:
        await client.asend(ADA)
        client.send(ADA)
        clock.now += 61
        with pytest.raises(ConfigurationError, match="is async"):
            client.send(ADA)
    assert keys_used(far_end) == ["pk_us_1"] * 2


async def test_while_one_call_asks_for_the_next_key_the_others_go_on_with_the_last(clock: Clock) -> None:
    far_end, asked = FarEnd(), AsyncAsked("pk_us_1", "pk_us_2")
    async with far_end.client(asked, key_ttl=60) as client:
        await client.asend(ADA)
        clock.now += 61
        await asyncio.gather(*(client.asend(ADA) for _ in range(50)))
    assert asked.times == 2
    assert sorted(keys_used(far_end)) == ["pk_us_1"] * 50 + ["pk_us_2"]


def test_a_function_that_fails_is_asked_again_and_what_it_raises_goes_on(run: Run, clock: Clock) -> None:
    far_end, answers = FarEnd(), ["pk_us_1"]
    with far_end.client(lambda: answers[0], key_ttl=60) as client:
        clock.now += 61
        key = answers.pop()
        with pytest.raises(IndexError):
            run.send(client, ADA)
        run.send(client, ADA)  # with the last one, for a moment
        clock.now += 11
        with pytest.raises(IndexError):
            run.send(client, ADA)
        answers.append(key.replace("1", "2"))
        clock.now += 11
        run.send(client, ADA)
    assert keys_used(far_end) == ["pk_us_1", "pk_us_2"]


def test_a_key_that_was_given_is_kept_for_good(run: Run, clock: Clock) -> None:
    far_end = FarEnd()
    with far_end.client("pk_us_1", key_ttl=1) as client:
        clock.now += 1e9
        run.send(client, ADA)
    assert keys_used(far_end) == ["pk_us_1"]


@pytest.mark.parametrize("ttl", [-1, float("nan"), float("inf")])
def test_a_time_that_is_none_is_refused(ttl: float) -> None:
    with pytest.raises(ConfigurationError, match="key_ttl is a number of seconds, zero or more"):
        PipelinesClient("old", key_ttl=ttl)
