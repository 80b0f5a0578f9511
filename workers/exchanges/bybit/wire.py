"""Bybit's envelope, balances, tickers and books as JSON, and in our words (Bybit v5 docs, the page of each call)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from router.models import Balance, Level, OrderBook, Ticker
from router.symbols import Symbol
from workers.exchanges.reading import exact, mapping, rows

ZERO = Decimal(0)
_QUOTIENT_DECIMALS = 18
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """One page of a list; ``cursor`` names the next, empty where there is none. It is sent back just as it came."""

    rows: list[Row]
    cursor: str = ""


def success(document: object) -> Row:
    """An answer that says yes. Raises: KeyError, TypeError or ValueError for one that does not, in Bybit's form."""
    doc = mapping(document)
    if str(doc["retCode"]) != "0":
        raise ValueError(f"retCode {doc['retCode']} in a success")
    return doc


def result(document: object) -> Row:
    """What such an answer carries. Raises: as `success`."""
    return mapping(success(document)["result"])


def page(document: object) -> Page:
    """A list and where it goes on; an empty page is the last, whatever its cursor."""
    found = result(document)
    listed = rows(found["list"])
    return Page(listed, (found.get("nextPageCursor") or "") if listed else "")


def told(text: object) -> Decimal | None:
    """A number, or None for the empty text that stands for "nothing to tell"."""
    return None if text in ("", None) else exact(text)


def worth(symbol: Symbol, quantity: Decimal, price: Decimal | None, value: object) -> Decimal:
    """What a filled quantity came to, in quote; in base on inverse markets.

    There the exchange tells so few decimals of the quotient that no price can be had from it, so it is made anew.
    """
    if symbol.market == "inverse" and quantity and price:
        return round(quantity / price, _QUOTIENT_DECIMALS)
    return told(value) or ZERO


def moment(text: object) -> int | None:
    """A time in milliseconds since the epoch, told as text or as a number; None where there is none."""
    return int(str(text)) or None if text not in ("", None) else None


def to_time_ms(document: object) -> int:
    """The server's clock."""
    return int(result(document)["timeNano"]) // 1_000_000


def to_balances(document: object) -> list[Balance]:
    """The coins of a unified account that are not zero.

    What spot orders hold, and the initial margin of orders and positions in that coin, is locked. A coin's margin may
    be backed by others, and what is borrowed is owed: ``free`` is then negative by that much, so that ``total`` is what
    the wallet holds.
    """
    accounts = rows(result(document)["list"])
    found = [_balance(coin) for account in accounts for coin in rows(account["coin"])]
    return [each for each in found if each.free or each.locked or each.borrowed or each.unrealised_pnl]


def _balance(coin: Row) -> Balance:
    held = (told(coin.get(name)) for name in ("locked", "totalOrderIM", "totalPositionIM"))
    locked = sum((each for each in held if each is not None), ZERO)
    return Balance.model_construct(
        asset=coin["coin"],
        free=exact(coin["walletBalance"]) - locked,
        locked=locked,
        borrowed=told(coin.get("borrowAmount")),
        unrealised_pnl=told(coin.get("unrealisedPnl")),
    )


def answered_at(document: object) -> int | None:
    """When the server answered; a few samples in the docs lack it."""
    return moment(mapping(document).get("time"))


def to_ticker(document: object, exchange: str, symbol: Symbol) -> Ticker:
    """A ticker; volumes of inverse markets are told in quote and turned over in base, of the others the other way."""
    (row,) = rows(result(document)["list"])
    return _ticker(row, exchange, symbol, answered_at(document))


def to_tickers(document: object, exchange: str, wanted: Mapping[str, Symbol]) -> list[Ticker]:
    """Those of a category's tickers that are wanted, by Bybit's spelling."""
    told = [row for row in rows(result(document)["list"]) if row["symbol"] in wanted]
    return [_ticker(row, exchange, wanted[row["symbol"]], answered_at(document)) for row in told]


def _ticker(row: Row, exchange: str, symbol: Symbol, answered_ms: int | None) -> Ticker:
    volume, turnover = told(row.get("volume24h")), told(row.get("turnover24h"))
    if symbol.market == "inverse":
        volume, turnover = turnover, volume
    return Ticker.model_construct(
        exchange=exchange,
        symbol=symbol,
        last_price=exact(row["lastPrice"]),
        bid_price=_side(row, "bid1Price"),
        bid_quantity=_side(row, "bid1Size"),
        ask_price=_side(row, "ask1Price"),
        ask_quantity=_side(row, "ask1Size"),
        high_price=told(row.get("highPrice24h")),
        low_price=told(row.get("lowPrice24h")),
        open_price=told(row.get("prevPrice24h")),
        base_volume=volume,
        quote_volume=turnover,
        time_ms=answered_ms,
    )


def _side(row: Row, name: str) -> Decimal | None:
    """An empty side of the book is told as nothing or zero."""
    return told(row.get(name)) or None


def to_order_book(document: object, exchange: str, symbol: Symbol, depth: int) -> OrderBook:
    """A book, bids from the highest, asks from the lowest."""
    found = result(document)
    return OrderBook.model_construct(
        exchange=exchange,
        symbol=symbol,
        bids=_levels(found["b"][:depth]),
        asks=_levels(found["a"][:depth]),
        update_id=found["u"],
    )


def _levels(side: list[list[str]]) -> list[Level]:
    return [Level.model_construct(price=exact(price), quantity=exact(quantity)) for price, quantity in side]
