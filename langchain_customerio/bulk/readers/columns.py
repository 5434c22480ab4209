"""What a column is taken for, as the preview shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_customerio.errors import Problem


@dataclass(frozen=True, slots=True)
class Column:
    """What a column is taken for.

    Attributes:
        name: Its name.
        field: The field that it is, such as `traits.plan`; empty where it is left out.
        type: Its type: integer, number, boolean, text or time; of a table, what Arrow calls it; empty where it is left
            out.
        reason: Why it has not the type that it nearly has; None where there is nothing to say.
        line: The line that shows it, from 1; 0 where there is nothing to say.
    """

    name: str
    field: str = ""
    type: str = ""
    reason: Problem | None = None
    line: int = 0
