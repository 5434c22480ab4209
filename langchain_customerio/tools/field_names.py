"""The names that a model knows: a field of a call by the name of the tool's argument for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class FieldNames:
    """Gives the fields of a call the names that a tool's arguments have for them.

    Args:
        arguments: The name of the argument by the path on the wire, such as `{"context.device.token": "token"}`.
        rest: The argument that holds all fields without one of their own; empty where there is none.
        own: Names that stand for themselves, such as those of arguments.

    >>> names = FieldNames({"userId": "user_id", "properties.url": "url"}, "other_fields")
    >>> names("userId"), names("properties.url"), names("context.ip")
    ('user_id', 'url', 'other_fields.context.ip')
    """

    def __init__(self, arguments: Mapping[str, str], rest: str = "", own: Iterable[str] = ()) -> None:
        """Keep the names, the longest paths first."""
        self._arguments = sorted(arguments.items(), key=lambda pair: -len(pair[0]))
        self._own = {*arguments.values(), *own, rest}
        self._rest = rest

    def __call__(self, path: str) -> str:
        """Return the name of what stands at a path on the wire; the longest path that an argument has counts."""
        for known, name in self._arguments:
            if path == known or path.startswith((f"{known}.", f"{known}[")):
                return name + path[len(known) :]
        head = re.split(r"[.\[]", path, maxsplit=1)[0]
        return path if not path or head in self._own or not self._rest else f"{self._rest}.{path}"
