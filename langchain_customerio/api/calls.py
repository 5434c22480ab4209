"""The seven calls of the Pipelines API: what may go over the wire, and the text that describes it.

Every model takes its fields under their Python names (`user_id`) and their wire names (`userId`), refuses a
top-level key that the API would drop without a word, and gives the JSON for the wire by `wire()`.

Source: Customer.io documentation, Pipelines API (one page for each call).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, Union

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.alias_generators import to_camel

from langchain_customerio.api.fields import Context, Identifier, JsonObject, Moment, json_value, note, refuse
from langchain_customerio.api.validation import Shape, problems_of, untagged
from langchain_customerio.errors import InvalidRequestError, Problem
from langchain_customerio.messages import Field as FieldName
from langchain_customerio.text import type_name

if TYPE_CHECKING:
    from collections.abc import Iterator


class Call(BaseModel):
    """What all calls share: reading a body, and giving the JSON for the wire."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
        defer_build=True,
    )

    kind: ClassVar[str]
    """Name of the call: the endpoint's last part, and `type` inside a batch."""

    needs_one_of: ClassVar[tuple[str, ...]] = ()
    """Wire names of which a call must carry at least one, so that somebody is named."""

    items: ClassVar[dict[str, type[Call]]] = {}
    """The calls that this one holds, by name; a batch alone holds any."""

    example: ClassVar[dict[str, Any]]
    """A complete body, as the wire has it."""

    def __init__(self, /, **fields: Any) -> None:  # noqa: ANN401 - each has its own type
        """Take the fields by name; whatever is wrong with them is an `InvalidRequestError`.

        >>> Identify(user_id="")
        Traceback (most recent call last):
        langchain_customerio.errors.InvalidRequestError: Not sent. userId: is empty: leave it out, or give a value.
        """
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise InvalidRequestError(problems=problems_of(error, self.shape())) from None

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined] # as in BaseModel: parsing need not come through here

    @classmethod
    def parse(cls, body: object, corrections: list[Problem] | None = None) -> Self:
        """Read a JSON body as a call of this class.

        Args:
            body: The JSON object, or a call.
            corrections: Receives a finding for each obvious slip that was corrected.

        Raises:
            InvalidRequestError: With every problem, by the path of its field.

        >>> Track.parse({"userId": "u1", "event": "Signed Up"}).event
        'Signed Up'
        """
        try:
            return cls.model_validate(body, context=[] if corrections is None else corrections)
        except ValidationError as error:
            raise InvalidRequestError(problems=problems_of(error, cls.shape())) from None

    def wire(self) -> dict[str, Any]:
        """Return the JSON object for the wire: wire names, and only what was given.

        >>> Track(user_id="u1", event="Signed Up").wire()
        {'userId': 'u1', 'event': 'Signed Up'}
        """
        values = self.__dict__
        return {wire: values[name] for name, wire in self.wire_names() if values[name] is not None}

    @classmethod
    def wire_names(cls) -> tuple[tuple[str, str], ...]:
        """Return each field's name in Python and on the wire: the call's own fields, then the common ones."""
        found: tuple[tuple[str, str], ...] | None = cls.__dict__.get("_wire_names")
        if found is None:
            own = sorted(cls.model_fields, key=lambda name: name in Common.model_fields)
            found = tuple((name, cls.model_fields[name].alias or name) for name in own)
            cls._wire_names = found
        return found

    _wire_names: ClassVar[tuple[tuple[str, str], ...]]

    @classmethod
    def shape(cls) -> Shape:
        """Return what is needed to say what is wrong with a body."""
        fields = cls.wire_names()
        required = (names for names in fields if cls.model_fields[names[0]].is_required())
        items = {kind: call.shape() for kind, call in cls.items.items()}
        return Shape(cls.kind, fields, frozenset(name for names in required for name in names), items)

    @model_validator(mode="before")
    @classmethod
    def _tidy(cls, data: object, info: ValidationInfo) -> object:
        """Drop a right `type`, refuse a wrong one, and note each name that was corrected to its wire name."""
        if not isinstance(data, dict):
            if isinstance(data, list):
                raise refuse("not_a_batch" if cls.kind == "batch" else "several_calls")
            raise refuse("not_a_call", found=type_name(data))
        if "type" in data and data["type"] != cls.kind:
            raise refuse("type_mismatch", ("type",), call=cls.kind)
        if isinstance(info.context, list):
            for name, wire in cls.wire_names():
                if name != wire and name in data:
                    note(info, "renamed", wire, given=name)
        return {key: value for key, value in data.items() if key != "type"} if "type" in data else data

    @model_validator(mode="after")
    def _somebody_is_named(self) -> Self:
        wanted = self.needs_one_of
        if wanted and not any(self.__dict__[name] for name, wire in self.wire_names() if wire in wanted):
            raise refuse("missing_one_of", fields=tuple(map(FieldName, wanted)))
        return self


