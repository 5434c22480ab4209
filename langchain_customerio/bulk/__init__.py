"""Loading in bulk: from a file, a table or any iterable to the API, with nothing lost.

A record takes this way, and each step is a file or two:

1. `readers` reads the source and gives blocks of records.
2. `validate` makes a call of a record, through the models, the policy and the warnings, or says why it is refused;
   `fast_path` is the quick way for most records, `mapping` makes calls of rows, `message_ids` gives the ids.
3. `prepare` leads records through these checks and into `batching`, which fills requests.
4. `driver` reads in one thread and sends in others, at the rate that `rate_limit` allows; `job` says what becomes of
   each request, and `interrupts` what a signal does.
5. `tracker` counts, and writes down what is settled: in the `checkpoint`, in the `dead_letters` and in the `report`.

`options` holds what one may ask of a load, `plan` decides where it begins, and `load` puts it together; `preview` shows
what a load would make of the first records.
"""

from langchain_customerio.bulk.load import aload, load
from langchain_customerio.bulk.options import LoadOptions
from langchain_customerio.bulk.preview import preview
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
