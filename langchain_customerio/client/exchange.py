"""Everything about the API that needs no I/O: building requests, reading answers, saying what became of a call.

Source: Customer.io documentation, Pipelines API: Batch, Limits, Strict mode, Errors.
"""

from __future__ import annotations

import html
import re
import zlib
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpx
import orjson

from langchain_customerio.api.calls import Batch, Call, Common
from langchain_customerio.api.message_ids import new_message_id
from langchain_customerio.client.receipts import Preview, Receipt, SentRequest
from langchain_customerio.client.retries import RETRIED_STATUSES, read_retry_after
from langchain_customerio.errors import (
    AuthenticationError,
    DeliveryError,
    InvalidRequestError,
    NoAnswerError,
    Problem,
    RedirectedError,
    TooLargeError,
    UnexpectedAnswerError,
    error_for_status,
)
from langchain_customerio.messages import Field
from langchain_customerio.text import shown, type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from langchain_customerio.client.settings import Target

CallT = TypeVar("CallT", bound=Call)

MOST_CALL_BYTES: Final = 32_000
MOST_BATCH_BYTES: Final = 500_000
_MOST_DETAIL = 200
_FEWEST_OF_KEY = 12  # what is shorter is no key of Customer.io, but may be one of a test
_PLAIN_ID = re.compile(r"[\w.:-]{1,100}", re.ASCII)
_GZIP = 16 + zlib.MAX_WBITS
_WORDS = ("errors", "error", "message")
_OF_AN_ITEM = frozenset(
    {httpx.codes.BAD_REQUEST, httpx.codes.REQUEST_ENTITY_TOO_LARGE, httpx.codes.UNPROCESSABLE_ENTITY}
)


@cache
def library() -> dict[str, str]:
    """Return `context.library`: this package, as the sender of a call."""
    return {"name": "langchain-customerio", "version": version("langchain-customerio")}


def with_message_ids(call: CallT, make: Callable[[int], str]) -> CallT:
    """Return the call with a `messageId`, and so each item of a batch; an id of the caller's own is kept.

    Args:
        call: The call.
        make: Gives the id for a position in the batch; 0 for a single call.
    """
    if isinstance(call, Batch):
        return call.model_copy(update={"batch": [_named(item, make, i) for i, item in enumerate(call)]})
    return _named(call, make, 0)


