"""Devices, merged ids, suppressed ids and people who want to be forgotten."""

from __future__ import annotations

from langchain_customerio import Policy
from tests.evals.goals import deleted, merged, no_device, unsuppressed
from tests.evals.goals import device as has_device
from tests.evals.task import Claim, Mistake, Step, Task, device, identify, track

_ADD, _REMOVE = "Device Created or Updated", "Device Deleted"
_DELETIONS = Policy(allow_destructive=True)

TASKS = (
    Task(
        name="new-phone",
        prompt="Ada has allowed push messages on her iPhone. Its push token is ada-phone-9.",
        strict=None,
        goals=(has_device("ada", "ada-phone-9", "ios"),),
        steps=(device(_ADD, "ada", "ada-phone-9", "ios"),),
        mistakes=(
            Mistake("takes it for an Android phone", (device(_ADD, "ada", "ada-phone-9", "android"),)),
            Mistake("keeps the token as a trait", (identify("ada", device_token="ada-phone-9"),)),
            Mistake("records an event that does nothing", (track("ada", "Push Allowed", token="ada-phone-9"),)),
        ),
    ),
    Task(
        name="lost-phone",
        prompt="Bob has lost his iPhone. Remove that device; its push token is bob-phone-1.",
        strict=None,
        goals=(no_device("bob", "bob-phone-1"),),
        steps=(device(_REMOVE, "bob", "bob-phone-1", "ios"),),
        mistakes=(
            Mistake("removes a device that there is not", (device(_REMOVE, "bob", "bob-phone", "ios"),), Claim.DONE),
            Mistake(
                "turns off push messages", (identify("bob", **{"cio_subscription_preferences.channels.push": False}),)
            ),
        ),
    ),
    Task(
        name="replaced-phone",
        prompt=(
            "Cleo has a new Android phone with the push token cleo-phone-2. It replaces her old one, also Android, with"
            " the token cleo-phone-1."
        ),
        strict=None,
        goals=(has_device("cleo", "cleo-phone-2", "android"), no_device("cleo", "cleo-phone-1")),
        steps=(device(_ADD, "cleo", "cleo-phone-2", "android"), device(_REMOVE, "cleo", "cleo-phone-1", "android")),
        mistakes=(
            Mistake(
                "adds the new one and keeps the old one", (device(_ADD, "cleo", "cleo-phone-2", "android"),), Claim.DONE
            ),
            Mistake(
                "merges one token into the other",
                (Step("alias", {"previousId": "cleo-phone-1", "userId": "cleo-phone-2"}),),
            ),
        ),
    ),
    Task(
        name="two-accounts-one-person",
        prompt="The user ids ada-old and ada are the same person. Merge ada-old into ada; ada is the id to keep.",
        goals=(merged("ada-old", "ada"),),
        steps=(Step("alias", {"previousId": "ada-old", "userId": "ada"}),),
        mistakes=(
            Mistake("merges the wrong way round", (Step("alias", {"previousId": "ada", "userId": "ada-old"}),)),
            Mistake("notes the other id as a trait", (identify("ada", previous_id="ada-old"),)),
        ),
    ),
    Task(
        name="free-again",
        prompt="The user id eve was suppressed by mistake. Lift that, so that eve can be added again some day.",
        goals=(unsuppressed("eve"),),
        steps=(track("eve", "User Unsuppressed"),),
        mistakes=(
            Mistake("adds her at once as well", (track("eve", "User Unsuppressed"), identify("eve", plan="free"))),
            Mistake("sets a trait that means nothing", (identify("eve", suppressed=False),), Claim.DONE),
            Mistake("frees somebody else", (track("ada", "User Unsuppressed"),), Claim.DONE),
        ),
    ),
    Task(
        name="to-be-forgotten",
        prompt="Cleo has asked us to erase her. Delete her for good; should she ever come back, she may sign up again.",
        policy=_DELETIONS,
        goals=(deleted("cleo"),),
        steps=(track("cleo", "User Deleted"),),
        mistakes=(
            Mistake("blocks her id too", (track("cleo", "User Suppressed"),)),
            Mistake("unsubscribes her instead", (identify("cleo", unsubscribed=True),), Claim.DONE),
            Mistake("clears what it knows of her", (identify("cleo", email=None, plan=None),), Claim.DONE),
        ),
    ),
    Task(
        name="to-be-blocked",
        prompt="Dan is a fraudster. Delete him for good, and see to it that his user id can never be added again.",
        policy=_DELETIONS,
        goals=(deleted("dan", and_suppressed=True),),
        steps=(track("dan", "User Suppressed"),),
        mistakes=(
            Mistake("deletes him and does not block the id", (track("dan", "User Deleted"),), Claim.DONE),
            Mistake("marks him", (identify("dan", blocked=True),), Claim.DONE),
        ),
    ),
    Task(
        name="erasure-request",
        prompt=(
            "Bob has sent a request for erasure. Our nightly import still has him, and would bring him back under the"
            " user id bob: erase him in such a way that it cannot."
        ),
        policy=_DELETIONS,
        goals=(deleted("bob", and_suppressed=True),),
        steps=(track("bob", "User Suppressed"),),
        mistakes=(
            Mistake("deletes him, and the import brings him back", (track("bob", "User Deleted"),), Claim.DONE),
            Mistake(
                "deletes him and sends him again", (track("bob", "User Deleted"), identify("bob", do_not_import=True))
            ),
        ),
    ),
)
