"""What a person reads when a load has ended."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest
from rich.console import Console

from langchain_customerio.bulk import LoadReport, LoadStoppedError, PreviewedRecord, RefusedRecord
from langchain_customerio.bulk.display import Shown

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
    examples=(RefusedRecord(position=6, reason="event: is required"), RefusedRecord(position=9, reason="<b>")),
    warnings={"timestamp: lies in the future": 2},
    warned_at={"timestamp: lies in the future": 17},
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
        "Warning 2 times (first at 17): timestamp: lies in the future",
        "Corrected 1 time: user_id → userId",
        "Ignored columns (not fields of this call): age, colour.",
    ]


def test_one_of_something_is_one() -> None:
    report = LoadReport(
        status="complete", source="s", strict=True, read=2, delivered=2, earlier=1, requests=1, retried=1
    )
    assert str(report).splitlines() == [
        "Loaded s: 2 read, 2 delivered, 0 refused, 0 not reached (1 request, 0.0 MB, 0.0 s).",
        "Of these, 1 was settled by an earlier run.",
        "Retried: 1 dead letter delivered.",
    ]


def test_in_permissive_mode_it_says_that_200_is_no_proof() -> None:
    report = LoadReport(status="complete", source="s", strict=False, read=1, delivered=1)
    assert str(report).splitlines() == [
        "Loaded s: 1 read, 1 delivered, 0 refused, 0 not reached (0 requests, 0.0 MB, 0.0 s).",
        "Without strict validation this is not proof: the API also answers 200 to data that it drops.",
    ]


def test_it_says_what_is_waited_for_and_what_is_sent_again() -> None:
    report = LoadReport(status="running", source="s", strict=True, waiting="503 for 2 s", again=True)
    assert str(report).splitlines()[1:] == [
        (
            "The same data was loaded before in this process: it was sent again with the same messageIds, by which"
            " Customer.io can recognise it."
        ),
        "Waiting: 503 for 2 s.",
    ]


def test_only_the_commonest_reasons_are_shown() -> None:
    report = WHOLE.model_copy(update={"reasons": {f"reason {number}": number for number in range(1, 9)}})
    shown = [line for line in report.lines() if line.startswith("Refused")]
    assert shown == [f"Refused {number} times: reason {number}" for number in (8, 7, 6, 5, 4)]


def test_what_a_file_holds_does_not_drive_a_terminal() -> None:
    report = WHOLE.model_copy(
        update={"source": "\x1b[31m", "left_out": ("\x1b]0;x\x07" * 1_000,), "reasons": {"\x9b": 1}}
    )
    text = str(report)
    assert text.isprintable() or set(filter(lambda each: not each.isprintable(), text)) == {"\n"}
    assert max(map(len, text.splitlines())) <= 1_000


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


# Tables


def in_terminal(shown: Any) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(shown)
    text: str = console.file.getvalue()  # type: ignore[attr-defined] # of a StringIO
    return text


def in_notebook(shown: Any) -> str:
    html: str = shown._repr_html_()
    return html


def test_a_report_shows_itself_in_a_terminal_and_in_a_notebook() -> None:
    for text in (in_terminal(WHOLE), in_notebook(WHOLE)):
        assert "990 delivered" in text
        assert "userId: is empty" in text
        assert "lies in the future" in text
        assert "age, colour" in text
        assert "user_id → userId" in text
    assert "<b>" not in in_notebook(WHOLE)
    assert "&lt;b&gt;" in in_notebook(WHOLE)
    assert "not proof" in in_notebook(WHOLE.model_copy(update={"strict": False}))


def test_nothing_about_its_colours_is_for_light_pages_alone() -> None:
    assert "color:inherit;background:transparent" in in_notebook(WHOLE)


def test_refused_records_are_a_table_with_what_names_them() -> None:
    plain = in_terminal(WHOLE.refusals)
    assert [word for word in ("Position", "Index", "Key", "Reason") if word in plain] == ["Position", "Reason"]
    named = [
        RefusedRecord(position=1, reason="bad", label="row 7", key={"order": 7}),
        RefusedRecord(position=2_000, reason="worse"),
    ]
    text = in_terminal(WHOLE.model_copy(update={"examples": tuple(named)}).refusals)
    assert all(word in text for word in ("Index", "row 7", "Key", "order=7", "2,000", "worse"))
    assert list(WHOLE.refusals) == list(WHOLE.examples)


def test_where_nothing_was_refused_it_says_so() -> None:
    assert "Nothing was refused." in in_notebook(WHOLE.model_copy(update={"examples": ()}).refusals)


def test_of_many_refused_records_the_first_are_shown() -> None:
    many = tuple(RefusedRecord(position=number, reason="bad") for number in range(1, 101))
    text = in_terminal(WHOLE.model_copy(update={"examples": many}).refusals)
    assert "Refused, the first 50 of 100" in text
    assert "│ 50 " in text
    assert "│ 51 " not in text


def test_a_previewed_record_shows_what_it_becomes() -> None:
    good = PreviewedRecord(position=1, call={"type": "page", "userId": "<ada>"})
    bad = PreviewedRecord(position=2, reason="is not JSON")
    assert "&quot;userId&quot;:&quot;&lt;ada&gt;&quot;" in in_notebook(good)
    assert "refused: is not JSON" in in_terminal(bad)


def test_what_shows_itself_says_what() -> None:
    with pytest.raises(NotImplementedError):
        Shown().view()


# Drawings


@pytest.mark.parametrize("report", [WHOLE, LoadReport(status="complete", source="$x_{1}$", strict=True)])
def test_a_report_draws_itself(report: LoadReport) -> None:
    svg = report.plot()._repr_svg_()  # type: ignore[attr-defined] # of our own figure
    assert svg.startswith("<?xml")
    assert svg.count("<use") + svg.count("<path") > 10


def test_without_the_extra_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ModuleNotFoundError, match=r"To draw a report, pip install 'langchain-customerio\[notebook\]'"):
        WHOLE.plot()
