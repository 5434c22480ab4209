"""The API between the wire and the workspace: check, answer, apply."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from langchain_customerio.sandbox import validation
from langchain_customerio.sandbox.http import CALLS, Request, UnreadableError, parse, unpack
from langchain_customerio.sandbox.ledger import CallRecord, Ledger, Outcome
from langchain_customerio.sandbox.semantic_events import PEOPLE_DELETING, act
from langchain_customerio.sandbox.validation import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_customerio.sandbox.config import Switches
    from langchain_customerio.sandbox.faults import Answer
    from langchain_customerio.sandbox.workspace import Workspace

_RATE_WINDOW: Final = timedelta(seconds=3)
_JSON: Final = {"content-type": "application/json"}
_TOO_LARGE: Final = f"the item is over {validation.CALL_BYTES:,} bytes"
_SPOILED: Final = "another item of the strict batch is wrong"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The API's decision on a request.

    Attributes:
        answer: Status, headers and body.
        outcome: As in the ledger.
        reason: As in the ledger.
        calls: As in the ledger.
    """

    answer: Answer
    outcome: Outcome
    reason: str | None = None
    calls: tuple[CallRecord, ...] = ()


class Api:
    """Judges requests and applies what it takes.

    Permissive mode answers 200 whatever happens; strict mode answers 400 with `{"meta": {"errors": […]}}` and
    401 (Customer.io docs: Pipelines API > Strict mode). No body is documented for 401: here it is empty.
    """

    def __init__(self, switches: Switches, workspace: Workspace, ledger: Ledger) -> None:
        """Judge by these switches, and store there."""
        self._switches = switches
        self._workspace = workspace
        self._ledger = ledger
        self._arrivals: deque[datetime] = deque()

    def take(self, request: Request) -> Verdict:
        """Check a request, store what is good in it and answer."""
        try:
            return self._process(request)
        except RefusedError as error:
            return _refusal(request, error)

    def _process(self, request: Request) -> Verdict:
        endpoint = validation.check_route(request)
        self._check_rate(request.at)
        validation.check_key(request, self._switches)
        validation.check_bound(request.size)
        try:
            data = unpack(request.headers, request.body, gzip=self._switches.accepts_gzip)
            validation.check_bound(len(data))
            validation.check_size(endpoint, data, self._switches)
            payload = parse(data)
        except UnreadableError as error:
            always = self._switches.permissive_malformed_status
            raise RefusedError(HTTPStatus.BAD_REQUEST, str(error), always=always) from error
        items = validation.calls_in(endpoint, payload, self._switches)
        may_be_large = len(data) > validation.CALL_BYTES
        problems = [self._problems(item, request, may_be_large=may_be_large) for item in items]
        if request.strict and any(problems):
            return self._partial(request, endpoint, items, problems)
        calls = self._store(request, items, problems, bad="dropped")
        return Verdict(_ok(), _overall(calls, "dropped"), _summary(calls), calls)

    def _check_rate(self, at: datetime) -> None:
        """Apply the soft limit (docs: Pipelines API > Limits). No `Retry-After` is documented or sent."""
        limit = self._switches.requests_per_3_seconds
        if limit is None:
            return
        arrivals = self._arrivals
        while arrivals and at - arrivals[0] >= _RATE_WINDOW:
            arrivals.popleft()
        if len(arrivals) >= limit:
            status = HTTPStatus.TOO_MANY_REQUESTS if self._switches.over_rate == "throttle" else HTTPStatus.OK
            raise RefusedError(status, f"more than {limit:,} requests in 3 seconds", always=status)
        arrivals.append(at)

    def _problems(self, item: object, request: Request, *, may_be_large: bool) -> list[str]:
        problems = list(validation.problems_of(item, self._switches, strict=request.strict))
        if may_be_large and validation.oversize(item):
            problems.append(_TOO_LARGE)
        return problems

    def _partial(self, request: Request, endpoint: str, items: list[object], problems: list[list[str]]) -> Verdict:
        """Answer a strict request with something wrong in it."""
        whole = self._switches.strict_batch == "all_or_nothing"
        reasons = [found or [_SPOILED] for found in problems] if whole else problems
        calls = self._store(request, items, reasons, bad="rejected")
        found = [(f"batch[{index}]: " if endpoint == "/batch" else "") + text for index, text in _flat(problems)]
        only_size = {text for _, text in _flat(problems)} == {_TOO_LARGE}
        status = self._switches.strict_oversize_status if only_size else HTTPStatus.BAD_REQUEST
        return Verdict(_errors(status, found), _overall(calls, "rejected"), _summary(calls), calls)

    def _store(
        self, request: Request, items: list[object], problems: list[list[str]], *, bad: Outcome
    ) -> tuple[CallRecord, ...]:
        return tuple(
            self._store_one(request, index, item, "; ".join(found), bad)
            for index, (item, found) in enumerate(zip(items, problems, strict=True))
        )

    def _store_one(self, request: Request, index: int, item: object, problem: str, bad: Outcome) -> CallRecord:
        body: dict[str, Any] = item if isinstance(item, dict) else {}
        kind, message_id = body.get("type"), body.get("messageId")
        kind = kind if kind in CALLS else None
        message_id = message_id if isinstance(message_id, str) and message_id else None
        duplicate = self._ledger.has_seen(message_id)
        outcome: Outcome = bad if problem else "accepted"
        reason: str | None = problem or None
        if not problem and (reason := self._apply(request, body, duplicate=duplicate)):
            outcome = "dropped"
        if outcome == "accepted":
            self._ledger.see(message_id, body)
        ignored = validation.ignored_keys(body) if kind else ()
        return CallRecord(kind, message_id, outcome, reason, duplicate, index, ignored, body)

    def _apply(self, request: Request, body: dict[str, Any], *, duplicate: bool) -> str | None:
        if duplicate and self._switches.deduplicate:
            return "a call with this messageId was stored before"
        if body["type"] == "track" and body["event"] in PEOPLE_DELETING and not self._may_delete_people(request):
            return "a public key may not delete people"
        if not self._switches.record:
            return None
        call = validation.read_call(body, request.at)
        if problem := self._workspace.refusal(call):
            return problem
        acted = act(self._workspace, call)
        if acted is False and self._switches.incomplete_events == "drop":
            return "the event lacks the fields that it needs to act"
        if not acted:
            self._workspace.apply(call)
        return None

    def _may_delete_people(self, request: Request) -> bool:
        return self._switches.public_key_deletes or request.key is None or not request.key.is_public


