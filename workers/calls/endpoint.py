"""What an exchange declares: its budgets, its endpoints, and one call of an endpoint on its way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, Literal, TypeVar

from router.errors import Rejected

T = TypeVar("T")


class Scope(StrEnum):
    """Whom an exchange counts a budget against."""

    ADDRESS = "address"
    ACCOUNT = "account"
    SYMBOL = "symbol"  # of an account: each of its instruments (or families of them) by itself


class Window(StrEnum):
    """How an exchange counts."""

    FIXED = "fixed"  # from one multiple of the window's length (exchange clock) to the next
    ROLLING = "rolling"  # in every span of the window's length, wherever it starts


class Lane(StrEnum):
    """Which kind of work a call is: cancels go before orders, orders before reads."""

    CANCELS = "cancels"
    ORDERS = "orders"
    QUERIES = "queries"


@dataclass(frozen=True, eq=False)
class Budget:
    """A limit of the exchange: ``limit`` units per ``window_ms``, per address, account or account and symbol.

    The limit is the published default; what the exchange itself tells at start replaces it. Budgets are told apart by
    identity, which makes them cheap keys on the order path.
    """

    name: str
    limit: int
    window_ms: int
    scope: Scope
    window: Window = Window.FIXED

    @property
    def shared(self) -> bool:
        """Whether cancels, orders and reads draw on it alike, so that each lane must leave room for the more urgent."""
        return self.scope is Scope.ADDRESS


@dataclass(frozen=True)
class Endpoint:
    """One REST endpoint.

    ``cost`` is charged per call; ``idempotent`` calls may be repeated freely; ``free_on_success`` names the budgets
    whose cost the exchange gives back when the call succeeds; ``refund_on_fill`` those it gives back when an order
    fills at once. ``area`` is the part of the exchange it belongs to, where parts have hosts, codes and limits of their
    own; '' is the main one.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    cost: Mapping[Budget, int]
    idempotent: bool = False
    signed: bool = True
    lane: Lane = Lane.QUERIES
    free_on_success: frozenset[Budget] = frozenset()
    refund_on_fill: frozenset[Budget] = frozenset()
    area: str = ""

    @property
    def writes(self) -> bool:
        """A reply lost on a write leaves its outcome unknown."""
        return not self.idempotent


@dataclass
class Trace:
    """What became known while a call was under way; filled by the steps, read by logs, gate and executor.

    ``usage`` is what the exchange says was used, per budget; ``limits`` how much of it this account may use;
    ``refunds`` what our own count gives back; ``exhausted`` the budget it says is spent; ``banned_for_ms`` a ban it
    announced. ``unsent`` is set when not a byte left. ``calls`` counts the calls of a chain, on its first one's trace.
    Times are monotonic nanoseconds.
    """

    sent_ns: int | None = None
    answered_ns: int | None = None
    status: int | None = None
    usage: dict[Budget, int] = field(default_factory=dict)
    limits: dict[Budget, int] = field(default_factory=dict)
    refunds: dict[Budget, int] = field(default_factory=dict)
    exhausted: Budget | None = None
    banned_for_ms: int | None = None
    server_failed: bool = False
    unsent: bool = False
    calls: int = 0


@dataclass
class Call(Generic[T]):
    """One call of an endpoint.

    ``parse`` turns the decoded JSON into our model. ``cost`` is the endpoint's, or what these parameters cost.
    ``timestamp_ms`` (exchange clock) and ``window_ms`` are set by whoever fixed the fence; left None, the signer takes
    the present and the default. ``granted`` says that the gate has already been passed for this call.
    ``probe`` marks calls that an open breaker must not stop: reconcile look-ups and health reads. ``bulk`` marks one of
    many reads of a poll, which leaves other reads a part of their share. ``symbol`` is the
    instrument it is about; a budget of that scope is kept under it, or under ``counted_under`` where an exchange counts
    several instruments together. ``body`` is what is sent as JSON instead of ``parameters`` where that is more than
    texts by name: lists, truth values. ``then`` gives the call that completes this one's reply (a further page, what
    belongs to it), or None when it is complete: the last reply stands for all. ``otherwise`` gives the call to make
    when this one is refused (the order may be known elsewhere), or None when the refusal stands. Either passes the gate
    by itself.
    """

    endpoint: Endpoint
    parameters: dict[str, str]
    parse: Callable[[object], T]
    cost: Mapping[Budget, int]
    timestamp_ms: int | None = None
    window_ms: int | None = None
    granted: bool = False
    probe: bool = False
    bulk: bool = False
    command_id: str | None = None
    symbol: str = ""
    counted_under: str = ""
    body: object = None
    then: Callable[[T], Call[T] | None] | None = None
    otherwise: Callable[[Rejected], Call[T] | None] | None = None
    trace: Trace = field(default_factory=Trace)
