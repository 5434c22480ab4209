"""The names that act when they ride on a track call.

An event of one of these exact names is not recorded: it changes the workspace. A name that only resembles one
is recorded as an ordinary, meaningless event, and whoever sent it believes that something was done.

Source: Customer.io documentation, Pipelines API, Semantic events.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class ActingEvent:
    """An event that does something instead of being recorded.

    Attributes:
        name: The exact name, as it goes on the wire.
        effect: What it does to the workspace.
        irreversible: Whether what it does cannot be undone through this API.
        identity: Wire name of the identity that it acts upon; empty where it needs none.
        payload: Paths that must be present, in wire names from the body's top.
        tool: Name of the typed tool that does this, empty where there is none.
    """

    name: str
    effect: str
    irreversible: bool = False
    identity: str = "userId"
    payload: tuple[str, ...] = ()
    tool: str = ""

    def missing(self, body: dict[str, Any]) -> list[str]:
        """Return the paths that a body on the wire lacks, identity first.

        >>> ACTING_EVENTS["Device Deleted"].missing({"userId": "ada", "event": "Device Deleted"})
        ['context.device.token', 'context.device.type']
        """
        wanted = (self.identity, *self.payload) if self.identity else self.payload
        return [path for path in wanted if _at(body, path) in (None, "")]


_DEVICE = ("context.device.token", "context.device.type")

ACTING_EVENTS: Final[dict[str, ActingEvent]] = {
    event.name: event
    for event in (
        ActingEvent(
            "User Deleted",
            "deletes the person for good; the same id can be added again",
            irreversible=True,
            tool="customerio_delete_person",
        ),
        ActingEvent(
            "User Suppressed",
            "deletes the person for good and blocks the identifier",
            irreversible=True,
            tool="customerio_suppress_person",
        ),
        ActingEvent(
            "User Unsuppressed",
            "frees a blocked identifier; restores nothing",
            tool="customerio_unsuppress_person",
        ),
        ActingEvent(
            "Object Deleted",
            "deletes the object for good",
            irreversible=True,
            identity="anonymousId",
            payload=("properties.objectId",),
            tool="customerio_delete_object",
        ),
        ActingEvent(
            "Relationship Deleted",
            "removes the person from the object; both stay",
            payload=("properties.objectId",),
            tool="customerio_remove_from_object",
        ),
        ActingEvent(
            "Device Created or Updated",
            "adds or updates a device of the person",
            payload=_DEVICE,
            tool="customerio_add_device",
        ),
        ActingEvent(
            "Device Deleted",
            "removes a device of the person",
            payload=_DEVICE,
            tool="customerio_remove_device",
        ),
        ActingEvent(
            "Report Delivery Event",
            "counts towards the metrics of a message",
            identity="",
            payload=("properties.deliveryId", "properties.metric"),
        ),
        ActingEvent(
            "Report Content Event",
            "counts towards the metrics of in-app content",
            identity="",
            payload=("properties.actionType",),
        ),
    )
}
"""Every acting event, by its exact name."""

IRREVERSIBLE: Final = frozenset(event.name for event in ACTING_EVENTS.values() if event.irreversible)
"""Names of the events whose effect cannot be undone."""

REDIRECTING_PROPERTIES: Final = frozenset({"recipient", "from_address", "reply_to"})
"""Event properties that override the settings of a message which the event triggers."""

_ALSO_MEANT: Final = {
    "User Deleted": ("deleteperson", "deleteuser", "persondeleted", "deletecustomer", "customerdeleted"),
    "User Suppressed": ("suppressperson", "suppressuser", "personsuppressed", "suppresscustomer"),
    "User Unsuppressed": ("unsuppressperson", "unsuppressuser", "personunsuppressed"),
    "Object Deleted": ("deleteobject", "groupdeleted", "deletegroup"),
    "Relationship Deleted": ("deleterelationship", "removerelationship", "relationshipremoved"),
    "Device Created or Updated": (
        "createdevice",
        "adddevice",
        "updatedevice",
        "devicecreated",
        "deviceupdated",
        "deviceadded",
        "createorupdatedevice",
    ),
    "Device Deleted": ("deletedevice", "removedevice", "deviceremoved"),
    "Report Delivery Event": ("reportdelivery", "deliveryevent"),
    "Report Content Event": ("reportcontent", "contentevent"),
}

# Letters of other scripts that are drawn like Latin ones and survive NFKD: Cyrillic, Greek, Armenian, Latin
# small capitals and dotless forms; and the digits that stand in for letters.
_LOOK_ALIKES: Final = str.maketrans(
    "абеёорсухіїјѕԁԛԝһӏвнкмтгпзαεορτυχικνηβγωօսոհցѵꜱᴅᴇʀᴜᴄᴠɪıɩɑɡɢꞓʟɴᴏᴘᴛᴊᴋᴍʙǀ|013457",
    "abeeopcyxiijsdqwhlbhkmtrnzaeoptuxikvnbywounhqvsderucviiiaggclnoptjkmbiioieast",
)


def resembles(name: str) -> ActingEvent | None:
    """Return the acting event that a name is, or would be taken for by a reader; None for an ordinary name.

    White space, punctuation, case, accents, invisible characters and look-alike letters make no difference.

    >>> resembles(" user_deleted ").name, resembles("Order Completed")
    ('User Deleted', None)
    """
    exact = ACTING_EVENTS.get(name)
    return exact if exact is not None else _BY_SKELETON.get(_skeleton(name))


def _skeleton(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name.casefold()).casefold().translate(_LOOK_ALIKES)
    letters = "".join(character for character in folded if character.isascii() and character.isalnum())
    return letters.replace("i", "l")  # drawn alike in too many fonts


_BY_SKELETON: Final = {
    skeleton: event
    for event in ACTING_EVENTS.values()
    for skeleton in (_skeleton(event.name), *map(_skeleton, _ALSO_MEANT[event.name]))
}


def _at(body: dict[str, Any], path: str) -> object:
    value: object = body
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value
