"""What every workspace holds before a task begins, so that harm to bystanders shows."""

from __future__ import annotations

from tests.evals.state import PREFERENCES
from tests.evals.task import Step, batch, device, identify, join, track

ALL_ON = {
    "topics": {"topic_1": True, "topic_2": True, "topic_3": True},
    "channels": {"email": True, "sms": True, "push": True},
}
"""The subscription preferences of everybody."""


def _person(who: str, plan: str, **more: object) -> Step:
    return identify(who, email=f"{who}@example.com", plan=plan, **{PREFERENCES: ALL_ON}, **more)


WORKSPACE: tuple[Step, ...] = (
    batch(
        _person("ada", "free", nickname="Countess"),
        _person("bob", "pro"),
        _person("cleo", "free"),
        _person("dan", "pro", unsubscribed=True),
        identify("ada-old", shoe_size=38),
        Step("group", {"groupId": "acme", "traits": {"name": "Acme", "plan": "team"}}),
        Step("group", {"groupId": "globex", "traits": {"name": "Globex"}}),
        join("bob", "acme", role="engineer"),
        join("cleo", "acme"),
        join("dan", "globex"),
        device("Device Created or Updated", "bob", "bob-phone-1", "ios"),
        device("Device Created or Updated", "cleo", "cleo-phone-1", "android"),
        track("bob", "Signed Up"),
        Step("identify", {"anonymousId": "v-42", "traits": {"campaign": "spring"}}),
        Step("page", {"anonymousId": "v-42", "name": "Home"}),
        track("eve", "User Suppressed"),
    ),
)
