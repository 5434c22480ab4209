"""People and what is known about them."""

from __future__ import annotations

from tests.evals.conditions import USUAL, cleared, event, merged, person
from tests.evals.task import Step, Task, identify
from tests.evals.wants import instant, maybe

_ADDRESS = {"city": "Graz", "country": "AT", "postcode": "8010"}
_NAME = "Zoë “Bob” Łukasiewicz-山田"

TASKS = (
    Task(
        name="sign-up",
        prompt="Mia Wong signed up today with mia@example.com; she is on the free plan (trait plan). Add her.",
        wants=(
            person("mia", {"email": "mia@example.com", "plan": "free"}, may=USUAL),
            maybe(event("mia", "Signed Up", "Sign Up", "User Signed Up")),
        ),
        steps=(identify("mia", email="mia@example.com", plan="free"),),
    ),
    Task(
        name="upgrade",
        prompt="Ada is on the pro plan now. The trait is called plan.",
        wants=(person("ada", {"plan": "pro"}),),
        steps=(identify("ada", plan="pro"),),
    ),
    Task(
        name="typed-values",
        prompt=(
            "Please set three traits for Dan: seats is the number 12, vip is the boolean true, and renewal is the date"
            " 1 March 2027, written 2027-03-01."
        ),
        wants=(person("dan", {"seats": 12, "vip": True, "renewal": "2027-03-01"}),),
        steps=(identify("dan", seats=12, vip=True, renewal="2027-03-01"),),
    ),
    Task(
        name="clear-a-trait",
        prompt="Ada no longer uses her nickname. Clear the trait nickname; everything else stays as it is.",
        wants=(cleared("ada", "nickname"),),
        steps=(identify("ada", nickname=None),),
    ),
    Task(
        name="known-by-address",
        prompt=(
            "Somebody left us nothing but the address grace@example.com and wants to hear about webinars. Keep that as"
            " the trait interest with the value webinars. There is no other id for them."
        ),
        wants=(person("grace@example.com", {"interest": "webinars"}, may=("email",)),),
        steps=(identify("grace@example.com", interest="webinars"),),
    ),
    Task(
        name="visitor-trait",
        prompt="The visitor with the anonymous id v-77 prefers the dark theme: keep the trait theme = dark.",
        wants=(person("v-77", {"theme": "dark"}, kind="visitor"),),
        steps=(Step("identify", {"anonymousId": "v-77", "traits": {"theme": "dark"}}),),
    ),
    Task(
        name="visitor-becomes-known",
        prompt=(
            "The visitor with the anonymous id v-42 has just registered: she is Lin, lin@example.com. Connect what the"
            " visitor did with her."
        ),
        wants=(
            merged("v-42", "lin"),
            person("lin", {"email": "lin@example.com"}, may=USUAL),
            maybe(event("lin", "Signed Up", "Registered", "User Registered")),
        ),
        steps=(Step("identify", {"userId": "lin", "anonymousId": "v-42", "traits": {"email": "lin@example.com"}}),),
    ),
    Task(
        name="nested-value",
        prompt=(
            "Dan has moved. His trait address is one object: city Graz, country AT, postcode 8010, and the postcode is"
            " a string."
        ),
        wants=(person("dan", {"address": _ADDRESS}),),
        steps=(identify("dan", address=_ADDRESS),),
    ),
    Task(
        name="customer-since",
        prompt="Ada has been our customer since 5 March 2021, 09:00 UTC. Put that into her trait createdAt.",
        wants=(person("ada", {"createdAt": instant("2021-03-05T09:00:00Z")}),),
        steps=(identify("ada", createdAt="2021-03-05T09:00:00Z"),),
    ),
    Task(
        name="exact-spelling",
        prompt=f"Bob's full name goes into the trait full_name, spelled exactly so: {_NAME}",
        wants=(person("bob", {"full_name": _NAME}),),
        steps=(identify("bob", full_name=_NAME),),
    ),
    Task(
        name="two-people",
        prompt="Ada and Bob both take part in the beta: set the trait beta to true for each of them.",
        wants=(person("ada", {"beta": True}), person("bob", {"beta": True})),
        steps=(identify("ada", beta=True), identify("bob", beta=True)),
    ),
)
