"""The guards of one account: orders that its owner forbids, refused by name before anything is spent or sent.

Each refusal is a `Guarded` error whose ``code`` is the guard's name as in the accounts file. docs/guards.md says what
each guard promises, and what it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import get_args

from router.commands import AmendOrder, AnyCommand, AnyNewOrder, AnyWrite, LimitOrder, Market, MarketOrder, Target
from router.errors import ErrorKind, Guarded, InvalidCommand, NotProcessed, Rejected, RouterError
from router.models import Order, Side, TimeInForce
from router.numbers import plain
from router.symbols import Symbol
from workers.guard_settings import GuardSettings
from workers.open_orders import OpenOrders

# What holds our own calls back for a while holds the order back as well: it waits, and is judged when it can go.
_PASSES_BY = (ErrorKind.RATE_LIMITED, ErrorKind.BANNED, ErrorKind.CIRCUIT_OPEN, ErrorKind.CLOCK, ErrorKind.QUEUE)


@dataclass(frozen=True)
class Sight:
    """What the guards look at.

    A symbol's recent price (None when there is none), the account's open orders of a kind of market, the order that a
    command names (None when the exchange knows none). Each may raise RouterError.
    """

    recent_price: Callable[[Symbol], Decimal | None]
    open_orders: Callable[[Market], Iterable[Order]]
    look_up: Callable[[Target], Order | None]


@dataclass(frozen=True)
class Proposal:
    """An order as it would stand at the exchange; what is not known, or not so sized, is None.

    ``base`` and ``quote`` are its size: on inverse markets orders are sized in quote, see `router.new_orders`.
    ``closes`` says that it can only end a position, whatever that is.
    """

    symbol: Symbol
    side: Side
    quantity: Decimal | None
    notional: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    closes: bool = False

    @classmethod
    def of(cls, order: AnyNewOrder) -> Proposal:
        """A new order."""
        return cls(
            order.symbol,
            order.side,
            order.quantity,
            getattr(order, "notional", None),
            getattr(order, "price", None),
            getattr(order, "trigger_price", None),
            order.closes_position,
        )

    @property
    def base(self) -> Decimal | None:
        """Its size in base, if it is sized so."""
        return self.notional if self.symbol.market == "inverse" else self.quantity

    @property
    def quote(self) -> Decimal | None:
        """Its size in quote, if it is sized so."""
        return self.quantity if self.symbol.market == "inverse" else self.notional


class Guards:
    """Judges orders and amendments; off where nothing is configured. Thread-safe.

    ``orders_per_minute`` is not here: it is a charge of the gate, so that all workers count together.
    """

    def __init__(self, account: str, settings: GuardSettings, sight: Sight) -> None:
        self._account = account
        self._settings = settings
        self._sight = sight
        self._judges = bool(settings.about_one_order)
        self._open = {market: OpenOrders(partial(sight.open_orders, market)) for market in get_args(Market)}

    def check_order(self, order: AnyNewOrder) -> None:
        """Raise Guarded unless every guard lets the order through; it then counts as open until its answer comes."""
        if self._judges:
            self._judge(Proposal.of(order))
        most = self._settings.max_open_orders
        if most is None or not _rests(order):
            return
        with self._needed("max_open_orders", "open orders", str(order.symbol), "how many are open"):
            others = self._open[order.symbol.market].take(name_of(order), most)
        if others is not None:
            rule = f"must leave at most {most} orders of account {self._account} open; {others} are"
            raise Guarded.by("max_open_orders", "open orders", others + 1, rule)

    def check_amendment(self, command: AmendOrder) -> None:
        """Raise Guarded unless the order would pass as it will be; one that only gets smaller always passes.

        An order that the exchange does not show, or not yet, is judged by what the amendment alone tells, on
        either side of the collar.
        """
        rules = self._settings.about_one_order
        if not rules:
            return
        name = "client_order_id" if command.client_order_id is not None else "order_id"
        with self._needed(rules[0], name, getattr(command, name), "the order"):
            before = self._sight.look_up(command)
        if before is not None and _only_shrinks(command, before):
            return
        for proposal in _amended(command, before):
            self._judge(proposal)

    def learn(self, command: AnyCommand, result: object) -> None:
        """What an answer told of this account's orders."""
        if self._settings.max_open_orders is None or not isinstance(command, AnyWrite):
            return
        for each in result if isinstance(result, list) else [result]:
            if isinstance(each, Order):
                self._open[each.symbol.market].learn(each)
        if isinstance(command, AnyNewOrder) and command.client_order_id is None and command.id is None:
            self._open[command.symbol.market].release(name_of(command))  # it has a name now, under which it counts

    def release(self, command: AnyCommand, error: NotProcessed | Rejected) -> None:
        """A command was not carried out. A "duplicate" is the exception: the order stands, by an earlier attempt."""
        placed = error.problem.kind is ErrorKind.DUPLICATE_ORDER
        if self._settings.max_open_orders is not None and isinstance(command, AnyNewOrder) and not placed:
            self._open[command.symbol.market].release(name_of(command))

    def _judge(self, order: Proposal) -> None:
        self._check_symbol(order)
        self._check_quantity(order)
        self._check_notional(order)
        self._check_collar(order)

    def _check_symbol(self, order: Proposal) -> None:
        allowed = self._settings.symbols
        if allowed is not None and order.symbol not in allowed:
            rule = f"account {self._account} may trade {', '.join(map(str, allowed))} only"
            raise Guarded.by("symbols", "symbol", str(order.symbol), rule)

    def _check_quantity(self, order: Proposal) -> None:
        most, quantity = self._settings.max_quantity, order.base
        if most is None or order.closes:
            return
        if quantity is None and order.quote is not None:
            quantity = order.quote / self._cheapest(order)
        if quantity is None or quantity > most:
            self._refuse("max_quantity", "quantity", quantity, f"{plain(most)} {order.symbol.base}")

    def _check_notional(self, order: Proposal) -> None:
        most, notional = self._settings.max_notional, order.quote
        if most is None or order.closes:
            return
        if notional is None and order.base is not None:
            notional = order.base * self._dearest(order)
        if notional is None or notional > most:
            self._refuse("max_notional", "notional", notional, f"{plain(most)} {order.symbol.quote}")

    def _check_collar(self, order: Proposal) -> None:
        collar = self._settings.price_collar
        if collar is None:
            return
        recent = self._price(order, "price_collar")
        is_buy = order.side is Side.BUY
        bound = recent * (1 + collar if is_buy else 1 - collar)
        for field, price in (("price", order.price), ("trigger_price", order.trigger_price)):
            if price is None or (price <= bound if is_buy else price >= bound):
                continue
            rule = f"must be at {'most' if is_buy else 'least'} {plain(bound)} to {order.side}"
            why = f"the recent price is {plain(recent)}, the collar of account {self._account} {plain(collar)}"
            raise Guarded.by("price_collar", field, plain(price), f"{rule}: {why}")

    def _dearest(self, order: Proposal) -> Decimal:
        """At which price its notional counts: a buy costs at most its limit, anything else may fill at the market."""
        if order.side is Side.BUY and order.price is not None:
            return order.price
        told = (order.price, order.trigger_price, self._price(order, "max_notional"))
        return max(price for price in told if price is not None)

    def _cheapest(self, order: Proposal) -> Decimal:
        """At which price its quantity counts where it is sized in quote: the lowest at which it may fill."""
        told = (order.price, order.trigger_price, self._price(order, "max_quantity"))
        return min(price for price in told if price is not None)

    def _price(self, order: Proposal, guard: str) -> Decimal:
        symbol = order.symbol
        with self._needed(guard, "symbol", str(symbol), "its recent price"):
            price = self._sight.recent_price(symbol)
        if price is None:
            rule = f"its recent price must be known for guard {guard}, and the exchange tells none"
            raise Guarded.by(guard, "symbol", str(symbol), rule)
        return price

    def _refuse(self, guard: str, field: str, value: Decimal | None, most: str) -> None:
        shown = "(not known)" if value is None else plain(value)
        raise Guarded.by(guard, field, shown, f"must be at most {most} on account {self._account}")

    @contextmanager
    def _needed(self, guard: str, field: str, value: object, what: str) -> Iterator[None]:
        """What cannot be read refuses the order; what only has to wait, lets it wait."""
        try:
            yield
        except InvalidCommand:
            raise
        except RouterError as trouble:
            if isinstance(trouble, NotProcessed) and trouble.problem.kind in _PASSES_BY:
                raise
            rule = f"{what} must be known for guard {guard}, and cannot be read: {trouble.problem.message}"
            raise Guarded.by(guard, field, value, rule) from trouble


def name_of(order: AnyNewOrder) -> str:
    """What tells it from other orders: its client order id; used directly, an order may get that only when sent."""
    return order.client_order_id or order.id or f"unnamed {id(order)}"


def _rests(order: AnyNewOrder) -> bool:
    """Whether it can stand open: what fills at once or not at all cannot."""
    if isinstance(order, LimitOrder):
        return order.time_in_force is TimeInForce.GTC
    return not isinstance(order, MarketOrder)


def _only_shrinks(command: AmendOrder, before: Order) -> bool:
    if command.price not in (None, before.price) or command.quantity is None or before.quantity is None:
        return False
    return command.quantity <= before.quantity


def _amended(command: AmendOrder, before: Order | None) -> list[Proposal]:
    """The order as it will be; both ways it could be, when nobody knows its side."""
    if before is not None:
        quantity, price = command.quantity or before.quantity, command.price or before.price
        return [Proposal(before.symbol, before.side, quantity, None, price, before.trigger_price)]
    if command.symbol is None:
        raise InvalidCommand.because("symbol", command.symbol, "must be named here")
    return [Proposal(command.symbol, side, command.quantity, None, command.price) for side in Side]