class Common(Call):
    """The fields that each of the six single calls may carry."""

    context: Context | None = Field(default=None, description="What surrounded the call")
    integrations: Annotated[dict[str, bool], BeforeValidator(json_value)] | None = Field(
        default=None, description="Destination to on/off; All: false turns off the rest"
    )
    message_id: Identifier | None = Field(default=None, description="Made for you")
    timestamp: Moment | None = Field(default=None, description="When it happened, ISO 8601; omit for now")
    original_timestamp: Moment | None = None
    sent_at: Moment | None = None


UserId = Annotated[Identifier | None, Field(description="Your id of the person, or their e-mail")]
AnonymousId = Annotated[Identifier | None, Field(description="Id of a visitor not known yet")]


class Identify(Common):
    """Create a person or update their traits. Source: Pipelines API, Identify.

    >>> Identify(user_id="ada", traits={"plan": "pro"}).wire()
    {'userId': 'ada', 'traits': {'plan': 'pro'}}
    """

    kind = "identify"
    needs_one_of = ("userId", "anonymousId")
    example: ClassVar = {"userId": "ada", "traits": {"email": "ada@example.com", "plan": "pro"}}

    user_id: UserId = None
    anonymous_id: AnonymousId = None
    traits: JsonObject | None = Field(
        default=None,
        description="What to know about the person; any JSON",
        json_schema_extra={
            "properties": {
                "email": {"type": "string"},
                "createdAt": {"type": "string", "format": "date-time"},
                "unsubscribed": {"type": "boolean"},
                "cio_subscription_preferences": {
                    "type": "object",
                    "description": "{topics: {topic_<id>: bool}, channels: {email: bool}} replaces all; for one, use"
                    ' the key "cio_subscription_preferences.topics.topic_1"',
                },
            }
        },
    )


class Track(Common):
    """Record something that a person did. Source: Pipelines API, Track.

    Some event names act on the workspace instead of being recorded: see `langchain_customerio.api.semantic_events`.

    >>> Track(user_id="ada", event="Order Completed", properties={"total": 20}).wire()
    {'userId': 'ada', 'event': 'Order Completed', 'properties': {'total': 20}}
    """

    kind = "track"
    needs_one_of = ("userId", "anonymousId", "groupId")
    example: ClassVar = {"userId": "ada", "event": "Order Completed", "properties": {"total": 20}}

    user_id: UserId = None
    anonymous_id: AnonymousId = None
    group_id: Annotated[Identifier | None, Field(description="Id of the group that it is about")] = None
    event: Annotated[Identifier, Field(description="Name of what happened")]
    properties: JsonObject | None = Field(default=None, description="Details of the event; any JSON")


_PAGE_PROPERTIES: dict[str, Any] = {
    name: {"type": "string"} for name in ("category", "url", "title", "referrer", "path", "search")
}


