"""What a person reads when a load has ended."""

from __future__ import annotations

from langchain_customerio.bulk import LoadReport, LoadStoppedError

WHOLE = LoadReport(
    status="complete",
    source="events.jsonl",
    strict=True,
    read=1_000,
    delivered=990,
    dead_lettered=10,
    earlier=400,
    requests=3,
    size=150_000,
    seconds=2.0,
    reasons={"event: is required": 3, "userId: is empty; give it, or leave it out": 7},
    warnings={"timestamp: lies in the future": 2},
    corrections={"user_id → userId": 1},
    left_out=("age", "colour"),
    dead_letter="refused.jsonl",
)


def test_a_report_reads_as_a_few_lines() -> None:
    assert str(WHOLE).splitlines() == [
        (
            "Loaded events.jsonl: 1,000 read, 990 delivered, 10 refused (in refused.jsonl), 0 not reached"
            " (3 requests, 0.1 MB, 2.0 s)."
        ),
        "Of these, 400 were settled by an earlier run.",
        "Refused 7 times: userId: is empty; give it, or leave it out",
        "Refused 3 times: event: is required",
        "Warning 2 times: timestamp: lies in the future",
        "Corrected 1 times: user_id → userId",
        "Left out, being no field of the call: age, colour.",
    ]


def test_in_permissive_mode_it_says_that_200_is_no_proof() -> None:
    report = LoadReport(status="complete", source="s", strict=False, read=1, delivered=1)
    assert str(report).splitlines() == [
        "Loaded s: 1 read, 1 delivered, 0 refused, 0 not reached (0 requests, 0.0 MB, 0.0 s).",
        "Without strict validation this is no proof: the API also answers 200 to data that it drops.",
    ]


def test_only_the_commonest_reasons_are_shown() -> None:
    report = WHOLE.model_copy(update={"reasons": {f"reason {number}": number for number in range(1, 9)}})
    shown = [line for line in report.lines() if line.startswith("Refused")]
    assert shown == [f"Refused {number} times: reason {number}" for number in (8, 7, 6, 5, 4)]


def test_the_rate_is_that_of_this_run() -> None:
    assert WHOLE.rate == 300.0
    assert WHOLE.model_copy(update={"seconds": 0.0}).rate == 0.0


def test_each_status_has_its_word() -> None:
    words = {status: str(WHOLE.model_copy(update={"status": status})).split()[0] for status in ("stopped", "dry_run")}
    assert words == {"stopped": "Stopped", "dry_run": "Checked"}


def test_a_stopped_load_says_how_far_it_came_and_how_to_go_on() -> None:
    report = WHOLE.model_copy(update={"not_reached": 25, "checkpoint": "c"})
    error = LoadStoppedError("Stopped by signal 2.", report, signal=2)
    assert str(error) == (
        "Stopped by signal 2. 975 of 1,000 records read are settled. To go on from there: the same load with"
        " resume=True and checkpoint='c'."
    )
    assert (error.report, error.signal) == (report, 2)


def test_without_a_checkpoint_it_says_that_it_begins_again() -> None:
    assert str(LoadStoppedError("Stopped.", WHOLE)).endswith(
        "Without a checkpoint, a new load begins at the first record."
    )
