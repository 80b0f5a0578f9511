"""What other apps use: commands, tickets, results and errors of the order router.

from router import OrderRouter

router = OrderRouter()
ticket = router.buy_market(exchange="binance", account="main", symbol="BTC/USDT", quantity="0.01")
order = ticket.result(timeout=5)
"""

from typing import TYPE_CHECKING

from router.client import OrderRouter
from router.commands import (
    AmendOrder,
    AnyCommand,
    CancelAfter,
    CancelAll,
    CancelOrder,
    GetBalances,
    GetFills,
    GetIncome,
    GetOpenOrders,
    GetOrder,
    GetOrderBook,
    GetPositions,
    GetTicker,
    GetTickers,
    GetTradingSettings,
    LimitOrder,
    MarketOrder,
    PollAccounts,
    SetLeverage,
    SetMarginMode,
    SetPositionMode,
    StopLimitOrder,
    StopOrder,
    TakeProfitLimitOrder,
    TakeProfitOrder,
)
from router.errors import (
    AccessDenied,
    CommandCancelled,
    CommandExpired,
    CommandFailed,
    ConfigurationError,
    ErrorKind,
    Guarded,
    IdempotencyConflict,
    InvalidCommand,
    NeverSent,
    NotProcessed,
    OutcomeUnknown,
    Problem,
    QueueUnavailable,
    Rejected,
    RouterError,
    UnknownAccount,
    UnknownExchange,
    UnknownSymbol,
    Unsigned,
    Unsupported,
)
from router.events import Event
from router.following import Ending
from router.halts import Halt
from router.instruments import Instrument
from router.models import (
    Balance,
    Balances,
    Fee,
    Fill,
    Level,
    MarginMode,
    Order,
    OrderBook,
    OrderStatus,
    OrderType,
    PositionMode,
    PositionSide,
    PriceSource,
    Side,
    Ticker,
    TimeInForce,
)
from router.poll_report import (
    AccountBalances,
    AccountOrders,
    AccountOutcome,
    AccountPositions,
    AssetTotal,
    BalancePoll,
    OrderPoll,
    PositionPoll,
    Progress,
    Valuation,
)
from router.positions import Countdown, Income, Position, TradingSettings
from router.settings import RouterSettings
from router.symbols import Symbol
from router.tickets import Ticket
from router.watching import BalanceChange

if TYPE_CHECKING:
    from router.aio.client import AsyncOrderRouter, AsyncTicket

_ASYNC = ("AsyncOrderRouter", "AsyncTicket")


def __getattr__(name: str) -> object:
    """Import what needs the extra ``asyncio`` when it is asked for."""
    if name not in _ASYNC:
        raise AttributeError(f"module 'router' has no attribute '{name}'")
    from router.aio import client  # noqa: PLC0415 - most producers never need it

    return getattr(client, name)


__all__ = [
    # asking
    "OrderRouter",
    "AsyncOrderRouter",
    "RouterSettings",
    "Ticket",
    "AsyncTicket",
    "Halt",
    # commands
    "AnyCommand",
    "MarketOrder",
    "LimitOrder",
    "StopOrder",
    "StopLimitOrder",
    "TakeProfitOrder",
    "TakeProfitLimitOrder",
    "CancelOrder",
    "AmendOrder",
    "CancelAll",
    "CancelAfter",
    "SetLeverage",
    "SetMarginMode",
    "SetPositionMode",
    "GetBalances",
    "GetPositions",
    "GetOrder",
    "GetOpenOrders",
    "GetFills",
    "GetIncome",
    "GetTradingSettings",
    "GetTicker",
    "GetTickers",
    "GetOrderBook",
    "PollAccounts",
    # what happened
    "Event",
    "Ending",
    # results
    "Balance",
    "Balances",
    "Countdown",
    "Fee",
    "Fill",
    "Income",
    "Instrument",
    "Level",
    "MarginMode",
    "Order",
    "OrderBook",
    "OrderStatus",
    "OrderType",
    "Position",
    "PositionMode",
    "PositionSide",
    "PriceSource",
    "Side",
    "Symbol",
    "Ticker",
    "TimeInForce",
    "TradingSettings",
    # many accounts at once
    "AccountOutcome",
    "AccountBalances",
    "AccountOrders",
    "AccountPositions",
    "AssetTotal",
    "BalanceChange",
    "BalancePoll",
    "OrderPoll",
    "PositionPoll",
    "Progress",
    "Valuation",
    # errors
    "RouterError",
    "Problem",
    "ErrorKind",
    "InvalidCommand",
    "UnknownExchange",
    "UnknownAccount",
    "UnknownSymbol",
    "Unsupported",
    "Guarded",
    "Unsigned",
    "IdempotencyConflict",
    "ConfigurationError",
    "QueueUnavailable",
    "AccessDenied",
    "NotProcessed",
    "Rejected",
    "OutcomeUnknown",
    "NeverSent",
    "CommandExpired",
    "CommandCancelled",
    "CommandFailed",
]
