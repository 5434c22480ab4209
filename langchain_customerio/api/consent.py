"""How consent is written: the trait `unsubscribed`, and one preference at a time under a dotted key.

Source: Customer.io documentation, Pipelines API, Identify; Subscription preferences.
"""

from __future__ import annotations

import re
from typing import Final

from langchain_customerio.errors import Problem
from langchain_customerio.text import shown, type_name

CHANNELS: Final = ("email", "sms", "push", "in_app", "whatsapp", "slack", "line", "inbox")
PREFERENCES: Final = "cio_subscription_preferences"
"""The trait that holds all preferences: sent as an object, it replaces every one of them."""

_ONE: Final = re.compile(rf"{PREFERENCES}\.(topics\.topic_\w+|channels\.({'|'.join(CHANNELS)}))")
_EXAMPLES: Final = f'"{PREFERENCES}.topics.topic_1" or ".channels.{"|".join(CHANNELS)}"'


def preference_key(part: str, name: str) -> str:
    """Return the trait that holds one preference.

    >>> preference_key("topics", "topic_1")
    'cio_subscription_preferences.topics.topic_1'
    """
    return f"{PREFERENCES}.{part}.{name}"


def preference_problem(name: str, value: object) -> Problem | None:
    """Return what is wrong with a trait that sets preferences; None for a right one, and for any other trait."""
    if not name.strip().lower().startswith(PREFERENCES):
        return None
    path = ("traits", shown(name))
    if name == PREFERENCES:
        return Problem("preferences_replaced", path, {"use": f'"{preference_key("topics", "topic_1")}"'})
    if not _ONE.fullmatch(name):
        return Problem("preference_unknown", path, {"use": _EXAMPLES})
    if not isinstance(value, bool):
        return Problem("preference_not_boolean", path, {"found": type_name(value)})
    return None
