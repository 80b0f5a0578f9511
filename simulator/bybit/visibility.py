"""What queries show, and since when: an acknowledgement comes before the order shows.

A new order stays invisible for `realtime_delay_ms`; a cancel or an amendment shows the former state for as long. A
closed order enters the history `history_delay_ms` after its end. How long either takes on the real exchange is not
documented; both are zero unless set.

Source: Bybit v5 docs, "Place Order" (asynchronous), "Get Order History" (may delay), "Get Open & Closed Orders" (what
a restart clears).
"""

from simulator.clock import Clock
from simulator.orders import Order

Row = dict[str, object]


class Visibility:
    """The delays of one simulated Bybit and what they hide at the moment."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.realtime_delay_ms = 0
        self.history_delay_ms = 0
        self._former: dict[int, tuple[int, Row, Order]] = {}
        self._cleared_us = 0

    def hidden_us(self, asked_us: int) -> int:
        """For how long a new order stays invisible, when a fault asks for at least so long."""
        return max(asked_us, self.realtime_delay_ms * 1000)

    def keep(self, order: Order, row: Row) -> None:
        """Show this row for an order that a command is about to change, until the delay has passed."""
        if self.realtime_delay_ms:
            self._former[order.order_id] = (self._clock.now_us() + self.realtime_delay_ms * 1000, row, order)

    def shown(self, order: Order) -> bool:
        """Whether queries know an order at all."""
        return order.visible_from_us <= self._clock.now_us()

    def former(self, order: Order) -> Row | None:
        """The row that still stands for an order."""
        found = self._former.get(order.order_id)
        if found is None:
            return None
        if found[0] <= self._clock.now_us():
            del self._former[order.order_id]
            return None
        return found[1]

    def lingering(self, account: str) -> list[Order]:
        """An account's orders for which a former row still stands."""
        kept = [order for _, _, order in self._former.values() if order.account == account]
        return [order for order in kept if self.former(order) is not None]

    def restart(self) -> None:
        """Forget every closed order in the real-time query, as a release of the exchange does."""
        self._cleared_us = self._clock.now_us()

    def recent(self, order: Order) -> bool:
        """Whether a closed order can still be in the real-time query."""
        return order.updated_us > self._cleared_us

    def historic(self, order: Order) -> bool:
        """Whether a closed order has reached the history."""
        return self.shown(order) and order.updated_us + self.history_delay_ms * 1000 <= self._clock.now_us()
