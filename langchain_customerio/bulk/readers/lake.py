"""Many Parquet files as one source: a folder, with or without partitions, or a pattern."""

from __future__ import annotations

import glob
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.bulk.readers.arrow import blocks_of
from langchain_customerio.bulk.readers.arrow_rows import ArrowRows
from langchain_customerio.bulk.readers.base import reading_error
from langchain_customerio.bulk.readers.extras import need_arrow
from langchain_customerio.bulk.readers.files import name_of, unharmed
from langchain_customerio.bulk.readers.parquet_files import batches_of, opened
from langchain_customerio.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from langchain_customerio.bulk.mapping import Mapper
    from langchain_customerio.bulk.readers.base import Block
    from langchain_customerio.bulk.readers.columns import Column

_SUFFIX: Final = ".parquet"

WILD: Final = frozenset("*?[")
"""What makes a path a pattern."""


def is_lake(path: Path) -> bool:
    """Return whether a path stands for many files: a folder, or a pattern that is not the name of a file."""
    return path.is_dir() or (not path.exists() and not WILD.isdisjoint(str(path)))


def root_of(path: Path) -> Path:
    """Return the folder of all files: the path itself, or what of a pattern is not one.

    >>> from pathlib import Path
    >>> root_of(Path("orders/2026-*/part-?.parquet")).as_posix()
    'orders'
    """
    return path if path.is_dir() else Path(*takewhile(WILD.isdisjoint, path.parts))


def files_of(path: Path) -> list[Path]:
    """Return the Parquet files in a folder or of a pattern, in the order of their names.

    Hidden files and folders, and those that begin with `_`, are what engines write beside the data.

    Raises:
        ReadingError: If there are none.
    """
    found = path.rglob(f"*{_SUFFIX}") if path.is_dir() else map(Path, glob.glob(str(path), recursive=True))  # noqa: PTH207 - a pattern may be absolute
    root = root_of(path)
    files = [
        each
        for each in found
        if each.suffix == _SUFFIX
        and each.is_file()
        and not any(part.startswith((".", "_")) for part in each.relative_to(root).parts)
    ]
    if not files:
        raise reading_error("no_files", path=quoted(str(path)))
    return sorted(files)


class Lake:
    """Reads many Parquet files, one after the other, a part of a row group at a time.

    Folders that are named like `year=2026` are a column each. A column that only some files have is missing in the
    others.

    Args:
        path: A folder, or a pattern such as `orders/*.parquet`.
        mapper: Makes calls of rows.
        types: Column to type; `text` is the only one for a table.

    Raises:
        ModuleNotFoundError: If pyarrow is not installed.
        ReadingError: If there are no files, one is damaged, a column is missing that the map names, or has another type
            in another file.
    """

    def __init__(self, path: Path, mapper: Mapper, types: Mapping[str, str] | None = None) -> None:
        """Read the descriptions of all files."""
        pa = need_arrow("Parquet files")
        import pyarrow.dataset  # noqa: PLC0415 - under an extra, and slow to import

        files = files_of(path)
        about = [each.stat() for each in files]
        self.name = _name_of(path)
        self.fingerprint: str | None = ":".join(
            map(str, (len(files), sum(each.st_size for each in about), max(each.st_mtime_ns for each in about)))
        )
        root = str(path) if path.is_dir() else None
        with unharmed(name_of(files[0])):  # the only one that is looked into here
            dataset = pyarrow.dataset.dataset(
                list(map(str, files)), format="parquet", partitioning="hive", partition_base_dir=root
            )
        self._fragments: Sequence[Any] = list(dataset.get_fragments())
        schemas, self._counts = [dataset.schema], list[int]()
        for fragment in self._fragments:
            with _unharmed(fragment):
                schemas.append(fragment.physical_schema)
                self._counts.append(fragment.count_rows())
        try:
            self._schema = pa.unify_schemas(schemas)
        except (pa.ArrowTypeError, pa.ArrowInvalid):
            raise reading_error("files_differ", name=self.name) from None
        self.size: int | None = sum(self._counts)
        self._rows = ArrowRows(self._schema, mapper, types)

    @property
    def columns(self) -> tuple[Column, ...]:
        """What the columns are taken for."""
        return self._rows.columns

    def blocks(self, start: int, offset: int | None = None) -> Iterator[Block]:  # noqa: ARG002 - rows have no place in bytes
        """Read from a row on, without the files before it.

        Raises:
            ReadingError: If a file is damaged.
        """
        first, skipped = 0, 0
        while skipped < len(self._counts) and first + self._counts[skipped] <= start:
            first += self._counts[skipped]
            skipped += 1
        yield from blocks_of(self._batches(skipped), self._rows, first, start)

    def _batches(self, skipped: int) -> Iterator[Any]:
        for fragment in self._fragments[skipped:]:
            with _unharmed(fragment):
                yield from _rows_of(fragment, self._schema)


def _rows_of(fragment: Any, schema: Any) -> Iterator[Any]:  # noqa: ANN401 - of pyarrow, which ships no types
    """Give the rows of a file, a part of a row group at a time: its own scanner reads whole ones, however large."""
    pa = need_arrow("Parquet files")
    from pyarrow import dataset  # noqa: PLC0415 - as above

    of_folders = dataset.get_partition_keys(fragment.partition_expression)
    with opened(fragment.path) as file:
        for batch in batches_of(file):
            names = batch.schema.names
            columns = [
                batch.column(name).cast(kind)
                if name in names
                else pa.repeat(pa.scalar(of_folders.get(name), kind), batch.num_rows)
                for name, kind in zip(schema.names, schema.types, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _name_of(path: Path) -> str:
    """Return what people call a folder or a pattern."""
    root = root_of(path)
    return "/".join(map(name_of, (root.resolve(), *map(Path, path.relative_to(root).parts))))


def _unharmed(fragment: Any) -> AbstractContextManager[None]:  # noqa: ANN401 - of pyarrow, which ships no types
    return unharmed(name_of(Path(fragment.path)))
