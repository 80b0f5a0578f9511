"""Bybit's executions as JSON, as fills, and as proof of their order (Bybit v5 docs, "Get Trade History")."""

from __future__ import annotations

from router.models import Fee, Fill, Order, total_fees
from router.symbols import Symbol
from router.terms import OrderStatus, OrderType
from workers.exchanges.bybit.wire import Row, moment, told, worth
from workers.exchanges.bybit.wire_orders import SIDE
from workers.exchanges.reading import Whose, exact

_TRADES = frozenset({"Trade", "AdlTrade", "BustTrade", "Delivery", "BlockTrade", "MovePosition", "FutureSpread"})


def is_trade(row: Row) -> bool:
    """Whether something changed hands: funding and settlement are told in the same list."""
    return row["execType"] in _TRADES


def to_fill(row: Row, exchange: str, symbol: Symbol) -> Fill:
    """One execution."""
    price, quantity = exact(row["execPrice"]), exact(row["execQty"])
    return Fill.model_construct(
        exchange=exchange,
        symbol=symbol,
        trade_id=row["execId"],
        order_id=row["orderId"],
        side=SIDE[row["side"]],
        price=price,
        quantity=quantity,
        notional=worth(symbol, quantity, price, row["execValue"]),
        fee=_fee(row, symbol),
        is_maker=row["isMaker"],
        time_ms=moment(row["execTime"]),
    )


def _fee(row: Row, symbol: Symbol) -> Fee | None:
    """Contracts pay in what they settle in; on spot a buy pays in base and a sell in quote, if nothing else is told."""
    amount = told(row["execFee"])
    if amount is None:
        return None
    default = symbol.settle or (symbol.base if row["side"] == "Buy" else symbol.quote)
    return Fee.model_construct(asset=row.get("feeCurrency") or default, amount=amount)


def to_order(rows: list[Row], whose: Whose) -> Order:
    """The order that these executions, the newest first, belong to, where no list of orders shows it (any more).

    They do not tell how it was to be filled, nor when it was made.
    """
    newest, fills = rows[0], [to_fill(row, whose.exchange, whose.symbol) for row in rows]
    is_market = newest["orderType"] == "Market"
    whole = not told(newest.get("leavesQty"))
    return Order(
        exchange=whose.exchange,
        account=whose.account,
        symbol=whose.symbol,
        client_order_id=newest["orderLinkId"],
        order_id=newest["orderId"],
        side=SIDE[newest["side"]],
        type=OrderType.MARKET if is_market else OrderType.LIMIT,
        status=OrderStatus.FILLED if whole else OrderStatus.PARTIALLY_FILLED,
        quantity=None if is_market and whose.symbol.is_spot else exact(newest["orderQty"]),
        price=None if is_market else exact(newest["orderPrice"]),
        filled_quantity=sum(fill.quantity for fill in fills),
        filled_notional=sum(fill.notional for fill in fills),
        fees=total_fees(fills),
        fills=fills,
        updated_at_ms=fills[0].time_ms,
    )
