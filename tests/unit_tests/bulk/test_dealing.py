"""Records are divided among lanes: each is in one run, in order, and what merges people stands alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio.bulk.batching import Run
from langchain_customerio.bulk.dealing import dealt
from langchain_customerio.bulk.lanes import MERGES
from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.bulk.records import BLANK
from langchain_customerio.bulk.validate import Checked

LANES = 3
RECORDS = st.lists(st.tuples(st.sampled_from([0, 1, 2, MERGES]), st.sampled_from(["", "", "", "bad", BLANK])))


@given(RECORDS, st.sampled_from([1, LANES]))
def test_each_record_is_in_the_run_of_its_lane(records: list[tuple[int, str]], lanes: int) -> None:
    items = [b"" if wrong else b"{%d}" % at for at, (_, wrong) in enumerate(records)]
    bad = {at: BadRecord(wrong) for at, (_, wrong) in enumerate(records) if wrong}
    found = dealt(Checked(items, bad, [lane for lane, _ in records] if lanes > 1 else [], {}), lanes)
    blank = [at for at, (_, wrong) in enumerate(records) if wrong == BLANK]
    assert found.blank == len(blank)
    assert found.bad.keys() == bad.keys() - set(blank)
    placed = [(at, item, run) for run in found.runs for at, item in run.items()]
    assert sorted(at for at, _, _ in placed) == [at for at in range(len(records)) if at not in blank]
    for at, item, run in placed:
        lane, wrong = records[at]
        assert item == items[at]
        assert run.lane == (max(0, lane) if lanes > 1 else 0)
        assert run.merges == (lanes > 1 and lane == MERGES and not wrong)
    for run in found.runs:
        assert [*run.places] == sorted(run.places)
        assert run.text == b",".join(items[at] for at in run.places)
    merging = [at for at, _, run in placed if run.merges]
    for at in merging:  # all that comes before an alias is dealt before it
        order = [run for run in found.runs if min(run.places) <= at]
        assert all(max(run.places) < at or at in run.places for run in order)


def test_an_item_is_found_in_the_text_of_its_run() -> None:
    run = Run.of(1, [4, 7, 9], [b"{1}", b"", b"{22}"])
    assert (run.text, [*run.ends], [run.begin(at) for at in range(3)]) == (b"{1},,{22}", [3, 4, 9], [0, 4, 5])
    assert [*run.items()] == [(4, b"{1}"), (7, b""), (9, b"{22}")]
