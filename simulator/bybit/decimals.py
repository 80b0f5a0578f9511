"""Amounts in Bybit's JSON: strings, prices and quantities with the decimals of their grid, everything else short."""

from functools import lru_cache

from simulator.amounts import render, short
from simulator.instruments import Instrument


@lru_cache(maxsize=1024)
def places(grid: int) -> int:
    """How many decimals a tick or step has."""
    return len(short(grid).partition(".")[2])


def price(instrument: Instrument, value: int) -> str:
    """A price on the tick."""
    return render(value, places(instrument.tick))


def quantity(instrument: Instrument, value: int) -> str:
    """A quantity on the step."""
    return render(value, places(instrument.step))


def plain(value: int, most: int = 8) -> str:
    """An amount without trailing zeros, cut to so many decimals; "0" for nothing."""
    text = render(value, most)
    return text.rstrip("0").rstrip(".") if "." in text else text
