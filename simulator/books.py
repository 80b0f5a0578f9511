"""Price-time priority order books."""

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Iterator

from simulator.orders import Order, Side


class BookSide:
    """One side of a book. Keys are prices, negated for asks, so the best level is always the last key."""

    __slots__ = ("_sign", "keys", "levels")

    def __init__(self, side: Side) -> None:
        self._sign = 1 if side is Side.BUY else -1
        self.keys: list[int] = []
        self.levels: dict[int, OrderedDict[int, Order]] = {}

    def key(self, price: int) -> int:
        """The key of a price; greater is better for the one who takes."""
        return price * self._sign

    def best(self) -> int | None:
        """The best price, None when the side is empty."""
        return self.keys[-1] * self._sign if self.keys else None

    def front(self) -> Order:
        """The order that is next in line."""
        return next(iter(self.levels[self.keys[-1]].values()))

    def add(self, order: Order, price: int) -> None:
        """Queue an order at the back of its level."""
        key = price * self._sign
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = OrderedDict()
            insort(self.keys, key)
        level[order.order_id] = order

    def remove(self, order: Order, price: int) -> None:
        """Take an order out; it must be in."""
        key = price * self._sign
        level = self.levels[key]
        del level[order.order_id]
        if not level:
            del self.levels[key]
            del self.keys[bisect_left(self.keys, key)]

    def requeue(self, order: Order, price: int) -> None:
        """Send an order to the back of its level (an iceberg that shows its next part)."""
        self.levels[price * self._sign].move_to_end(order.order_id)

    def best_first(self) -> Iterator[tuple[int, OrderedDict[int, Order]]]:
        """Levels from the best price on."""
        for key in reversed(self.keys):
            yield key * self._sign, self.levels[key]


class Book:
    """Bids and asks of one instrument, with the last price and a counter of changes."""

    __slots__ = ("asks", "bids", "last_price", "updates")

    def __init__(self, last_price: int) -> None:
        self.bids = BookSide(Side.BUY)
        self.asks = BookSide(Side.SELL)
        self.last_price = last_price
        self.updates = 1

    def own(self, side: Side) -> BookSide:
        """Where an order of this side rests."""
        return self.bids if side is Side.BUY else self.asks

    def other(self, side: Side) -> BookSide:
        """What an order of this side takes from."""
        return self.asks if side is Side.BUY else self.bids

    def crosses(self, side: Side, price: int) -> bool:
        """Whether an order at this price would trade at once."""
        against = self.other(side)
        return bool(against.keys) and against.keys[-1] >= against.key(price)

    def rest(self, order: Order, price: int) -> None:
        """Put an order on the book, showing its iceberg part only."""
        order.visible = min(order.ask.iceberg, order.remaining) if order.ask.iceberg else order.remaining
        self.own(order.side).add(order, price)
        self.updates += 1

    def holds(self, order: Order, price: int) -> bool:
        """Whether an order rests on the book at this price."""
        side = self.own(order.side)
        return order.order_id in side.levels.get(side.key(price), ())

    def drop(self, order: Order, price: int) -> None:
        """Take an order off the book."""
        self.own(order.side).remove(order, price)
        self.updates += 1