class Page(Common):
    """Record that a person viewed a web page. Source: Pipelines API, Page.

    >>> Page(user_id="ada", name="Pricing", properties={"url": "https://example.com/pricing"}).wire()
    {'userId': 'ada', 'name': 'Pricing', 'properties': {'url': 'https://example.com/pricing'}}
    """

    kind = "page"
    needs_one_of = ("userId", "anonymousId")
    example: ClassVar = {
        "userId": "ada",
        "name": "Pricing",
        "properties": {"url": "https://example.com/pricing", "title": "Pricing"},
    }

    user_id: UserId = None
    anonymous_id: AnonymousId = None
    name: Identifier | None = Field(default=None, description="Name of the page")
    category: Identifier | None = Field(default=None, description="Kind of page")
    properties: JsonObject | None = Field(
        default=None,
        description="Details; any JSON. Give url and title",
        json_schema_extra={"properties": _PAGE_PROPERTIES},
    )


class Screen(Common):
    """Record that a person viewed a screen of an app. Source: Pipelines API, Screen.

    >>> Screen(user_id="ada", name="Settings").wire()
    {'userId': 'ada', 'name': 'Settings'}
    """

    kind = "screen"
    needs_one_of = ("userId", "anonymousId")
    example: ClassVar = {"userId": "ada", "name": "Settings", "properties": {"tab": "billing"}}

    user_id: UserId = None
    anonymous_id: AnonymousId = None
    name: Identifier | None = Field(default=None, description="Name of the screen; give it")
    category: Identifier | None = Field(default=None, description="Kind of screen")
    properties: JsonObject | None = Field(default=None, description="Details; any JSON")


