"""What can be read. Reads change nothing, so they are repeated freely."""

from __future__ import annotations

from typing import Annotated, Literal, Self, cast

from pydantic import Field, model_validator

from router.changes import Target
from router.command_base import Command, Market, OrderId
from router.symbols import SymbolField


class GetBalances(Command):
    """All non-zero balances.

    ``market`` names the wallet where an exchange keeps several: on Binance spot (also when left out) and linear
    (USDⓈ-M futures). Bybit's unified account and OKX's trading account are one wallet, whatever is named.
    """

    task = "queries.balances"
    kind: Literal["get_balances"] = "get_balances"
    market: Market | None = None


class GetPositions(Command):
    """All open positions, or one symbol's."""

    task = "queries.positions"
    kind: Literal["get_positions"] = "get_positions"
    symbol: SymbolField | None = None


class GetOrder(Target):
    """One order as it stands."""

    task = "queries.order"
    kind: Literal["get_order"] = "get_order"


class GetOpenOrders(Command):
    """Open orders of one symbol, of all symbols of a kind of market, or of all; those waiting for a trigger too."""

    task = "queries.open_orders"
    kind: Literal["get_open_orders"] = "get_open_orders"
    symbol: SymbolField | None = None
    market: Market | None = None


class GetFills(Command):
    """Executions of one symbol: of one order, or since a moment (ms, exchange clock)."""

    task = "queries.fills"
    kind: Literal["get_fills"] = "get_fills"
    symbol: SymbolField
    order_id: OrderId | None = None
    since_ms: Annotated[int, Field(gt=0)] | None = None
    limit: Annotated[int, Field(gt=0, le=1000)] = 500


class GetIncome(Command):
    """What changed a futures wallet, oldest first: realised PnL, funding, fees, transfers."""

    task = "queries.income"
    kind: Literal["get_income"] = "get_income"
    symbol: SymbolField | None = None
    market: Market | None = None
    since_ms: Annotated[int, Field(gt=0)] | None = None
    limit: Annotated[int, Field(gt=0, le=1000)] = 100


class GetTradingSettings(Command):
    """Leverage, margin mode and position mode that hold for one symbol."""

    task = "queries.trading_settings"
    kind: Literal["get_trading_settings"] = "get_trading_settings"
    symbol: SymbolField


class GetTicker(Command):
    """The top of the book and the last 24 hours."""

    task = "queries.ticker"
    kind: Literal["get_ticker"] = "get_ticker"
    symbol: SymbolField


class GetTickers(Command):
    """Tickers of several symbols of one kind of market, in the calls that cost least: each, some, or all at once."""

    task = "queries.tickers"
    kind: Literal["get_tickers"] = "get_tickers"
    symbols: Annotated[tuple[SymbolField, ...], Field(min_length=1, max_length=5_000)]

    @model_validator(mode="after")
    def _one_market(self) -> Self:
        if len({symbol.market for symbol in self.symbols}) > 1:
            raise ValueError("symbols must be of one kind of market")
        return self

    @property
    def market(self) -> Market:
        """The kind of market they are of."""
        return cast("Market", self.symbols[0].market)


class GetOrderBook(Command):
    """The book's best ``depth`` levels."""

    task = "queries.order_book"
    kind: Literal["get_order_book"] = "get_order_book"
    symbol: SymbolField
    depth: Annotated[int, Field(gt=0, le=5000)] = 100
