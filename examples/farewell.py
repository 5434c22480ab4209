"""Shared by the examples: an agent that is asked to forget somebody, which a person has to approve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripted_model import ScriptedModel, call, turn

if TYPE_CHECKING:
    from langchain_customerio.sandbox import Sandbox

TASK = "Ada has closed her account and asks us to delete all that we hold about her."

TRACK = "customerio_track_user_event"

MODEL = ScriptedModel(
    turns=[
        turn("First, what happened.", call(TRACK, {"userId": "ada", "event": "Account Closed"})),
        turn("Now the deletion.", call(TRACK, {"userId": "ada", "event": "User Deleted"})),
        turn("I pass on what the tools have said, and claim no more."),
    ]
)

INSTEAD = {"userId": "ada", "event": "Deletion Requested"}
"""What the reviewer sends instead of a deletion, who would rather have somebody call Ada first."""

LEFT_BEHIND = {
    "approve": (["Account Closed"], ["ada"]),
    "edit": (["Account Closed", "Deletion Requested"], []),
    "reject": (["Account Closed"], []),
}
"""What each decision leaves in the workspace: the events, and who was deleted."""


def left_behind(sandbox: Sandbox) -> tuple[list[str | None], list[str]]:
    """Return what a workspace holds afterwards, in the form of `LEFT_BEHIND`."""
    return [event.name for event in sandbox.events], [deletion.id for deletion in sandbox.deleted]
