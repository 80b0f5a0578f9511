"""Where one instrument trades: its book, its market maker, its tape, and the orders that wait for a price."""

from dataclasses import dataclass, field

from simulator.algos import Algo
from simulator.books import Book
from simulator.instruments import Instrument
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


class Pits(dict[str, Pit]):
    """The pits of one market by symbol, each opened when it is first looked at: there are many, most are never used.

    Raises: KeyError for a symbol that is not listed.
    """

    def __init__(self, instruments: dict[str, Instrument], seed: str) -> None:
        super().__init__()
        self.instruments = instruments
        self._seed = seed

    def __missing__(self, symbol: str) -> Pit:
        instrument = self.instruments[symbol]
        book = Book(instrument.seed_price)
        pit = self[symbol] = Pit(book, Quoter(instrument, book, f"{self._seed}/{symbol}"))
        return pit
