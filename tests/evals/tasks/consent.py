"""Who wants to hear from us, about what, and how; in a toolkit that does not ask for proof."""

from __future__ import annotations

from tests.evals.conditions import person, preference
from tests.evals.task import Task, identify
from tests.evals.wants import any_of
from tests.evals.world import PREFERENCES

_UNSUBSCRIBED = person("cleo", {"unsubscribed": True})

TASKS = (
    Task(
        name="no-more-messages",
        prompt="Cleo wants no more messages from us, of any kind.",
        strict=False,
        wants=(_UNSUBSCRIBED,),
        steps=(identify("cleo", unsubscribed=True),),
    ),
    Task(
        name="newsletter-only",
        prompt="Unsubscribe Cleo from the newsletter only.",
        strict=False,
        wants=(preference("cleo", "topics.topic_3", on=False),),
        steps=(identify("cleo", **{f"{PREFERENCES}.topics.topic_3": False}),),
    ),
    Task(
        name="no-text-messages",
        prompt="Bob wants no more text messages (SMS). All the rest is fine with him.",
        strict=False,
        wants=(preference("bob", "channels.sms", on=False),),
        steps=(identify("bob", **{f"{PREFERENCES}.channels.sms": False}),),
    ),
    Task(
        name="back-again",
        prompt="Dan had unsubscribed from everything. He has changed his mind: subscribe him again.",
        strict=False,
        wants=(person("dan", {"unsubscribed": False}),),
        steps=(identify("dan", unsubscribed=False),),
    ),
    Task(
        name="two-topics",
        prompt="Ada wants no product news and no offers any more. The newsletter she likes.",
        strict=False,
        wants=(preference("ada", "topics.topic_1", on=False), preference("ada", "topics.topic_2", on=False)),
        steps=(
            identify("ada", **{f"{PREFERENCES}.topics.topic_1": False}),
            identify("ada", **{f"{PREFERENCES}.topics.topic_2": False}),
        ),
    ),
    Task(
        name="a-form-says-yes",
        prompt="Bob has filled in our form. Field “Unsubscribe me from all of it”: “yes, please”. Do as he asks.",
        strict=False,
        wants=(any_of(person("bob", {"unsubscribed": True}), person("bob", {"unsubscribed": "true"})),),
        steps=(identify("bob", unsubscribed=True),),
    ),
)
