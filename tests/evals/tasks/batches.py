"""Many at once: lists, tables and mixed bags."""

from __future__ import annotations

from tests.evals.goals import USUAL, event, member, merged, person
from tests.evals.task import Claim, Mistake, Step, Task, batch, identify, join, track

_CUSTOMERS = ("ada", "bob", "cleo", "dan")
_ORDERS = tuple((f"o-{1001 + i}", _CUSTOMERS[i % 4], f"2026-11-{16 + i // 2:02}", 10 + 5 * i) for i in range(12))
_ORDER_LINES = "\n".join(f"{order}  {day}  {who:<4}  {total} EUR" for order, who, day, total in _ORDERS)


def _order(order: str, who: str, day: str, total: float, *, time: str = "T12:00:00Z") -> Step:
    when = f"{day}{time}" if time else ""
    return track(who, "Order Completed", timestamp=when, order_id=order, total=total, currency="EUR")


_TEAM = {"nora": "Nora Berg", "omar": "Omar Haddad", "pia": "Pia Lind", "quin": "Quin O'Neil", "rosa": 'Rosa "Ro" Paz'}
_TEAM_CSV = "\n".join(
    [
        "user_id,email,full_name",
        *(f'{who},{who}@example.com,"{name.replace(chr(34), chr(34) * 2)}"' for who, name in _TEAM.items()),
    ]
)
_SEATS = (("ada", 3), ("bob", 7), ("cleo", 2), ("bob", 7), ("dan", 1), ("ada", 3))
_SURVEY = (("ada", 9), ("bob", 4), ("cleo", 10), ("dan", 7), ("ada", 8), ("bob", 6))
_DOCS = Step("page", {"userId": "sue", "properties": {"url": "https://example.com/docs"}})
_MERGE = Step("alias", {"previousId": "ada-old", "userId": "ada"})


def _newcomer(who: str, name: str) -> Step:
    return identify(who, email=f"{who}@example.com", full_name=name)


def _seats(who: str, seats: int) -> Step:
    return track(who, "Seats Bought", seats=seats)


def _answer(who: str, score: int) -> Step:
    return track(who, "Survey Answered", score=score)


TASKS = (
    Task(
        name="twelve-orders",
        prompt=(
            "These twelve orders happened last week and have not been recorded. Track each as Order Completed at noon"
            f" UTC of its day, with order_id, total (a number) and currency.\n\n{_ORDER_LINES}"
        ),
        goals=tuple(
            event(
                who,
                "Order Completed",
                has={"order_id": order, "total": total, "currency": "EUR"},
                at=f"{day}T12:00:00Z",
            )
            for order, who, day, total in _ORDERS
        ),
        steps=(batch(*(_order(*row) for row in _ORDERS)),),
        mistakes=(
            Mistake("forgets the last one", (batch(*(_order(*row) for row in _ORDERS[:-1])),), Claim.DONE),
            Mistake("records them all as of now", (batch(*(_order(*row, time="") for row in _ORDERS)),)),
            Mistake("takes midnight", (batch(*(_order(*row, time="T00:00:00Z") for row in _ORDERS)),)),
        ),
    ),
    Task(
        name="five-newcomers",
        prompt=f"Add these five people, with the traits email and full_name, from this CSV:\n\n{_TEAM_CSV}",
        goals=tuple(person(who, {"email": f"{who}@example.com", "full_name": name}) for who, name in _TEAM.items()),
        steps=(batch(*(_newcomer(*row) for row in _TEAM.items())),),
        mistakes=(
            Mistake(
                "keeps the CSV's doubled quotation marks",
                (batch(*(_newcomer(who, name.replace('"', '""')) for who, name in _TEAM.items())),),
            ),
            Mistake(
                "takes the header for a person",
                (batch(_newcomer("user_id", "full_name"), *(_newcomer(*row) for row in _TEAM.items())),),
            ),
        ),
    ),
    Task(
        name="mixed-bag",
        prompt=(
            "Sue joined us today (sue@example.com). She works at Globex, role cto on the relationship. And she has"
            " already viewed the page https://example.com/docs."
        ),
        goals=(
            person("sue", {"email": "sue@example.com"}, may=USUAL),
            member("sue", "globex", has={"role": "cto"}),
            event("sue", kind="page", has={"url": "https://example.com/docs"}),
        ),
        steps=(batch(identify("sue", email="sue@example.com"), join("sue", "globex", role="cto"), _DOCS),),
        mistakes=(
            Mistake(
                "makes role and company traits of hers",
                (batch(identify("sue", email="sue@example.com", company="globex", role="cto"), _DOCS),),
                Claim.DONE,
            ),
            Mistake(
                "tracks the page view",
                (
                    identify("sue", email="sue@example.com"),
                    join("sue", "globex", role="cto"),
                    track("sue", "Page Viewed", url="https://example.com/docs"),
                ),
            ),
        ),
    ),
    Task(
        name="mixed-bag-of-ids",
        prompt=(
            "In this order, please: the user id ada-old is the same person as ada, so merge it into ada, which stays;"
            " she has just opened the screen Home in our app; and she has joined Globex, with role advisor on the"
            " relationship."
        ),
        goals=(
            merged("ada-old", "ada"),
            event("ada", "Home", kind="screen"),
            member("ada", "globex", has={"role": "advisor"}),
        ),
        steps=(
            batch(_MERGE, Step("screen", {"userId": "ada", "name": "Home"}), join("ada", "globex", role="advisor")),
        ),
        mistakes=(
            Mistake(
                "keeps the other id",
                (
                    batch(
                        Step("alias", {"previousId": "ada", "userId": "ada-old"}),
                        Step("screen", {"userId": "ada", "name": "Home"}),
                        join("ada", "globex", role="advisor"),
                    ),
                ),
            ),
            Mistake("merges and forgets the rest", (batch(_MERGE),), Claim.DONE),
        ),
    ),
    Task(
        name="repeated-rows",
        prompt=(
            "Everybody in this list bought seats today; record Seats Bought with the number seats. The export is"
            " sloppy: identical rows are the same purchase, so record each once.\n\n"
            + "\n".join(f"{who},{seats}" for who, seats in _SEATS)
        ),
        goals=tuple(event(who, "Seats Bought", has={"seats": seats}) for who, seats in sorted(set(_SEATS))),
        steps=(batch(*(_seats(*row) for row in sorted(set(_SEATS)))),),
        mistakes=(
            Mistake("records every row", (batch(*(_seats(*row) for row in _SEATS)),)),
            Mistake(
                "adds up the rows",
                (batch(*(_seats(*row) for row in (("ada", 6), ("bob", 14), ("cleo", 2), ("dan", 1)))),),
            ),
        ),
    ),
    Task(
        name="survey",
        prompt=(
            "Record these survey answers, one event Survey Answered with the number score for each line; two people"
            " answered twice, and both answers count.\n\n" + "\n".join(f"{who}: {score}" for who, score in _SURVEY)
        ),
        goals=tuple(event(who, "Survey Answered", has={"score": score}) for who, score in _SURVEY),
        steps=(batch(*(_answer(*row) for row in _SURVEY)),),
        mistakes=(
            Mistake(
                "keeps the last answer of each", (batch(*(_answer(*row) for row in dict(_SURVEY).items())),), Claim.DONE
            ),
            Mistake("sets a trait instead", (batch(*(identify(who, score=score) for who, score in _SURVEY)),)),
        ),
    ),
)
