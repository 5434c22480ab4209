"""`langchain-customerio send`: one call, from flags or from JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
import typer

from langchain_customerio.api.calls import Batch
from langchain_customerio.api.endpoints import ENDPOINTS
from langchain_customerio.api.strict_json import loads
from langchain_customerio.cli.options import BaseUrlOption, JsonOption, RegionOption, StrictOption, connect
from langchain_customerio.cli.output import show, told
from langchain_customerio.cli.policy import PolicyOption, read_policy, takes_policy_options
from langchain_customerio.cli.values import values
from langchain_customerio.cli.words import safe
from langchain_customerio.errors import InvalidRequestError, PolicyError, Problem
from langchain_customerio.policy.redaction import own_ids
from langchain_customerio.text import escaped, type_name
from langchain_customerio.tools.results import redacted_receipt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.api.calls import Call
    from langchain_customerio.client.receipts import Receipt
    from langchain_customerio.policy.policy import Policy

_KINDS: Final = ", ".join(ENDPOINTS)


def _kind(name: str) -> str:
    """Return the name of a call."""
    if name not in ENDPOINTS:
        raise typer.BadParameter(f"it is one of {_KINDS}")
    return name


_MOST_ID: Final = 100
_MOST_BODY: Final = 1_000_000
_ID = "Ids"
_DATA = "Data"


@takes_policy_options
def send(  # noqa: PLR0913 - one option for each field of a call
    kind: Annotated[str, typer.Argument(metavar="CALL", parser=_kind, help=f"One of {_KINDS}.")],
    body: Annotated[
        str | None, typer.Argument(metavar="[JSON]", help="The call as JSON; - reads it from the standard input.")
    ] = None,
    *,
    user_id: Annotated[str | None, typer.Option(rich_help_panel=_ID, help="The person.")] = None,
    anonymous_id: Annotated[str | None, typer.Option(rich_help_panel=_ID, help="A visitor without a userId.")] = None,
    group_id: Annotated[str | None, typer.Option(rich_help_panel=_ID, help="The group, for group calls.")] = None,
    previous_id: Annotated[str | None, typer.Option(rich_help_panel=_ID, help="The id to give up, for alias.")] = None,
    message_id: Annotated[str | None, typer.Option(rich_help_panel=_ID, help="A new id if left out.")] = None,
    event: Annotated[str | None, typer.Option(rich_help_panel=_DATA, help="Name of the event, for track.")] = None,
    name: Annotated[str | None, typer.Option(rich_help_panel=_DATA, help="For page and screen.")] = None,
    category: Annotated[str | None, typer.Option(rich_help_panel=_DATA, help="For page and screen.")] = None,
    timestamp: Annotated[
        str | None, typer.Option(rich_help_panel=_DATA, help="When it happened, in ISO 8601; now if left out.")
    ] = None,
    trait: Annotated[
        list[str] | None,
        typer.Option(
            rich_help_panel=_DATA, metavar="NAME=VALUE", help="A trait; the value is read as JSON, or else as text."
        ),
    ] = None,
    property_: Annotated[
        list[str] | None,
        typer.Option("--property", rich_help_panel=_DATA, metavar="NAME=VALUE", help="A property, read like a trait."),
    ] = None,
    strict: StrictOption = False,
    policy: PolicyOption = None,
    region: RegionOption = None,
    base_url: BaseUrlOption = None,
    as_json: JsonOption = False,
    **fields: Any,  # noqa: ANN401 - the fields of a policy, typed where they are made
) -> None:
    """Send one call, or a batch as JSON. Options are added to the JSON and override it.

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
    with told(as_json=as_json):
        allowing = read_policy(policy, fields)
        with connect(region, base_url, dry_run=allowing.dry_run) as client:
            call = _checked(allowing, kind, _body(body, given, parts))
            receipt = client.preview(call, strict=strict) if allowing.dry_run else client.send(call, strict=strict)
        if allowing.redact:
            receipt = redacted_receipt(receipt, allowing.redact, own_ids(call))
    what = f"batch of {len(call)} calls" if isinstance(call, Batch) else kind
    show(receipt.model_dump(mode="json"), as_json=as_json, text="\n".join(_lines(receipt, what)))


def _body(body: str | None, given: dict[str, Any], parts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the body that the JSON and the flags make together."""
    found = _read(body) | {field: value for field, value in given.items() if value is not None}
    return found | {holder: _merged(holder, found.get(holder), part) for holder, part in parts.items() if part}


def _checked(policy: Policy, kind: str, body: dict[str, Any]) -> Call:
    """Return the call, if the policy allows it; nobody is asked at a command line."""
    call = policy.check(ENDPOINTS[kind].call.parse(policy.fill_in(body)))
    if policy.needs_approval(call):
        raise PolicyError(
            "Not sent. The policy has a person approve this call, whom a command cannot ask.", rule="approve"
        )
    return call


def _read(body: str | None) -> dict[str, Any]:
    if body is None:
        return {}
    found = loads(sys.stdin.buffer.read() if body == "-" else body)
    if not isinstance(found, dict):
        raise InvalidRequestError(problems=(Problem("not_a_call", (), {"found": type_name(found)}),))
    return found


def _merged(holder: str, given: object, found: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(given, dict | None):
        raise InvalidRequestError(f"Not sent. The {holder} of the JSON are not an object, and nothing can be added.")
    return {**(given or {}), **found}


def _lines(receipt: Receipt, what: str) -> Iterator[str]:
    ids = f", messageId {escaped(receipt.message_id, _MOST_ID)}" if len(receipt.message_ids) == 1 else ""
    yield {
        "accepted": f"Accepted: {what}{ids}.",
        "received": f"Received: {what}{ids}. Without --strict this is no proof: the API also answers 200 to what it"
        " drops.",
        "dry_run": f"Nothing was sent. This is the {what}:",
    }[receipt.status]
    for preview in receipt.previews:
        body = orjson.dumps(preview.body, option=orjson.OPT_INDENT_2).decode()
        yield escaped(body, _MOST_BODY, keep="\n")
    yield from (safe(f"Warning: {warning}") for warning in receipt.warnings)
