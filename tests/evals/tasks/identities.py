"""Devices, merged ids, blocked ids and people who want to be forgotten."""

from __future__ import annotations

from langchain_customerio import Policy
from tests.evals.conditions import deleted, merged, no_device, unblocked
from tests.evals.conditions import device as has_device
from tests.evals.task import Step, Task, device, track

_ADD, _REMOVE = "Device Created or Updated", "Device Deleted"

TASKS = (
    Task(
        name="new-phone",
        prompt="Ada has allowed push messages on her iPhone. Its push token is ada-phone-9.",
        strict=False,
        wants=(has_device("ada", "ada-phone-9", "ios"),),
        steps=(device(_ADD, "ada", "ada-phone-9", "ios"),),
    ),
    Task(
        name="lost-phone",
        prompt="Bob has lost his iPhone. Remove that device; its push token is bob-phone-1.",
        strict=False,
        wants=(no_device("bob", "bob-phone-1"),),
        steps=(device(_REMOVE, "bob", "bob-phone-1", "ios"),),
    ),
    Task(
        name="replaced-phone",
        prompt=(
            "Cleo has a new Android phone with the push token cleo-phone-2. It replaces her old one, also Android, with"
            " the token cleo-phone-1."
        ),
        strict=False,
        wants=(has_device("cleo", "cleo-phone-2", "android"), no_device("cleo", "cleo-phone-1")),
        steps=(device(_ADD, "cleo", "cleo-phone-2", "android"), device(_REMOVE, "cleo", "cleo-phone-1", "android")),
    ),
    Task(
        name="two-accounts-one-person",
        prompt="The user ids ada-old and ada are the same person. Merge ada-old into ada; ada is the id to keep.",
        wants=(merged("ada-old", "ada"),),
        steps=(Step("alias", {"previousId": "ada-old", "userId": "ada"}),),
    ),
    Task(
        name="free-again",
        prompt="The user id eve was suppressed by mistake. Lift that, so that eve can be added again some day.",
        wants=(unblocked("eve"),),
        steps=(track("eve", "User Unsuppressed"),),
    ),
    Task(
        name="to-be-forgotten",
        prompt="Cleo has asked us to erase her. Delete her for good; should she ever come back, she may sign up again.",
        policy=Policy(allow_destructive=True),
        wants=(deleted("cleo"),),
        steps=(track("cleo", "User Deleted"),),
    ),
    Task(
        name="to-be-blocked",
        prompt="Dan is a fraudster. Delete him for good, and see to it that his user id can never be added again.",
        policy=Policy(allow_destructive=True),
        wants=(deleted("dan", and_blocked=True),),
        steps=(track("dan", "User Suppressed"),),
    ),
)
