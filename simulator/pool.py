"""What the markets of one balance share: wallets, positions, prices, and the numbers of orders."""

from collections.abc import Iterator

from simulator.amounts import SCALE
from simulator.clock import Clock
from simulator.instruments import Instrument, Kind
from simulator.ledger import Ledger
from simulator.pit import Pits
from simulator.positions import Positions
from simulator.timers import Timers
from simulator.wallets import Wallets

DOLLARS = frozenset({"USD", "USDT", "USDC"})
"""Assets that count as one dollar each."""


class Pool:
    """One balance per account, over one market (Binance spot, Binance futures) or all of an exchange (Bybit, OKX)."""

    def __init__(self, clock: Clock, ledger: Ledger, seed: int, timers: Timers | None = None) -> None:
        self.clock = clock
        self.ledger = ledger
        self.seed = seed
        self.timers = timers or Timers()
        self.wallets = Wallets()
        self.positions = Positions()
        self._pits: list[Pits] = []
        self._pits_of: dict[int, Pits] = {}
        self._order_ids = 1_000_000

    def next_order_id(self) -> int:
        """A number that no other order of the pool has."""
        self._order_ids += 1
        return self._order_ids

    def enter(self, pits: Pits) -> None:
        """Take note of where a market's instruments trade."""
        self._pits.append(pits)
        self._pits_of.update((id(each), pits) for each in pits.instruments.values())  # they live as long as the pits

    def mark(self, instrument: Instrument) -> int:
        """The mark price of an instrument that is listed here."""
        return self._pits_of[id(instrument)][instrument.symbol].mark

    def named(self, symbol: str) -> Instrument | None:
        """The first instrument of this symbol."""
        return next((each.instruments[symbol] for each in self._pits if symbol in each.instruments), None)

    def price(self, asset: str) -> int:
        """What one of an asset is worth in dollars, by its first market here, spot before others; 0 without one."""
        if asset in DOLLARS:
            return SCALE
        found = sorted(self._dollar_markets(asset), key=lambda each: each.kind is not Kind.SPOT)
        return self.mark(found[0]) if found else 0

    def _dollar_markets(self, asset: str) -> Iterator[Instrument]:
        for pits in self._pits:
            for each in pits.instruments.values():
                if each.base == asset and each.quote in DOLLARS and each.kind is not Kind.OPTION:
                    yield each
