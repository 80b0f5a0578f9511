"""Binance futures' exchangeInfo in our words: instruments from filters, limits from rateLimits.

Source: Binance futures docs, "Exchange Information", "Filters". ``pricePrecision`` and ``quantityPrecision`` are no
tick and no step. A market order is held against the least notional at the mark price; what only reduces is exempt
(-4164).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from router.instruments import Instrument, Steps
from router.symbols import Symbol
from workers.calls.endpoint import Budget
from workers.exchanges.binance.usdm.endpoints import ORDERS_1M, ORDERS_10S, WEIGHT
from workers.exchanges.binance.usdm.wire_orders import TYPES
from workers.exchanges.listing import Listing
from workers.exchanges.reading import exact, mapping, rows

logger = logging.getLogger("pointsman.exchanges")
PART = "usdm"
_BUDGETS = {
    ("REQUEST_WEIGHT", "MINUTE", 1): WEIGHT,
    ("ORDERS", "SECOND", 10): ORDERS_10S,
    ("ORDERS", "MINUTE", 1): ORDERS_1M,
}
_PERPETUAL = ("PERPETUAL", "TRADIFI_PERPETUAL")

Doc = Mapping[str, Any]


def to_listing(document: object) -> Listing:
    """Every contract's spelling, their rules built when asked for, and the limits."""
    doc = mapping(document)
    contracts = {symbol: row for row in rows(doc["symbols"]) if (symbol := to_symbol(row)) is not None}
    spellings = {row["symbol"]: symbol for symbol, row in contracts.items()}
    return Listing(spellings, lambda symbol: to_instrument(symbol, contracts[symbol]), _limits(doc), PART)


def to_symbol(row: Doc) -> Symbol | None:
    """A contract's unified symbol; None for one that cannot be spelt so: a few bases are not ASCII."""
    expiry = None if row["contractType"] in _PERPETUAL else _date(row["deliveryDate"])
    symbol = Symbol(row["baseAsset"], row["quoteAsset"], row["marginAsset"], expiry)
    try:
        return Symbol.parse(str(symbol))
    except ValueError:
        return None


def to_instrument(symbol: Symbol, doc: Doc) -> Instrument:
    """One contract's rules. MARKET_LOT_SIZE binds market orders beside LOT_SIZE."""
    filters = {row["filterType"]: row for row in doc["filters"]}
    least = filters.get("MIN_NOTIONAL")
    return Instrument(
        exchange="binance",
        symbol=symbol,
        spelling=doc["symbol"],
        is_trading=doc["status"] == "TRADING",
        order_types=list(dict.fromkeys(TYPES[text] for text in doc["orderTypes"] if text in TYPES)),
        price=_steps(filters["PRICE_FILTER"], "minPrice", "maxPrice", "tickSize"),
        quantity=_steps(filters["LOT_SIZE"], "minQty", "maxQty", "stepSize"),
        market_quantity=_steps(filters["MARKET_LOT_SIZE"], "minQty", "maxQty", "stepSize"),
        minimum_notional=exact("0" if least is None else least["notional"]),
        minimum_notional_on_market=True,
        minimum_notional_on_reduce=False,
        sizes_by_notional=False,
        post_only="GTX" in doc["timeInForce"],
        amends=True,
        expires_at_ms=None if symbol.expiry is None else doc["deliveryDate"],
    )


def _steps(doc: Doc, minimum: str, maximum: str, step: str) -> Steps:
    return Steps(minimum=exact(doc[minimum]), maximum=exact(doc[maximum]), step=exact(doc[step]))


def _date(stamp_ms: int) -> str:
    return datetime.fromtimestamp(stamp_ms / 1_000, UTC).strftime("%y%m%d")


def _limits(doc: Doc) -> dict[Budget, int]:
    """The limits of the budgets we know; one we do not know is worth a warning, since nothing keeps it."""
    found = {}
    for row in rows(doc["rateLimits"]):
        budget = _BUDGETS.get((row["rateLimitType"], row["interval"], row["intervalNum"]))
        if budget is None:
            logger.warning("binance futures tells of a limit that is not kept: %s", row)
        else:
            found[budget] = int(row["limit"])
    return found
