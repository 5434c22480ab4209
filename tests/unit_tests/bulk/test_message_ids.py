"""Message ids by source, position and content."""

from __future__ import annotations

import re
from collections import Counter

from langchain_customerio.bulk.message_ids import Namer

ULID = re.compile(rb"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def test_an_id_is_a_ulid_that_claims_no_time() -> None:
    name = Namer("events.jsonl").name(7, b'{"userId":"ada"}')
    assert ULID.fullmatch(name)
    assert name.startswith(b"0000000000")


def test_the_same_source_position_and_content_give_the_same_id_in_every_process() -> None:
    assert Namer("events.jsonl").name(7, b'{"userId":"ada"}') == b"0000000000JXE7GS9MNVS5G13M"


def test_source_position_and_content_all_count() -> None:
    names = {
        Namer("a").name(1, b"{}"),
        Namer("b").name(1, b"{}"),
        Namer("a").name(2, b"{}"),
        Namer("a").name(1, b"[]"),
        Namer("\ud800").name(1, b"{}"),
        Namer("").name(2**63, b"{}"),
    }
    assert len(names) == 6


def test_no_id_is_given_twice_and_every_digit_is_used_alike() -> None:
    namer = Namer("a")
    names = [namer.name(index, b"{}") for index in range(20_000)]
    assert len(set(names)) == 20_000
    digits = Counter(b"".join(name[10:] for name in names))
    assert len(digits) == 32
    assert max(digits.values()) < 1.1 * min(digits.values())
