"""From a record of the source to the bytes of a call: read, checked by models and policy, named and encoded once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NoReturn

import orjson

from langchain_customerio.api.calls import SINGLE_CALLS, Batch, Common
from langchain_customerio.api.lint import lint
from langchain_customerio.bulk.fast_path import Certain
from langchain_customerio.bulk.readers.base import BadRecord
from langchain_customerio.bulk.tally import Notes
from langchain_customerio.client.exchange import MOST_CALL_BYTES, library, too_large
from langchain_customerio.errors import InvalidRequestError, PolicyError, Problem
from langchain_customerio.policy.policy import Policy
from langchain_customerio.text import type_name

if TYPE_CHECKING:
    from langchain_customerio.bulk.mapping import Mapper
    from langchain_customerio.bulk.message_ids import Namer

_LENT: Final = len(b',"context":' + orjson.dumps({"library": library()}))
"""Bytes of the context of a batch, which may count towards each call without one, since the API may hand it out."""

# Rules that look at names alone (that of traits also into them), so that what they say of a name holds for every call.
_BY_NAME: Final = frozenset(
    {
        "allow_alias",
        "allow_consent",
        "allow_destructive",
        "allow_redirects",
        "calls",
        "dry_run",
        "events",
        "max_batch",
        "max_writes",
        "plain_events",
        "redact",
        "send_valid_items",
        "traits",
    }
)


class Checker:
    """Turns records into the bytes of calls.

    Args:
        policy: What may be sent.
        namer: Gives the message ids.
        default: The `type` of records that have none.
        mapper: Makes calls of rows that are none.
        notes: Takes what is to be said of records that are sent all the same.

    Attributes:
        namer: Gives the message ids.
        notes: As given.
        is_quick: Whether records may be taken as they stand: nothing is filled in, and nothing counted.
    """

    def __init__(
        self,
        policy: Policy,
        namer: Namer,
        *,
        default: str | None = None,
        mapper: Mapper | None = None,
        notes: Notes | None = None,
    ) -> None:
        """Ask once what the policy makes of the smallest calls."""
        self._policy = policy
        self.namer = namer
        self._default = default
        self._mapper = mapper
        self._library = b'{"library":' + orjson.dumps(library())
        self._writes_left = -1 if policy.max_writes is None else policy.max_writes
        self.is_quick = mapper is None and default is None and policy.max_writes is None
        self._now = datetime.now(UTC)
        self.notes = notes or Notes()
        self._certain = Certain(self._passes, flat=policy.traits is not None)
        self._fits = self._certain.fits if _is_by_name(policy) else _never

    def tick(self) -> None:
        """Look at the clock: what lay in the future may lie in the past by now."""
        self._now = self._certain.now = datetime.now(UTC)

    def quick(self, record: Any, index: int) -> bytes | None:  # noqa: ANN401 - whatever the source gives
        """Return a record as an item of a batch where it certainly is one as it stands, and else None.

        Where `is_quick`, this is what `encode` returns for what `check` returns, and most records end here.
        """
        call = record
        if type(record) is bytes:
            try:
                call = orjson.loads(record)
            except ValueError:
                return None
        if not self._fits(call):
            return None
        try:
            if "context" in call or "messageId" in call:
                return self.encode(call, index)
            item = self.namer.named(index, orjson.dumps(call))
        except (TypeError, BadRecord):  # broken characters, or too large
            return None
        return item if len(item) + _LENT <= MOST_CALL_BYTES else None

    def check(self, record: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the source gives
        """Return a record as a call in wire names, with its `type`.

        Args:
            record: JSON text, an object, a call, or what the source could not read.

        Raises:
            BadRecord: If it is no call, or one that may not be sent.
        """
        call = record
        if type(record) is bytes or type(record) is str:
            try:
                call = orjson.loads(record)
            except ValueError:
                call = None
        elif isinstance(record, Common):
            call = record = {"type": record.kind, **record.wire()}
        elif isinstance(record, Mapping):
            call = record = dict(record)
        if type(call) is dict:
            if self._mapper is not None and "dead_letter" not in call:
                call = record = self._mapper.call(call)
            if self._default is not None and "type" not in call:
                call = {"type": self._default, **call}
        return call if self._fits(call) else self._thorough(record)

    def encode(self, call: dict[str, Any], index: int) -> bytes:
        """Return a checked call as an item of a batch, with its `messageId` and the name of this library.

        Raises:
            BadRecord: If it is larger than the API takes, or holds what JSON cannot carry.
        """
        try:
            item = self._encoded(call, index)
        except TypeError:  # broken characters, which the quick check leaves to the encoder
            item = self._encoded(self._thorough(call), index)
        size = len(item) + (_LENT if call.get("context") is None else 0)
        if size > MOST_CALL_BYTES:
            call = orjson.loads(item)
            raise BadRecord(str(too_large(call, size)), call=call)
        return item

    def _encoded(self, call: dict[str, Any], index: int) -> bytes:
        """Encode each part once; what is added is spliced into the bytes."""
        context = call.get("context")
        if context is None:
            body = orjson.dumps(call)
            return body if "messageId" in call else self.namer.named(index, body)
        body = orjson.dumps({name: value for name, value in call.items() if name != "context"})
        around = orjson.dumps(context)
        name = b"" if "messageId" in call else b'"messageId":"' + self.namer.name(index, body + around) + b'",'
        if "library" not in context:
            around = self._library + (b"," + around[1:] if context else b"}")
        return b"{" + name + b'"context":' + around + b"," + body[1:]

    def _thorough(self, record: object) -> dict[str, Any]:
        """Let the models and the policy decide, and count what they had to say."""
        body = _object(record)
        if self._default is not None and "type" not in body:
            body = {"type": self._default, **body}
        try:
            call, corrections, warnings = self._judged(body)
        except InvalidRequestError as error:
            raise BadRecord("; ".join(map(str, error.problems)), call=body) from None
        except PolicyError as error:
            raise BadRecord(str(error).removeprefix("Not sent. "), call=body) from None
        for correction in corrections:
            self.notes.correct(correction)
        for warning in warnings:
            self.notes.warn(warning)
        return call

    def _judged(self, body: dict[str, Any]) -> tuple[dict[str, Any], list[str], list[str]]:
        kind = body.get("type")
        model = SINGLE_CALLS.get(kind) if isinstance(kind, str) else None
        if model is None:
            raise BadRecord(f'needs "type": one of {", ".join(SINGLE_CALLS)}', call=body)
        corrections: list[Problem] = []
        call = self._policy.check(model.parse(self._policy.fill_in(body), corrections))
        if self._policy.needs_approval(call):
            raise PolicyError("A person has to approve this call, whom a load cannot ask", rule="approve")
        return {"type": call.kind, **call.wire()}, [*map(str, corrections)], [*map(str, lint(call, self._now))]

    def _passes(self, call: dict[str, Any]) -> bool:
        try:
            return self._judged(call) == (call, [], [])
        except (InvalidRequestError, PolicyError):
            return False

    def spend(self, call: dict[str, Any]) -> BadRecord | None:
        """Count a call that will be sent, and return what is wrong with it where it would be one too many."""
        if self._writes_left == 0:
            return BadRecord(f"max_writes: {self._policy.max_writes} calls are allowed here", call=call)
        self._writes_left -= self._policy.max_writes is not None
        return None


def _never(_: object) -> bool:
    return False


def _is_by_name(policy: Policy) -> bool:
    """Return whether no rule of the policy looks at more of a call than at the names in it."""
    return type(policy) is Policy and all(
        rule.name in _BY_NAME or getattr(policy, rule.name) == rule.default for rule in fields(policy)
    )


def _object(record: object) -> dict[str, Any]:
    """Return a record as the JSON object of a call; of an entry of a dead-letter file, the call in it."""
    if isinstance(record, BadRecord):
        raise record
    if isinstance(record, Batch):
        raise BadRecord("is a Batch: give its calls one by one", call=record.wire())
    found = _parsed(record) if isinstance(record, bytes | str) else record
    if isinstance(found, dict) and "dead_letter" in found:
        return _object(found["call"] if "call" in found else str(found.get("text")))
    if not isinstance(found, dict):
        raise BadRecord(f"needs a JSON object, found {type_name(found)}", call=found)
    return found


def _parsed(line: bytes | str) -> object:
    """Read JSON with the standard library, which tells what is wrong and rounds no integer."""
    text = line if isinstance(line, str) else line.decode(errors="backslashreplace")
    try:
        return json.loads(line if isinstance(line, str) else line.decode(), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise BadRecord("is not UTF-8", text=text) from None
    except RecursionError:
        raise BadRecord("is nested too deep", text=text) from None
    except json.JSONDecodeError as error:
        raise BadRecord(
            f"is not JSON: {error.msg.lower().removesuffix(' at')} at column {error.colno}", text=text
        ) from None
    except ValueError as error:
        raise BadRecord(f"is not JSON: {error}", text=text) from None


def _no_constant(name: str) -> NoReturn:
    message = f"it has {name}"
    raise ValueError(message)
