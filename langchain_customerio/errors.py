"""The errors that this package raises, in one tree.

```
CustomerioError
├── ConfigurationError          the set-up is wrong (key, region, base URL, workspace); nothing was sent
├── InvalidRequestError         the call is not one that the API takes; nothing was sent
├── PolicyError                 the policy does not allow the call; nothing was sent
├── LoadStoppedError            a load ended before its source did; it can be resumed (defined in `bulk`)
└── DeliveryError               the call was sent, or the attempt was made
    ├── AuthenticationError     401, 403: the key is not valid for this workspace and region
    ├── RejectedError           the API refuses the call, and sending it again would change nothing
    │   ├── TooLargeError       413
    │   └── RedirectedError     3xx: almost surely the wrong region or base URL
    ├── RateLimitedError        429
    ├── ServerError             408 and 5xx
    ├── NoAnswerError           no connection, a time-out, a connection that broke
    └── UnexpectedAnswerError   2xx, but not the API's JSON object: probably not Customer.io
```

Every error has a stable `code`, and says whether a repeat may help (`retryable`) and whether the data may have been
stored in spite of it (`may_have_arrived`). No error contains an API key or repeats the data of a call.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, Any

from langchain_customerio.messages import DOOR, MESSAGES, MOST_WORDS, OWN_ADVICE, RIGHT_FORM, listed, words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class CustomerioError(Exception):
    """Root of every error that this package raises on purpose.

    Its text is written for whoever has to act on it, a language model included: what happened, whether anything is
    stored, and what to do next.

    Attributes:
        code: A stable name of the kind of error.
        retryable: Whether sending the same again may succeed.
        may_have_arrived: Whether the data may have been stored in spite of the error.
    """

    code: str = "error"
    retryable: bool = False
    may_have_arrived: bool = False


class ConfigurationError(CustomerioError):
    """The key, the region, the base URL or the choice of a workspace is missing or wrong. Nothing was sent.

    Attributes:
        problem: What is wrong, as data; None where there are only words.
    """

    code = "configuration"

    def __init__(self, message: str = "", *, problem: Problem | None = None) -> None:
        """Render `problem` as the text, unless `message` is given."""
        super().__init__(message or (sentence(problem) if problem is not None else ""))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about a call: a problem, a warning, a correction or a refusal of the policy.

    Attributes:
        code: A stable name, a key of `langchain_customerio.messages.MESSAGES`.
        path: Where it is, in wire names: `("batch", 3, "timestamp")`; empty for the call as a whole.
        values: What the words need; names, counts and types, never the data of a call.

    >>> str(Problem("unknown_field", ("email",), {"call": "identify", "use": "traits.email"}))
    'email: is not a field of identify: use traits.email'
    """

    code: str
    path: tuple[str | int, ...] = ()
    values: Mapping[str, Any] = dataclass_field(default_factory=dict)

    @property
    def field(self) -> str:
        """The path as text, such as `batch[3].timestamp`."""
        return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path).lstrip(".")

    @property
    def index(self) -> int | None:
        """Position of the batch item that it is about; None where the call is not a batch."""
        match self.path:
            case ("batch", int(index), *_):
                return index
        return None

    @property
    def message(self) -> str:
        """What was found (its type or length, never its value), what is needed, what to do."""
        return words(self.code, self.values)

    def at(self, *prefix: str | int) -> Problem:
        """Return the same finding, further down in a call: of an item in its batch."""
        return Problem(self.code, (*prefix, *self.path), self.values)

    def say(self, names: Callable[[str], str] | None = None, advice: Mapping[str, str] | None = None) -> str:
        """Return `field: message` as a door says it.

        Args:
            names: Returns what the door calls the field at a path; None for the door of this context.
            advice: Templates by code that the door has in place of the usual ones; None for the door of this context.
        """
        message = words(self.code, self.values, names, advice)
        return f"{(names or str)(self.field)}: {message}" if self.path else message

    def __str__(self) -> str:
        """Return `field: message` in wire names."""
        return self.say()


def sentence(problem: Problem) -> str:
    """Return a problem as a sentence.

    >>> sentence(Problem("no_such_column", (), {"column": '"id"', "columns": ('"key"',)}))
    'There is no column "id"; there are "key".'
    """
    text = problem.say()
    is_named = not problem.path and MESSAGES[problem.code].startswith("{")  # and a name stays as it is
    return f"{text[:1] if is_named else text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"


def not_sent(problems: Sequence[Problem], names: Callable[[str], str] | None = None, *, after: str = "") -> str:
    """Return the text of a refusal as a door says it: as many problems as a model should read at once.

    Args:
        problems: What is wrong.
        names: Returns what the door calls the field at a path.
        after: A sentence that ends the text.
    """
    text = listed([problem.say(names) for problem in problems], MOST_WORDS - len(after.split()))
    template = MESSAGES.get(problems[0].code, "{")
    if not problems[0].path and template.startswith(("is ", "has ", "needs ")):
        text = f"The body {text}"
    elif not problems[0].path and not template.startswith("{"):
        text = text[:1].upper() + text[1:]
    end = "" if text.endswith("?") else "."
    return f"Not sent. {text}{end}{after and f' {after}'}"


