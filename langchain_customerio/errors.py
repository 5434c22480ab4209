"""The errors that this package raises, in one tree.

```
CustomerioError
├── ConfigurationError          the set-up is wrong (key, region, base URL, workspace); nothing was sent
├── InvalidRequestError         the call is not one that the API takes; nothing was sent
├── PolicyError                 the policy does not allow the call; nothing was sent
├── LoadStoppedError            a load ended before its source did; it can be resumed (lives in `bulk`)
└── DeliveryError               the call was sent, or the attempt was made
    ├── AuthenticationError     401, 403: the key is not good here
    ├── RejectedError           the API refuses the call, and sending it again would change nothing
    │   ├── TooLargeError       413
    │   └── RedirectedError     3xx: almost surely the wrong region or base URL
    ├── RateLimitedError        429
    ├── ServerError             408 and 5xx
    ├── NoAnswerError           no connection, a time-out, a connection that broke
    └── UnexpectedAnswerError   2xx, but not the API's JSON object: probably not Customer.io
```

The root derives from LangChain's `ToolException`, because a refusal is the one kind of error that an agent
may read and act upon: a tool with `handle_tool_error` turns it into an error message, and every other
exception stays what it is, a bug. No error carries an API key or repeats the data of a call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from langchain_core.tools import ToolException

if TYPE_CHECKING:
    from collections.abc import Mapping


class CustomerioError(ToolException):
    """Root of every error that this package raises on purpose.

    Its text is written for whoever has to act on it, a language model included: which field, why, and what
    to do next, in at most about sixty words.
    """


class ConfigurationError(CustomerioError):
    """The key, the region, the base URL or the choice of a workspace is missing or wrong. Nothing was sent."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a call.

    Attributes:
        field: Path of the field in wire names, such as `batch[3].timestamp`; empty for the body as a whole.
        message: What was found (its type or length, never its value), what is needed, what to do.
        index: Position of the batch item at fault, or None where the call is not a batch.
    """

    field: str
    message: str
    index: int | None = None

    def __str__(self) -> str:
        """Return `field: message`, as a model reads it."""
        return f"{self.field}: {self.message}" if self.field else self.message


MOST_WORDS = 60


class InvalidRequestError(CustomerioError, ValueError):
    """The call is not one that the API would keep. Nothing was sent.

    Attributes:
        problems: Everything that is wrong, the most important first. The text shows as many of them as fit
            into about sixty words.
    """

    def __init__(self, message: str = "", *, problems: tuple[Problem, ...] = ()) -> None:
        """Render `problems` as the text, unless `message` is given."""
        super().__init__(message or _listed(problems))
        self.problems = problems


class PolicyError(CustomerioError):
    """The policy of these tools does not allow the call. Nothing was sent; only a person can change that.

    Attributes:
        rule: Name of the `Policy` field that refused, for example `allow_destructive`.
        index: Position of the batch item that was refused, or None where the call is not a batch.
    """

    def __init__(self, message: str, *, rule: str = "", index: int | None = None) -> None:
        """Keep the name of the rule and the place next to the text."""
        super().__init__(message)
        self.rule = rule
        self.index = index


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


class RejectedError(DeliveryError):
    """The API refuses the call, and sending the same again would change nothing."""


class TooLargeError(RejectedError):
    """413: the API takes no request of this size."""


class RedirectedError(RejectedError):
    """3xx: the address is not that of the API. A redirect is never followed, since that would drop the data."""


class RateLimitedError(DeliveryError):
    """429: too many requests, and waiting as long as the retry policy allows did not help."""


class ServerError(DeliveryError):
    """408 or 5xx in every attempt."""


class NoAnswerError(DeliveryError):
    """No connection, a time-out, or a connection that broke, in every attempt."""


class UnexpectedAnswerError(DeliveryError):
    """A 2xx answer that is not the API's JSON object, so that something else has answered."""


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


def _listed(problems: tuple[Problem, ...]) -> str:
    """Join as many problems as fit, and count the rest; of a single one that does not fit, show the beginning."""
    shown: list[str] = []
    left = MOST_WORDS - 8  # the frame around them
    for problem in problems:
        words = str(problem).split()
        if shown and len(words) > left:
            break
        shown.append(" ".join(words[:left]))
        left -= len(words)
    rest = len(problems) - len(shown)
    more = f"; and {rest} more like these" if rest else ""
    text = f"Not sent. {'; '.join(shown)}{more}"
    return text if text.endswith("?") else f"{text}."
