"""What an exchange lists: one of its markets, with its instruments and commission rates."""

from dataclasses import dataclass

from simulator.instruments import Instrument, Kind


@dataclass(frozen=True, slots=True)
class Rates:
    """Commission rates as fractions of what is received, for contracts of their value (0.001 as an amount is 0.1 %)."""

    maker: int
    taker: int


@dataclass(frozen=True, slots=True)
class Listing:
    """One market of one exchange, all of one kind.

    Markets of an exchange that name the same `pool` share one balance per account, and with it margin; without a name
    a market has its own. `assets` are those of an account's first balances that it starts with there (None: all).
    """

    exchange: str
    market: str
    instruments: tuple[Instrument, ...]
    rates: Rates
    pool: str = ""
    assets: frozenset[str] | None = None

    @property
    def spot(self) -> bool:
        """Whether whole balances move, rather than margin."""
        return all(each.kind is Kind.SPOT for each in self.instruments)
