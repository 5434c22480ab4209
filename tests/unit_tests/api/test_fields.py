"""The values inside a call: what JSON cannot carry is refused with its path, and slips are put right and noted."""

from __future__ import annotations

from collections import OrderedDict
from decimal import Decimal
from typing import Any

import pytest

from langchain_customerio import Alias, Group, Identify, Page, Track
from langchain_customerio.sandbox import Sandbox
from tests.reading import parsed, refused

Json = dict[str, Any]
ADA: Json = {"userId": "ada", "event": "Signed Up"}
DEEPEST = 64


def nested(levels: int, kind: Any = dict) -> Any:
    """Return an object with so many objects inside each other, or lists where `kind` says so."""
    value: Any = 1
    for _ in range(levels):
        value = kind(a=value) if kind is not list else [value]
    return value


@pytest.mark.parametrize(
    ("value", "path", "says"),
    [
        (float("nan"), "", "is NaN or infinite, which JSON cannot carry: leave it out"),
        (float("inf"), "", "is NaN or infinite, which JSON cannot carry: leave it out"),
        ([1, {"b": float("-inf")}], "[1].b", "is NaN or infinite, which JSON cannot carry: leave it out"),
        ("\ud83d", "", "has a broken character (a lone surrogate): send well-formed Unicode"),
        ({"b": ["ok", "x\udc00y"]}, ".b[1]", "has a broken character (a lone surrogate): send well-formed Unicode"),
        ({"\ud83d": 1}, "", "has a broken character (a lone surrogate): send well-formed Unicode"),
        (2**64, "", "is an integer beyond 64 bits: send it as a string"),
        ({"b": [-(2**63) - 1]}, ".b[0]", "is an integer beyond 64 bits: send it as a string"),
        ([10**5_000], "[0]", "is an integer beyond 64 bits: send it as a string"),
        ({1: "b"}, "", "has a key that is a number: keys are strings"),
        ({"b": {None: 1}}, ".b", "has a key that is null: keys are strings"),
        ({1, 2}, "", "is set, which is not JSON"),
        (b"x", "", "is bytes, which is not JSON"),
        (Decimal("0.1234567890123456789"), "", "has more digits than a JSON number keeps: send it as a string"),
        (Decimal(2**70), "", "is an integer beyond 64 bits: send it as a string"),
        (Decimal("NaN"), "", "is NaN or infinite, which JSON cannot carry: leave it out"),
    ],
)
@pytest.mark.parametrize("holder", ["traits", "properties", "context"])
def test_what_json_cannot_carry_is_refused_with_its_path(holder: str, value: object, path: str, says: str) -> None:
    call, body = (Identify, {"userId": "ada"}) if holder == "traits" else (Track, ADA)
    assert refused(call, {**body, holder: {"a": value}}) == [f"{holder}.a{path}: {says}"]


@pytest.mark.parametrize("value", [2**64 - 1, -(2**63), 1.7976931348623157e308, 5e-324, -0.0, "", "🙂", [], {}, [[]]])
def test_what_json_can_just_carry_passes(value: object) -> None:
    assert Track.parse({**ADA, "properties": {"a": value}}).wire()["properties"] == {"a": value}


@pytest.mark.parametrize("kind", [dict, list, OrderedDict])
def test_nesting_has_a_limit(kind: type[Any]) -> None:
    Track.parse({**ADA, "properties": {"a": nested(DEEPEST - 1, kind)}})
    for levels in (DEEPEST, 5_000):
        (problem,) = refused(Track, {**ADA, "properties": {"a": nested(levels, kind)}})
        assert problem == f"properties: is nested more than {DEEPEST} levels deep"


def test_an_object_that_contains_itself_is_refused() -> None:
    loop: Json = {}
    loop["again"] = loop
    assert refused(Track, {**ADA, "properties": loop}) == ["properties: is nested more than 64 levels deep"]


@pytest.mark.parametrize("event", ["\ud800", "a\udfffb"])
def test_a_broken_character_in_an_id_is_refused(event: str) -> None:
    says = "has a broken character (a lone surrogate): send well-formed Unicode"
    assert refused(Track, {"userId": "ada", "event": event}) == [f"event: {says}"]