def _group_traits(traits: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
    """Write the object type under its newest name and as the string of digits that it is."""
    if "object_type_id" in traits and "objectTypeId" not in traits:
        traits["objectTypeId"] = traits.pop("object_type_id")
        note(info, "renamed", "traits", "objectTypeId", given="traits.object_type_id")
    kind = traits.get("objectTypeId")
    if isinstance(kind, int) and not isinstance(kind, bool):
        kind = traits["objectTypeId"] = str(kind)
        note(info, "number_as_text", "traits", "objectTypeId")
    if kind is not None and not (isinstance(kind, str) and kind.isascii() and kind.isdigit()):
        raise refuse("object_type", ("objectTypeId",))
    about_both = traits.get("relationshipAttributes")
    if about_both is not None and not isinstance(about_both, dict):
        raise refuse("needs", ("relationshipAttributes",), needed="an object", found=type_name(about_both))
    return traits


class Group(Common):
    """Create or update a group (an object such as a company) and relate a person to it.

    Source: Pipelines API, Group.

    >>> Group(group_id="acme", user_id="ada", traits={"name": "Acme"}).wire()
    {'groupId': 'acme', 'userId': 'ada', 'traits': {'name': 'Acme'}}
    """

    kind = "group"
    example: ClassVar = {
        "groupId": "acme",
        "userId": "ada",
        "traits": {"objectTypeId": "1", "name": "Acme", "relationshipAttributes": {"role": "admin"}},
    }

    group_id: Annotated[Identifier, Field(description="Your id of the group")]
    user_id: Annotated[Identifier | None, Field(description="Person to relate to it: your id or e-mail")] = None
    anonymous_id: AnonymousId = None
    traits: Annotated[JsonObject, AfterValidator(_group_traits)] | None = Field(
        default=None,
        description="What to know about the group; any JSON",
        json_schema_extra={
            "properties": {
                "objectTypeId": {"type": "string", "description": 'Digits; default "1"'},
                "relationshipAttributes": {
                    "type": "object",
                    "description": "About person and group; needs a person",
                },
            }
        },
    )

    @model_validator(mode="after")
    def _relationship_has_two_ends(self) -> Self:
        about_both = (self.traits or {}).get("relationshipAttributes")
        if about_both is not None and not (self.user_id or self.anonymous_id):
            raise refuse("relationship_needs_person", ("traits", "relationshipAttributes"))
        return self


class Alias(Common):
    """Merge one id of a person into another; treat it as irreversible. Source: Pipelines API, Alias.

    >>> Alias(previous_id="visitor-7", user_id="ada").wire()
    {'previousId': 'visitor-7', 'userId': 'ada'}
    """

    kind = "alias"
    example: ClassVar = {"previousId": "visitor-7", "userId": "ada"}

    previous_id: Annotated[Identifier, Field(description="Id to give up")]
    user_id: Annotated[Identifier, Field(description="Id to keep")]

    @model_validator(mode="after")
    def _two_ids(self) -> Self:
        if self.previous_id == self.user_id:
            raise refuse("same_ids", ("previousId",))
        return self


SINGLE_CALLS: dict[str, type[Common]] = {call.kind: call for call in (Identify, Track, Page, Screen, Group, Alias)}


def _kind_of(item: object) -> str | None:
    """Tell pydantic which call an item is; `validation` reports what is none of them."""
    if isinstance(item, Common):
        return item.kind
    kind = item.get("type") if isinstance(item, dict) else None
    return kind if isinstance(kind, str) else None


# One alternative for each single call, told apart by its `type`. A type checker reads what they have in common.
BatchItem = Common
if not TYPE_CHECKING:
    BatchItem = Annotated[
        Union[tuple(Annotated[call, Tag(kind)] for kind, call in SINGLE_CALLS.items())],  # noqa: UP007 - of a tuple
        Discriminator(_kind_of),
    ]


class _Envelope(Call):
    """A batch before its items are looked at."""

    kind = "batch"

    batch: list[Any] = Field(description="Calls, each with its type; handled in order", min_length=1)
    context: Context | None = Field(default=None, description="Default for the items without a context of their own")


class Batch(_Envelope):
    """Several calls in one request, in order. Source: Pipelines API, Batch.

    The batch's `context` is the default for the items that carry none of their own.

    >>> Batch(batch=[Identify(user_id="ada"), Track(user_id="ada", event="Signed Up")]).wire()
    {'batch': [{'type': 'identify', 'userId': 'ada'}, {'type': 'track', 'userId': 'ada', 'event': 'Signed Up'}]}
    """

    items: ClassVar = {**SINGLE_CALLS}
    example: ClassVar = {
        "batch": [
            {"type": "identify", "userId": "ada", "traits": {"plan": "pro"}},
            {"type": "track", "userId": "ada", "event": "Signed Up"},
        ]
    }

    batch: list[BatchItem] = Field(description="Calls, each with its type; handled in order", min_length=1)

    @classmethod
    def parse_items(
        cls, body: object, corrections: list[Problem] | None = None
    ) -> tuple[Self, list[Common | InvalidRequestError]]:
        """Read a JSON body item by item, so that a bad one does not spoil the others.

        Returns:
            The batch without items, and each item or what is wrong with it.

        Raises:
            InvalidRequestError: If the body is not a batch, whatever its items are.
        """
        envelope = _Envelope.parse(body, corrections)
        items = [_parsed_item(item, index, corrections) for index, item in enumerate(envelope.batch)]
        return cls.model_construct(batch=[], context=envelope.context), items

    def wire(self) -> dict[str, Any]:
        """Return the JSON object for the wire, each item with its `type`."""
        items = [{"type": item.kind, **item.wire()} for item in self.batch]
        return {"batch": items} if self.context is None else {"batch": items, "context": self.context}

    def __iter__(self) -> Iterator[Common]:  # type: ignore[override] # a batch is its calls, not its fields
        """Iterate over the calls, in order."""
        return iter(self.batch)

    def __len__(self) -> int:
        """Return the number of calls."""
        return len(self.batch)


def _parsed_item(item: object, index: int, corrections: list[Problem] | None) -> Common | InvalidRequestError:
    kind = SINGLE_CALLS.get(_kind_of(item) or "")
    if kind is None:
        return InvalidRequestError(problems=(untagged(item, SINGLE_CALLS).at("batch", index),))
    try:
        return kind.parse(item, corrections)
    except InvalidRequestError as error:
        return InvalidRequestError(problems=tuple(problem.at("batch", index) for problem in error.problems))


CALLS: dict[str, type[Call]] = {**SINGLE_CALLS, "batch": Batch}
"""All seven, by name."""
