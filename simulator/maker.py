"""The synthetic market maker: a deterministic ladder around a mid price that is filled up again after every match."""

from random import Random

from simulator.books import Book
from simulator.instruments import Instrument
from simulator.orders import NewOrder, Order, Side
from simulator.wallets import MAKER

LEVELS = 50
_GAP_DIVISOR = 20_000  # levels are 0.005 % apart, so the ladder spans 0.25 % on each side


class Quoter:
    """Keeps one instrument's ladder.

    A quote that was hit goes to the back of its level, full again, so users' orders at that price come first. It
    never crosses a user's order: such a level stays away until the price is free, which leaves users' remainders
    resting.
    """

    def __init__(self, instrument: Instrument, book: Book, seed: str) -> None:
        self._instrument = instrument
        self._book = book
        self._random = Random(seed)  # noqa: S311 - market noise, no secret
        self._next_id = -1
        self._quotes: dict[tuple[Side, int], Order] = {}
        self._away: dict[tuple[Side, int], int] = {}
        self.hit: list[Order] = []
        self.mid = instrument.seed_price
        self.requote(self.mid)

    def requote(self, mid: int) -> None:
        """Take the ladder down and build it around another price."""
        self.withdraw()
        self.mid = mid
        tick = self._instrument.tick
        gap = max(tick, mid // _GAP_DIVISOR // tick * tick)
        for level in range(LEVELS):
            for side, sign in ((Side.BUY, -1), (Side.SELL, 1)):
                price = mid + sign * (tick + level * gap)
                if price >= tick:
                    self._quote(side, price, self._quantity())

    def withdraw(self) -> None:
        """Take the whole ladder down."""
        for (_, price), order in self._quotes.items():
            self._book.drop(order, price)
        self._quotes.clear()
        self._away.clear()
        self.hit.clear()

    def replenish(self) -> None:
        """Fill up the levels that were hit and bring back those that were in a user's way."""
        for order in self.hit:
            price = order.price or 0
            if self._quotes.pop((order.side, price), None) is not order:
                continue
            if order.open:
                self._book.drop(order, price)
            self._quote(order.side, price, order.quantity)
        self.hit.clear()
        if self._away:
            for (side, price), quantity in list(self._away.items()):
                del self._away[side, price]
                self._quote(side, price, quantity)

    def order(self, side: Side, price: int | None, quantity: int) -> Order:
        """An order of the market maker's own; its ids are negative and never shown."""
        self._next_id -= 1
        ask = NewOrder(MAKER, self._instrument, side, "LIMIT", "", quantity, price=price)
        return Order(ask, self._next_id, 0, 0)

    def _quantity(self) -> int:
        step = self._instrument.step
        wish = self._instrument.level_quantity * self._random.randint(50, 150) // 100
        return max(step, wish // step * step)

    def _quote(self, side: Side, price: int, quantity: int) -> None:
        if self._book.crosses(side, price):
            self._away[side, price] = quantity
            return
        order = self.order(side, price, quantity)
        self._quotes[side, price] = order
        self._book.rest(order, price)
