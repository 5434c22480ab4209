"""The words of delivery errors: what happened, whether it is stored, and what to do now, in at most 45 words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from langchain_customerio.errors import (
    AuthenticationError,
    NoAnswerError,
    RateLimitedError,
    RedirectedError,
    RejectedError,
    TooLargeError,
    UnexpectedAnswerError,
)
from langchain_customerio.messages import MOST_WORDS
from langchain_customerio.text import plural, quotation

if TYPE_CHECKING:
    from langchain_customerio.errors import DeliveryError

SAME_ID: Final = 'message_id="{id}"'
"""How a program hands an id back."""

_FEWEST_SAID: Final = 6
_PLAIN_ID: Final = re.compile(r"[\w.:-]{1,100}", re.ASCII)


def plain_id(message_id: str) -> str:
    """Return a `messageId` as it may be shown; of one that could be anything, only that there is one.

    >>> plain_id("order-17"), plain_id("ada@example.com")
    ('order-17', '[messageId]')
    """
    return message_id if _PLAIN_ID.fullmatch(message_id) else "[messageId]"


def explain(error: DeliveryError, same_id: str = SAME_ID) -> str:
    """Say of a delivery error what happened, whether it is stored, and what to do now.

    Args:
        error: The error; its attributes say it all.
        same_id: How the door that shows the words takes an id back, `{id}` standing for the id: a tool may say
            `"messageId": "{id}" in request_body`.
    """
    before = f"The first {error.delivered:,} calls had been delivered." if error.delivered else ""
    then = f"{_wait(error)} {before} {_stored(error)} {_advice(error, same_id)}"
    happened = _what(error)
    said = _said(error, MOST_WORDS - len(f"{happened} {then}".split()))
    return " ".join(f"{happened}{said}. {then}".split())


def _what(error: DeliveryError) -> str:
    call, host, status = error.call, error.host, error.status
    after = f"after {plural(error.attempts, 'attempt')}"
    match error:
        case NoAnswerError(may_have_arrived=True):
            what = f"No answer to {call} from {host} {after} ({error.detail})"
        case NoAnswerError():
            what = f"No connection to {host} for {call} {after} ({error.detail})"
        case RedirectedError():
            what = f"{host} redirected {call} to {quotation(error.detail) if error.detail else 'nowhere'} ({status})"
        case UnexpectedAnswerError(status=None):
            what = f"{host} answered {call} with what cannot be read ({error.detail})"
        case UnexpectedAnswerError(foreign=True):
            what = f"Something other than the Customer.io API answered {status} to {call}"
        case UnexpectedAnswerError():
            what = f"{host} answered {status} to {call} without the JSON of the API"
        case RateLimitedError():
            what = f"{host} still limited {call} {after} ({status})"
        case _:
            what = f"{host} answered {status} to {call} {after}"
    return what


def _said(error: DeliveryError, most: int) -> str:
    """Return the far end's own words, marked as such, as many as there is room for."""
    words = error.detail.split()
    if not words or error.status is None or isinstance(error, RedirectedError) or most < _FEWEST_SAID:
        return ""
    most -= len(["the", "server", "says:"])
    shown = " ".join(words[:most]) + ("…" if len(words) > most else "")
    return f"; the server says: {quotation(shown)}"


def _wait(error: DeliveryError) -> str:
    limited = isinstance(error, RateLimitedError) and not error.may_have_arrived
    return f"It asks for a wait of {error.retry_after:,.0f} s." if limited and error.retry_after else ""


def _stored(error: DeliveryError) -> str:
    if not error.message_ids:  # nothing was to be stored, or a load says what became of its records
        return ""
    if not error.may_have_arrived:
        return f"Nothing{' of the rest' if error.delivered else ''} was stored."
    if isinstance(error, UnexpectedAnswerError) and error.foreign:
        return "Almost surely nothing was stored."
    if isinstance(error, RejectedError) and len(error.message_ids) > 1:
        return "The items that it does not refuse may have been stored."
    return "It may have been stored."


def _advice(error: DeliveryError, same_id: str) -> str:
    several = len(error.message_ids) > 1
    match error:
        case AuthenticationError():
            advice = "The key or the region is wrong: a person must correct it."
        case RedirectedError():
            advice = "The region or the base URL is probably wrong: a person must correct it."
        case UnexpectedAnswerError() | RejectedError(status=404 | 405 | 410):
            advice = "The base URL or the network is probably wrong: a person must look."
        case _ if not error.message_ids:
            advice = ""
        case TooLargeError():
            advice = "Send fewer calls at once." if several else "Shorten it, or report it."
        case RejectedError() if error.may_have_arrived and not several:
            advice = "Report it as unconfirmed."
        case RejectedError() if error.detail:
            advice = "If that names a fault in the call, correct it; otherwise report the refusal."
        case RejectedError():
            advice = "Check the call against its schema, or report the refusal."
        case _:
            advice = _unconfirmed(error, same_id) if error.may_have_arrived else "Report it as not stored."
    return advice


def _unconfirmed(error: DeliveryError, same_id: str) -> str:
    """Say how to repeat without making it two: what may have arrived is repeated with the id that it had."""
    if len(error.message_ids) > 1:  # too many to be named
        return (
            "Report it as unconfirmed, and do not repeat it: calls without a messageId of their own could count twice."
        )
    shown = plain_id(error.message_ids[0])
    same = "the same messageId" if shown != error.message_ids[0] else same_id.format(id=shown)
    return f"Report it as unconfirmed, or repeat it once now with {same}, by which Customer.io can recognise it."