def test_a_key_that_stands_twice_in_a_wrapped_object_is_refused() -> None:
    for text, key in (('{"plan": "pro", "plan": "free"}', "plan"), ('{"a": [{"b": 1, "b": 1}]}', "b")):
        says = f'traits: has the key "{key}" twice in one object: keep one'
        assert refused(Identify, {"userId": "ada", "traits": text}) == [says]


@pytest.mark.parametrize(("value", "sent"), [("19.99", 19.99), ("7", 7), ("1E+3", 1000), ("-0.5", -0.5)])
def test_a_decimal_is_sent_as_the_number_that_keeps_its_digits(value: str, sent: float) -> None:
    assert Track.parse({**ADA, "properties": {"a": Decimal(value)}}).wire()["properties"] == {"a": sent}


def test_an_object_wrapped_in_a_string_is_unwrapped_and_noted() -> None:
    wire, corrections = parsed(Identify, userId="ada", traits='{"plan": "pro", "n": null}', context='{"ip": "8.8.8.8"}')
    assert wire == {"userId": "ada", "traits": {"plan": "pro", "n": None}, "context": {"ip": "8.8.8.8"}}
    assert corrections == ["context: JSON string sent as object", "traits: JSON string sent as object"]


@pytest.mark.parametrize("value", ["plan: pro", "[1]", "5", '"x"', '{"a":', ""])
def test_a_string_that_holds_no_object_is_refused(value: str) -> None:
    assert refused(Identify, {"userId": "ada", "traits": value}) == ["traits: needs an object, found a string"]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000], ids=["lists", "objects"])
def test_a_string_that_holds_something_too_deep_is_refused_as_that(text: str) -> None:
    says = "traits: is nested more than 64 levels deep"
    assert refused(Identify, {"userId": "ada", "traits": text}) == [says]


def test_a_string_that_holds_an_object_is_read_to_the_digit() -> None:
    (problem,) = refused(Track, {**ADA, "properties": '{"n": 123456789012345678901234}'})
    assert problem == "properties.n: is an integer beyond 64 bits: send it as a string"
    (problem,) = refused(Track, {**ADA, "properties": '{"n": NaN}'})
    assert problem == "properties: is NaN or infinite, which JSON cannot carry: leave it out"
    (problem,) = refused(Track, {**ADA, "properties": '{"n": [1, 1234567890123456.123456789]}'})
    assert problem == "properties.n[1]: has more digits than a JSON number keeps: send it as a string"


@pytest.mark.parametrize("value", [5, True, [1], 2.5])
@pytest.mark.parametrize("field", ["properties", "context"])
def test_an_object_is_needed_where_an_object_belongs(field: str, value: object) -> None:
    (problem,) = refused(Page, {"userId": "ada", field: value})
    assert problem.startswith(f"{field}: needs an object, found ")


@pytest.mark.parametrize(
    ("context", "problem"),
    [
        ({"ip": 5}, "context.ip: needs a string, found a number"),
        ({"active": "maybe"}, "context.active: needs true or false, found a string"),
        ({"app": {"version": 3}}, "context.app.version: needs a string, found a number"),
        ({"app": "shop"}, "context.app: needs an object, found a string"),
        ({"page": {"keywords": "a, b"}}, "context.page.keywords: needs a list, found a string"),
        ({"page": {"keywords": ["a", 1]}}, "context.page.keywords[1]: needs a string, found a number"),
        ({"network": {"wifi": []}}, "context.network.wifi: needs true or false, found a list"),
        ({"channel": "fax"}, "context.channel: needs 'browser', 'server' or 'mobile'"),
        ({"device": {"type": "windows"}}, "context.device.type: needs 'android' or 'ios'"),
        ({"device": {"type": 1}}, "context.device.type: needs 'android' or 'ios'"),
    ],
)
def test_a_documented_part_of_the_context_has_its_type(context: Json, problem: str) -> None:
    assert refused(Page, {"userId": "ada", "context": context}) == [problem]


