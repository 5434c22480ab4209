"""Which values of a call are left out of what is told about it, as `Policy.redact` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.api.calls import Batch
from langchain_customerio.policy.patterns import goes_too_far, paths_to, read_patterns
from langchain_customerio.text import E_MAIL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langchain_customerio.api.calls import Call

REDACTED: Final = "[redacted]"
_STRUCTURE: Final = (("", "type"), ("", "event"))
_CONTEXT: Final = "context."


def own_ids(call: Call) -> frozenset[str]:
    """Return the message ids that the caller gave; they are data, as those made here are not."""
    items = call if isinstance(call, Batch) else [call]
    return frozenset(found for item in items if (found := getattr(item, "message_id", None)))


def redacted(body: Any, redact: bool | Iterable[str], own: frozenset[str]) -> Any:  # noqa: ANN401, FBT001 - any JSON; the value of a policy's field
    """Return the body of a call with values replaced; names of calls and events, and ids made here, stay.

    Args:
        body: The body, in wire names.
        redact: Which values to leave out: all of them, or those whose paths match a pattern, and what lies below them.
        own: Message ids of the caller's own.

    >>> redacted({"userId": "ada", "traits": {"email": "ada@example.com"}}, ["traits.email"], frozenset())
    {'userId': 'ada', 'traits': {'email': '[redacted]'}}
    """
    return _without(body, "", _patterns(redact), own) if redact else body


def redacts_ids(redact: bool | Iterable[str]) -> bool:  # noqa: FBT001 - the same
    """Return whether message ids of the caller's own are left out."""
    return _hides(("messageId",), _patterns(redact))


def hidden(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON of the same form with none of its values, and without e-mail addresses as keys."""
    if isinstance(value, dict):
        return {E_MAIL.sub("[e-mail]", key): hidden(item) for key, item in value.items()}
    return [hidden(item) for item in value] if isinstance(value, list) else REDACTED


def _patterns(redact: bool | Iterable[str]) -> tuple[str, ...]:  # noqa: FBT001 - the same
    return ("*",) * redact if isinstance(redact, bool) else tuple(redact)


def _without(value: Any, path: str, patterns: tuple[str, ...], own: frozenset[str]) -> Any:  # noqa: ANN401 - any JSON
    if path == "messageId" and value not in own:
        return value
    if path not in {"", "batch"} and _hides(_places(path), patterns):
        return hidden(value)
    if isinstance(value, dict):
        return {
            key: item if (path, key) in _STRUCTURE else _without(item, f"{path}.{key}".lstrip("."), patterns, own)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without(item, "" if path == "batch" else path, patterns, own) for item in value]
    return value


def _places(path: str) -> tuple[str, ...]:
    """Return a path; of traits that ride in a context, also the path that they would have without it."""
    return (path, path.removeprefix(_CONTEXT)) if path.startswith(f"{_CONTEXT}traits") else (path,)


def _hides(places: tuple[str, ...], patterns: tuple[str, ...]) -> bool:
    """Return whether a pattern matches a path or what it lies in, which may be written with dots in one key."""
    if any(map(goes_too_far, places)):
        return True
    hides = read_patterns(tuple(f"!{pattern}" for pattern in patterns)).deny  # as little care as a denial takes
    return any(hides(each) for path in places for each in paths_to(path))
