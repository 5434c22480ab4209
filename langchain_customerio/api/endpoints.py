"""The one table of endpoints: a row for each, which tools, prompt, hints, schema answers and command line read.

Source: Customer.io documentation, Pipelines API: https://docs.customer.io/integrations/api/cdp/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from langchain_customerio.api.calls import Alias, Batch, Group, Identify, Page, Screen, Track

if TYPE_CHECKING:
    from langchain_customerio.api.calls import Call


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One POST of the Pipelines API.

    Attributes:
        call: The body that it takes.
        tool: Name of the two-mode tool for it.
        flag: What that tool calls its strict flag.
        summary: What it does, in one sentence.
        use: When to use it, as a part of a sentence; empty for what needs no advice.
        parts: Parts of its schema that are worth asking for.
    """

    call: type[Call]
    tool: str
    flag: str
    summary: str
    use: str
    parts: tuple[str, ...] = ("context.device",)

    @property
    def kind(self) -> str:
        """Name of the call, and last part of the path."""
        return self.call.kind

    @property
    def path(self) -> str:
        """Path below the base URL."""
        return f"/{self.kind}"


STRICT_VALIDATION: Final = "enable_strict_validation"
STRICT_MODE: Final = "enable_strict_mode"
STRICT_FLAGS: Final = (STRICT_VALIDATION, STRICT_MODE)
"""The two spellings of the strict argument; each tool declares one and accepts both."""

ENDPOINTS: Final[dict[str, Endpoint]] = {
    row.kind: row
    for row in (
        Endpoint(
            Identify,
            "customerio_identify_person_and_assign_traits",
            STRICT_VALIDATION,
            "Create or update a person; null clears a trait.",
            "who a person is",
        ),
        Endpoint(
            Track,
            "customerio_track_user_event",
            STRICT_VALIDATION,
            "Record what a person did.",
            "what they did",
            parts=("event", "context.device"),
        ),
        Endpoint(
            Page,
            "customerio_send_page_view_event",
            STRICT_MODE,
            "Record that a person or visitor viewed a web page.",
            "web views",
        ),
        Endpoint(
            Screen,
            "customerio_send_screen_view_event",
            STRICT_VALIDATION,
            "Record that a person or visitor viewed an app screen.",
            "app views",
        ),
        Endpoint(
            Group,
            "customerio_add_to_group",
            STRICT_VALIDATION,
            "Create or update a group (company, course, …); userId is optional and joins it.",
            "companies",
        ),
        Endpoint(
            Alias,
            "customerio_alias_user_identity",
            STRICT_VALIDATION,
            "Merge two ids of a person; treat it as irreversible.",
            "merging ids",
        ),
        Endpoint(
            Batch,
            "customerio_send_batch_requests",
            STRICT_MODE,
            "Send several calls in order.",
            "several calls",
            parts=("track.event", "track.context"),
        ),
    )
}
"""Every endpoint, by the name of its call, in the order in which a model best meets their tools."""
