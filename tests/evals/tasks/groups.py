"""Companies and other groups, and who belongs to them."""

from __future__ import annotations

from langchain_customerio import Policy
from tests.evals.conditions import group, member, no_group, no_member
from tests.evals.task import Step, Task, join, leave

_COURSE = {"objectTypeId": "2", "name": "Statistics I"}

TASKS = (
    Task(
        name="new-company",
        prompt="We have won a new customer, the company Initech. Its traits: name Initech, plan enterprise.",
        wants=(group("initech", {"name": "Initech", "plan": "enterprise"}),),
        steps=(Step("group", {"groupId": "initech", "traits": {"name": "Initech", "plan": "enterprise"}}),),
    ),
    Task(
        name="joined",
        prompt="Ada has started at Acme. Keep her role there, analyst, as role on the relationship.",
        wants=(member("ada", "acme", has={"role": "analyst"}),),
        steps=(join("ada", "acme", role="analyst"),),
    ),
    Task(
        name="left",
        prompt="Bob left Acme, but keep his profile.",
        wants=(no_member("bob", "acme"),),
        steps=(leave("bob", "acme"),),
    ),
    Task(
        name="course",
        prompt=(
            "Cleo has enrolled in the course c-7, “Statistics I”. Courses are objects of type 2; the course is new, so"
            " keep its name in the trait name."
        ),
        wants=(member("cleo", "c-7", kind="2"), group("c-7", {"name": "Statistics I"}, kind="2")),
        steps=(Step("group", {"groupId": "c-7", "userId": "cleo", "traits": _COURSE}),),
    ),
    Task(
        name="renamed",
        prompt="Acme is called Acme Labs now: that is its trait name. The group id stays acme.",
        wants=(group("acme", {"name": "Acme Labs"}),),
        steps=(Step("group", {"groupId": "acme", "traits": {"name": "Acme Labs"}}),),
    ),
    Task(
        name="moved",
        prompt="Dan has moved from Globex to Acme.",
        wants=(no_member("dan", "globex"), member("dan", "acme")),
        steps=(leave("dan", "globex"), join("dan", "acme")),
    ),
    Task(
        name="promoted",
        prompt="Bob is a lead at Acme now: that is the role on his relationship with the company.",
        wants=(member("bob", "acme", has={"role": "lead"}),),
        steps=(join("bob", "acme", role="lead"),),
    ),
    Task(
        name="dissolved",
        prompt="Globex has been dissolved. Delete the company for good; its people stay.",
        policy=Policy(allow_destructive=["Object Deleted"]),
        wants=(no_group("globex"),),
        steps=(
            Step(
                "track",
                {
                    "anonymousId": "unused",
                    "event": "Object Deleted",
                    "properties": {"objectId": "globex", "objectTypeId": "1"},
                },
            ),
        ),
    ),
)
