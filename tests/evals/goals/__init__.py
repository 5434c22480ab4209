"""What a task can ask for."""

from tests.evals.goals.base import (
    Goal,
    Grade,
    containing,
    either,
    grade,
    if_possible,
    instant,
    tolerated,
    unreachable,
)
from tests.evals.goals.events import event, in_order
from tests.evals.goals.groups import group, member, no_group, no_member
from tests.evals.goals.people import (
    USUAL,
    cleared,
    deleted,
    device,
    merged,
    no_device,
    person,
    preference,
    unsuppressed,
)

__all__ = [
    "USUAL",
    "Goal",
    "Grade",
    "cleared",
    "containing",
    "deleted",
    "device",
    "either",
    "event",
    "grade",
    "group",
    "if_possible",
    "in_order",
    "instant",
    "member",
    "merged",
    "no_device",
    "no_group",
    "no_member",
    "person",
    "preference",
    "tolerated",
    "unreachable",
    "unsuppressed",
]
