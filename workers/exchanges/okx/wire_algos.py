"""OKX's algo orders as JSON, and in our words (OKX v5 docs, "Get algo order details").

Once triggered, an algo order has placed an ordinary order, which is what there is to tell from then on.
"""

from __future__ import annotations

from decimal import Decimal

from router.instruments import Instrument
from router.models import Order
from router.terms import OrderStatus, OrderType, PriceSource, TimeInForce
from workers.exchanges.okx import ids
from workers.exchanges.okx.algos import AT_MARKET, BASIS_POINTS, tell
from workers.exchanges.okx.wire import Doc, exact, some
from workers.exchanges.okx.wire_orders import MARGIN_MODES, POSITION_SIDES, SIDES
from workers.exchanges.reading import Whose

_LEGS = ("sl", "tp", "")
_STATUS = {
    "live": OrderStatus.NEW,
    "pause": OrderStatus.NEW,
    "partially_effective": OrderStatus.NEW,
    "effective": OrderStatus.NEW,  # its order is being placed, and is read as soon as it is known
    "canceled": OrderStatus.CANCELLED,
    "order_failed": OrderStatus.REJECTED,
}
_SOURCES = {"": None, "last": PriceSource.LAST, "mark": PriceSource.MARK, "index": PriceSource.INDEX}


def to_order(row: Doc, whose: Whose, instrument: Instrument) -> Order:
    """An algo order as it waits, or as it ended without having placed an order."""
    leg, closes = _leg(row), not some(row["sz"])
    price = _price(row, leg)
    ratio = some(row.get("callbackRatio"))
    return Order.model_construct(
        exchange=whose.exchange,
        account=whose.account,
        symbol=whose.symbol,
        client_order_id=ids.read(row["algoClOrdId"] or row.get("clOrdId") or ""),
        order_id=tell(row["algoId"]),
        side=SIDES[row["side"]],
        type=_type(leg, price),
        status=_STATUS[row["state"]],
        quantity=None if closes else exact(row["sz"]) * instrument.contract_size,
        price=price,
        trigger_price=_trigger(row, leg),
        trigger_by=_SOURCES[row.get(_named(leg, "TriggerPxType"), "")],
        trailing_delta=None if ratio is None else int(ratio * BASIS_POINTS),
        time_in_force=None if price is None else TimeInForce.GTC,
        reduce_only=str(row.get("reduceOnly", "")).lower() == "true" and not closes,
        close_position=closes,
        position_side=POSITION_SIDES[row.get("posSide", "")],
        margin_mode=MARGIN_MODES[row["tdMode"]],
        filled_quantity=Decimal(0),
        filled_notional=Decimal(0),
        fees=[],
        fills=[],
        created_at_ms=int(row["cTime"]),
        updated_at_ms=int(row["uTime"]) if row.get("uTime") else None,
    )


def placed_id(row: Doc) -> str | None:
    """The order that an algo order has placed; None while there is none."""
    known = row.get("ordId") or next(iter(row.get("ordIdList") or ()), "")
    return str(known) if row["state"] == "effective" and known else None


def as_placed(algo: Order, placed: Order) -> Order:
    """The order that an algo order has placed, under the name and with the trigger it was asked for with."""
    kept = ("client_order_id", "type", "trigger_price", "trigger_by", "trailing_delta", "close_position")
    return placed.model_copy(update={name: getattr(algo, name) for name in kept})


def _leg(row: Doc) -> str:
    """Which of its prices tells what it is: a stop-loss or a take-profit leg, or a plain trigger."""
    return next((leg for leg in _LEGS[:2] if row.get(f"{leg}TriggerPx")), "")


def _named(leg: str, field: str) -> str:
    return leg + field if leg else field[0].lower() + field[1:]


def _price(row: Doc, leg: str) -> Decimal | None:
    text = row.get(_named(leg, "OrdPx"), "")
    return None if text in ("", AT_MARKET) else exact(text)


def _trigger(row: Doc, leg: str) -> Decimal | None:
    return some(row.get(_named(leg, "TriggerPx"))) or some(row.get("activePx"))


def _type(leg: str, price: Decimal | None) -> OrderType:
    if leg == "tp":
        return OrderType.TAKE_PROFIT if price is None else OrderType.TAKE_PROFIT_LIMIT
    return OrderType.STOP if price is None else OrderType.STOP_LIMIT
