"""What one writes on a command line, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import typer

from langchain_customerio.api.strict_json import loads
from langchain_customerio.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterable


def pairs(given: Iterable[str] | None, option: str) -> dict[str, str]:
    """Read `NAME=VALUE`, as often as it is given.

    >>> pairs(["userId=id", "traits.plan=plan"], "--map")
    {'userId': 'id', 'traits.plan': 'plan'}
    """
    found: dict[str, str] = {}
    for number, pair in enumerate(given or (), 1):
        name, equals, value = pair.partition("=")
        if not equals or not name:  # not shown, since it may be about a person, and terminals have logs
            raise typer.BadParameter(f"number {number} of them is not NAME=VALUE", param_hint=option)
        found[name] = value
    return found


def values(given: Iterable[str] | None, option: str) -> dict[str, Any]:
    """Read `NAME=VALUE` where a value is JSON, or else the text as it stands.

    >>> values(["plan=pro", "total=20.5", "vip=true", 'zip="10115"', "code=007"], "--trait")
    {'plan': 'pro', 'total': 20.5, 'vip': True, 'zip': '10115', 'code': '007'}

    What a number would not write back as it was given stays text.

    >>> values(["account=123456789012345678901234567890", "version=1.10"], "--trait")
    {'account': '123456789012345678901234567890', 'version': '1.10'}
    """
    return {name: _value(text) for name, text in pairs(given, option).items()}


def _value(text: str) -> object:
    try:
        found = loads(text)
    except InvalidRequestError:
        return text
    return text if type(found) in {int, float} and orjson.dumps(found).decode() != text.strip() else found
