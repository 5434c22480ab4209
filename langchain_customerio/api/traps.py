"""Names that mean something else than they seem to: consent, relations, events. Warnings, never refusals.

Source: Customer.io documentation, Pipelines API: Identify, Group, Subscription preferences, Semantic events.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from langchain_customerio.api.validation import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST_NAME = 60
_CONSENT_WORDS = frozenset({"true", "false", "1", "0"})
_PREFERENCES = "cio_subscription_preferences"
_ONE = re.compile(rf"{_PREFERENCES}\.(topics\.topic_\w+|channels\.(email|sms|push|in_app|whatsapp|slack|line|inbox))")
_ABOUT_BOTH = frozenset({"relationshipattributes", "relationship_attributes"})
_ABOUT_E_MAIL = frozenset(
    {
        "Email Bounced",
        "Email Delivered",
        "Email Opened",
        "Email Link Clicked",
        "Email Marked as Spam",
        "Email Unsubscribed",
    }
)
_ABOUT_APPLICATIONS = frozenset({"Application Installed", "Application Opened", "Application Uninstalled"})


def traps_of_an_event(name: str, properties: Mapping[str, Any]) -> Iterator[str]:
    """Warn of an event that needs something which is not there, or may do more than being recorded."""
    if name in _ABOUT_E_MAIL and not properties.get("email_id"):
        yield f'properties.email_id: is missing; "{name}" needs it'
    if name in _ABOUT_APPLICATIONS:
        yield "event: may also change the devices of the person"


def traps_of_a_person(name: str, value: object) -> Iterator[str]:
    """Warn of a trait of a person that is read otherwise than its name suggests."""
    field, folded = f"traits.{shown(name, _MOST_NAME)}", name.strip().lower()
    if name == "unsubscribed":
        if str(value).lower() not in _CONSENT_WORDS:
            yield f"{field}: anything but true, 1 and their text means subscribed; send true or false"
    elif name == _PREFERENCES:
        yield f'{field}: replaces every preference; to set one, use "{_PREFERENCES}.topics.topic_1"'
    elif folded == "unsubscribed":
        yield f"{field}: is an ordinary trait; consent is traits.unsubscribed"
    elif folded.startswith(_PREFERENCES):
        if not _ONE.fullmatch(name):
            yield f'{field}: is no preference; one is "{_PREFERENCES}.topics.topic_1" or ".channels.email"'
        elif not isinstance(value, bool):
            yield f"{field}: send true or false"
    elif folded == "cio_relationships":
        yield f"{field}: is of the Track API; here a group call relates a person to an object"
    elif folded in _ABOUT_BOTH:
        yield f"{field}: is an ordinary trait of a person; it belongs to a group call"


def traps_of_a_group(name: str, _value: object) -> Iterator[str]:
    """Warn of a trait of a group that was meant for its relation to a person."""
    if name != "relationshipAttributes" and name.strip().lower() in _ABOUT_BOTH:
        yield f"traits.{shown(name)}: is an ordinary trait of the group; the relation has relationshipAttributes"
