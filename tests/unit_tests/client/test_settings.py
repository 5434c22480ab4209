"""Where calls go and with which key: decided before anything is sent, and never showing the key."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import SecretStr

from langchain_customerio import ConfigurationError, PipelinesClient, Region
from langchain_customerio.client import settings
from langchain_customerio.client.settings import Environment, Target, read_environment
from tests.far_end import basic

if TYPE_CHECKING:
    from collections.abc import Callable

US, EU = "https://cdp.customer.io/v1", "https://cdp-eu.customer.io/v1"


def resolve(key: str, *where: str) -> Target:
    return settings.resolve(SecretStr(key), *where)


def header(target: Target) -> str:
    """Return what a request to a target is signed with."""
    request = httpx.Request("POST", target.base_url)
    target.key.sign(request)
    return request.headers["Authorization"]


@pytest.mark.parametrize(
    ("key", "authorization", "region"),
    [
        ("0123456789abcdef", basic("0123456789abcdef"), Region.US),
        ("pk_us_123", "Bearer pk_us_123", Region.US),
        ("sk_us_123", "Bearer sk_us_123", Region.US),
        ("pk_eu_123", "Bearer pk_eu_123", Region.EU),
        ("sk_eu_123", "Bearer sk_eu_123", Region.EU),
        ("pk_123", "Bearer pk_123", Region.US),
        ("pk_ap_123", "Bearer pk_ap_123", Region.US),
        ("PK_us_123", basic("PK_us_123"), Region.US),
        ("xpk_eu_123", basic("xpk_eu_123"), Region.US),
    ],
)
def test_a_key_of_the_new_kind_goes_as_bearer_to_its_region_and_an_older_one_as_basic(
    key: str, authorization: str, region: Region
) -> None:
    target = resolve(key)
    assert (header(target), target.region) == (authorization, region)
    assert target.base_url == {Region.US: US, Region.EU: EU}[region]


@pytest.mark.parametrize("around", [" {} ", "{}\n", "\t{}\r\n", "\u00a0{}\u2028"])
def test_white_space_around_a_key_is_dropped(around: str) -> None:
    assert resolve(around.format("pk_eu_1")) == resolve("pk_eu_1")
    assert header(resolve(around.format("old"))) == basic("old")


@pytest.mark.parametrize("key", ["", " ", "\n"])
def test_without_a_key_one_is_told_how_to_set_it(key: str) -> None:
    with pytest.raises(ConfigurationError, match="set CUSTOMERIO_API_KEY, or pass api_key="):
        resolve(key)


@pytest.mark.parametrize(
    "key", ["a b", "a\nX-Strict-Mode: 1", "a\r\nb", "a:b", "pk_us_\x00", "klucz-ż", "a\x7fb", "a\tb", "\ud800"]
)
def test_a_key_that_could_break_a_header_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolve(key)
    assert (
        str(caught.value)
        == "The Customer.io key has a character that no key has (white space, a colon, or beyond ASCII)."
    )


@pytest.mark.parametrize("region", ["eu", "EU", " eu\n", Region.EU])
def test_the_region_of_an_older_key_is_told(region: str) -> None:
    target = resolve("old", region)
    assert (target.base_url, target.region) == (EU, Region.EU)
    assert resolve("pk_eu_1", region) == resolve("pk_eu_1")


@pytest.mark.parametrize("region", ["", "europe", "us-east-1", "eu us"])
def test_an_unknown_region_is_refused(region: str) -> None:
    with pytest.raises(ConfigurationError, match=r"The region is neither us nor eu"):
        resolve("old", region)


@pytest.mark.parametrize(
    ("key", "given", "says"),
    [
        ("pk_us_1", {"region": "eu"}, "belongs to the region us, but the region is set to eu: leave the region out."),
        ("sk_eu_1", {"region": "us"}, "belongs to the region eu, but the region is set to us: leave the region out."),
        ("pk_us_1", {"base_url": EU}, "belongs to the region us, but the base URL is that of eu: leave the base URL"),
        ("pk_eu_1", {"base_url": f"{US}/"}, "belongs to the region eu, but the base URL is that of us: leave the base"),
        ("pk_us_1", {"base_url": "https://CDP-EU.customer.io/v1"}, "but the base URL is that of eu"),
        ("pk_us_1", {"base_url": "https://cdp-eu.customer.io:443/v1"}, "but the base URL is that of eu"),
    ],
)
def test_a_key_of_another_region_is_refused(key: str, given: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings.resolve(SecretStr(key), **given)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        (EU, EU),
        (f" {US}/ \n", US),
        ("https://proxy.example/customerio/v1", "https://proxy.example/customerio/v1"),
        ("http://localhost:8080/v1", "http://localhost:8080/v1"),
        ("http://127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1"),
        ("http://127.8.9.1/v1", "http://127.8.9.1/v1"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
    ],
)
def test_a_base_url_replaces_the_regions(base_url: str, address: str) -> None:
    target = settings.resolve(SecretStr("old"), base_url=base_url)
    assert (target.base_url, target.region) == (address, None)
    assert resolve("old", "eu", base_url).region is Region.EU


@pytest.mark.parametrize(
    ("base_url", "says"),
    [
        ("cdp.customer.io/v1", "is no https:// address"),
        ("ftp://cdp.customer.io/v1", "is no https:// address"),
        ("https:///v1", "is no https:// address"),
        ("https://[::1/v1", "is no https:// address"),
        ("https://host:port/v1", "is no https:// address"),
        ("https://host:99999/v1", "is no https:// address"),
        ("https://host:0/v1", "is no https:// address"),
        (" ", "is no https:// address"),
        ("https://user:secret@host/v1", "carries more than an address"),
        ("https://:secret@host/v1", "carries more than an address"),
        ("https://@host/v1", "carries more than an address"),
        ("https://cdp.customer.io\\@evil.example/v1", "carries more than an address"),
        ("https://host/v1?key=secret", "carries more than an address"),
        ("https://host/v1?", "carries more than an address"),
        ("https://host/v1#", "carries more than an address"),
        ("https://host/v1#secret", "carries more than an address"),
        ("https://ho\nst/v1", "carries more than an address"),
        ("https://host/v 1", "carries more than an address"),
        ("http://cdp.customer.io/v1", "is http://, which would show the key to the network"),
        ("http://10.0.0.1/v1", "is http://, which would show the key to the network"),
        ("http://0.0.0.0/v1", "is http://, which would show the key to the network"),
        ("http://localhost.evil.example/v1", "is http://, which would show the key to the network"),
        ("http://127.0.0.1.evil.example/v1", "is http://, which would show the key to the network"),
        ("https://cdp.customer.io", "has no path: it runs up to and includes /v1"),
        ("https://cdp.customer.io/", "has no path: it runs up to and includes /v1"),
    ],
)
def test_a_base_url_that_is_not_safe_or_not_whole_is_refused_without_being_shown(base_url: str, says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings.resolve(SecretStr("old"), base_url=base_url)
    assert says in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_target_shows_its_address_and_not_its_key() -> None:
    target = resolve("pk_eu_0123456789")
    assert repr(target) == f"Target(base_url='{EU}', region=<Region.EU: 'eu'>, key=Key('**********'))"
    with pytest.raises(dataclasses.FrozenInstanceError):
        target.base_url = US  # type: ignore[misc] # what is tried here


def test_the_environment_is_read_in_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"API_KEY": " key\n", "REGION": "eu", "BASE_URL": US}.items():
        monkeypatch.setenv(f"CUSTOMERIO_{name}", value)
    assert read_environment() == Environment(SecretStr("key"), "eu", US)
    for name in ("API_KEY", "REGION", "BASE_URL"):
        monkeypatch.setenv(f"CUSTOMERIO_{name}", " ")
    assert read_environment() == Environment(None, None, None)


@pytest.mark.parametrize(
    ("environment", "arguments", "base_url"),
    [
        ({"CUSTOMERIO_API_KEY": "pk_eu_1"}, {}, EU),
        ({"CUSTOMERIO_API_KEY": "old", "CUSTOMERIO_REGION": "eu"}, {}, EU),
        ({"CUSTOMERIO_API_KEY": "old", "CUSTOMERIO_REGION": "eu"}, {"region": "us"}, US),
        ({"CUSTOMERIO_API_KEY": "pk_eu_1"}, {"api_key": "pk_us_1"}, US),
        ({"CUSTOMERIO_API_KEY": "old", "CUSTOMERIO_BASE_URL": "https://a.example/v1"}, {}, "https://a.example/v1"),
        ({"CUSTOMERIO_BASE_URL": "https://a.example/v1"}, {"api_key": "old", "base_url": EU}, EU),
        ({"CUSTOMERIO_API_KEY": "old", "CUSTOMERIO_BASE_URL": "https://a.example/v1"}, {"api_key": "own"}, US),
        ({"CUSTOMERIO_BASE_URL": "https://a.example/v1"}, {"api_key": lambda: "own"}, US),
        ({"CUSTOMERIO_REGION": "eu"}, {"api_key": "own"}, EU),
        ({}, {"api_key": lambda: "pk_eu_1"}, EU),
    ],
)
def test_a_client_takes_from_the_environment_what_it_is_not_given_but_no_address_for_a_key_of_its_own(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], arguments: dict[str, Any], base_url: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert repr(PipelinesClient(**arguments)) == f"PipelinesClient(base_url={base_url!r})"


@pytest.mark.parametrize(
    "make",
    [
        PipelinesClient,
        lambda: PipelinesClient(""),
        lambda: PipelinesClient(" "),
        lambda: PipelinesClient(lambda: ""),
        lambda: PipelinesClient("pk_us_1", region="eu"),
        lambda: PipelinesClient("old", base_url="http://cdp.customer.io/v1"),
    ],
)
def test_a_client_that_could_not_send_cannot_be_made(make: Callable[[], PipelinesClient]) -> None:
    with pytest.raises(ConfigurationError):
        make()


@pytest.mark.parametrize("key", ["sk_us_1", " sk_eu_1\n", "sk_1"])
def test_a_private_key_is_warned_of_where_the_client_is_made(key: str) -> None:
    with pytest.warns(UserWarning, match="private one") as caught:
        PipelinesClient(key)
    assert [warning.filename for warning in caught] == [__file__]
    assert key.strip() not in str(caught[0].message)


@pytest.mark.parametrize("key", ["pk_us_1", "old", "xsk_1"])
def test_no_other_key_is_warned_of(key: str) -> None:
    PipelinesClient(key)  # warnings are errors here
