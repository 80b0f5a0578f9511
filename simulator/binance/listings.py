"""Binance's markets: spot and USDⓈ-M futures, each with a balance of its own."""

from simulator.amounts import parse
from simulator.instruments import SPOT
from simulator.listing import Listing, Rates


def listings(now_ms: int) -> tuple[Listing, ...]:  # noqa: ARG001 - the shape of a lister
    """Every market of Binance."""
    return (Listing("binance", "spot", SPOT, Rates(maker=parse("0.001"), taker=parse("0.001"))),)