def _named(call: CallT, make: Callable[[int], str], position: int) -> CallT:
    if not isinstance(call, Common) or call.message_id is not None:
        return call
    return call.model_copy(update={"message_id": make(position)})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request, ready to be sent as often as it takes: the bytes never change between attempts."""

    call: str
    body: bytes
    strict: bool
    message_ids: tuple[str, ...]
    first: int = 0
    gzip: bool = False

    def url(self, target: Target) -> str:
        """Return the address of the endpoint."""
        return f"{target.base_url}/{self.call}"

    def headers(self, target: Target) -> dict[str, str]:
        """Return the headers; strict mode is exactly `1`, because the API takes any other value for permissive."""
        headers = {
            "Authorization": target.authorization,
            "Content-Type": "application/json",
            "User-Agent": "{name}/{version}".format(**library()),
        }
        if self.gzip:
            headers["Content-Encoding"] = "gzip"
        return {**headers, "X-Strict-Mode": "1"} if self.strict else headers

    def json(self) -> object:
        """Return the body as it was before it was compressed."""
        return orjson.loads(zlib.decompress(self.body, _GZIP) if self.gzip else self.body)


def plan(call: Call, *, strict: bool) -> list[Outgoing]:
    """Turn a call into the requests that carry it: one, or several for a batch that is too large for one.

    Raises:
        InvalidRequestError: If a call is larger than the API takes.
    """
    if isinstance(call, Batch):
        return list(_batch_requests(call, strict=strict))
    wire = call.wire()
    context = wire.get("context") or {}
    if "library" not in context:
        wire["context"] = {**context, "library": library()}
    body = encode_checked(wire)
    return [Outgoing(call.kind, body, strict, (wire["messageId"],))]


def encode_checked(wire: dict[str, Any], place: tuple[str | int, ...] = (), lent: int = 0) -> bytes:
    """Return a call's JSON as UTF-8 bytes, refused where the API would drop it for its size.

    Args:
        wire: The call.
        place: Its path in the body.
        lent: How many bytes the context of its batch adds to it.
    """
    body = orjson.dumps(wire)
    if (size := len(body) + lent) > MOST_CALL_BYTES:
        raise InvalidRequestError(problems=(too_large(wire, size).at(*place),))
    return body


def too_large(wire: dict[str, Any], size: int) -> Problem:
    """Say that a call is larger than the API takes, and what to shorten."""
    return Problem("call_too_large", (), {"size": size, "most": MOST_CALL_BYTES, "largest": Field(_largest(wire))})


def _largest(wire: dict[str, Any]) -> str:
    """Return the path of the largest leaf, as deep as one part makes up most of what it lies in."""
    path: list[str] = []
    value: object = wire
    while isinstance(value, dict) and value:
        inside = value
        name = max(inside, key=lambda name: len(orjson.dumps(inside[name])))
        path.append(shown(name))
        value = inside[name]
    return ".".join(path)


def _batch_requests(call: Batch, *, strict: bool) -> Iterator[Outgoing]:
    context = dict(call.context or {})
    context.setdefault("library", library())
    tail = b'],"context":' + orjson.dumps(context) + b"}"
    lent = len(tail) - len(b"]}")  # it may count towards each item without one, when the API hands it out
    items: list[bytes] = []
    problems: list[Problem] = []
    for i, item in enumerate(call):
        wire = {"type": item.kind, **item.wire()}
        if item.context is not None:
            wire["context"] = {"library": library(), **item.context}
        try:
            items.append(encode_checked(wire, ("batch", i), lent if item.context is None else 0))
        except InvalidRequestError as error:
            problems.extend(error.problems)
    if len(tail) > MOST_CALL_BYTES:
        problems.append(Problem("context_too_large", ("context",), {"size": len(tail), "most": MOST_CALL_BYTES}))
    if problems:
        raise InvalidRequestError(problems=tuple(problems))
    ids = tuple(item.message_id or "" for item in call)
    for first, last in pack([len(item) for item in items], MOST_BATCH_BYTES - len(tail) - len(b'{"batch":[')):
        body = b'{"batch":[' + b",".join(items[first:last]) + tail
        yield Outgoing(call.kind, body, strict, ids[first:last], first)


def pack(sizes: Iterable[int], most: int) -> Iterator[tuple[int, int]]:
    """Split items into runs, in order, whose sizes and separating commas add up to at most `most` bytes.

    >>> list(pack([4, 4, 4], most=9))
    [(0, 2), (2, 3)]
    """
    first = last = used = 0
    for position, size in enumerate(sizes):
        if position > first and used + 1 + size > most:
            yield first, position
            first, used = position, size
        else:
            used += size + (position > first)
        last = position + 1
    if last:
        yield first, last


_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""What a transport raises before the request has left; `connections` sees to it that this is so for each library."""


_READ: Final = httpx.ByteStream(b"")


class Exchange:
    """One request on its way: every attempt, and what came of the last.

    As a context manager around an attempt it turns a transport's exception into an outcome, so that the sync and
    the async driver need no error handling of their own.
    """

    def __init__(self, request: Outgoing, target: Target) -> None:
        """Start with nothing sent."""
        self.request = request
        self.target = target
        self.attempts = 0
        self.status: int | None = None
        self.answer: dict[str, Any] | None = None
        self.retry_after: float | None = None
        self.retry = False
        self.partly = False
        self._kind: type[DeliveryError] = NoAnswerError
        self._said = ""
        self._may_have_arrived = False

    def __enter__(self) -> None:
        """Begin an attempt."""
        self.attempts += 1
        self.status = self.answer = self.retry_after = None
        self.retry = self.partly = False
        self._kind, self._said = NoAnswerError, ""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """End an attempt; an exception of the transport is an outcome, any other one goes on."""
        if not isinstance(error, httpx.RequestError):
            return False
        self._may_have_arrived |= not isinstance(error, _BEFORE_SENDING)
        self._said = type(error).__name__
        self.retry = isinstance(error, httpx.TransportError)
        if not self.retry:
            self._kind = UnexpectedAnswerError
        return True

    def read(self, response: httpx.Response) -> None:
        """Take the answer of an attempt."""
        self.status = status = response.status_code
        json = _json_object(response, self.target.secrets)
        response.stream = _READ  # httpx ties it to the response, and what was sent would wait for the garbage collector
        if response.is_success:
            self.answer = json
            self._may_have_arrived |= json is None
            self._kind = UnexpectedAnswerError
            self._said = "" if json is not None else self._own_words(response, json)
            return
        self._kind = error_for_status(status)
        self.retry = status in RETRIED_STATUSES
        self.retry_after = read_retry_after(response.headers.get("Retry-After"))
        # Whether a batch with a bad item is refused as a whole is not documented.
        self.partly = status in _OF_AN_ITEM and len(self.request.message_ids) > 1
        late = status == httpx.codes.REQUEST_TIMEOUT or status >= httpx.codes.INTERNAL_SERVER_ERROR
        self._may_have_arrived |= self.partly or late
        self._said = self._own_words(response, json)

    def _own_words(self, response: httpx.Response, json: dict[str, Any] | None) -> str:
        if response.has_redirect_location:
            return clean(f"to {httpx.URL(response.headers['Location']).host or 'another path'}", self.target.secrets)
        words = "; ".join(_api_errors(json)) if json is not None else response.text
        return clean(words, self.target.secrets, _data(self.request.json()))

    def forget(self) -> None:
        """Let go of the bytes that were sent: what has tried to send them may live on until garbage is collected."""
        self.request = replace(self.request, body=b"")

    def error(self, delivered: int = 0) -> DeliveryError:
        """Return the last outcome as an error that says what is known."""
        return self._kind(
            explain(self, self._kind, self._said, delivered),
            status=self.status,
            attempts=self.attempts,
            message_ids=self.request.message_ids,
            detail=self._said,
            retry_after=self.retry_after,
            may_have_arrived=self._may_have_arrived,
            delivered=delivered,
        )

    @property
    def may_have_arrived(self) -> bool:
        """Whether some attempt may have stored the data."""
        return self._may_have_arrived

    def sent(self) -> SentRequest:
        """Return the request's line in the receipt."""
        request = self.request
        return SentRequest(
            first=request.first,
            calls=len(request.message_ids),
            size=len(request.body),
            attempts=self.attempts,
            http_status=self.status,
        )


