"""Where one instrument trades: its book, its market maker, its tape, and the orders that sleep until a price."""

from dataclasses import dataclass, field

from simulator.algos import Algo
from simulator.books import Book
from simulator.maker import Quoter
from simulator.orders import Order
from simulator.tape import Tape
from simulator.triggers import Trigger


@dataclass(slots=True)
class Pit:
    """One instrument's pit; `asleep` are accepted conditional orders, `algos` orders yet to be placed."""

    book: Book
    quoter: Quoter
    tape: Tape = field(default_factory=Tape)
    asleep: dict[int, Order] = field(default_factory=dict)
    algos: dict[int, Algo] = field(default_factory=dict)

    @property
    def mark(self) -> int:
        """The mark price: what the price control last said, which the market maker quotes around."""
        return self.quoter.mid

    def watched(self, trigger: Trigger) -> int:
        """The price that a trigger looks at."""
        return self.mark if trigger.by_mark else self.book.last_price
