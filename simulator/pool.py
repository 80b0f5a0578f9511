"""What the markets of one balance share: wallets, positions, prices, and the numbers of orders."""

from collections.abc import Iterator

from simulator.amounts import SCALE
from simulator.clock import Clock
from simulator.instruments import Instrument, Kind
from simulator.ledger import Ledger
from simulator.pit import Pit
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
        self.pits: dict[tuple[str, str], Pit] = {}
        self.listed: dict[tuple[str, str], Instrument] = {}
        self._by_instrument: dict[int, Pit] = {}
        self._order_ids = 1_000_000

    def next_order_id(self) -> int:
        """A number that no other order of the pool has."""
        self._order_ids += 1
        return self._order_ids

    def enter(self, market: str, instrument: Instrument, pit: Pit) -> None:
        """Take note of where an instrument trades."""
        self.pits[market, instrument.symbol] = pit
        self.listed[market, instrument.symbol] = instrument
        self._by_instrument[id(instrument)] = pit  # it lives as long as `listed` does

    def mark(self, instrument: Instrument) -> int:
        """The mark price of an instrument that is listed here."""
        return self._by_instrument[id(instrument)].mark

    def price(self, asset: str) -> int:
        """What one of an asset is worth in dollars, by its first market here; 0 when there is none."""
        if asset in DOLLARS:
            return SCALE
        found = sorted(self._dollar_markets(asset), key=lambda row: row[1].kind is not Kind.SPOT)
        return self.pits[found[0][0]].mark if found else 0

    def _dollar_markets(self, asset: str) -> Iterator[tuple[tuple[str, str], Instrument]]:
        for key, each in self.listed.items():
            if each.base == asset and each.quote in DOLLARS and each.kind is not Kind.OPTION:
                yield key, each
