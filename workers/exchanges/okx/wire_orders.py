"""OKX's orders and fills as JSON, in every list that has them, and in our words.

Source: OKX v5 docs, "Get order details", "Get transaction details". `accFillSz` is in base for pairs, also where the
order was sized in quote, and in contracts otherwise; fees are negative when paid. There is no rejected state: a
post-only order that would take, and what an IOC or FOK order leaves, ends as `canceled` with a source that says so.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from router.instruments import Instrument
from router.models import Fee, Fill, Order
from router.terms import MarginMode, OrderStatus, OrderType, PositionSide, Side, TimeInForce
from workers.exchanges.okx import ids
from workers.exchanges.okx.wire import Doc, exact, number, some
from workers.exchanges.reading import Whose

SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}
POSITION_SIDES: Final = {
    "long": PositionSide.LONG,
    "short": PositionSide.SHORT,
    "net": None,
    "": None,
}
MARGIN_MODES: Final = {
    "cash": None,
    "cross": MarginMode.CROSS,
    "isolated": MarginMode.ISOLATED,
    "spot_isolated": MarginMode.ISOLATED,
}
_MARKET = ("market", "optimal_limit_ioc")
_POST_ONLY = ("post_only", "mmp_and_post_only")
_TIMES_IN_FORCE = {"ioc": TimeInForce.IOC, "fok": TimeInForce.FOK, "op_fok": TimeInForce.FOK}
_TYPES = frozenset({*_MARKET, *_POST_ONLY, *_TIMES_IN_FORCE, "limit", "mmp", "elp", "rpi"})
_STATES = {
    "live": OrderStatus.NEW,
    "partially_filled": OrderStatus.PARTIALLY_FILLED,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELLED,
    "mmp_canceled": OrderStatus.CANCELLED,
}
# By the user, by his own countdown, because the other order of a pair was done, by his market maker protection.
_WANTED = frozenset({"", "1", "20", "36", "37", "38", "39"})


def to_order(row: Doc, whose: Whose, instrument: Instrument) -> Order:
    """An order from its details, a list or the history."""
    kind = row["ordType"]
    if kind not in _TYPES:
        raise ValueError(f"an order of type {kind} is not known")
    market = kind in _MARKET
    filled = exact(row["accFillSz"]) * instrument.contract_size
    quantity, notional = _sizes(row, instrument, filled)
    return Order.model_construct(
        exchange=whose.exchange,
        account=whose.account,
        symbol=whose.symbol,
        client_order_id=ids.read(row["clOrdId"] or row.get("algoClOrdId") or ""),
        order_id=row["ordId"],
        side=SIDES[row["side"]],
        type=OrderType.MARKET if market else OrderType.LIMIT,
        status=_status(row),
        quantity=quantity,
        notional=notional,
        price=None if market else some(row["px"]),
        time_in_force=None if market else _TIMES_IN_FORCE.get(kind, TimeInForce.GTC),
        post_only=kind in _POST_ONLY,
        reduce_only=str(row.get("reduceOnly", "")).lower() == "true",
        position_side=POSITION_SIDES[row.get("posSide", "")],
        margin_mode=MARGIN_MODES[row["tdMode"]],
        filled_quantity=filled,
        filled_notional=notional_of(filled, some(row["avgPx"]), instrument),
        fees=to_fees(row) if filled else [],
        fills=None if filled else [],
        created_at_ms=int(row["cTime"]),
        updated_at_ms=int(row["uTime"]),
    )


def _status(row: Doc) -> OrderStatus:
    """What nobody asked to have cancelled has expired, as it is called elsewhere."""
    status = _STATES[row["state"]]
    if status is OrderStatus.CANCELLED and row.get("cancelSource", "") not in _WANTED:
        return OrderStatus.EXPIRED
    return status


def _sizes(row: Doc, instrument: Instrument, filled: Decimal) -> tuple[Decimal | None, Decimal | None]:
    """Quantity and notional: only a pair's market order has the latter, and then has the former once it has ended."""
    size = exact(row["sz"])
    if not is_sized_in_quote(row):
        return size * instrument.contract_size, None
    return (filled if row["state"] == "filled" else None), size


def is_sized_in_quote(row: Doc) -> bool:
    """On margin the side decides, and `tgtCcy` is not told."""
    if row["instType"] not in ("SPOT", "MARGIN") or row["ordType"] not in _MARKET:
        return False
    return bool(row["tgtCcy"] == "quote_ccy" or (not row["tgtCcy"] and row["side"] == "buy"))


def notional_of(quantity: Decimal, price: Decimal | None, instrument: Instrument) -> Decimal | None:
    """What was traded at an average price; None where that is not told."""
    if not quantity:
        return Decimal(0)
    return None if price is None else instrument.notional(quantity, price)


def to_fees(row: Doc) -> list[Fee] | None:
    """What an order has paid so far; a maker's rebate, which may be in another coin, is a negative fee."""
    if number(row.get("fee")) is None:
        return None
    found = []
    for amount, asset in (("fee", "feeCcy"), ("rebate", "rebateCcy")):
        paid = number(row.get(amount))
        if paid and row.get(asset):
            found.append(Fee.model_construct(asset=row[asset], amount=-paid))
    return found


def to_fill(row: Doc, whose: Whose, instrument: Instrument) -> Fill:
    """One execution."""
    price, quantity = exact(row["fillPx"]), exact(row["fillSz"]) * instrument.contract_size
    return Fill.model_construct(
        exchange=whose.exchange,
        symbol=whose.symbol,
        trade_id=row["tradeId"],
        order_id=row["ordId"],
        side=SIDES[row["side"]],
        price=price,
        quantity=quantity,
        notional=instrument.notional(quantity, price),
        fee=Fee.model_construct(asset=row["feeCcy"], amount=-exact(row["fee"])) if row["fee"] else None,
        is_maker=row["execType"] == "M" if row["execType"] else None,
        position_side=POSITION_SIDES[row.get("posSide", "")],
        realised_pnl=None if instrument.symbol.is_spot else number(row.get("fillPnl")),
        time_ms=int(row["fillTime"] or row["ts"]),
    )
