"""Loading in bulk: from a file, a table or any iterable to the API, with nothing lost.

A record takes this way, and each step is a file or two:

1. `sources` finds out what reads the source: `lines` (JSON Lines), `csvs`, `tables` (Parquet, data frames) or `records`
   (iterables); `files` opens and decompresses. They give `blocks`.
2. `checking` makes a call of a record, through the models, the policy and the warnings, or tells why not; `certain` is
   the quick way for most records, `mapping` makes calls of rows, and `naming` gives the message ids.
3. `preparing` leads records through the checks and into `packing`, which fills batch requests.
4. `threads` (`load`) or `tasks` (`aload`) send requests, at the `pace` that the API takes. `running` says what becomes
   of each, whichever of the two sends it.
5. `books` keeps count of what is `settled`, in the `checkpoint`, in the `deadletters` and in the `report`.

`load` puts it together, by way of `planning`, which settles where a load begins.
"""

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
