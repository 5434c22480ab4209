"""Many at once: lists, tables and mixed bags."""

from __future__ import annotations

from tests.evals.conditions import USUAL, event, member, person
from tests.evals.task import Step, Task, batch, identify, join, track

_CUSTOMERS = ("ada", "bob", "cleo", "dan")
_ORDERS = tuple((f"o-{1001 + i}", _CUSTOMERS[i % 4], f"2026-11-{16 + i // 2:02}", 10 + 5 * i) for i in range(12))
_ORDER_LINES = "\n".join(f"{order}  {day}  {who:<4}  {total} EUR" for order, who, day, total in _ORDERS)

_TEAM = {"nora": "Nora Berg", "omar": "Omar Haddad", "pia": "Pia Lind", "quin": "Quin O'Neil", "rosa": 'Rosa "Ro" Paz'}
_TEAM_CSV = "\n".join(
    [
        "user_id,email,full_name",
        *(f'{who},{who}@example.com,"{name.replace(chr(34), chr(34) * 2)}"' for who, name in _TEAM.items()),
    ]
)
_SEATS = (("ada", 3), ("bob", 7), ("cleo", 2), ("bob", 7), ("dan", 1), ("ada", 3))
_SURVEY = (("ada", 9), ("bob", 4), ("cleo", 10), ("dan", 7), ("ada", 8), ("bob", 6))

TASKS = (
    Task(
        name="twelve-orders",
        prompt=(
            "These twelve orders happened last week and have not been recorded. Track each as Order Completed at noon"
            f" UTC of its day, with order_id, total (a number) and currency.\n\n{_ORDER_LINES}"
        ),
        wants=tuple(
            event(
                who,
                "Order Completed",
                has={"order_id": order, "total": total, "currency": "EUR"},
                at=f"{day}T12:00:00Z",
            )
            for order, who, day, total in _ORDERS
        ),
        steps=(
            batch(
                *(
                    track(
                        who,
                        "Order Completed",
                        timestamp=f"{day}T12:00:00Z",
                        order_id=order,
                        total=total,
                        currency="EUR",
                    )
                    for order, who, day, total in _ORDERS
                )
            ),
        ),
    ),
    Task(
        name="five-newcomers",
        prompt=f"Add these five people, with the traits email and full_name, from this CSV:\n\n{_TEAM_CSV}",
        wants=tuple(person(who, {"email": f"{who}@example.com", "full_name": name}) for who, name in _TEAM.items()),
        steps=(batch(*(identify(who, email=f"{who}@example.com", full_name=name) for who, name in _TEAM.items())),),
    ),
    Task(
        name="mixed-bag",
        prompt=(
            "Sue joined us today (sue@example.com). She works at Globex, role cto on the relationship. And she has"
            " already viewed the page https://example.com/docs."
        ),
        wants=(
            person("sue", {"email": "sue@example.com"}, may=USUAL),
            member("sue", "globex", has={"role": "cto"}),
            event("sue", kind="page", has={"url": "https://example.com/docs"}),
        ),
        steps=(
            batch(
                identify("sue", email="sue@example.com"),
                join("sue", "globex", role="cto"),
                Step("page", {"userId": "sue", "properties": {"url": "https://example.com/docs"}}),
            ),
        ),
    ),
    Task(
        name="repeated-rows",
        prompt=(
            "Everybody in this list bought seats today; record Seats Bought with the number seats. The export is"
            " sloppy: identical rows are the same purchase, so record each once.\n\n"
            + "\n".join(f"{who},{seats}" for who, seats in _SEATS)
        ),
        wants=tuple(event(who, "Seats Bought", has={"seats": seats}) for who, seats in sorted(set(_SEATS))),
        steps=(batch(*(track(who, "Seats Bought", seats=seats) for who, seats in sorted(set(_SEATS)))),),
    ),
    Task(
        name="survey",
        prompt=(
            "Record these survey answers, one event Survey Answered with the number score for each line; two people"
            " answered twice, and both answers count.\n\n" + "\n".join(f"{who}: {score}" for who, score in _SURVEY)
        ),
        wants=tuple(event(who, "Survey Answered", has={"score": score}) for who, score in _SURVEY),
        steps=(batch(*(track(who, "Survey Answered", score=score) for who, score in _SURVEY)),),
    ),
)
