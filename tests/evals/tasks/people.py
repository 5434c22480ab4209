"""People and what is known about them."""

from __future__ import annotations

from langchain_customerio import Policy
from tests.evals.goals import USUAL, cleared, event, instant, merged, person, tolerated
from tests.evals.task import Claim, Mistake, Step, Task, identify, track

_ADDRESS = {"city": "Graz", "country": "AT", "postcode": "8010"}
_NAME = "Zoë “Bob” Łukasiewicz-山田"

TASKS = (
    Task(
        name="sign-up",
        prompt="Mia Wong signed up today with mia@example.com; she is on the free plan (trait plan). Add her.",
        goals=(
            person("mia", {"email": "mia@example.com", "plan": "free"}, may=USUAL),
            tolerated(event("mia", "Signed Up", "Sign Up", "User Signed Up")),
        ),
        steps=(identify("mia", email="mia@example.com", plan="free"),),
        mistakes=(
            Mistake("records that she signed up and keeps no trait", (track("mia", "Signed Up"),)),
            Mistake("forgets the plan", (identify("mia", email="mia@example.com"),)),
            Mistake("uses another id", (identify("mia-wong", email="mia@example.com", plan="free"),)),
        ),
    ),
    Task(
        name="upgrade",
        prompt="Ada is on the pro plan now. The trait is called plan.",
        goals=(person("ada", {"plan": "pro"}),),
        steps=(identify("ada", plan="pro"),),
        mistakes=(
            Mistake("records an event instead", (track("ada", "Plan Changed", plan="pro"),)),
            Mistake("writes the value in its own way", (identify("ada", plan="Pro"),)),
            Mistake("notes the change besides", (identify("ada", plan="pro", upgraded_at="2026-11-24"),)),
        ),
    ),
    Task(
        name="typed-values",
        prompt=(
            "Please set three traits for Dan: seats is the number 12, vip is the boolean true, and renewal is the date"
            " 1 March 2027, written 2027-03-01."
        ),
        goals=(person("dan", {"seats": 12, "vip": True, "renewal": "2027-03-01"}),),
        steps=(identify("dan", seats=12, vip=True, renewal="2027-03-01"),),
        mistakes=(
            Mistake("sends everything as text", (identify("dan", seats="12", vip="true", renewal="2027-03-01"),)),
            Mistake("takes 1 for true", (identify("dan", seats=12, vip=1, renewal="2027-03-01"),)),
            Mistake("turns the day and the month", (identify("dan", seats=12, vip=True, renewal="2027-01-03"),)),
        ),
    ),
    Task(
        name="clear-a-trait",
        prompt="Ada no longer uses her nickname. Clear the trait nickname; everything else stays as it is.",
        goals=(cleared("ada", "nickname"),),
        steps=(identify("ada", nickname=None),),
        mistakes=(
            Mistake("writes that there is none", (identify("ada", nickname="none"),)),
            Mistake("clears another one too", (identify("ada", nickname=None, plan=None),)),
            Mistake("deletes her and begins again", (track("ada", "User Deleted"), identify("ada", plan="free"))),
        ),
    ),
    Task(
        name="known-by-address",
        prompt=(
            "Somebody left us nothing but the address grace@example.com and wants to hear about webinars. Keep that as"
            " the trait interest with the value webinars. There is no other id for them."
        ),
        goals=(person("grace@example.com", {"interest": "webinars"}, may=("email",)),),
        steps=(identify("grace@example.com", interest="webinars"),),
        mistakes=(
            Mistake("invents a user id", (identify("grace", email="grace@example.com", interest="webinars"),)),
            Mistake(
                "takes the address for an anonymous id",
                (Step("identify", {"anonymousId": "grace@example.com", "traits": {"interest": "webinars"}}),),
            ),
        ),
    ),
    Task(
        name="visitor-trait",
        prompt="The visitor with the anonymous id v-77 prefers the dark theme: keep the trait theme = dark.",
        goals=(person("v-77", {"theme": "dark"}, kind="visitor"),),
        steps=(Step("identify", {"anonymousId": "v-77", "traits": {"theme": "dark"}}),),
        mistakes=(
            Mistake("takes the anonymous id for a user id", (identify("v-77", theme="dark"),)),
            Mistake(
                "gives both ids",
                (Step("identify", {"userId": "v-77", "anonymousId": "v-77", "traits": {"theme": "dark"}}),),
            ),
        ),
    ),
    Task(
        name="visitor-becomes-known",
        prompt=(
            "The visitor with the anonymous id v-42 has just registered: she is Lin, lin@example.com. Connect what the"
            " visitor did with her."
        ),
        goals=(
            merged("v-42", "lin"),
            person("lin", {"email": "lin@example.com"}, may=USUAL),
            tolerated(event("lin", "Signed Up", "Registered", "User Registered")),
        ),
        steps=(Step("identify", {"userId": "lin", "anonymousId": "v-42", "traits": {"email": "lin@example.com"}}),),
        mistakes=(
            Mistake("adds her and connects nothing", (identify("lin", email="lin@example.com"),)),
            Mistake(
                "connects them the wrong way round",
                (Step("alias", {"previousId": "lin", "userId": "v-42"}), identify("lin", email="lin@example.com")),
            ),
        ),
    ),
    Task(
        name="nested-value",
        prompt=(
            "Dan has moved. His trait address is one object: city Graz, country AT, postcode 8010, and the postcode is"
            " a string."
        ),
        goals=(person("dan", {"address": _ADDRESS}),),
        steps=(identify("dan", address=_ADDRESS),),
        mistakes=(
            Mistake("sends three traits", (identify("dan", city="Graz", country="AT", postcode="8010"),)),
            Mistake("sends the postcode as a number", (identify("dan", address={**_ADDRESS, "postcode": 8010}),)),
            Mistake("sends the object as text", (identify("dan", address=str(_ADDRESS)),)),
        ),
    ),
    Task(
        name="customer-since",
        prompt="Ada has been our customer since 5 March 2021, 09:00 UTC. Put that into her trait createdAt.",
        goals=(person("ada", {"createdAt": instant("2021-03-05T09:00:00Z")}),),
        steps=(identify("ada", createdAt="2021-03-05T09:00:00Z"),),
        mistakes=(
            Mistake("turns the day and the month", (identify("ada", createdAt="2021-05-03T09:00:00Z"),)),
            Mistake("sends milliseconds", (identify("ada", createdAt=1614934800000),)),
            Mistake("names the trait in its own way", (identify("ada", created_at="2021-03-05T09:00:00Z"),)),
        ),
    ),
    Task(
        name="exact-spelling",
        prompt=f"Bob's full name goes into the trait full_name, spelled exactly so: {_NAME}",
        goals=(person("bob", {"full_name": _NAME}),),
        steps=(identify("bob", full_name=_NAME),),
        mistakes=(
            Mistake(
                "straightens the quotation marks", (identify("bob", full_name=_NAME.translate({8220: 34, 8221: 34})),)
            ),
            Mistake("keeps the letters that it can type", (identify("bob", full_name="Zoe Bob Lukasiewicz"),)),
        ),
    ),
    Task(
        name="two-people",
        prompt="Ada and Bob both take part in the beta: set the trait beta to true for each of them.",
        goals=(person("ada", {"beta": True}), person("bob", {"beta": True})),
        steps=(identify("ada", beta=True), identify("bob", beta=True)),
        mistakes=(
            Mistake("does the first and calls it done", (identify("ada", beta=True),), Claim.DONE),
            Mistake("makes them one person", (identify("ada and bob", beta=True),)),
        ),
    ),
    Task(
        name="my-own-trait",
        prompt="I am Ada, and I have moved to Graz. Please put that into my trait city.",
        policy=Policy(person="ada"),
        goals=(person("ada", {"city": "Graz"}),),
        steps=(identify("ada", city="Graz"),),
        mistakes=(
            Mistake("asks for her user id, which it does not need", (), Claim.NOT_DONE),
            Mistake("records an event instead", (track("ada", "Moved", city="Graz"),)),
        ),
    ),
)
