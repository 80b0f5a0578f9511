"""What the one suite of behaviours must know of a market, and the stage it is tried on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from fnmatch import fnmatch
from typing import Any

from support.processes import Simulator

from router.commands import AnyNewOrder, Market, new_order
from router.models import OrderStatus
from router.terms import Side
from workers.accounts import simulator_accounts
from workers.calls.local_gate import LocalGate
from workers.exchanges import get_exchange
from workers.exchanges.base import BaseExchange
from workers.settings import AccountSettings

Doubt = tuple[Mapping[str, object], int]


@dataclass(frozen=True)
class MarketUnderTest:
    """One market of one exchange, and how it is to be asked.

    ``symbol`` may be a pattern, where contracts expire: the first listed one that fits is taken. ``quantity`` is a
    small order's size in our units, ``plenty`` a size and how many such orders the account cannot pay for (without
    leverage), in ``asset`` of the wallet ``market``. ``place``, ``cancel`` and ``account`` are (method, path) of those
    calls, for faults. ``doubts`` are answers of its own that prove nothing, each with how many orders there are after
    it. ``crossing`` is what a post-only order that would take comes to, None where it is refused; ``unfilled`` the same
    of an FOK order, ``remainder`` of an IOC order that finds nothing. ``amends`` are the fields that can be amended,
    ``stops`` the conditional types there are, ``unchecked`` names what the exchange does not refuse: "triggered",
    "duplicate", "reducing". Buys that shall rest are placed at ``rest_at`` of the last price. ``spelled`` is how the
    exchange is told a client order id.
    """

    name: str
    exchange: str
    market: Market
    symbol: str
    quantity: str
    asset: str
    place: tuple[str, str]
    cancel: tuple[str, str]
    account: tuple[str, str]
    doubts: tuple[Doubt, ...] = ()
    crossing: OrderStatus | None = None
    unfilled: OrderStatus | None = OrderStatus.EXPIRED
    remainder: OrderStatus = OrderStatus.EXPIRED
    amends: frozenset[str] = frozenset()
    stops: tuple[str, ...] = ()
    batches: bool = False
    positions: bool = False
    hedges: bool = False
    countdown: int | None = None
    plenty: tuple[str, int] = ("100", 2)
    unchecked: frozenset[str] = frozenset()
    rest_at: Decimal = Decimal("0.9")
    spelled: Callable[[str], str] = str
    timeout_seconds: float | None = None

    @property
    def leverages(self) -> bool:
        return self.positions and self.market != "option"

    def settings(self, simulator: Simulator) -> AccountSettings:
        usual = simulator_accounts(simulator.url, self.exchange)["sim-1"]
        return usual.model_copy(update={"timeout_seconds": self.timeout_seconds or usual.timeout_seconds})

    def impatient(self) -> MarketUnderTest:
        """The same for a test of replies that stall: elsewhere a busy machine would make what no exchange did."""
        return replace(self, timeout_seconds=0.8)


@dataclass
class Stage:
    """A market with an open exchange on it, and the simulator behind."""

    of: MarketUnderTest
    exchange: BaseExchange
    simulator: Simulator
    symbol: str

    def order(self, type: str = "limit", **fields: Any) -> AnyNewOrder:  # noqa: A002, ANN401 - as callers write it
        given = {"exchange": self.of.exchange, "account": "sim-1", "symbol": self.symbol, "side": "buy"}
        sized = {"quantity": self.of.quantity}
        wanted = {**given, **sized, **fields}
        return new_order(type, **{name: value for name, value in wanted.items() if value is not None})

    def resting(self, client_order_id: str | None = "rests", **fields: Any) -> AnyNewOrder:  # noqa: ANN401 - the same
        return self.order(**{"price": self.far(Side.BUY), "client_order_id": client_order_id, **fields})

    def far(self, side: Side = Side.BUY, factor: Decimal | None = None) -> Decimal:
        """A price that rests on that side."""
        away = factor or self.of.rest_at
        return self.near(side, away if side is Side.BUY else 2 - away)

    def crossing(self, side: Side = Side.BUY) -> Decimal:
        """A price that takes at once."""
        return self.near(side, Decimal("1.02") if side is Side.BUY else Decimal("0.98"))

    def near(self, side: Side, factor: Decimal) -> Decimal:
        last = self.exchange.get_market_data(self.symbol).last_price
        return self.exchange.get_instrument(self.symbol).quantise_price(last * factor, side)

    def truly_placed(self, client_order_id: str) -> int:
        """How many orders of that id the exchange ever had."""
        own = self.of.spelled(client_order_id)
        return sum(row["client_order_id"] == own for row in self.simulator.orders())

    def fault(self, kind: str, call: tuple[str, str] | None = None, **fields: Any) -> None:  # noqa: ANN401 - the same
        method, path = call or self.of.place
        self.simulator.fault(kind, path=path, method=method, **fields)


@contextmanager
def a_stage(of: MarketUnderTest, simulator: Simulator) -> Iterator[Stage]:
    with get_exchange(of.exchange, of.settings(simulator), LocalGate()) as exchange:
        listed = [str(each.symbol) for each in exchange.get_instruments()]
        yield Stage(of, exchange, simulator, next(name for name in listed if fnmatch(name, of.symbol)))
