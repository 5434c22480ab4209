"""`langchain-customerio send`: one call, from flags or from JSON."""

from __future__ import annotations

import sys
from typing import Annotated, Any, Literal

import orjson
import typer

from langchain_customerio.calls import CALLS, Batch
from langchain_customerio.cli.connection import BaseUrlOption, JsonOption, RegionOption, StrictOption, connect
from langchain_customerio.cli.outcome import show, told
from langchain_customerio.cli.values import values
from langchain_customerio.errors import InvalidRequestError, Problem
from langchain_customerio.policy import Policy

Kind = Literal["identify", "track", "page", "screen", "group", "alias", "batch"]

_ID = "Ids"
_DATA = "Data"


def send(  # noqa: PLR0913 - one option for each field of a call
    kind: Annotated[Kind, typer.Argument(help="Which call.")],
    body: Annotated[str | None, typer.Argument(help="The call as JSON; - reads it from the standard input.")] = None,
    *,
    user_id: Annotated[str | None, typer.Option(rich_help_panel=_ID)] = None,
    anonymous_id: Annotated[str | None, typer.Option(rich_help_panel=_ID)] = None,
    group_id: Annotated[str | None, typer.Option(rich_help_panel=_ID)] = None,
    previous_id: Annotated[str | None, typer.Option(rich_help_panel=_ID)] = None,
    message_id: Annotated[str | None, typer.Option(rich_help_panel=_ID)] = None,
    event: Annotated[str | None, typer.Option(rich_help_panel=_DATA)] = None,
    name: Annotated[str | None, typer.Option(rich_help_panel=_DATA)] = None,
    category: Annotated[str | None, typer.Option(rich_help_panel=_DATA)] = None,
    timestamp: Annotated[str | None, typer.Option(rich_help_panel=_DATA, help="ISO 8601; now if left out.")] = None,
    trait: Annotated[
        list[str] | None, typer.Option(rich_help_panel=_DATA, metavar="NAME=VALUE", help="JSON, or else text.")
    ] = None,
    property_: Annotated[
        list[str] | None,
        typer.Option("--property", rich_help_panel=_DATA, metavar="NAME=VALUE", help="JSON, or else text."),
    ] = None,
    strict: StrictOption = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the call, show the request, send nothing.")] = False,
    allow_destructive: Annotated[
        bool, typer.Option("--allow-destructive", help="Allow events that delete people or objects for good.")
    ] = False,
    region: RegionOption = None,
    base_url: BaseUrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send one call. Flags are added to the JSON, and replace what it says.

    langchain-customerio send track --user-id ada --event "Order Completed" --property total=20
    """
    given: dict[str, Any] = {
        "userId": user_id,
        "anonymousId": anonymous_id,
        "groupId": group_id,
        "previousId": previous_id,
        "messageId": message_id,
        "event": event,
        "name": name,
        "category": category,
        "timestamp": timestamp,
    }
    parts = {"traits": values(trait, "--trait"), "properties": values(property_, "--property")}
    with told(as_json=as_json), connect(region, base_url) as client:
        call_body = _read(body) | {field: value for field, value in given.items() if value is not None}
        for holder, found in parts.items():
            if found:
                call_body[holder] = {**(call_body.get(holder) or {}), **found}
        call = Policy(allow_destructive=allow_destructive).check(CALLS[kind].parse(call_body))
        receipt = client.preview(call, strict=strict) if dry_run else client.send(call, strict=strict)
        shown = receipt.model_dump(mode="json")
        lines = [_told(receipt.status, kind, len(call) if isinstance(call, Batch) else 1, receipt.message_id)]
        lines += [orjson.dumps(preview.body, option=orjson.OPT_INDENT_2).decode() for preview in receipt.previews]
        lines += [f"Warning: {warning}" for warning in receipt.warnings]
        show(shown, as_json=as_json, text="\n".join(lines))


def _read(body: str | None) -> dict[str, Any]:
    if body is None:
        return {}
    text = sys.stdin.read() if body == "-" else body
    try:
        found = orjson.loads(text)
    except ValueError as error:
        raise InvalidRequestError(problems=(Problem("", f"the call is not JSON: {error}"),)) from None
    if not isinstance(found, dict):
        raise InvalidRequestError(problems=(Problem("", "the call is no JSON object"),))
    return found


def _told(status: str, kind: str, calls: int, message_id: str) -> str:
    what = f"{kind} of {calls} calls" if kind == "batch" else kind
    return {
        "accepted": f"Accepted: {what}, messageId {message_id}.",
        "received": f"Received: {what}, messageId {message_id}. Without --strict this is no proof: the API also answers"
        " 200 to what it drops.",
        "dry_run": f"Nothing was sent. This is the {what}:",
    }[status]
