"""What one may ask of a load; `load` says what each option means."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from langchain_customerio.bulk.readers.open import Format
    from langchain_customerio.bulk.report import LoadReport
    from langchain_customerio.policy.policy import Policy


class ReadingOptions(TypedDict, total=False):
    """How a source is read."""

    as_: str | None
    map: Mapping[str, str] | None
    types: Mapping[str, str] | None
    timezone: str | None
    format: Format | None


class LoadOptions(ReadingOptions, total=False):
    """How a source is read, and what happens to its records."""

    strict: bool
    policy: Policy | None
    name: str | None
    dead_letter: str | os.PathLike[str] | None
    checkpoint: str | os.PathLike[str] | None
    resume: bool
    ordered: bool
    workers: int
    rate: float | None
    gzip: bool
    max_refused: int | None
    dry_run: bool
    on_progress: Callable[[LoadReport], object] | None
