"""The names that act when they ride on a track call.

An event of one of these exact names is not recorded: it changes the workspace. A name that only resembles one
is recorded as an ordinary, meaningless event, and whoever sent it believes that something was done.

Source: Customer.io documentation, Pipelines API, Semantic events.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from langchain_customerio.errors import Problem


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

    def faults(self, body: dict[str, Any]) -> tuple[Problem, ...]:
        """Return what keeps a body on the wire from having the effect, the identity first.

        >>> faults = ACTING_EVENTS["Device Deleted"].faults({"userId": "ada", "context": {"device": {"token": "t1"}}})
        >>> [problem.field for problem in faults]
        ['context.device.type']
        """
        wanted = (self.identity, *self.payload) if self.identity else self.payload
        found = [self._problem(path, code) for path in wanted if (code := _fault(path, _at(body, path)))]
        if "properties.objectId" in self.payload:
            kind, misspelt = _at(body, _OBJECT_TYPE), _at(body, "properties.object_type_id")
            if kind is None and misspelt is not None:  # without it, the object of another type would be meant
                found.append(self._problem("properties.object_type_id", "event_renames"))
            elif kind is not None and not str(kind).isdecimal():
                found.append(self._problem(_OBJECT_TYPE, "event_needs_digits"))
        return tuple(found)

    @property
    def needs(self) -> str:
        """What a call needs to have the effect, for a model: fields with the words that they take.

        >>> ACTING_EVENTS["Device Deleted"].needs
        'userId, context.device.token, context.device.type ("ios" or "android")'
        """
        who = "anonymousId (any text will do)" if self.identity == "anonymousId" else self.identity
        fields = [f"{path} ({_choices(path)})" if path in PAYLOAD_WORDS else path for path in self.payload]
        kind = ' (and properties.objectTypeId unless "1")' if "properties.objectId" in self.payload else ""
        return ", ".join(filter(None, (who, *fields))) + kind

    def _problem(self, path: str, code: str) -> Problem:
        values: dict[str, Any] = {"name": f'"{self.name}"', "effect": self.effect}
        if code == "event_needs_one_of":
            values["choices"] = _choices(path)
        return Problem(code, tuple(path.split(".")), values)


def _choices(path: str) -> str:
    return " or ".join(f'"{word}"' for word in PAYLOAD_WORDS[path])


def _fault(path: str, value: object) -> str:
    """Return the code of what is wrong with a value of the payload; empty where nothing is."""
    words = PAYLOAD_WORDS.get(path)
    if words is not None:
        return "" if value in words else "event_needs_one_of"
    if value in (None, ""):
        return "event_needs_any" if path == "anonymousId" else "event_needs"
    right = isinstance(value, int | str) if path in _IDS else isinstance(value, str)
    return "" if right and not isinstance(value, bool) else "event_needs_text"


_DEVICE = ("context.device.token", "context.device.type")
_IDS = frozenset({"properties.objectId"})
_OBJECT_TYPE: Final = "properties.objectTypeId"
PAYLOAD_WORDS: Final = {
    "context.device.type": ("ios", "android"),
    "properties.metric": ("delivered", "opened", "clicked", "converted"),
    "properties.actionType": ("viewed_content", "clicked_content"),
}
"""The values that a path of a payload may have."""

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
    "Report Delivery Event": ("reportdelivery",),
    "Report Content Event": ("reportcontent",),
}

# Letters of other scripts that are drawn like Latin ones and survive NFKD: Cyrillic, Greek, Armenian, Latin
# small capitals and dotless forms; and the digits that stand in for letters.
_LOOK_ALIKES: Final = str.maketrans(
    "абеёорсухіїјѕԁԛԝһӏвнкмтгпзαεορτυχικνηβγωօսոհցѵꜱᴅᴇʀᴜᴄᴠɪıɩɑɡɢꞓʟɴᴏᴘᴛᴊᴋᴍʙǀ|0134578",
    "abeeopcyxiijsdqwhlbhkmtrnzaeoptuxikvnbywounhqvsderucviiiaggclnoptjkmbiioieastb",
)
_SIGNS: Final = str.maketrans("$@!€", "saie")
_UNKNOWN = "?"
_FEWEST_KNOWN = 3
_LONGEST_KEPT = 200


def resembles(name: str) -> ActingEvent | None:
    """Return the acting event that a name is, or would be taken for by a reader; None for an ordinary name.

    White space, punctuation, case, accents, invisible characters, look-alike letters and one slip of the pen make no
    difference.

    >>> resembles(" user_deleted ").name, resembles("User Supressed").name, resembles("Order Completed")
    ('User Deleted', 'User Suppressed', None)
    """
    if (exact := ACTING_EVENTS.get(name)) is not None:
        return exact
    return _remembered(name) if len(name) <= _LONGEST_KEPT else _taken_for(name)


@lru_cache(maxsize=4096)
def _remembered(name: str) -> ActingEvent | None:
    return _taken_for(name)


def _taken_for(name: str) -> ActingEvent | None:
    for skeleton in {_skeleton(name): None, _skeleton(name.translate(_SIGNS)): None}:
        if found := _BY_SKELETON.get(skeleton):
            return found
        if skeleton.count(_UNKNOWN) * _FEWEST_KNOWN <= len(skeleton):
            for own, event in _OWN_SKELETONS.items():
                if _nearly(skeleton, own):
                    return event
    return None


def _skeleton(name: str) -> str:
    """Return what is left of a name when it is read without care; a letter that is not known stands as `?`."""
    folded = unicodedata.normalize("NFKD", name.casefold()).casefold().translate(_LOOK_ALIKES)
    letters = "".join(c if c.isascii() else _UNKNOWN for c in folded if c.isalnum())
    return letters.replace("i", "l")  # drawn alike in too many fonts


def _nearly(name: str, own: str) -> bool:
    """Return whether two skeletons differ by one letter at most, or by two that changed places."""
    if abs(len(name) - len(own)) > 1:
        return False
    first = next((i for i, (a, b) in enumerate(zip(name, own, strict=False)) if a not in (b, _UNKNOWN)), None)
    if first is None:
        return True
    name, own = name[first:], own[first:]
    rests = [(name[1:], own[1:]), (name[1:], own), (name, own[1:])]
    if name[:2] == own[1::-1]:
        rests.append((name[2:], own[2:]))
    return any(_same(a, b) for a, b in rests)


def _same(name: str, own: str) -> bool:
    return len(name) == len(own) and all(a in (b, _UNKNOWN) for a, b in zip(name, own, strict=True))


_OWN_SKELETONS: Final = {_skeleton(event.name): event for event in ACTING_EVENTS.values()}
_BY_SKELETON: Final = {
    **{_skeleton(other): ACTING_EVENTS[name] for name, others in _ALSO_MEANT.items() for other in others},
    **_OWN_SKELETONS,
}


def _at(body: dict[str, Any], path: str) -> object:
    value: object = body
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value
