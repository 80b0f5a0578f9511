"""Which orderLinkIds have been used, and by which order.

"Always unique" is all that the documents say. Assumptions: per account and category, against every order ever accepted,
refused on receipt; with `remembers` off, only against open orders, as it was before 2023.

Source: Bybit v5 docs, "Place Order", orderLinkId.
"""

from simulator.orders import Order


class Links:
    """The ids of one simulated Bybit."""

    def __init__(self) -> None:
        self.remembers = True
        self._orders: dict[tuple[str, str, str], Order] = {}

    def taken(self, account: str, category: str, link: str) -> bool:
        """Whether an order must not take this id (any more)."""
        found = self._orders.get((account, category, link))
        return found is not None and (found.open or self.remembers)

    def add(self, account: str, category: str, link: str, order: Order) -> None:
        """Note an accepted order; an empty id is none."""
        if link:
            self._orders[account, category, link] = order

    def find(self, account: str, category: str, link: str) -> Order | None:
        """The newest order that took this id."""
        return self._orders.get((account, category, link))
