"""What the API documentation leaves open, as named switches."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

Region = Literal["us", "eu"]
StrictBatch = Literal["all_or_nothing", "per_item"]
OversizeStatus = Literal[400, 413]
MalformedStatus = Literal[200, 400]
OverRate = Literal["throttle", "drop"]
BatchContext = Literal["default", "merge"]
BatchIntegrations = Literal["default", "ignore"]
IncompleteEvents = Literal["record", "drop"]
NullTraits = Literal["remove", "keep"]
AliasEffect = Literal["merge", "record"]
AfterMerge = Literal["person", "anonymous"]

_CHOICES: Final[dict[str, tuple[object, ...]]] = {
    "region": get_args(Region),
    "strict_batch": get_args(StrictBatch),
    "strict_oversize_status": get_args(OversizeStatus),
    "permissive_malformed_status": get_args(MalformedStatus),
    "over_rate": get_args(OverRate),
    "batch_context": get_args(BatchContext),
    "batch_integrations": get_args(BatchIntegrations),
    "incomplete_events": get_args(IncompleteEvents),
    "null_traits": get_args(NullTraits),
    "alias_effect": get_args(AliasEffect),
    "anonymous_after_merge": get_args(AfterMerge),
}


def utc_now() -> datetime:
    """Tell the time: now, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(kw_only=True, eq=False, repr=False)
class Switches:
    """How a sandbox behaves where the vendor's documentation is silent or contradicts itself.

    A default is a guess, not a statement about Customer.io. A
    test that depends on one of them should run with each of its values. Switches may be changed between
    requests; `record` takes effect with the next `reset`.

    Attributes:
        keys: The valid API keys; None accepts any key that is not empty.
        region: The region whose host this sandbox plays. A key of the other region (`pk_eu_…` in `us`) counts
            as wrong.
        clock: Gives the time of arrival, as an aware `datetime`.
        record: False keeps counters and message-id statistics only, for loads too big to remember: no people,
            no events, no ledger. Calls are still checked.
        deduplicate: True drops a call whose `messageId` was stored before. False stores it again and flags
            it.
        strict_batch: Whether one bad item makes a strict batch store nothing, or only that item is left out.
            Both answer 400.
        strict_oversize_status: The status of a call over the size limit in strict mode.
        strict_check_extra: True makes strict mode refuse top-level keys that the API does not know. False
            ignores them, as permissive mode always does.
        strict_email_identify: True lets strict mode take an identify call with no id but with `traits.email`.
            Permissive mode always takes it.
        permissive_malformed_status: The status of a body that is not JSON, in permissive mode.
        group_only_track: False refuses a track call that names nothing but a group.
        lenient_timestamps: True ignores a time that is not ISO 8601 and uses the time of arrival. False
            treats the call as malformed.
        accepts_gzip: Whether a body may come compressed. False takes one for a body that is not JSON.
        check_key_style: True insists on Bearer for `pk_`/`sk_` keys and on Basic for older ones.
        public_key_deletes: Whether `User Deleted` and `User Suppressed` act where they come with a public key
            (`pk_…`). False drops them after the 200.
        requests_per_3_seconds: How many requests fit into three seconds (3,000 is the documented soft limit).
            None: any number.
        over_rate: What happens to a request above that rate: answered 429, or answered 200 and dropped.
        batch_context: Whether the context of a batch serves only the items without one of their own, whole,
            or is merged into every item, the item's own top-level keys winning.
        batch_integrations: Whether a batch's own `integrations`, which only older documents have, serves the
            items without any, or is ignored.
        incomplete_events: Whether an event that has the name of one that acts, but lacks what that needs, is
            recorded like any other or dropped after the 200.
        null_traits: Whether a trait sent as null removes the trait or is kept as None.
        events_create_people: True lets a track, page or screen call create the person it names. False leaves
            the person unknown and records the event alone.
        alias_effect: Whether alias merges the previous person or anonymous profile into the new one, or is
            only noted.
        anonymous_after_merge: Whether later calls with a merged `anonymousId` alone belong to the person, or
            start a new anonymous profile.
        workspace_limits: True drops, after the 200, what exceeds the limits that are documented for the Track
            API: ids 150 bytes, attribute names 150, values 1,000, 300 attributes, event names 100.
    """

    keys: Collection[str] | None = field(default=None, kw_only=False)
    region: Region = "us"
    clock: Callable[[], datetime] = utc_now
    record: bool = True
    deduplicate: bool = False
    strict_batch: StrictBatch = "all_or_nothing"
    strict_oversize_status: OversizeStatus = 413
    strict_check_extra: bool = False
    strict_email_identify: bool = False
    permissive_malformed_status: MalformedStatus = 200
    group_only_track: bool = True
    lenient_timestamps: bool = False
    accepts_gzip: bool = True
    check_key_style: bool = False
    public_key_deletes: bool = True
    requests_per_3_seconds: int | None = None
    over_rate: OverRate = "throttle"
    batch_context: BatchContext = "default"
    batch_integrations: BatchIntegrations = "default"
    incomplete_events: IncompleteEvents = "record"
    null_traits: NullTraits = "remove"
    events_create_people: bool = True
    alias_effect: AliasEffect = "merge"
    anonymous_after_merge: AfterMerge = "person"
    workspace_limits: bool = False

    def __post_init__(self) -> None:
        """Refuse a value that no switch has.

        Raises:
            TypeError: `keys` is a single string.
            ValueError: A switch was set to something other than its documented values.
        """
        if isinstance(self.keys, str):
            raise TypeError("keys is a collection of keys, not one string")
        for name, allowed in _CHOICES.items():
            if (value := getattr(self, name)) not in allowed:
                raise ValueError(f"{name} is one of {', '.join(map(repr, allowed))}, not {value!r}")
