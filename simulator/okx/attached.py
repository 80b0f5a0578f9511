"""Take profit and stop loss attached to an order: they begin to wait when it first fills, and close what it filled.

Source: OKX v5 docs, "Place order", `attachAlgoOrds`. Left out, and refused: split take profits, ratios, trailing.
"""

from dataclasses import replace

from simulator.okx.errors import error, illegal
from simulator.okx.legs import Attached, Leg, Legs, read_leg
from simulator.okx.new_order import Intent
from simulator.okx.params import Params
from simulator.okx.venue import Venue
from simulator.okx.wire import fees
from simulator.orders import NewOrder, Order, Side

_ONLY = {
    "attachAlgoClOrdId", "tpTriggerPx", "tpTriggerPxType", "tpOrdPx", "tpOrdKind", "slTriggerPx", "slTriggerPxType",
    "slOrdPx", "amendPxOnTriggerType",
}  # fmt: skip
_UNSUPPORTED = ("sz", "callbackRatio", "callbackSpread", "activePx", "tpTriggerRatio", "slTriggerRatio")


def read(item: Params, intent: Intent, ask: NewOrder) -> list[Attached]:
    """Read `attachAlgoOrds`. Raises: ApiError 51000, 51100, 51046 to 51049, 50014."""
    found = [_read_one(each, intent, ask) for each in item.objects("attachAlgoOrds")]
    if found and ask.reduce_only:
        raise error("51100")
    if len(found) > 1:
        raise illegal("attachAlgoOrds")
    return found


def _read_one(item: Params, intent: Intent, ask: NewOrder) -> Attached:
    if any(item.has(name) for name in _UNSUPPORTED) or item.text("tpOrdKind") == "limit":
        raise illegal("attachAlgoOrds")
    long = intent.side is Side.BUY
    take, stop = read_leg(item, "tp", rises=long), read_leg(item, "sl", rises=not long)
    legs = tuple(leg for leg in (take, stop) if leg is not None)
    if not legs:
        raise error("50014", "tpTriggerPx")
    _check_sides(legs, ask.price or intent.listed.pit.book.last_price, long=long)
    return Attached(item.client_id("attachAlgoClOrdId"), legs)


def _check_sides(legs: tuple[Leg, ...], price: int, *, long: bool) -> None:
    """A take profit lies beyond the order's price, a stop loss before it."""
    codes = {("tp", True): "51046", ("sl", True): "51047", ("tp", False): "51048", ("sl", False): "51049"}
    for leg in legs:
        if (leg.price <= price) if leg.rises else (leg.price >= price):
            raise error(codes[leg.name, long])


def hold(venue: Venue, order: Order, found: list[Attached]) -> None:
    """Keep what is attached to an accepted order; what has filled already needs it at once."""
    if not found:
        return
    venue.attached[order.order_id] = found
    if order.filled:
        begin(venue, order)
        market = venue.market_of(order)
        market.settle(market.pits[order.instrument.symbol])


def begin(venue: Venue, order: Order) -> None:
    """The first fill of an order: what is attached to it starts to wait."""
    for each in venue.attached.get(order.order_id, ()):
        if not each.algo_id:
            _watch(venue, order, each)


def _watch(venue: Venue, order: Order, each: Attached) -> None:
    market = venue.market_of(order)
    parent = order.ask
    side = Side.SELL if parent.side is Side.BUY else Side.BUY
    notes = {**parent.notes, "ordType": "oco" if len(each.legs) > 1 else "conditional", "algoTag": parent.notes["tag"]}
    for leg in each.legs:
        notes.update(leg.fields())
    ask = replace(
        parent,
        side=side,
        type_name="market",
        client_order_id="",
        price=None,
        post_only=False,
        quantity=order.filled,
        quote_quantity=0,
        reduce_only=bool(parent.instrument.settle),
        hidden_us=0,
        notes={**notes, "tgtCcy": "base_ccy" if notes["tgtCcy"] else "", "attachAlgoClOrdId": each.client_id},
    )
    # Without legs it can not be refused for having been passed already: then it fires as soon as it has them.
    trigger = Legs(side is Side.BUY, each.legs[0].price, ask=ask, pit=market.pits[parent.instrument.symbol])
    trigger.size = lambda: _closes(order)
    each.algo_id = str(market.watch(ask, trigger, each.client_id).algo_id)
    trigger.legs = each.legs


def _closes(order: Order) -> int:
    """How much of what an order filled is there to close: of a pair, what its commission has left."""
    left = order.filled
    if not order.instrument.settle and order.side is Side.BUY:
        left -= fees(order)[0]
    return left - left % order.instrument.step
