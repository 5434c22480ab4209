"""Message ids are ULIDs: what Journeys recognises a repeated event by."""

from __future__ import annotations

import re
import time

from hypothesis import given
from hypothesis import strategies as st

from langchain_customerio.api.message_ids import derived_message_id, new_message_id

ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

parts = st.lists(st.one_of(st.text(), st.binary()), max_size=4)
moments = st.integers(0, 2**48 - 1)


def decoded(ulid: str) -> int:
    """Read a ULID as the specification has it: Crockford's base 32, the most significant character first."""
    value = 0
    for character in ulid:
        value = value * 32 + ALPHABET.index(character)
    return value


def test_a_new_id_is_a_ulid_of_this_moment() -> None:
    before = time.time_ns() // 1_000_000
    made = new_message_id()
    after = time.time_ns() // 1_000_000
    assert ULID.fullmatch(made)
    assert before <= decoded(made) >> 80 <= after


def test_new_ids_never_repeat_and_use_all_their_random_bits() -> None:
    made = [new_message_id() for _ in range(2_000)]
    assert len(set(made)) == 2_000
    randoms = [decoded(ulid) & (2**80 - 1) for ulid in made]
    for bit in range(80):
        assert 0 < sum(random >> bit & 1 for random in randoms) < 2_000


@given(parts, moments)
def test_a_derived_id_is_a_ulid_of_the_given_moment(parts: list[str | bytes], milliseconds: int) -> None:
    made = derived_message_id(*parts, milliseconds=milliseconds)
    assert ULID.fullmatch(made)
    assert decoded(made) >> 80 == milliseconds


@given(parts, parts, moments)
def test_the_same_parts_give_the_same_id_and_others_another(
    some: list[str | bytes], others: list[str | bytes], milliseconds: int
) -> None:
    made = derived_message_id(*some, milliseconds=milliseconds)
    assert derived_message_id(*some, milliseconds=milliseconds) == made
    same = [_bytes(part) for part in some] == [_bytes(part) for part in others]
    assert (derived_message_id(*others, milliseconds=milliseconds) == made) is same


def _bytes(part: str | bytes) -> bytes:
    return part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part


def test_the_boundaries_of_parts_count() -> None:
    ways = [("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""), ("", "abc"), ("a", "b", "c")]
    assert len({derived_message_id(*way) for way in ways}) == len(ways)


def test_a_derived_id_is_the_same_in_another_process_and_another_release() -> None:
    assert derived_message_id("thread", "call", "{}") == "0000000000V1PMBZH7RMEQCN8W"
    assert derived_message_id("thread", "call", "{}", milliseconds=2**48 - 1) == "7ZZZZZZZZZV1PMBZH7RMEQCN8W"


@given(moments, moments)
def test_ids_sort_by_their_moment(one: int, other: int) -> None:
    first, second = (derived_message_id("x", milliseconds=moment) for moment in (one, other))
    assert (first < second) is (one < other)
