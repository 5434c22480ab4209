"""A call as code that sends it again: Python, curl, or a tool call."""

from __future__ import annotations

import json
import shlex
from pprint import pformat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from langchain_customerio.sandbox.http import JsonObject
    from langchain_customerio.sandbox.ledger import Entry
    from langchain_customerio.sandbox.rows import Row

TOOLS: Final = {
    "identify": "customerio_identify_person_and_assign_traits",
    "track": "customerio_track_user_event",
    "page": "customerio_send_page_view_event",
    "screen": "customerio_send_screen_view_event",
    "group": "customerio_add_to_group",
    "alias": "customerio_alias_user_identity",
}
"""The tool for each call."""
_STRICT_MODE_FLAG: Final = {"page": "enable_strict_mode"}

_PYTHON: Final = """\
from langchain_customerio import PipelinesClient, {name}

with PipelinesClient(base_url={base_url!r}) as client:  # the key is read from CUSTOMERIO_API_KEY
    client.send({name}.parse({body}){strict})
"""


def snippets(row: Row, base_url: str) -> dict[str, str]:
    """Give a call as `python` and as `tool`, and its whole request as `curl`.

    The first two leave the message id out, so that what they send is a call of its own. They are missing where no
    call could be read, and the last one where the body is not text.

    Args:
        row: The call.
        base_url: Where to send it, up to `/v1`.
    """
    found: dict[str, str] = {}
    if row.call and row.call.type in TOOLS:
        body = {name: value for name, value in row.body.items() if name not in {"type", "messageId"}}
        found["python"] = _python(row.call.type, body, base_url, strict=row.entry.strict)
        found["tool"] = _tool(row.call.type, body, strict=row.entry.strict)
    curl = _curl(row.entry, base_url)
    return found | ({"curl": curl} if curl else {})


def _python(kind: str, body: JsonObject, base_url: str, *, strict: bool) -> str:
    literal = pformat(body, width=100, sort_dicts=False).replace("\n", "\n" + " " * 8)
    if "\n" in literal:
        literal = f"\n        {literal}\n    "
    return _PYTHON.format(
        name=kind.capitalize(), base_url=base_url, body=literal, strict=", strict=True" if strict else ""
    )


def _tool(kind: str, body: JsonObject, *, strict: bool) -> str:
    args = {"mode": "execute", "request_body": json.dumps(body, ensure_ascii=False)}
    if strict:
        args[_STRICT_MODE_FLAG.get(kind, "enable_strict_validation")] = "1"
    call = {"name": TOOLS[kind], "args": args, "id": "call_1", "type": "tool_call"}
    return json.dumps(call, ensure_ascii=False, indent=2)


def _curl(entry: Entry, base_url: str) -> str | None:
    """Repeat the request as it was, but for the key, the encoding and what an HTTP client adds by itself."""
    body = entry.text
    if body is None or "\0" in body:
        return None
    url = base_url.removesuffix("/v1") + entry.path
    bearer = (entry.key or "").startswith("Bearer")
    key = '-H "Authorization: Bearer $CUSTOMERIO_API_KEY"' if bearer else '-u "$CUSTOMERIO_API_KEY:"'
    parts = [f"curl -X {shlex.quote(entry.method)} {shlex.quote(url)}", key, "-H 'Content-Type: application/json'"]
    if entry.strict:
        parts.append("-H 'X-Strict-Mode: 1'")
    if body:
        parts.append(f"--data-binary {shlex.quote(body)}")
    return " \\\n  ".join(parts)
