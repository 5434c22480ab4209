"""Goals about events, page views and screen views."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from langchain_customerio.api.semantic_events import REDIRECTING_PROPERTIES
from tests.evals.goals.base import Goal, in_words, instant, matches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.evals.state import Change, Fact, RecordedEvent


def event(  # noqa: PLR0913 - each keyword is one thing that an event can be asked for
    who: str,
    *names: str,
    has: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
    integrations: Mapping[str, Any] | None = None,
    at: str = "",
    kind: str = "track",
    visitor: bool = False,
) -> Goal:
    """Ask for one event, page view or screen view.

    Args:
        who: The person, or the visitor.
        *names: The name, or several that will do; case and punctuation make no difference unless it has a `.` in it.
        has: Properties that it needs; others do no harm, except those that redirect a message.
        context: Keys of its context.
        integrations: Its destinations, exactly; not looked at without.
        at: The exact moment.
        kind: `track`, `page` or `screen`.
        visitor: Whether `who` is an anonymous id.
    """
    folded = {_folded(name) for name in names}

    def fits(found: RecordedEvent) -> bool:
        return (
            found.kind == kind
            and (found.visitor if visitor else found.who) == who
            and (not folded or _folded(found.name or "") in folded)
            and _has(found.properties, has)
            and _has(found.context, context)
            and (integrations is None or found.integrations == integrations)
            and not REDIRECTING_PROPERTIES.intersection(found.properties)
            and (not at or instant(at)(found.at.astimezone(UTC).isoformat()))
        )

    def find(change: Change, left: set[Fact]) -> set[Fact] | None:
        for fact in left:
            if _is_new_event(change, fact) and fits(change.after[fact]):
                return {fact, *(left & {("person", who), ("visitor", who)})}
        return None

    what = names[0] if names else kind
    return Goal(f"{what} of {who}{f' with {in_words(has)}' if has else ''}", find)


def in_order(*names: str) -> Goal:
    """Ask for events to have arrived in this order."""
    wanted = [_folded(name) for name in names]

    def find(change: Change, _left: set[Fact]) -> set[Fact] | None:
        new = [_folded(value.name or "") for fact, value in change.after.items() if _is_new_event(change, fact)]
        return set() if [name for name in new if name in wanted] == wanted else None

    return Goal(f"{', '.join(names)}, in this order", find)


def _has(values: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> bool:
    return all(name in values and matches(values[name], value) for name, value in (wanted or {}).items())


def _is_new_event(change: Change, fact: Fact) -> bool:
    return fact[0] == "event" and fact in change.after and fact not in change.before


def _folded(name: str) -> str:
    return name if "." in name else "".join(filter(str.isalnum, name.casefold()))
