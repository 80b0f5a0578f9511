"""What matching asks of a settlement: spot moves whole balances, contracts hold margin instead."""

from typing import Protocol

from simulator.books import Book
from simulator.orders import Order, Trade

Fee = tuple[int, str]
"""A commission and its asset."""
Displaced = tuple[Order, int]
"""An order that may fill no more than this from now on."""


class Settlement(Protocol):
    """Decides who can pay, and pays."""

    def arm(self, order: Order, price: int, *, force: bool = False) -> None:
        """Set aside what a conditional order needs while it sleeps. Raises: as `reserve`."""

    def reserve(self, order: Order, price: int, *, force: bool = False) -> None:
        """Set aside what a resting order may need, with `force` whatever there is.

        Raises: Refused, with nothing set aside.
        """

    def afford(self, order: Order, book: Book) -> None:
        """Check that an order at any price can pay for what the book would give it now. Raises: Refused."""

    def release(self, order: Order) -> None:
        """Give back what an ended order did not need."""

    def shrink(self, order: Order) -> None:
        """Give back what an order of now smaller quantity no longer needs."""

    def fees(self, buy: Order, sell: Order, size: tuple[int, int], *, buyer_is_maker: bool) -> tuple[Fee, Fee]:
        """The buyer's and the seller's commission on a match of this (quantity, quote amount)."""

    def fill(self, trade: Trade) -> None:
        """Settle a trade."""

    def displaced(self, trade: Trade) -> list[Displaced]:
        """Orders that a trade has left less to fill: reducing ones, when the position has become smaller."""
