"""What a far end answers: read up to a bound, unpacked up to a bound, and whatever it says, nothing is raised."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from langchain_customerio import DeliveryError, Identify, RejectedError, RetryPolicy, ServerError
from langchain_customerio.client.answer import MOST_BYTES, Answer, Reading, named_errors
from langchain_customerio.client.keys import Key
from langchain_customerio.errors import UnexpectedAnswerError
from langchain_customerio.sandbox import Sandbox
from tests.far_end import FarEnd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Run

ADA = Identify(user_id="ada", message_id="m1")
KEY = Key(SecretStr("a-key"))
ONCE = RetryPolicy(attempts=1)


def read(content: bytes, encoding: str | None = None, piece: int = 65_536) -> Reading:
    reading = Reading(encoding)
    for begin in range(0, len(content), piece):
        if not reading.add(content[begin : begin + piece]):
            break
    return reading


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        (None, bytes),
        ("", bytes),
        ("identity", bytes),
        (" Identity ", bytes),
        ("gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
    ],
)
@given(content=st.binary(max_size=2_000), piece=st.integers(1, 3_000))
def test_a_body_is_what_was_sent_however_it_comes(encoding: str | None, pack: Any, content: bytes, piece: int) -> None:
    reading = read(pack(content), encoding, piece)
    assert reading.complete
    assert reading.content == content


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "gzip;q=1", "ż"])
def test_what_is_packed_in_a_way_that_nobody_asked_for_is_not_read(encoding: str) -> None:
    reading = Reading(encoding)
    assert not reading.add(b"{}")
    assert reading.content == b""


@pytest.mark.parametrize("size", [MOST_BYTES - 1, MOST_BYTES])
@pytest.mark.parametrize("encoding", [None, "gzip"])
def test_a_body_of_the_largest_size_is_kept(size: int, encoding: str | None) -> None:
    content = bytes(size)
    assert read(gzip.compress(content) if encoding else content, encoding).content == content


@pytest.mark.parametrize("encoding", [None, "gzip"])
def test_one_byte_more_is_too_much_and_nothing_more_is_asked_for(encoding: str | None) -> None:
    content = bytes(MOST_BYTES + 1)
    reading = read(gzip.compress(content) if encoding else content, encoding)
    assert not reading.complete
    assert reading.content == b""


@pytest.mark.parametrize("content", [b"{}", gzip.compress(b"{}")[:-1], gzip.compress(b"{}")[:12], b"\x1f\x8b\x00"])
def test_what_is_not_packed_as_it_says_is_no_body(content: bytes) -> None:
    assert read(content, "gzip").content == b""


def test_a_body_that_becomes_large_takes_no_more_than_its_bound(run: Run) -> None:
    bomb = gzip.compress(bytes(100_000_000))
    far_end = FarEnd(content=None, stream=httpx.ByteStream(bomb), headers={"Content-Encoding": "gzip"})
    far_end.answer.pop("json")
    with far_end.client("a-key", retry=ONCE) as client:
        tracemalloc.start()
        with pytest.raises(UnexpectedAnswerError):
            run.send(client, ADA)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 20 * MOST_BYTES


class Endless(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body without an end, that counts what was taken of it."""

    def __init__(self) -> None:
        self.taken = 0
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.taken += 10_000
            yield b" " * 10_000

    async def __aiter__(self) -> Any:
        for piece in self:
            yield piece

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


@pytest.mark.parametrize(("status", "kind"), [(200, UnexpectedAnswerError), (400, RejectedError), (503, ServerError)])
def test_an_answer_without_an_end_is_cut_off_and_its_connection_closed(
    status: int, kind: type[DeliveryError], run: Run
) -> None:
    body = Endless()
    transport = httpx.MockTransport(lambda _: httpx.Response(status, stream=body))
    client = Sandbox().client(transport=transport, async_transport=transport, retry=ONCE)
    with pytest.raises(kind) as caught:
        run.send(client, ADA, strict=True)
    assert MOST_BYTES < body.taken <= MOST_BYTES + 10_000
    assert body.closed
    assert caught.value.detail == ""


