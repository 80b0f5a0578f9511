"""Every error of Pointsman, told apart by one question: did the exchange act?

RouterError
├── InvalidCommand          refused before it was accepted; nothing was queued or sent
│   ├── UnknownExchange
│   ├── UnknownAccount
│   ├── UnknownSymbol
│   ├── Unsupported         this exchange, or this market of it, has no such thing
│   ├── Guarded             a guard of the account refuses it; nothing was spent or sent
│   └── Unsigned            its producer's signature is missing or does not hold
├── IdempotencyConflict     the key is taken by a command of another content
├── ConfigurationError      a setting, an account or a secret is missing or wrong
├── QueueUnavailable        Redis or the broker does not answer; submitting again with the same key is safe
├── NotProcessed            the exchange certainly did nothing: sending again is safe
├── Rejected                the exchange answered no; final
├── OutcomeUnknown          nobody knows: look up by client_order_id, never resend unasked
└── NeverSent               the command ended before it reached the exchange
    ├── CommandExpired
    ├── CommandCancelled
    └── CommandFailed
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

_SHOWN = 80  # characters of a bad value; it may be anything


class ErrorKind(StrEnum):
    """What went wrong, in the trade's words; the same on every exchange."""

    INVALID = "invalid"
    UNKNOWN_EXCHANGE = "unknown_exchange"
    UNKNOWN_ACCOUNT = "unknown_account"
    UNKNOWN_SYMBOL = "unknown_symbol"
    CONFIGURATION = "configuration"
    CONFLICT = "conflict"
    UNSUPPORTED = "unsupported"
    BAD_CREDENTIALS = "bad_credentials"
    PERMISSION_DENIED = "permission_denied"
    CLOCK = "clock"
    RATE_LIMITED = "rate_limited"
    BANNED = "banned"
    CIRCUIT_OPEN = "circuit_open"
    HALTED = "halted"
    GUARD = "guard"
    SIGNATURE = "signature"
    OVERLOADED = "overloaded"
    MAINTENANCE = "maintenance"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    ACKNOWLEDGED = "acknowledged"
    UNEXPECTED_REPLY = "unexpected_reply"
    FILTER = "filter"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    NOTHING_TO_REDUCE = "nothing_to_reduce"
    UNCHANGED = "unchanged"
    POST_ONLY_WOULD_TAKE = "post_only_would_take"
    WOULD_NOT_FILL = "would_not_fill"
    WOULD_TRIGGER = "would_trigger"
    DUPLICATE_ORDER = "duplicate_order"
    ORDER_NOT_FOUND = "order_not_found"
    MARKET_CLOSED = "market_closed"
    TOO_MANY_ORDERS = "too_many_orders"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    RETRIES_USED_UP = "retries_used_up"
    QUEUE = "queue"
    ACCESS_DENIED = "access_denied"
    INTERNAL = "internal"


class Problem(BaseModel):
    """An error as data: how it is stored in a result and how it is shown.

    ``code`` is the exchange's own code as text, the guard that refused, or what is wrong with a signature;
    ``field``, ``value`` and ``rule`` name bad input; ``retry_after_ms`` is how long the exchange (or our own limit)
    asks to wait.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ErrorKind
    message: str
    code: str | None = None
    field: str | None = None
    value: str | None = None
    rule: str | None = None
    retry_after_ms: int | None = None

    def __str__(self) -> str:
        return f"{self.message} [{self.kind}{f' {self.code}' if self.code else ''}]"


class RouterError(Exception):
    """The root of all our errors; ``problem`` carries the details as data."""

    kind = ErrorKind.REFUSED

    def __init__(self, problem: Problem | str) -> None:
        self.problem = problem if isinstance(problem, Problem) else Problem(kind=self.kind, message=problem)
        super().__init__(str(self.problem))

    def __reduce__(self) -> tuple[type[RouterError], tuple[Problem]]:
        return type(self), (self.problem,)


class InvalidCommand(RouterError, ValueError):
    """Refused before it was accepted: names the field, its value and the rule; nothing was queued or sent."""

    kind = ErrorKind.INVALID

    @classmethod
    def because(cls, field: str, value: object, rule: str) -> Self:
        """Build the error from its three parts; the value is shown as given, cut to 80 characters."""
        return cls(_named(cls.kind, field, value, rule))

    @classmethod
    def from_validation(cls, error: ValidationError) -> InvalidCommand:
        """Turn pydantic's first complaint into our words."""
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"] if part not in KIND_TAGS) or "command"
        if first["type"] == "missing":
            return cls(Problem(kind=cls.kind, message=f"{field}: is required", field=field, rule="is required"))
        rule = "is not a field of this command" if first["type"] == "extra_forbidden" else first["msg"]
        return cls.because(field, first.get("input"), rule.removeprefix("Value error, "))


