"""Limits of the workspace, which are met after the API has answered 200.

They are documented for the Track API and only plausible for this one, so they apply with
`Sandbox(workspace_limits=True)` alone (Customer.io docs: Track API > Limits). The limit of 100,000 bytes of event
data is left out: no call of this API can be that large.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from langchain_customerio.sandbox.http import size_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_customerio.sandbox.models import Call

_ID_BYTES: Final = 150
_NAME_BYTES: Final = 150
_VALUE_BYTES: Final = 1_000
_ATTRIBUTES: Final = 300
_EVENT_NAME_BYTES: Final = 100
_IDS: Final = ("userId", "anonymousId", "groupId", "previousId")


def over_limit(call: Call, attributes: int = 0) -> str | None:
    """Say which limit of the workspace a call exceeds, or None.

    Args:
        call: The checked call.
        attributes: How many attributes its person would have afterwards.
    """
    return next(_excesses(call, attributes), None)


def _excesses(call: Call, attributes: int) -> Iterator[str]:
    for name in _IDS:
        if _size(call.body.get(name) or "") > _ID_BYTES:
            yield f"{name} is over {_ID_BYTES} bytes"
    if _size(call.text("event") or "") > _EVENT_NAME_BYTES:
        yield f"the event name is over {_EVENT_NAME_BYTES} bytes"
    for name, value in call.mapping("traits").items():
        if _size(name) > _NAME_BYTES:
            yield f"an attribute name is over {_NAME_BYTES} bytes"
        if _size(value) > _VALUE_BYTES:
            yield f"the attribute {name[:_NAME_BYTES]} is over {_VALUE_BYTES:,} bytes"
    if attributes > _ATTRIBUTES:
        yield f"the person would have more than {_ATTRIBUTES} attributes"


def _size(value: object) -> int:
    """Bytes of UTF-8: of the text itself, of anything else as JSON."""
    return len(value.encode()) if isinstance(value, str) else size_of(value)
