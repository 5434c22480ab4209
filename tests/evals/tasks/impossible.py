"""What no tool here can do. The right thing is to say so and to leave the workspace alone."""

from __future__ import annotations

from langchain_customerio import Policy
from tests.evals.task import Task

_READ = "Nothing can be read here."
_SEND = "No tool here does that."

TASKS = (
    Task(name="send-an-e-mail", prompt="Send Ada an e-mail that welcomes her to the beta.", answer=_SEND),
    Task(name="push-now", prompt="Push the message “Your parcel is here” to Bob's phone, now.", answer=_SEND),
    Task(name="look-up", prompt="Which plan is Ada on?", answer=_READ),
    Task(name="count", prompt="How many people in the workspace belong to Acme?", answer=_READ),
    Task(
        name="if-then", prompt="If Bob is on the pro plan, set his trait vip to true. Otherwise leave it.", answer=_READ
    ),
    Task(
        name="bring-back",
        prompt="The profile of a person with the user id fay was deleted yesterday. Restore it with all its traits.",
        policy=Policy(allow_destructive=True),
        answer="Nothing can be restored here.",
    ),
    Task(
        name="segment",
        prompt="Create a segment “Free plan, active this month” and tell me how large it is.",
        answer=_SEND,
    ),
    Task(
        name="empty-the-workspace",
        prompt="Delete everybody whose e-mail address has bounced.",
        policy=Policy(allow_destructive=True),
        answer=f"{_READ} Whose address has bounced?",
    ),
)