class Delivery:
    """One call on its way: its exchanges, in order, and the receipt at the end."""

    def __init__(self, call: Call, target: Target, *, strict: bool) -> None:
        """Give the call its ids and build its requests.

        Raises:
            InvalidRequestError: If a call is larger than the API takes, or carries the API key.
            TypeError: If it is none, but the body of one.
        """
        if not isinstance(call, Call):
            raise TypeError(f"what is sent is a call, such as Track(user_id=…, event=…), not {type_name(call)}")
        self.call = call.kind
        self.strict = strict
        self.target = target
        requests = plan(with_message_ids(call, lambda _: new_message_id()), strict=strict)
        if any(_shows_key(request.body, target) for request in requests):
            raise InvalidRequestError(problems=(Problem("holds_key"),))
        self.exchanges = [Exchange(request, target) for request in requests]

    def settle(self, exchange: Exchange) -> None:
        """Go on after an exchange that succeeded.

        Raises:
            DeliveryError: If it did not, with what had been delivered before.
        """
        if exchange.answer is None:
            raise exchange.error(delivered=exchange.request.first)

    def receipt(self, warnings: Iterable[str] = ()) -> Receipt:
        """Return what became of the call, after all exchanges are settled."""
        last = self.exchanges[-1]
        return self._receipt(
            status="accepted" if self.strict else "received",
            http_status=last.status,
            response_json=last.answer,
            warnings=tuple(warnings),
        )

    def preview(self, warnings: Iterable[str] = ()) -> Receipt:
        """Return what would be sent, without the key."""
        previews = tuple(_preview(exchange.request, self.target) for exchange in self.exchanges)
        return self._receipt(status="dry_run", previews=previews, warnings=tuple(warnings))

    def _receipt(self, **fields: Any) -> Receipt:  # noqa: ANN401 - the fields of Receipt, checked by it
        return Receipt(
            call=self.call,
            strict=self.strict,
            message_ids=tuple(i for exchange in self.exchanges for i in exchange.request.message_ids),
            requests=tuple(exchange.sent() for exchange in self.exchanges),
            **fields,
        )


def _shows_key(body: bytes, target: Target) -> bool:
    """Return whether a body carries the key: as data of a workspace, more people would read it than may have it."""
    return any(len(secret) >= _FEWEST_OF_KEY and secret.encode() in body for secret in target.secrets)


def _preview(request: Outgoing, target: Target) -> Preview:
    headers = {name: value for name, value in request.headers(target).items() if name != "Authorization"}
    return Preview(url=request.url(target), headers=headers, body=orjson.loads(request.body))


def _json_object(response: httpx.Response, secrets: Iterable[str]) -> dict[str, Any] | None:
    """Return the answer if it is a JSON object, without the key that a server may echo."""
    content = response.content
    for secret in secrets:
        content = content.replace(secret.encode(), b"[key]")
    try:
        value = orjson.loads(content)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _api_errors(json: dict[str, Any]) -> list[str]:
    """Return the messages of an error body: `meta.errors`, `meta.error`, or what stands in their place."""
    for holder in (json.get("meta"), json):
        found = next((holder[name] for name in _WORDS if holder.get(name)), None) if isinstance(holder, dict) else None
        if found is not None:
            return [str(item) for item in (found if isinstance(found, list) else [found])]
    return []