KIND_TAGS: set[str] = set()  # the union's tags pydantic puts into a location; filled by router.commands


class UnknownExchange(InvalidCommand):
    """No exchange of that name is built in or installed."""

    kind = ErrorKind.UNKNOWN_EXCHANGE


class UnknownAccount(InvalidCommand):
    """No worker has an account of that name on that exchange."""

    kind = ErrorKind.UNKNOWN_ACCOUNT


class UnknownSymbol(InvalidCommand):
    """The exchange does not list that symbol."""

    kind = ErrorKind.UNKNOWN_SYMBOL


class Unsupported(InvalidCommand):
    """This exchange, or this market of it, has no such thing; nothing was sent."""

    kind = ErrorKind.UNSUPPORTED


class Guarded(InvalidCommand):
    """A guard of the account refuses the order, before anything was spent or sent; ``problem.code`` names the guard."""

    kind = ErrorKind.GUARD

    @classmethod
    def by(cls, guard: str, field: str, value: object, rule: str) -> Guarded:
        """Build the error from the guard's name, as in the accounts file, and the three parts."""
        return cls(_named(cls.kind, field, value, rule).model_copy(update={"code": guard}))


class Unsigned(InvalidCommand):
    """The signature is missing or does not hold; ``problem.code`` says why.

    It is unsigned, unknown_key, tampered, wrong_account, expired or replayed.
    """

    kind = ErrorKind.SIGNATURE

    @classmethod
    def by(cls, code: str, value: object, rule: str) -> Unsigned:
        """Build the error from its code, what was given and the rule."""
        return cls(_named(cls.kind, "signature", value, rule).model_copy(update={"code": code}))


class IdempotencyConflict(RouterError):
    """The idempotency key belongs to an earlier command of another content."""

    kind = ErrorKind.CONFLICT


class ConfigurationError(RouterError, ValueError):
    """A setting, an accounts file or a secret is missing or wrong; names the field, the value and the rule."""

    kind = ErrorKind.CONFIGURATION

    @classmethod
    def because(cls, field: str, value: object, rule: str) -> ConfigurationError:
        """Build the error from its three parts. Never pass a secret as the value."""
        return cls(_named(cls.kind, field, value, rule))


class AccessDenied(ConfigurationError):
    """Redis answers, and does not let this user do that: another user's password is wanted, or another right."""

    kind = ErrorKind.ACCESS_DENIED


class QueueUnavailable(RouterError, ConnectionError):
    """Redis or the broker did not answer.

    The command may or may not have been accepted: submit again with the same idempotency key (or the same
    command object, which keeps its id) and it is accepted once.
    """

    kind = ErrorKind.QUEUE


class NotProcessed(RouterError):
    """Proven: the exchange did nothing. Sending again, after ``problem.retry_after_ms``, is safe."""

    kind = ErrorKind.CONNECTION


class Rejected(RouterError):
    """The exchange answered no, and means it."""


class OutcomeUnknown(RouterError):
    """The exchange may have acted: look up by client order id; never send again unasked."""

    kind = ErrorKind.TIMEOUT


class NeverSent(RouterError):
    """The command ended without anything having reached the exchange."""


class CommandExpired(NeverSent):
    """Its time to live ended before it was sent."""

    kind = ErrorKind.EXPIRED


class CommandCancelled(NeverSent):
    """It was cancelled before it was sent."""

    kind = ErrorKind.CANCELLED


class CommandFailed(NeverSent):
    """Refused by Pointsman itself, or its retries were used up with nothing ever reaching the exchange."""


def _named(kind: ErrorKind, field: str, value: object, rule: str) -> Problem:
    shown = repr(value) if not isinstance(value, str) else f"'{value}'"
    shown = shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 3]}..."
    return Problem(kind=kind, message=f"{field} {shown}: {rule}", field=field, value=shown, rule=rule)