@pytest.mark.parametrize("charset", ["utf-32", "utf-16", "idna", "unknown", "base64", "rot13", "'; x=\\"])
@pytest.mark.parametrize("status", [200, 400, 503])
def test_no_charset_matters_since_json_is_utf_8(charset: str, status: int, run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=status, body="nobody is here", content_type=f"text/plain; charset={charset}")
    with sandbox.client(retry=ONCE) as client, pytest.raises(DeliveryError) as caught:
        run.send(client, ADA)
    assert caught.value.detail == "nobody is here"


LOCATIONS = [
    *("https://xn--a/", "https://xn--zzzzzzz--/", "https://[::1", "https://host:port/", "https://host:99999999/"),
    *(
        "http://\u017c\u00f3\u0142w.example",
        "//",
        "https://",
        "\x00",
        f"https://{'a' * 70}.example/",
        "javascript:alert(1)",
    ),
    *("https://user:pass@elsewhere.example/", "x" * 5_000, "https://-", "https://%00/", "https://\u2100.example"),
]


@pytest.mark.parametrize("location", LOCATIONS)
def test_no_redirect_raises_anything_but_an_error_of_ours(location: str, run: Run) -> None:
    headers = [(b"Location", location.encode())]
    transport = httpx.MockTransport(lambda _: httpx.Response(302, headers=headers))
    client = Sandbox().client(transport=transport, async_transport=transport)
    with pytest.raises(RejectedError) as caught:
        run.send(client, ADA, strict=True)
    assert type(caught.value).__name__ == "RedirectedError"
    assert len(caught.value.detail) <= 200
    assert caught.value.detail.isprintable()
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize("errors", [["no"], "no", [{"a": 1}], {"userId": "bad"}, [None]])
@pytest.mark.parametrize("place", ["meta.errors", "meta.error", "errors", "error"])
@pytest.mark.parametrize("strict", [True, False])
def test_a_200_that_names_errors_is_no_success(*, errors: Any, place: str, strict: bool, run: Run) -> None:
    holder, _, name = place.rpartition(".")
    body = {holder: {name: errors}} if holder else {name: errors}
    sandbox = Sandbox()
    sandbox.fail(status=200, body=json.dumps(body), content_type="application/json")
    with sandbox.client(retry=ONCE) as client, pytest.raises(RejectedError) as caught:
        run.send(client, ADA, strict=strict)
    assert caught.value.status == 200
    assert caught.value.may_have_arrived
    assert " answered 200 to identify after 1 attempt; the server says: " in str(caught.value)
    assert str(caught.value).endswith("It may have been stored. Report it as unconfirmed.")


@pytest.mark.parametrize("body", [{}, {"meta": {}}, {"meta": {"errors": []}}, {"errors": None}, {"message": "ok"}])
def test_a_200_that_names_no_error_is_one(body: dict[str, Any], run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=200, body=json.dumps(body), content_type="application/json")
    with sandbox.client(retry=ONCE) as client:
        receipt = run.send(client, ADA, strict=True)
    assert (receipt.status, receipt.response_json) == ("accepted", body)


names = st.sampled_from(["meta", "errors", "error", "message", "x"])
json_values = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(names, inner)
)


@given(json_values)
def test_no_json_is_too_odd_to_be_read_for_errors(value: Any) -> None:
    if isinstance(value, dict):
        assert all(isinstance(message, str) for message in named_errors(value))


@given(st.binary(max_size=500), st.integers(0, 999), st.dictionaries(st.text(max_size=20), st.text(max_size=50)))
def test_no_answer_is_too_odd_to_be_looked_at(content: bytes, status: int, headers: dict[str, str]) -> None:
    answer = Answer(status, headers, content)
    assert answer.json_object(KEY) is None or isinstance(answer.json_object(KEY), dict)
    assert isinstance(answer.text, str)
    assert isinstance(answer.redirected_to(), str)
    assert answer.is_page in {True, False}


def test_json_that_is_nested_without_an_end_is_no_answer(run: Run) -> None:
    sandbox = Sandbox()
    sandbox.fail(status=200, body='{"a":' + "[" * 40_000 + "]" * 40_000 + "}", content_type="application/json")
    with sandbox.client(retry=ONCE) as client, pytest.raises(UnexpectedAnswerError):
        run.send(client, ADA)
