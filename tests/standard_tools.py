"""Every tool of both styles with arguments that it takes, for LangChain's standard tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_customerio.tools.typed import TYPED_TOOLS
from tests.cases import CASES

if TYPE_CHECKING:
    from langchain_customerio.tools.base import CustomerioTool


@dataclass(frozen=True)
class Subject:
    """A tool, arguments of a call to it, and the endpoint at which that arrives."""

    tool: type[CustomerioTool]
    arguments: dict[str, Any]

    @property
    def endpoint(self) -> str:
        """The route under `/v1`."""
        return f"/{self.tool.call_type.kind}"

    @property
    def name(self) -> str:
        """The name that a model sees."""
        return str(self.tool.model_fields["name"].default)

    def make(self, **settings: Any) -> CustomerioTool:
        """Make the tool with these settings, such as `client`."""
        return self.tool(**settings)


_TYPED: dict[str, dict[str, Any]] = {
    "customerio_identify": {"user_id": "ada", "traits": '{"plan": "pro"}'},
    "customerio_track": {"user_id": "ada", "event": "Signed Up"},
    "customerio_page": {"user_id": "ada", "name": "Pricing", "url": "https://example.com/pricing"},
    "customerio_screen": {"user_id": "ada", "name": "Settings"},
    "customerio_group": {"group_id": "acme", "user_id": "ada"},
    "customerio_alias": {"previous_id": "visitor-7", "user_id": "ada"},
    "customerio_batch": {"calls": '[{"type": "track", "userId": "ada", "event": "Signed Up"}]'},
    "customerio_set_subscription": {"user_id": "ada", "what": "topic", "name": "topic_1", "subscribed": False},
    "customerio_add_device": {"user_id": "ada", "token": "t0k3n", "platform": "ios"},
    "customerio_remove_device": {"user_id": "ada", "token": "t0k3n", "platform": "ios"},
    "customerio_remove_from_object": {"user_id": "ada", "object_id": "acme"},
    "customerio_unsuppress_person": {"user_id": "ada"},
    "customerio_delete_person": {"user_id": "ada"},
    "customerio_suppress_person": {"user_id": "ada"},
    "customerio_delete_object": {"object_id": "acme"},
}

SUBJECTS = (
    *(Subject(case.tool, {"mode": "execute", "request_body": json.dumps(case.call.example)}) for case in CASES),
    *(Subject(tool, _TYPED[str(tool.model_fields["name"].default)]) for tool in TYPED_TOOLS),
)
