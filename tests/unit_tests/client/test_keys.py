"""The key in somebody else's hands: found and hidden in every form that it can be given back in."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from langchain_customerio import DeliveryError, InvalidRequestError, PipelinesClient, Track
from langchain_customerio.client.keys import Key
from langchain_customerio.sandbox import Sandbox
from tests.far_end import FarEnd, basic

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Run

KEYS = ["pk_us_Qz7-w+/x=9_abcdefghij", "0123456789abcdef0123", "pk_eu_ZZZZzzzz0000yyyy"]
each_key = pytest.mark.parametrize("key", KEYS)


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper case": str.upper,
    "lower case": str.lower,
    "header of an older key": basic,
    "header of a newer key": lambda key: f"Bearer {key}",
    "base64": b64,
    "base64 without padding": lambda key: b64(key).rstrip("="),
    "base64 of the pair": lambda key: b64(f"{key}:"),
    "base64 of the pair without padding": lambda key: b64(f"{key}:").rstrip("="),
    "base64 for addresses": lambda key: base64.urlsafe_b64encode(f"{key}:".encode()).decode(),
    "base64 in lower case": lambda key: b64(f"{key}:").lower(),
    "base64 behind one letter": lambda key: b64(f"x{key}"),
    "base64 behind two letters": lambda key: b64(f"xy{key}"),
    "base64 in a sentence": lambda key: b64(f"Authorization: {key}, and more"),
    "percent-encoded": lambda key: quote(key, safe=""),
    "percent-encoded throughout": lambda key: "".join(f"%{ord(c):02x}" for c in key),
    "percent-encoded twice": lambda key: "".join(f"%25{ord(c):02X}" for c in key),
    "percent-encoded base64": lambda key: quote(b64(f"{key}:"), safe=""),
    "escaped as in JSON": lambda key: "".join(f"\\u{ord(c):04x}" for c in key),
    "escaped in part": lambda key: f"\\u{ord(key[0]):04X}{key[1:]}",
    "escaped as in Python": lambda key: "".join(f"\\x{ord(c):02x}" for c in key),
    "escaped twice": lambda key: "".join(f"\\\\u{ord(c):04x}" for c in key),
    "escaped in eight digits": lambda key: "".join(f"\\U{ord(c):08x}" for c in key),
    "escaped in braces": lambda key: "".join(f"\\u{{{ord(c):x}}}" for c in key),
    "hexadecimal": lambda key: key.encode().hex(),
    "base64 of the header": lambda key: b64(basic(key)),
    "as HTML": lambda key: "".join(f"&#{ord(c)};" for c in key),
    "as HTML in hexadecimal": lambda key: "".join(f"&#x{ord(c):X};" for c in key),
}


ESCAPE = re.compile(r"\\+(?:U000000|u00|x|u\{)([0-9a-f]{2})\}?", re.IGNORECASE)
WINDOW = 10


def shows(key: str, text: str) -> bool:
    """Return whether a text, or what one decodes of it, has ten characters of the key, or of base64 of it, in a row."""
    decoded = ESCAPE.sub(r"%\1", html.unescape(text))
    for _ in range(3):
        decoded = unquote(decoded)
    texts = [each.lower() for each in (text, decoded, decoded.replace("-", "+").replace("_", "/"))]
    secrets = [key, key.encode().hex(), b64(basic(key)), *(b64(before + key)[4:-4] for before in ("", "x", "xy"))]
    windows = {secret[i : i + WINDOW].lower() for secret in secrets for i in range(len(secret) - WINDOW + 1)}
    return any(window in each for window in windows for each in texts)


@each_key
@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_the_key_is_hidden(key: str, form: str) -> None:
    said = Key(SecretStr(key)).clean(f"you sent {FORMS[form](key)} here")
    assert said.startswith("you sent ")
    assert said.endswith(" here")
    assert "[key]" in said
    assert shows(key, FORMS[form](key))
    assert not shows(key, said)


@each_key
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("as_usual", [True, False])
def test_an_answer_of_success_gives_the_key_back_in_no_form(*, key: str, form: str, as_usual: bool, run: Run) -> None:
    shown = FORMS[form](key)
    answer = {"echo": shown, shown: [{"deep": [shown, 7, None, True]}], "note": f"a {shown} b"}
    text = json.dumps(answer)
    if not as_usual and "\\" not in shown:  # as a far end may write it that wants to be misread
        text = text.replace(shown, "".join(f"\\u{ord(c):04x}" for c in shown)).replace("/", "\\/")
    sandbox = Sandbox()
    sandbox.fail(status=200, body=text, content_type="application/json")
    with sandbox.client(api_key=key) as client:
        told = run.send(client, Track(user_id="ada", event="Paid")).response_json
    assert told["note"].startswith("a ")
    assert not shows(key, json.dumps(told))


@each_key
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("body", ["{}", '{{"meta": {{"errors": ["{}"]}}}}', "<p>{}</p>", '{{"meta": {{"errors": ["{}'])
def test_an_error_gives_the_key_back_in_no_form(key: str, form: str, body: str, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=400, body=body.format(FORMS[form](key)))
    with sandbox.client(api_key=key) as client, pytest.raises(DeliveryError) as caught:
        run.send(client, Track(user_id="ada", event="Paid"), strict=True)
    assert not shows(key, caught.value.detail)
    assert not shows(key, str(caught.value))


@given(st.text(st.characters(codec="utf-8")), st.sampled_from(KEYS), st.sampled_from(sorted(FORMS)), st.text())
def test_what_is_around_the_key_stays(before: str, key: str, form: str, after: str) -> None:
    said = Key(SecretStr(key)).clean(f"{before} {FORMS[form](key)} {after}")
    assert said.startswith(before + " ")
    assert said.endswith(" " + after)
    assert not shows(key, said[len(before) : len(said) - len(after)])


def test_a_short_key_is_hidden_as_it_is_and_spares_words_that_only_look_like_it() -> None:
    key = Key(SecretStr("old"))
    assert key.clean("old, OLD and Basic b2xkOg==, bold") == "[key], OLD and Basic [key], b[key]"


BROKEN: dict[str, Callable[[str], str]] = {
    "by spaces": " ".join,
    "by what nobody sees": "\u200b".join,
    "by control characters": "\0".join,
    "by line breaks": lambda key: f"{key[:9]}\r\n  {key[9:]}",
    "in base64 of short lines": lambda key: f"{b64(key)[:9]}\n{b64(key)[9:]}",
    "by wide letters": lambda key: "".join(chr(ord(c) + 0xFEE0) for c in key),
}


@each_key
@pytest.mark.parametrize("how", BROKEN)
def test_of_a_text_that_shows_the_key_broken_up_nothing_is_left(key: str, how: str) -> None:
    cleaned = Key(SecretStr(key)).clean_json({"a": [f"you sent {BROKEN[how](key)} here"], "b": "you sent a key"})
    assert cleaned == {"a": ["[key]"], "b": "you sent a key"}


AS_DATA = ("plain", "base64", "base64 without padding", "base64 for addresses", "base64 behind one letter")


@each_key
@pytest.mark.parametrize("form", [*AS_DATA, "header of an older key", "header of a newer key", "base64 in a sentence"])
def test_a_call_with_the_key_as_data_is_refused_in_base64_too(key: str, form: str, run: Run) -> None:
    sandbox = Sandbox()
    with sandbox.client(api_key=key) as client, pytest.raises(InvalidRequestError, match="contains the API key"):
        run.send(client, Track(user_id="ada", event="Paid", properties={"note": f"use {FORMS[form](key)} "}))
    assert sandbox.ledger == []


def test_a_key_of_odd_characters_is_found_as_json_writes_it() -> None:
    key = 'a"quoted\\key-of-a-test'
    with Sandbox().client(api_key=key) as client, pytest.raises(InvalidRequestError, match="contains the API key"):
        client.send(Track(user_id="ada", event="Paid", properties={"note": key}))


def test_numbers_and_the_like_stay_and_what_is_nested_too_deep_goes() -> None:
    key = Key(SecretStr(KEYS[0]))
    assert key.clean_json({"a": [1, 2.5, None, True]}) == {"a": [1, 2.5, None, True]}
    deep: Any = KEYS[0]
    for _ in range(500):
        deep = [deep]
    said = json.dumps(key.clean_json(deep))
    assert said.count("[") < 100
    assert "[nested too deep]" in said


def test_keys_are_equal_where_they_open_the_same_and_show_nothing() -> None:
    one, same, other = (Key(SecretStr(key)) for key in (KEYS[0], KEYS[0], KEYS[1]))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != KEYS[0]
    assert repr(one) == "Key('**********')"
    assert one.digest("a") == same.digest("a") != one.digest("b")
    assert len(one.digest("a")) == 8


def test_a_client_names_its_workspace_by_address_and_key() -> None:
    names = {
        PipelinesClient(key, base_url=url).workspace
        for key in ("pk_us_1", "pk_us_2")
        for url in ("https://a.example/v1", "https://b.example/v1")
    }
    assert len(names) == 4
    assert PipelinesClient("pk_us_1", base_url="https://a.example/v1").workspace in names


def test_no_cookie_is_kept(run: Run) -> None:
    far_end = FarEnd(headers={"Set-Cookie": "session=1; Path=/"})
    with far_end.client("old") as client:
        for _ in range(3):
            run.send(client, Track(user_id="ada", event="Paid"))
    assert [request.headers.get("Cookie") for request in far_end.requests] == [None] * 3