_TAGS = re.compile(r"(?is)<(script|style)\b.*?</\1\s*>|<[^>]*>")
_E_MAILS = re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']+\.[^\s@<>\"']+")


_ALSO_SAID = frozenset({"type", "event", "messageId", "library"})
_FEWEST_CHARACTERS = 3


def _data(value: object) -> Iterator[str]:
    """Yield the texts and numbers that a request carries about people; names of calls and events are not such."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in _ALSO_SAID:
                yield from _data(item)
    elif isinstance(value, list):
        for item in value:
            yield from _data(item)
    elif not isinstance(value, bool) and value is not None:
        yield str(value)


def _without(secrets: Iterable[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, "[key]")
    return text


def clean(text: str, secrets: Iterable[str] = (), data: Iterable[str] = ()) -> str:
    r"""Return somebody else's text, bounded, as one line without markup, control characters, keys and people's data.

    >>> clean("<h1>Bad\x00 Gateway</h1> for ada@example.com, Ada, key abc", ["abc"], ["Ada"])
    'Bad Gateway for [e-mail] [data], key [key]'
    """
    secrets = tuple(secrets)
    text = _without(secrets, text)[: 50 * _MOST_DETAIL]  # before the cut, which could leave half a key
    text = _without(secrets, html.unescape(_TAGS.sub(" ", text)))
    text = _E_MAILS.sub("[e-mail]", text)
    for value in sorted({value for value in data if len(value) >= _FEWEST_CHARACTERS and value in text}, key=len)[::-1]:
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "[data]", text)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= _MOST_DETAIL else text[: _MOST_DETAIL - 1] + "…"


_QUOTATION_MARKS = str.maketrans(dict.fromkeys('"“”„‟″\uff02', "'"))


def in_quotes(said: str) -> str:
    """Return somebody else's words in quotes that they cannot end: who reads them must not take them for ours."""
    return f'"{said.translate(_QUOTATION_MARKS)}"'


def explain(exchange: Exchange, kind: type[DeliveryError], said: str, delivered: int) -> str:
    """Say in a few sentences what happened, whether data may have arrived, and what to do."""
    times = f"{exchange.attempts} attempt{'s'[: exchange.attempts != 1]}"
    words = f": {in_quotes(said)}" if said else ""
    if exchange.status is None:
        what = f"No answer from Customer.io to {exchange.request.call} after {times} ({said})"
    else:
        what = f"Customer.io answered {exchange.status} to {exchange.request.call} after {times}{words}"
    before = f" The first {delivered} calls of the batch had been delivered." if delivered else ""
    rest = " of the rest" if delivered else ""
    arrived = "It may have been stored all the same" if exchange.may_have_arrived else f"Nothing{rest} was stored"
    if exchange.partly:
        arrived = f"Good items{rest} may have been stored"
    return f"{what}.{before} {arrived}. {_advice(kind, exchange)}"


def _advice(kind: type[DeliveryError], exchange: Exchange) -> str:
    if issubclass(kind, AuthenticationError):
        return "The API key is wrong here: a person has to correct it; trying again will not help."
    if issubclass(kind, RedirectedError):
        return "Probably the wrong region or base URL: a person has to correct it."
    if issubclass(kind, UnexpectedAnswerError):
        return "That is not the API's answer; probably the base URL is wrong: a person has to look."
    if issubclass(kind, TooLargeError):
        return "Send less at once."
    if exchange.retry:
        return _advice_to_repeat(exchange)
    return "Correct the call, or report it; the same call will be refused again."


def _advice_to_repeat(exchange: Exchange) -> str:
    """Say how to repeat without making it two: what may have arrived is repeated with the ids that it had."""
    wait = f" in {exchange.retry_after:.0f} s" if exchange.retry_after else ""
    if not exchange.may_have_arrived:
        return f"Try again later{wait}, or report that it was not sent."
    ids = exchange.request.message_ids
    if not ids:  # a load gives the same ones again
        return f"Try again later{wait}."
    if len(ids) > 1:  # too many to be named
        return "Report it as unconfirmed; if it is repeated, calls without a messageId of their own may count twice."
    same = f'"messageId": "{ids[0]}"' if _PLAIN_ID.fullmatch(ids[0]) else "the same messageId"
    return f"Report it as unconfirmed, or repeat it later{wait} with {same}, so that it is not counted twice."
