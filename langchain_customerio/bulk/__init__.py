"""Loading in bulk: from a file, a table or any iterable to the API, with nothing lost."""

from langchain_customerio.bulk.load import aload, load, preview
from langchain_customerio.bulk.options import LoadOptions
from langchain_customerio.bulk.report import LoadReport, LoadStoppedError, PreviewedRecord, RefusedRecord

__all__ = [
    "LoadOptions",
    "LoadReport",
    "LoadStoppedError",
    "PreviewedRecord",
    "RefusedRecord",
    "aload",
    "load",
    "preview",
]
