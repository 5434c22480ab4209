"""The names that a model knows: what is said about a call's fields, said about a tool's arguments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from langchain_customerio.errors import InvalidRequestError, PolicyError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType


class Naming:
    """Gives fields of a call the names that a tool's arguments have for them, in texts and in errors.

    As a context manager it does so to the refusals that leave the block, so that parser, policy and delivery speak of
    fields on the wire and need not know the tools.

    Args:
        arguments: The name of the argument by the path on the wire, such as `{"context.device.token": "token"}`.
        fields: The top-level fields of the call, in wire names.
        rest: The argument that holds all fields without one of their own; empty where there is none.

    >>> naming = Naming({"userId": "user_id", "properties.url": "url"}, ["userId", "properties", "context"], "rest")
    >>> naming("needs a person: give userId; context.ip: is not an IP address")
    'needs a person: give user_id; rest.context.ip: is not an IP address'
    """

    def __init__(self, arguments: Mapping[str, str], fields: Iterable[str] = (), rest: str = "") -> None:
        """Keep the names."""
        self._arguments = arguments
        self._rest = rest
        known = {*fields, *(path.partition(".")[0] for path in arguments)} - {"batch"}
        words = "|".join([*sorted(known), r"batch(?=\[)"])  # "batch" alone is an English word
        self._path = re.compile(rf"""(?<![\w."'\[])(?:{words})(?!\w)(?:\.\w+)*""")

    def __call__(self, text: str) -> str:
        """Return a text with its paths renamed; what stands in quotes is somebody's data and stays."""
        return self._path.sub(lambda found: self.field(found[0]), text) if self._arguments else text

    def field(self, path: str) -> str:
        """Return the name of what stands at a path on the wire; the longest path that an argument has counts."""
        for known in sorted(self._arguments, key=len, reverse=True):
            if path == known or path.startswith((f"{known}.", f"{known}[")):
                return self._arguments[known] + path[len(known) :]
        own = not path or path.partition(".")[0] in self._arguments.values()
        return path if own or not self._rest else f"{self._rest}.{path}"

    def __enter__(self) -> None:
        """Begin a block whose refusals are renamed."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Rename what is refused; any other error goes on as it is."""
        if not self._arguments:
            return
        if isinstance(error, InvalidRequestError) and error.problems:
            problems = (Problem(self.field(p.field), self(p.message), p.index) for p in error.problems)
            raise InvalidRequestError(problems=tuple(problems)) from None
        if isinstance(error, PolicyError):
            raise PolicyError(self(str(error)), rule=error.rule, index=error.index) from None
