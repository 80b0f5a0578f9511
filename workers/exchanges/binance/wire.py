"""Binance spot's JSON, field for field, and what it means in our words (rest-api.md, the replies of each endpoint)."""

from __future__ import annotations

from router.models import Balance, Level, OrderBook, Ticker
from router.symbols import Symbol
from workers.exchanges.reading import exact, mapping, rows, some


def to_balances(document: object) -> list[Balance]:
    """The non-zero rows of an account reply."""
    found = []
    for row in rows(mapping(document)["balances"]):
        free, locked = exact(row["free"]), exact(row["locked"])
        if free or locked:
            found.append(Balance.model_construct(asset=row["asset"], free=free, locked=locked))
    return found


def to_ticker(document: object, exchange: str, symbol: Symbol) -> Ticker:
    """A 24-hour FULL ticker; a side of the book that is empty is told as zero."""
    doc = mapping(document)
    return Ticker.model_construct(
        exchange=exchange,
        symbol=symbol,
        last_price=exact(doc["lastPrice"]),
        bid_price=some(doc["bidPrice"]),
        bid_quantity=some(doc["bidQty"]),
        ask_price=some(doc["askPrice"]),
        ask_quantity=some(doc["askQty"]),
        high_price=exact(doc["highPrice"]),
        low_price=exact(doc["lowPrice"]),
        open_price=exact(doc["openPrice"]),
        base_volume=exact(doc["volume"]),
        quote_volume=exact(doc["quoteVolume"]),
        time_ms=doc["closeTime"],
    )


def to_order_book(document: object, exchange: str, symbol: Symbol) -> OrderBook:
    """A depth reply."""
    doc = mapping(document)
    return OrderBook.model_construct(
        exchange=exchange,
        symbol=symbol,
        bids=_levels(doc["bids"]),
        asks=_levels(doc["asks"]),
        update_id=doc["lastUpdateId"],
    )


def _levels(side: list[list[str]]) -> list[Level]:
    return [Level.model_construct(price=exact(price), quantity=exact(quantity)) for price, quantity in side]
