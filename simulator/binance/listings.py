"""Binance's markets: spot and USDⓈ-M futures, each with a balance of its own."""

from simulator.amounts import parse
from simulator.binance.usdm.contracts import MARGIN_ASSETS, contracts
from simulator.instruments import SPOT
from simulator.listing import Listing, Rates


def listings(now_ms: int) -> tuple[Listing, ...]:
    """Every market of Binance, with the commission of an ordinary account."""
    return (
        Listing("binance", "spot", SPOT, Rates(maker=parse("0.001"), taker=parse("0.001"))),
        Listing(
            "binance",
            "usdm",
            contracts(now_ms),
            Rates(maker=parse("0.0002"), taker=parse("0.0005")),
            assets=frozenset(MARGIN_ASSETS),
        ),
    )
