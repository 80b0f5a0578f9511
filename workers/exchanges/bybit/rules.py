"""Bybit's instruments in our words.

Source: Bybit v5 docs, "Get Instruments Info". Deprecated bounds are passed over; a bound that a market does not name
does not bind. Spot's greatest quantities are set anew twice a month, so the rules are read again every hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from router.instruments import ZERO, Instrument, Steps
from router.symbols import Symbol
from router.terms import OrderType
from workers.exchanges.bybit.wire import Row, moment, told
from workers.exchanges.listing import Listing
from workers.exchanges.reading import exact, mapping

_NAME = "bybit"
_EVERY_TYPE = list(OrderType)
_OPTION_TYPES = [OrderType.MARKET, OrderType.LIMIT]  # conditional orders are for spot, linear and inverse


def to_listing(category: str, rows: Iterable[Row]) -> Listing:
    """The markets of one category; a spelling is unique within it only."""
    by_symbol = {to_symbol(category, row): row for row in rows}
    spellings = {row["symbol"]: symbol for symbol, row in by_symbol.items()}
    return Listing(spellings, lambda symbol: to_instrument(symbol, by_symbol[symbol]), part=category)


def to_symbol(category: str, row: Row) -> Symbol:
    """A market in our spelling; dated ones and options end on the (UTC) day of their delivery."""
    base, quote = row["baseCoin"], row["quoteCoin"]
    if category == "spot":
        return Symbol(base, quote)
    ends_at = moment(row.get("deliveryTime"))
    expiry = None if ends_at is None else f"{datetime.fromtimestamp(ends_at / 1_000, UTC):%y%m%d}"
    if category != "option":
        return Symbol(base, quote, row["settleCoin"], expiry)
    parts = row["symbol"].split("-")  # BTC-27MAR26-70000-P, then -USDT for what settles in it
    return Symbol(base, quote, row["settleCoin"], expiry, parts[2], parts[3])


def to_instrument(symbol: Symbol, row: Row) -> Instrument:
    """One market's rules."""
    lot, price = mapping(row["lotSizeFilter"]), mapping(row["priceFilter"])
    is_option = symbol.market == "option"
    return Instrument(
        exchange=_NAME,
        symbol=symbol,
        spelling=row["symbol"],
        is_trading=row["status"] == "Trading",
        order_types=_OPTION_TYPES if is_option else _EVERY_TYPE,
        price=_steps(price, "minPrice", "maxPrice", "tickSize"),
        amends=True,
        sizes_by_notional=symbol.is_spot,
        **(_spot(lot) if symbol.is_spot else _contract(lot, row)),
    )


def _spot(lot: Row) -> dict[str, Any]:
    """The least quantity is deprecated: the least value binds, market orders sized in quote too."""
    step = exact(lot["basePrecision"])
    return {
        "quantity": Steps(maximum=_bound(lot, "maxLimitOrderQty"), step=step),
        "market_quantity": Steps(maximum=_bound(lot, "maxMarketOrderQty"), step=step),
        "post_only_quantity": Steps(maximum=_bound(lot, "postOnlyMaxLimitOrderSize"), step=step),
        "minimum_notional": _bound(lot, "minOrderAmt"),
        "minimum_notional_on_market": True,
        "quote_decimals": _decimals(exact(lot["quotePrecision"])),
    }


def _contract(lot: Row, row: Row) -> dict[str, Any]:
    """Whether an order that only reduces must have the least value is UNCONFIRMED: the exchange decides."""
    leverage = row.get("leverageFilter")
    return {
        "quantity": _steps(lot, "minOrderQty", "maxOrderQty", "qtyStep"),
        "market_quantity": Steps(maximum=_bound(lot, "maxMktOrderQty")),
        "minimum_notional": _bound(lot, "minNotionalValue"),
        "minimum_notional_on_reduce": False,
        "expires_at_ms": moment(row.get("deliveryTime")),
        "max_leverage": told(mapping(leverage)["maxLeverage"]) if leverage else None,
    }


def _steps(doc: Mapping[str, Any], minimum: str, maximum: str, step: str) -> Steps:
    return Steps(minimum=_bound(doc, minimum), maximum=_bound(doc, maximum), step=exact(doc[step]))


def _bound(doc: Mapping[str, Any], name: str) -> Decimal:
    return told(doc.get(name)) or ZERO


def _decimals(precision: Decimal) -> int:
    """How many decimals a precision such as 0.0000001 leaves."""
    return max(-int(precision.normalize().as_tuple().exponent), 0)
