"""What the system says of a file is passed on as it is."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from langchain_customerio.bulk import preview

MEMORY = Path("/proc/self/mem")


@pytest.mark.skipif(not MEMORY.exists(), reason="needs /proc, for a file that opens and cannot be read")
def test_a_disk_that_fails_is_not_taken_for_a_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").symlink_to(MEMORY)
    with pytest.raises(OSError) as caught:  # noqa: PT011 - its number is looked at
        preview(tmp_path / "e.jsonl")
    assert caught.value.errno == errno.EIO
