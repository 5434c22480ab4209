"""Who wants to hear from us, about what, and how; in a toolkit whose operator has said nothing about validation."""

from __future__ import annotations

from tests.evals.goals import either, person, preference
from tests.evals.state import PREFERENCES
from tests.evals.task import Claim, Mistake, Step, Task, identify

_ONLY_NEWSLETTER_OFF = {"topics": {"topic_3": False}}


def _prefer(who: str, path: str, *, on: bool = False) -> Step:
    return identify(who, **{f"{PREFERENCES}.{path}": on})


TASKS = (
    Task(
        name="no-more-messages",
        prompt="Cleo wants no more messages from us, of any kind.",
        strict=None,
        goals=(person("cleo", {"unsubscribed": True}),),
        steps=(identify("cleo", unsubscribed=True),),
        mistakes=(
            Mistake("turns off e-mail only", (_prefer("cleo", "channels.email"),)),
            Mistake("writes it as a word", (identify("cleo", unsubscribed="yes"),)),
            Mistake("invents a trait", (identify("cleo", subscribed=False),)),
        ),
    ),
    Task(
        name="newsletter-only",
        prompt="Unsubscribe Cleo from the newsletter only.",
        strict=None,
        goals=(preference("cleo", "topics.topic_3", on=False),),
        steps=(_prefer("cleo", "topics.topic_3"),),
        mistakes=(
            Mistake("unsubscribes her from everything", (identify("cleo", unsubscribed=True),)),
            Mistake("replaces all her preferences", (identify("cleo", **{PREFERENCES: _ONLY_NEWSLETTER_OFF}),)),
            Mistake("takes another topic", (_prefer("cleo", "topics.topic_1"),)),
            Mistake("names the topic by its name", (_prefer("cleo", "topics.newsletter"),)),
        ),
    ),
    Task(
        name="no-text-messages",
        prompt="Bob wants no more text messages (SMS). All the rest is fine with him.",
        strict=None,
        goals=(preference("bob", "channels.sms", on=False),),
        steps=(_prefer("bob", "channels.sms"),),
        mistakes=(
            Mistake("names a channel that there is not", (_prefer("bob", "channels.text"),), Claim.DONE),
            Mistake("replaces all his preferences", (identify("bob", **{PREFERENCES: {"channels": {"sms": False}}}),)),
            Mistake("unsubscribes him from everything", (identify("bob", unsubscribed=True),)),
        ),
    ),
    Task(
        name="back-again",
        prompt="Dan had unsubscribed from everything. He has changed his mind: subscribe him again.",
        strict=None,
        goals=(person("dan", {"unsubscribed": False}),),
        steps=(identify("dan", unsubscribed=False),),
        mistakes=(
            Mistake("turns on a topic", (_prefer("dan", "topics.topic_3", on=True),), Claim.DONE),
            Mistake("writes it as a word", (identify("dan", unsubscribed="no"),)),
        ),
    ),
    Task(
        name="two-topics",
        prompt="Ada wants no product news and no offers any more. The newsletter she likes.",
        strict=None,
        goals=(preference("ada", "topics.topic_1", on=False), preference("ada", "topics.topic_2", on=False)),
        steps=(_prefer("ada", "topics.topic_1"), _prefer("ada", "topics.topic_2")),
        mistakes=(
            Mistake("does the first and calls it done", (_prefer("ada", "topics.topic_1"),), Claim.DONE),
            Mistake(
                "replaces all her topics",
                (identify("ada", **{PREFERENCES: {"topics": {"topic_1": False, "topic_2": False, "topic_3": True}}}),),
            ),
        ),
    ),
    Task(
        name="a-form-says-yes",
        prompt="Bob has filled in our form. Field “Unsubscribe me from all of it”: “yes, please”. Do as he asks.",
        strict=None,
        goals=(either(person("bob", {"unsubscribed": True}), person("bob", {"unsubscribed": "true"})),),
        steps=(identify("bob", unsubscribed=True),),
        mistakes=(
            Mistake("copies the field's value", (identify("bob", unsubscribed="yes, please"),)),
            Mistake("takes the yes for a subscription", (identify("bob", unsubscribed=False),)),
        ),
    ),
)
