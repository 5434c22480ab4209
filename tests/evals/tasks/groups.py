"""Companies and other groups, and who belongs to them."""

from __future__ import annotations

from langchain_customerio import Policy
from tests.evals.goals import group, member, no_group, no_member
from tests.evals.task import Claim, Mistake, Step, Task, identify, join, leave, track

_COURSE = {"objectTypeId": "2", "name": "Statistics I"}
_INITECH = {"name": "Initech", "plan": "enterprise"}
_EVERYBODY_LEAVES = (leave("bob", "acme"), leave("cleo", "acme"))


def _dissolve(name: str, kind: str = "1") -> Step:
    properties = {"objectId": name, "objectTypeId": kind}
    return Step("track", {"anonymousId": "unused", "event": "Object Deleted", "properties": properties})


TASKS = (
    Task(
        name="new-company",
        prompt="We have won a new customer, the company Initech. Its traits: name Initech, plan enterprise.",
        goals=(group("initech", _INITECH),),
        steps=(Step("group", {"groupId": "initech", "traits": _INITECH}),),
        mistakes=(
            Mistake("adds a person of that name", (identify("initech", **_INITECH),)),
            Mistake(
                "invents a member", (Step("group", {"groupId": "initech", "userId": "admin", "traits": _INITECH}),)
            ),
            Mistake("asks which person it should add", (), Claim.NOT_DONE),
        ),
    ),
    Task(
        name="joined",
        prompt="Ada has started at Acme. Keep her role there, analyst, as role on the relationship.",
        goals=(member("ada", "acme", has={"role": "analyst"}),),
        steps=(join("ada", "acme", role="analyst"),),
        mistakes=(
            Mistake(
                "makes the role a trait of the company",
                (Step("group", {"groupId": "acme", "userId": "ada", "traits": {"role": "analyst"}}),),
            ),
            Mistake("makes it traits of the person", (identify("ada", company="acme", role="analyst"),)),
            Mistake("forgets the role", (join("ada", "acme"),)),
        ),
    ),
    Task(
        name="left",
        prompt="Bob left Acme, but keep his profile.",
        goals=(no_member("bob", "acme"),),
        steps=(leave("bob", "acme"),),
        mistakes=(
            Mistake("records an event that does nothing", (track("bob", "Left Company", objectId="acme"),), Claim.DONE),
            Mistake("clears his role", (join("bob", "acme", role=None),), Claim.DONE),
            Mistake("takes everybody out", _EVERYBODY_LEAVES),
        ),
    ),
    Task(
        name="course",
        prompt=(
            "Cleo has enrolled in the course c-7, “Statistics I”. Courses are objects of type 2; the course is new, so"
            " keep its name in the trait name."
        ),
        goals=(member("cleo", "c-7", kind="2"), group("c-7", {"name": "Statistics I"}, kind="2")),
        steps=(Step("group", {"groupId": "c-7", "userId": "cleo", "traits": _COURSE}),),
        mistakes=(
            Mistake(
                "forgets the type",
                (Step("group", {"groupId": "c-7", "userId": "cleo", "traits": {"name": "Statistics I"}}),),
            ),
            Mistake("makes the course and enrols nobody", (Step("group", {"groupId": "c-7", "traits": _COURSE}),)),
        ),
    ),
    Task(
        name="dropped-out",
        prompt="Cleo has dropped out of the course c-7 (courses are objects of type 2), not of Acme. Take her out.",
        history=(Step("group", {"groupId": "c-7", "userId": "cleo", "traits": _COURSE}),),
        goals=(no_member("cleo", "c-7", kind="2"),),
        steps=(leave("cleo", "c-7", "2"),),
        mistakes=(
            Mistake("forgets the type", (leave("cleo", "c-7"),), Claim.DONE),
            Mistake("takes her out of the company", (leave("cleo", "acme"),)),
            Mistake("takes her out of both", (leave("cleo", "c-7", "2"), leave("cleo", "acme"))),
        ),
    ),
    Task(
        name="renamed",
        prompt="Acme is called Acme Labs now: that is its trait name. The group id stays acme.",
        goals=(group("acme", {"name": "Acme Labs"}),),
        steps=(Step("group", {"groupId": "acme", "traits": {"name": "Acme Labs"}}),),
        mistakes=(
            Mistake("makes a new company", (Step("group", {"groupId": "acme labs", "traits": {"name": "Acme Labs"}}),)),
            Mistake(
                "merges the old name into the new one", (Step("alias", {"previousId": "acme", "userId": "acme-labs"}),)
            ),
        ),
    ),
    Task(
        name="moved",
        prompt="Dan has moved from Globex to Acme.",
        goals=(no_member("dan", "globex"), member("dan", "acme")),
        steps=(leave("dan", "globex"), join("dan", "acme")),
        mistakes=(
            Mistake("adds him to Acme and leaves him at Globex", (join("dan", "acme"),), Claim.DONE),
            Mistake("takes him out and does not add him", (leave("dan", "globex"),), Claim.DONE),
        ),
    ),
    Task(
        name="promoted",
        prompt="Bob is a lead at Acme now: that is the role on his relationship with the company.",
        goals=(member("bob", "acme", has={"role": "lead"}),),
        steps=(join("bob", "acme", role="lead"),),
        mistakes=(
            Mistake("makes it a trait of his", (identify("bob", role="lead"),)),
            Mistake("takes him out and adds him again without", (leave("bob", "acme"), join("bob", "acme"))),
        ),
    ),
    Task(
        name="dissolved",
        prompt="Globex has been dissolved. Delete the company for good; its people stay.",
        policy=Policy(allow_destructive=["Object Deleted"]),
        goals=(no_group("globex"),),
        steps=(_dissolve("globex"),),
        mistakes=(
            Mistake("deletes an object of another type", (_dissolve("globex", "2"),), Claim.DONE),
            Mistake("takes its people out and leaves it", (leave("dan", "globex"),), Claim.DONE),
            Mistake(
                "records that it was dissolved", (track("dan", "Company Dissolved", company="globex"),), Claim.DONE
            ),
        ),
    ),
)