@pytest.mark.parametrize(
    ("given", "sent", "correction"),
    [
        ({"user_agent": "curl"}, {"userAgent": "curl"}, "context.userAgent: given as context.user_agent"),
        ({"device": {"type": "iOS"}}, {"device": {"type": "ios"}}, "context.device.type: written in lower case"),
    ],
)
def test_a_slip_in_the_context_is_put_right_and_noted(given: Json, sent: Json, correction: str) -> None:
    assert parsed(Page, userId="ada", context=given) == ({"userId": "ada", "context": sent}, [correction])


def test_what_the_context_has_under_its_right_name_is_not_overwritten() -> None:
    both = {"user_agent": "mine", "userAgent": "curl"}
    assert parsed(Page, userId="ada", context=both) == ({"userId": "ada", "context": both}, [])


@pytest.mark.parametrize(
    ("integrations", "problem"),
    [
        ({"All": "no way"}, "integrations.All: needs true or false, found a string"),
        ({"All": None}, "integrations.All: needs true or false, found null"),
        ({"All": float("nan")}, "integrations.All: is NaN or infinite, which JSON cannot carry: leave it out"),
        ("Mixpanel", "integrations: needs an object, found a string"),
        (["Mixpanel"], "integrations: needs an object, found a list"),
    ],
)
def test_integrations_turn_destinations_on_and_off(integrations: object, problem: str) -> None:
    assert refused(Page, {"userId": "ada", "integrations": integrations}) == [problem]


@pytest.mark.parametrize(
    ("given", "sent", "corrections"),
    [
        ({"objectTypeId": "1"}, {"objectTypeId": "1"}, []),
        ({"objectTypeId": 2}, {"objectTypeId": "2"}, ["traits.objectTypeId: number sent as string"]),
        ({"object_type_id": "3"}, {"objectTypeId": "3"}, ["traits.objectTypeId: given as traits.object_type_id"]),
        (
            '{"object_type_id": 4}',
            {"objectTypeId": "4"},
            [
                "traits: JSON string sent as object",
                "traits.objectTypeId: given as traits.object_type_id",
                "traits.objectTypeId: number sent as string",
            ],
        ),
    ],
)
def test_the_type_of_an_object_goes_out_under_its_newest_name_as_digits(
    given: object, sent: Json, corrections: list[str]
) -> None:
    assert parsed(Group, groupId="acme", traits=given) == ({"groupId": "acme", "traits": sent}, corrections)
    sandbox = Sandbox()
    with sandbox.client() as client:
        client.send(Group.parse({"groupId": "acme", "traits": given}), strict=True)
    assert list(sandbox.objects) == [(sent["objectTypeId"], "acme")]


@pytest.mark.parametrize("kind", ["company", "", "1.5", "²", True, 1.0, [], -1])
def test_the_type_of_an_object_is_digits(kind: object) -> None:
    (problem,) = refused(Group, {"groupId": "acme", "traits": {"objectTypeId": kind}})
    assert problem == 'traits.objectTypeId: needs the id of an object type, a string of digits such as "1"'


def test_a_relationship_is_an_object_and_needs_a_person() -> None:
    role = {"traits": {"relationshipAttributes": {"role": "admin"}}}
    for person in ({"userId": "ada"}, {"anonymousId": "visitor-7"}):
        assert Group.parse({"groupId": "acme", **person, **role}).wire() == {"groupId": "acme", **person, **role}
    alone = "traits.relationshipAttributes: needs a person: give userId or anonymousId"
    assert refused(Group, {"groupId": "acme", **role}) == [alone]
    assert refused(Group, {"groupId": "acme", "traits": {"relationshipAttributes": {}}}) == [alone]
    for wrong, found in (("admin", "a string"), (["admin"], "a list")):
        assert refused(Group, {"groupId": "acme", "userId": "a", "traits": {"relationshipAttributes": wrong}}) == [
            f"traits.relationshipAttributes: needs an object, found {found}"
        ]


def test_an_alias_needs_two_ids() -> None:
    assert refused(Alias, {"previousId": "ada", "userId": "ada"}) == [
        "previousId: is the same as userId: give the id to give up"
    ]
