"""The key is in the `Authorization` header and nowhere else."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import io
import logging
import pickle
import pprint
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from langchain_customerio import (
    ConfigurationError,
    DeliveryError,
    InvalidRequestError,
    PipelinesClient,
    RetryPolicy,
    Track,
)
from langchain_customerio.sandbox import Sandbox
from tests.cases import Case, each_case
from tests.far_end import basic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Run

OLD, NEW = "0ld-k3y-0123456789abcdef", "pk_us_n3w-k3y-0123456789abcdef"
ECHO = f"you sent {OLD} {basic(OLD)} {NEW} Bearer {NEW}"
each_key = pytest.mark.parametrize("key", [OLD, NEW])


def forms(key: str) -> tuple[str, ...]:
    """Return what a key looks like in somebody's hands."""
    return key, basic(key).removeprefix("Basic "), key.encode().hex()


def hidden(key: str, *texts: object) -> bool:
    return not any(form in str(text) for form in forms(key) for text in texts)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[io.StringIO]:
    """Everything that anybody logs, formatted, down to the lowest level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    with caplog.at_level(1):
        logging.getLogger().addHandler(handler)
        yield stream
        logging.getLogger().removeHandler(handler)


@each_key
def test_a_client_does_not_show_its_key(key: str, run: Run) -> None:
    with Sandbox().client(api_key=f" {key}\n") as client:
        run.check(client)
        held = vars(client)
        assert hidden(key, repr(client), str(client), f"{client}", held, pprint.pformat(held), dir(client))
        assert hidden(key, *(vars(value) for value in held.values() if hasattr(value, "__dict__")))
        assert hidden(key, client.target(), repr(client.target()), pprint.pformat(client.target()))


@each_key
def test_a_client_is_not_pickled_and_a_deep_copy_is_the_client_itself(key: str) -> None:
    with Sandbox().client(api_key=key) as client:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError, match="holds an API key and is not pickled") as caught:
                pickle.dumps(client, protocol)
            assert hidden(key, caught.value)
        assert copy.deepcopy({"client": client})["client"] is client


@each_key
@each_case
def test_a_receipt_and_a_preview_do_not_show_the_key(case: Case, key: str, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=200, body=f'{{"headers": ["{basic(key)}", "Bearer {key}"]}}', content_type="application/json")
    with sandbox.client(api_key=key) as client:
        receipt = run.send(client, case.call.parse(case.complete))
        preview = client.preview(case.call.parse(case.complete))
    assert receipt.response_json == {"headers": ["Basic [key]", "Bearer [key]"]}
    for shown in (receipt, preview):
        assert hidden(key, repr(shown), shown.model_dump(), shown.model_dump_json(), pickle.dumps(shown))
    assert "Authorization" not in preview.previews[0].headers


FAULTS: list[dict[str, Any]] = [
    {"status": 401, "body": ECHO},
    {"status": 400, "body": f'{{"meta": {{"errors": ["{ECHO}"]}}}}'},
    {"status": 400, "body": f'{{"meta": {{"error": "{ECHO}"}}}}'},
    {"status": 403, "body": f"<html><p>{ECHO}</p></html>"},
    {"status": 413, "body": "<b>" * 3_320 + ECHO},
    {"status": 503, "body": ECHO},
    {"status": 200, "body": ECHO},
    {"redirect": f"https://{NEW}.example/{OLD}"},
    {"reset": "connect"},
    {"timeout": "after"},
]


@pytest.mark.parametrize("fault", FAULTS)
@each_key
def test_an_error_and_the_log_do_not_show_the_key(fault: dict[str, Any], key: str, run: Run, log: io.StringIO) -> None:
    sandbox = Sandbox()
    sandbox.fail(**fault, times=None)
    twice = RetryPolicy(attempts=2, base_delay=0)
    with sandbox.client(api_key=key, retry=twice) as client, pytest.raises(DeliveryError) as caught:
        run.send(client, Track(user_id="ada", event="E"), strict=True)
    error = caught.value
    assert hidden(key, error, repr(error), error.args, vars(error), *traceback.format_exception(error))
    assert error.__cause__ is None
    assert error.__context__ is None
    assert "track (" in log.getvalue() or "status" not in fault
    assert hidden(key, log.getvalue())


@pytest.mark.parametrize("key", [f"{OLD} x", f"{OLD}:x", f"{OLD}\nx", f"{OLD}ż", f"pk_eu_{OLD}"])
def test_a_key_that_is_refused_is_not_shown(key: str, log: io.StringIO) -> None:
    with pytest.raises(ConfigurationError) as caught:
        PipelinesClient(key, region="us")
    assert hidden(key.strip(), caught.value, repr(caught.value), vars(caught.value), log.getvalue())
    assert caught.value.__cause__ is None


def test_a_bug_that_goes_on_does_not_show_the_key_in_its_text() -> None:
    client = Sandbox().client(api_key=OLD)

    async def send() -> None:
        await client.asend(None)  # type: ignore[arg-type] # the bug

    with pytest.raises(InvalidRequestError) as caught:
        asyncio.run(send())
    assert hidden(OLD, *traceback.format_exception(caught.value))


def test_nothing_that_is_kept_for_sending_shows_the_key() -> None:
    client = Sandbox().client(api_key=OLD)
    prepared = client.prepare(Track(user_id="ada", event="E"))
    [exchange] = prepared._exchanges(client.target())
    assert hidden(OLD, client.target(), dataclasses.asdict(client.target()), prepared, exchange, vars(exchange))
    assert hidden(OLD, exchange.signed(), vars(exchange.signed()), exchange.signed().headers)
