"""Requests that can be read in more than one way: some have one sensible reading, the others must wait."""

from __future__ import annotations

from langchain_customerio import Policy
from tests.evals.conditions import USUAL, event, no_member, person, preference
from tests.evals.task import Task, identify, leave
from tests.evals.wants import maybe
from tests.evals.world import PREFERENCES

TASKS = (
    Task(
        name="two-called-alex",
        prompt="Set Alex's plan to pro. (For your information: alex-m works in sales, alex-r in support.)",
        answer="There are two people called Alex: alex-m or alex-r?",
    ),
    Task(
        name="undo",
        prompt="Undo the last change to Ada's plan, please.",
        answer="What the plan was before cannot be read here.",
    ),
    Task(
        name="which-team",
        prompt="Bob goes to the other team from tomorrow. Update his group.",
        answer="Which team is the other one?",
    ),
    Task(
        name="delete-from-company",
        prompt="Delete Bob from Acme.",
        policy=Policy(allow_destructive=True),
        wants=(no_member("bob", "acme"),),
        steps=(leave("bob", "acme"),),
    ),
    Task(
        name="no-more-e-mails",
        prompt="Ada doesn't want e-mails from us any more. Text messages are fine.",
        wants=(preference("ada", "channels.email", on=False),),
        steps=(identify("ada", **{f"{PREFERENCES}.channels.email": False}),),
    ),
    Task(
        name="second-thoughts",
        prompt="Add Mia with the e-mail address mia@example.com. No, wait: it is mia.wong@example.com.",
        wants=(
            person("mia", {"email": "mia.wong@example.com"}, may=USUAL),
            maybe(event("mia", "Signed Up", "User Signed Up")),
        ),
        steps=(identify("mia", email="mia.wong@example.com"),),
    ),
)
