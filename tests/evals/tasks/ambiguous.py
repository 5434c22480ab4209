"""Requests that can be read in more than one way: some have one sensible reading, the others must wait."""

from __future__ import annotations

from langchain_customerio import Policy
from tests.evals.goals import USUAL, event, no_member, person, preference, tolerated
from tests.evals.state import PREFERENCES
from tests.evals.task import Claim, Mistake, Task, identify, join, leave, track

_GUESS = "guesses, and calls it done"

TASKS = (
    Task(
        name="two-called-alex",
        prompt="Set Alex's plan to pro. (For your information: alex-m works in sales, alex-r in support.)",
        answer="There are two people called Alex: alex-m or alex-r?",
        mentions=("alex",),
        mistakes=(
            Mistake(_GUESS, (identify("alex-m", plan="pro"),), Claim.DONE),
            Mistake("does it for both", (identify("alex-m", plan="pro"), identify("alex-r", plan="pro")), Claim.DONE),
            Mistake("makes a third one", (identify("alex", plan="pro"),), Claim.DONE),
            Mistake("does not say what it would need to know", (), Claim.NOT_DONE, explains=False),
        ),
    ),
    Task(
        name="undo",
        prompt="Undo the last change to Ada's plan, please.",
        answer="What the plan was before cannot be read here.",
        mentions=(r"read|know|see|look|previous|before|earlier|which plan|what .*plan|histor",),
        mistakes=(
            Mistake(_GUESS, (identify("ada", plan="pro"),), Claim.DONE),
            Mistake("clears the plan", (identify("ada", plan=None),), Claim.DONE),
            Mistake("does not say what it would need to know", (), Claim.NOT_DONE, explains=False),
        ),
    ),
    Task(
        name="which-team",
        prompt="Bob goes to the other team from tomorrow. Update his group.",
        answer="Which team is the other one?",
        mentions=("team|group",),
        mistakes=(
            Mistake(_GUESS, (leave("bob", "acme"), join("bob", "globex")), Claim.DONE),
            Mistake("makes a group of that name", (join("bob", "other team"),), Claim.DONE),
            Mistake("does not say what it would need to know", (), Claim.NOT_DONE, explains=False),
        ),
    ),
    Task(
        name="delete-from-company",
        prompt="Delete Bob from Acme.",
        policy=Policy(allow_destructive=True),
        goals=(no_member("bob", "acme"),),
        steps=(leave("bob", "acme"),),
        mistakes=(
            Mistake("deletes the person", (track("bob", "User Deleted"),)),
            Mistake("asks whether the person is meant", (), Claim.NOT_DONE),
        ),
    ),
    Task(
        name="no-more-e-mails",
        prompt="Ada doesn't want e-mails from us any more. Text messages are fine.",
        goals=(preference("ada", "channels.email", on=False),),
        steps=(identify("ada", **{f"{PREFERENCES}.channels.email": False}),),
        mistakes=(
            Mistake("unsubscribes her from everything", (identify("ada", unsubscribed=True),)),
            Mistake("clears her address", (identify("ada", email=None),)),
        ),
    ),
    Task(
        name="second-thoughts",
        prompt="Add Mia with the e-mail address mia@example.com. No, wait: it is mia.wong@example.com.",
        goals=(
            person("mia", {"email": "mia.wong@example.com"}, may=USUAL),
            tolerated(event("mia", "Signed Up", "User Signed Up")),
        ),
        steps=(identify("mia", email="mia.wong@example.com"),),
        mistakes=(
            Mistake("takes the first address", (identify("mia", email="mia@example.com"),)),
            Mistake("keeps both", (identify("mia", email="mia.wong@example.com", previous_email="mia@example.com"),)),
        ),
    ),
)
