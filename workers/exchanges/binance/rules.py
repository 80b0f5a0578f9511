"""Binance's exchangeInfo in our words: instruments from filters, limits from rateLimits.

Source: Binance spot rest-api.md ("Exchange information"), filters.md. A bound or step of zero switches that rule off.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from router.instruments import ZERO, Instrument, Steps
from router.models import OrderType
from router.symbols import Symbol
from workers.calls.endpoint import Budget
from workers.exchanges.binance.endpoints import ORDERS_1D, ORDERS_10S, RAW, WEIGHT
from workers.exchanges.listing import Listing
from workers.exchanges.reading import exact, mapping, rows

logger = logging.getLogger("pointsman.exchanges")
_NAME = "binance"
PART = "spot"
_TYPES = {
    "LIMIT": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "STOP_LOSS": OrderType.STOP,
    "STOP_LOSS_LIMIT": OrderType.STOP_LIMIT,
    "TAKE_PROFIT": OrderType.TAKE_PROFIT,
    "TAKE_PROFIT_LIMIT": OrderType.TAKE_PROFIT_LIMIT,
}
_BUDGETS = {
    ("REQUEST_WEIGHT", 60_000): WEIGHT,
    ("RAW_REQUESTS", 300_000): RAW,
    ("ORDERS", 10_000): ORDERS_10S,
    ("ORDERS", 86_400_000): ORDERS_1D,
}
_INTERVAL_MS = {"SECOND": 1_000, "MINUTE": 60_000, "HOUR": 3_600_000, "DAY": 86_400_000}

Doc = Mapping[str, Any]


def to_listing(document: object) -> Listing:
    """Every market's spelling, their rules built when asked for, and the limits."""
    doc = mapping(document)
    symbols = {row["symbol"]: row for row in rows(doc["symbols"])}
    spellings = {text: Symbol(row["baseAsset"], row["quoteAsset"]) for text, row in symbols.items()}
    by_symbol = {symbol: symbols[text] for text, symbol in spellings.items()}
    return Listing(spellings, lambda symbol: to_instrument(by_symbol[symbol]), to_limits(rows(doc["rateLimits"])), PART)


def to_limits(limits: list[Doc]) -> dict[Budget, int]:
    """The limits of the budgets we know; one we do not know is worth a warning, since nothing keeps it."""
    found = {}
    for row in limits:
        key = row["rateLimitType"], _INTERVAL_MS[row["interval"]] * row["intervalNum"]
        if key in _BUDGETS:
            found[_BUDGETS[key]] = int(row["limit"])
        else:
            logger.warning("binance tells of a limit that is not kept: %s", row)
    return found


def to_instrument(doc: Doc) -> Instrument:
    """One market's rules. MARKET_LOT_SIZE is taken to bind beside LOT_SIZE, the safe reading of filters.md."""
    filters = {row["filterType"]: row for row in doc["filters"]}
    lots = _steps(filters.get("LOT_SIZE"), "minQty", "maxQty", "stepSize")
    types = doc["orderTypes"]
    return Instrument(
        exchange=_NAME,
        symbol=Symbol(doc["baseAsset"], doc["quoteAsset"]),
        spelling=doc["symbol"],
        is_trading=doc["status"] == "TRADING" and doc.get("isSpotTradingAllowed", True),
        order_types=[_TYPES[text] for text in types if text in _TYPES],
        price=_steps(filters.get("PRICE_FILTER"), "minPrice", "maxPrice", "tickSize"),
        quantity=lots,
        market_quantity=_steps(filters.get("MARKET_LOT_SIZE"), "minQty", "maxQty", "stepSize"),
        quote_decimals=doc["quoteAssetPrecision"],
        sizes_by_notional=doc["quoteOrderQtyMarketAllowed"],
        post_only="LIMIT_MAKER" in types,
        icebergs=doc["icebergAllowed"],
        amends=doc.get("amendAllowed", False),
        **_notional(filters),
    )


def _steps(doc: Doc | None, minimum: str, maximum: str, step: str) -> Steps:
    if doc is None:
        return Steps()
    return Steps(minimum=exact(doc[minimum]), maximum=exact(doc[maximum]), step=exact(doc[step]))


def _notional(filters: Mapping[str, Doc]) -> dict[str, Any]:
    """NOTIONAL, or the older MIN_NOTIONAL; a market has one of them at most."""
    new, old = filters.get("NOTIONAL"), filters.get("MIN_NOTIONAL")
    doc = new or old
    if doc is None:
        return {}
    return {
        "minimum_notional": exact(doc["minNotional"]),
        "maximum_notional": exact(doc["maxNotional"]) if new else ZERO,
        "minimum_notional_on_market": doc["applyMinToMarket" if new else "applyToMarket"],
    }
