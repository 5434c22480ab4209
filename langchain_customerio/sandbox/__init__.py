"""A stand-in for the Customer.io Pipelines API, with a workspace in memory behind it.

Customer.io has no test environment, and nothing can be read back through the Pipelines API. `Sandbox` takes
the same requests, in process or on a socket, and shows what a workspace would hold afterwards.
"""

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
