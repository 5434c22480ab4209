"""How users write against the public names, read by two type checkers and never run.

A line that ends in `type: ignore` must be refused by the checkers: an unused one is an error to both.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, assert_type

import httpx
from langchain_core.tools import BaseTool
from pydantic import SecretStr

from langchain_customerio import (
    Alias,
    Batch,
    CustomerioError,
    CustomerioPipelinesToolkit,
    DeliveryError,
    Group,
    Identify,
    Page,
    PipelinesClient,
    Policy,
    PolicyError,
    Receipt,
    Region,
    RetryPolicy,
    Screen,
    ToolMode,
    Track,
    TrackUserEvent,
)
from langchain_customerio.sandbox import Sandbox

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig


def sends(client: PipelinesClient) -> None:
    """Fields go by their Python names, and an answer is a receipt."""
    receipt = client.send(Track(user_id="ada", event="Signed Up", timestamp=datetime.now(UTC)), strict=True)
    assert_type(receipt, Receipt)
    assert_type(receipt.message_ids, tuple[str, ...])
    assert_type(receipt.http_status, int | None)
    client.send(Identify(user_id="ada", traits={"plan": "pro", "seats": 3, "tags": ["a", None]}))
    client.send(Page(anonymous_id="visitor", name="Pricing"))
    client.send(Screen(user_id="ada", name="Settings"))
    client.send(Group(user_id="ada", group_id="acme"))
    client.send(Alias(user_id="ada", previous_id="ada@example.com"))
    client.send(Batch(batch=[Track(user_id="ada", event="Signed Up"), Identify(user_id="ada")]))
    client.send("ada")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # a call, not a string
    client.send(Track(user_id="ada"))  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # no event


async def sends_without_blocking(client: PipelinesClient) -> None:
    """The async half has the same types."""
    assert_type(await client.asend(Track(user_id="ada", event="Signed Up")), Receipt)
    async with PipelinesClient("key") as other:
        assert_type(other, PipelinesClient)


def is_made() -> None:
    """What a client takes."""
    PipelinesClient()
    PipelinesClient("key", region="eu", timeout=3)
    PipelinesClient(SecretStr("key"), region=Region.EU, timeout=httpx.Timeout(3))
    PipelinesClient(lambda: "key", retry=RetryPolicy())
    PipelinesClient(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    PipelinesClient("key", region=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # no such region
    with Sandbox().client() as client:
        assert_type(client, PipelinesClient)


def has_tools() -> None:
    """What a toolkit takes and gives, and what a tool is."""
    client = Sandbox().client()
    toolkit = CustomerioPipelinesToolkit(client=client, strict=True, policy=Policy(max_batch=10))
    assert_type(toolkit.get_tools(), list[BaseTool])

    def tenant(config: RunnableConfig) -> PipelinesClient:
        return PipelinesClient(config.get("configurable", {})["key"])

    CustomerioPipelinesToolkit(client=tenant)
    tool: BaseTool = TrackUserEvent(client=client)
    tool.invoke({"mode": ToolMode.EXECUTE, "request_body": "{}"})


def fails(client: PipelinesClient) -> None:
    """The errors are one tree, with what is known on attributes."""
    try:
        client.send(Track(user_id="ada", event="Signed Up"))
    except DeliveryError as error:
        assert_type(error.status, int | None)
        assert_type(error.message_ids, tuple[str, ...])
    except PolicyError as error:
        assert_type(error.index, int | None)
    except CustomerioError as error:
        raise SystemExit(str(error)) from error
