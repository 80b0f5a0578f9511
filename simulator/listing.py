"""What an exchange lists: one of its markets, with its instruments and commission rates."""

from dataclasses import dataclass

from simulator.amounts import parse
from simulator.instruments import SPOT, Instrument


@dataclass(frozen=True, slots=True)
class Rates:
    """Commission rates as fractions of what is received (an amount of 0.001 is 0.1 %)."""

    maker: int
    taker: int


@dataclass(frozen=True, slots=True)
class Listing:
    """One market of one exchange."""

    exchange: str
    market: str
    instruments: tuple[Instrument, ...]
    rates: Rates


LISTINGS = (Listing("binance", "spot", SPOT, Rates(maker=parse("0.001"), taker=parse("0.001"))),)
"""Every market of the simulator."""