def _refusal(request: Request, error: RefusedError) -> Verdict:
    """Answer a request that is refused as a whole: honestly in strict mode, with a bare 200 otherwise."""
    status = error.status if request.strict else error.always
    outcome: Outcome = "dropped" if status == HTTPStatus.OK else "rejected"
    if status == HTTPStatus.OK:
        return Verdict(_ok(), outcome, error.reason)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS}:
        return Verdict((status, {}, b""), outcome, error.reason)
    answer = _errors(status, [error.reason])
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        answer[1]["allow"] = "POST"
    return Verdict(answer, outcome, error.reason)


def _ok() -> Answer:
    return int(HTTPStatus.OK), dict(_JSON), b"{}"


def _errors(status: int, errors: Sequence[str]) -> Answer:
    return (
        int(status),
        dict(_JSON),
        json.dumps({"meta": {"errors": list(errors)}}, ensure_ascii=False).encode(),
    )


def _flat(problems: list[list[str]]) -> list[tuple[int, str]]:
    return [(index, text) for index, found in enumerate(problems) for text in found]


def _overall(calls: tuple[CallRecord, ...], bad: Outcome) -> Outcome:
    return "accepted" if not calls or any(call.outcome == "accepted" for call in calls) else bad


def _summary(calls: tuple[CallRecord, ...]) -> str | None:
    """Why anything of the request was not stored."""
    lost = [call for call in calls if call.outcome != "accepted"]
    if not lost:
        return None
    if len(calls) == 1:
        return lost[0].reason
    first = next((call for call in lost if call.reason != _SPOILED), lost[0])
    return f"{len(lost)} of {len(calls)} calls not stored; first: batch[{first.index}]: {first.reason}"
