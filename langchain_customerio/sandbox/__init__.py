"""A stand-in for the Customer.io Pipelines API, with a workspace in memory behind it.

Customer.io has no test environment, and nothing can be read back through the Pipelines API. `Sandbox` takes
the same requests, in process or on a socket, and shows what a workspace would hold afterwards.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_customerio.sandbox.config import Switches
    from langchain_customerio.sandbox.faults import Fault
    from langchain_customerio.sandbox.ledger import CallRecord, Entry
    from langchain_customerio.sandbox.models import (
        AnonymousProfile,
        ContentMetric,
        Deletion,
        DeliveryMetric,
        Device,
        Event,
        Object,
        Person,
        Relationship,
    )
    from langchain_customerio.sandbox.sandbox import Sandbox, SandboxServer

__all__ = [
    "AnonymousProfile",
    "CallRecord",
    "ContentMetric",
    "Deletion",
    "DeliveryMetric",
    "Device",
    "Entry",
    "Event",
    "Fault",
    "Object",
    "Person",
    "Relationship",
    "Sandbox",
    "SandboxServer",
    "Switches",
]

_MODULE_OF = {
    **dict.fromkeys(("Sandbox", "SandboxServer"), "sandbox"),
    **dict.fromkeys(("CallRecord", "Entry"), "ledger"),
    "Fault": "faults",
    "Switches": "config",
}
"""The module of each public name; the records of a workspace are in `models`."""

if not TYPE_CHECKING:  # a type checker would otherwise accept every misspelt name

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used: pytest imports this package for its plugin, wanted or not."""
        if name not in __all__:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        module = _import_module(f"{__name__}.{_MODULE_OF.get(name, 'models')}")
        globals()[name] = found = getattr(module, name)
        return found

    def __dir__() -> list[str]:
        """List all public names, imported or not."""
        return sorted({*globals(), *__all__})
