"""What other apps use: commands, tickets, results and errors of the order router.

from router import OrderRouter

router = OrderRouter()
ticket = router.buy_market(exchange="binance", account="main", symbol="BTC/USDT", quantity="0.01")
order = ticket.result(timeout=5)
"""

from router.client import OrderRouter
from router.commands import (
    AmendOrder,
    AnyCommand,
    CancelAll,
    CancelOrder,
    GetBalances,
    GetFills,
    GetOpenOrders,
    GetOrder,
    GetOrderBook,
    GetPositions,
    GetTicker,
    LimitOrder,
    MarketOrder,
    StopLimitOrder,
    StopOrder,
    TakeProfitLimitOrder,
    TakeProfitOrder,
)
from router.errors import (
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
)
from router.halts import Halt
from router.instruments import Instrument
from router.models import (
    Balance,
    Balances,
    Fee,
    Fill,
    Level,
    Order,
    OrderBook,
    OrderStatus,
    OrderType,
    Position,
    Side,
    Ticker,
    TimeInForce,
)
from router.settings import RouterSettings
from router.symbols import Symbol
from router.tickets import Ticket

__all__ = [
    # asking
    "OrderRouter",
    "RouterSettings",
    "Ticket",
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
    "GetBalances",
    "GetPositions",
    "GetOrder",
    "GetOpenOrders",
    "GetFills",
    "GetTicker",
    "GetOrderBook",
    # results
    "Balance",
    "Balances",
    "Fee",
    "Fill",
    "Instrument",
    "Level",
    "Order",
    "OrderBook",
    "OrderStatus",
    "OrderType",
    "Position",
    "Side",
    "Symbol",
    "Ticker",
    "TimeInForce",
    # errors
    "RouterError",
    "Problem",
    "ErrorKind",
    "InvalidCommand",
    "UnknownExchange",
    "UnknownAccount",
    "UnknownSymbol",
    "Guarded",
    "IdempotencyConflict",
    "ConfigurationError",
    "QueueUnavailable",
    "NotProcessed",
    "Rejected",
    "OutcomeUnknown",
    "NeverSent",
    "CommandExpired",
    "CommandCancelled",
    "CommandFailed",
]