class InvalidRequestError(CustomerioError, ValueError):
    """The call is not one that the API would keep. Nothing was sent.

    Attributes:
        problems: Everything that is wrong, the most important first. The text shows as many of them as fit
            into 45 words.
    """

    code = "invalid_request"

    def __init__(self, message: str = "", *, problems: tuple[Problem, ...] = ()) -> None:
        """Render `problems` as the text, unless `message` is given."""
        super().__init__(message or not_sent(problems))
        self.problems = problems


IF_NOT_MEANT = "If not, report it."
ASK_AN_OPERATOR = "Only a human operator can change that: report it instead of trying another way."


def not_allowed(problems: Sequence[Problem], names: Callable[[str], str] | None = None) -> str:
    """Return the text of a policy's refusal: what is not allowed, and who can change that."""
    code, permission = problems[0].code, DOOR.get().permission
    after = _what_now(problems) if permission is None else permission(code)
    return not_sent(problems, names, after="" if code in OWN_ADVICE else after)


def _what_now(problems: Sequence[Problem]) -> str:
    """Return one instruction: none where the refusal is one already, since it names what may be sent instead."""
    final = [problem for problem in problems if problem.code not in RIGHT_FORM]
    if not final:
        return ""
    return IF_NOT_MEANT if all(problem.values.get("near") for problem in final) else ASK_AN_OPERATOR


class PolicyError(CustomerioError):
    """The policy does not allow the call. Nothing was sent; only a person can change that.

    Attributes:
        rule: Name of the `Policy` field that refused, for example `allow_destructive`.
        problems: What was refused, as data.
        index: Position of the batch item that was refused, or None where the call is not a batch.
    """

    code = "policy"

    def __init__(self, message: str = "", *, problems: tuple[Problem, ...] = (), rule: str = "") -> None:
        """Render `problems` as the text, unless `message` is given."""
        super().__init__(message or not_allowed(problems))
        self.problems = problems
        self.rule = rule or (problems[0].code if problems else "")

    @property
    def index(self) -> int | None:
        """Position of the batch item that was refused."""
        return self.problems[0].index if self.problems else None


class DeliveryError(CustomerioError):
    """The call was sent, or the attempt was made, and did not end in the answer that means success.

    Attributes:
        status: HTTP status of the last answer; None where none came.
        attempts: How many times the request was sent.
        message_ids: The `messageId` of each call in the failed request, in order. The same ids were used in
            every attempt, so sending the call again with them adds no new identity.
        detail: The API's own words, cleaned and bounded; empty where it gave none.
        retry_after: Seconds that the API asked to wait, or None.
        may_have_arrived: Whether the data may have been stored in spite of the error.
        delivered: How many items of a batch had been delivered in earlier requests before this one failed.
        call: The endpoint, such as `track`.
        host: The host that the request was sent to.
        foreign: Whether the last answer was a page of HTML, which the API never gives.
    """

    code = "delivery"

    def __init__(  # noqa: PLR0913 - one keyword for each documented attribute, all optional
        self,
        message: str,
        *,
        status: int | None = None,
        attempts: int = 0,
        message_ids: tuple[str, ...] = (),
        detail: str = "",
        retry_after: float | None = None,
        may_have_arrived: bool = False,
        delivered: int = 0,
        call: str = "",
        host: str = "",
        foreign: bool = False,
    ) -> None:
        """Keep what is known about the delivery next to the text."""
        super().__init__(message)
        self.status = status
        self.attempts = attempts
        self.message_ids = message_ids
        self.detail = detail
        self.retry_after = retry_after
        self.may_have_arrived = may_have_arrived
        self.delivered = delivered
        self.call = call
        self.host = host
        self.foreign = foreign


class AuthenticationError(DeliveryError):
    """401 or 403: the API does not take this key here."""

    code = "authentication"


class RejectedError(DeliveryError):
    """The API refuses the call, and sending the same again would change nothing."""

    code = "rejected"


class TooLargeError(RejectedError):
    """413: the API takes no request of this size."""

    code = "too_large"


class RedirectedError(RejectedError):
    """3xx: the address is not that of the API. A redirect is never followed, since that would drop the data."""

    code = "redirected"


class RateLimitedError(DeliveryError):
    """429: too many requests, and waiting as long as the retry policy allows did not help."""

    code = "rate_limited"
    retryable = True


class ServerError(DeliveryError):
    """408 or 5xx in every attempt."""

    code = "server"
    retryable = True


class NoAnswerError(DeliveryError):
    """No connection, a time-out, or a connection that broke, in every attempt."""

    code = "no_answer"
    retryable = True


class UnexpectedAnswerError(DeliveryError):
    """A 2xx answer that is not the API's JSON object, so that something else has answered."""

    code = "unexpected_answer"


def error_for_status(status: int) -> type[DeliveryError]:
    """Return the class for an HTTP status that is not 2xx.

    >>> error_for_status(401).__name__, error_for_status(503).__name__
    ('AuthenticationError', 'ServerError')
    """
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return {3: RedirectedError, 5: ServerError}.get(status // 100, RejectedError)


_BY_STATUS: Mapping[int, type[DeliveryError]] = {
    401: AuthenticationError,
    403: AuthenticationError,
    408: ServerError,
    413: TooLargeError,
    429: RateLimitedError,
}
