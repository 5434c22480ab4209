"""Parquet files, a part of a row group at a time, in the memory that takes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.bulk.readers.extras import need_arrow

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

_BATCH_ROWS: Final = 1_000


def opened(path: str | os.PathLike[str]) -> Any:  # noqa: ANN401 - pyarrow ships no types
    """Open a file, without reading ahead.

    Raises:
        ModuleNotFoundError: If pyarrow is not installed.
    """
    need_arrow("Parquet files")
    import pyarrow.parquet  # noqa: PLC0415 - under an extra, and slow to import

    with _giving_memory_back():
        return pyarrow.parquet.ParquetFile(path, pre_buffer=False)


def batches_of(file: Any, groups: Sequence[int] | None = None) -> Iterator[Any]:  # noqa: ANN401 - pyarrow ships no types
    """Give the rows of a file in record batches.

    Args:
        file: The open file.
        groups: Which of its row groups; None for all.
    """
    # In the thread that asks for them: one for each column takes 20 MB more, and is no faster beside those that send.
    yield from file.iter_batches(_BATCH_ROWS, row_groups=groups, use_threads=False)


@contextmanager
def _giving_memory_back() -> Iterator[None]:
    """Let what is opened here take its memory where it is given back at once: pyarrow's own pool keeps 30 MB more.

    What other threads allocate meanwhile comes from there too, and goes back there.
    """
    pa = need_arrow("Parquet files")
    usual = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(usual)
