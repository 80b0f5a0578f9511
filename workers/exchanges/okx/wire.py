"""OKX's JSON, field for field, and what it means in our words: the envelope, balances, prices and books.

Every scalar is a text, and an empty one means "does not apply" (OKX v5 docs, "Overview"). That the code is zero has
been seen to before. Sizes of contracts are contracts; ours are what they hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from router.instruments import Instrument
from router.models import Balance, Level, OrderBook, Ticker
from workers.exchanges import reading
from workers.exchanges.reading import exact, mapping, rows

Doc = Mapping[str, Any]
__all__ = ["Doc", "data", "exact", "number", "only", "some", "to_balances", "to_order_book", "to_ticker"]


def data(document: object) -> list[Doc]:
    """The rows of a reply."""
    return rows(mapping(document)["data"])


def only(document: object) -> Doc:
    """The one row of a reply. Raises: ValueError when there is another number of them."""
    (row,) = data(document)
    return row


def number(text: object) -> Decimal | None:
    """A number, or None for the empty text (or the missing field) that stands for "does not apply"."""
    return None if text in ("", None) else exact(text)


def some(text: object) -> Decimal | None:
    """The same, where zero does not apply either."""
    return None if text in ("", None) else reading.some(text)


def to_balances(document: object) -> list[Balance]:
    """The coins of an account that are not zero.

    What is free is `availBal`, and what orders, positions and isolated margin hold is `frozenBal`.
    """
    found = []
    for row in rows(only(document)["details"]):
        free = number(row.get("availBal")) or number(row.get("availEq")) or Decimal(0)
        locked = number(row["frozenBal"]) or Decimal(0)
        owed, profit = number(row.get("liab")), number(row.get("upl"))
        if free or locked or owed:
            borrowed = None if owed is None else abs(owed)
            balance = Balance.model_construct(
                asset=row["ccy"], free=free, locked=locked, borrowed=borrowed, unrealised_pnl=profit
            )
            found.append(balance)
    return found


def to_ticker(document: object, instrument: Instrument) -> Ticker:
    """The top of the book and the last 24 hours; an empty side is told as an empty text.

    `volCcy24h` is in quote for a pair, else in the base coin; `vol24h` in base, else in contracts.
    """
    return ticker_of(only(document), instrument)


def ticker_of(row: Doc, instrument: Instrument) -> Ticker:
    """One row of tickers."""
    inverse = instrument.symbol.market == "inverse"
    volume = exact(row["vol24h"]) * instrument.contract_size
    traded = exact(row["volCcy24h"])
    spot = instrument.symbol.is_spot
    return Ticker.model_construct(
        exchange=instrument.exchange,
        symbol=instrument.symbol,
        last_price=number(row["last"]) or Decimal(0),
        bid_price=some(row["bidPx"]),
        bid_quantity=reading.times(some(row["bidSz"]), instrument.contract_size),
        ask_price=some(row["askPx"]),
        ask_quantity=reading.times(some(row["askSz"]), instrument.contract_size),
        high_price=number(row["high24h"]),
        low_price=number(row["low24h"]),
        open_price=number(row["open24h"]),
        base_volume=traded if inverse else volume,
        quote_volume=traded if spot else volume if inverse else None,
        time_ms=int(row["ts"]),
    )


def to_order_book(document: object, instrument: Instrument) -> OrderBook:
    """A book; a level is price, size, always zero (not in the full book) and how many orders."""
    row = only(document)
    return OrderBook.model_construct(
        exchange=instrument.exchange,
        symbol=instrument.symbol,
        bids=_levels(row["bids"], instrument.contract_size),
        asks=_levels(row["asks"], instrument.contract_size),
        update_id=None if row.get("seqId") is None else int(row["seqId"]),
    )


def _levels(side: list[list[str]], size: Decimal) -> list[Level]:
    return [Level.model_construct(price=exact(level[0]), quantity=exact(level[1]) * size) for level in side]
