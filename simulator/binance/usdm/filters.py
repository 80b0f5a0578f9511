"""Symbol filters of futures: the list that exchange info shows and the checks behind it.

Source: Binance futures docs, "Filters" and "Error codes". MARKET orders are valued at the mark price; what only reduces
a position needs no least notional (text of -4164).
"""

from simulator.amounts import SCALE, render, short
from simulator.binance.errors import ApiError
from simulator.binance.usdm import contracts
from simulator.binance.usdm.codes import refuse
from simulator.instruments import Instrument
from simulator.market import Market
from simulator.orders import NewOrder, Side


def documents(each: Instrument) -> list[dict[str, object]]:
    """The filters of a symbol as exchange info lists them."""
    price_places, _ = contracts.places(each)
    lot = {"minQty": short(each.min_quantity), "stepSize": short(each.step)}
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": render(each.min_price, price_places),
            "maxPrice": short(each.max_price),
            "tickSize": render(each.tick, price_places),
        },
        {"filterType": "LOT_SIZE", **lot, "maxQty": short(each.max_quantity)},
        {"filterType": "MARKET_LOT_SIZE", **lot, "maxQty": short(each.max_market_quantity)},
        {"filterType": "MAX_NUM_ORDERS", "limit": contracts.MAX_ORDERS},
        {"filterType": "MIN_NOTIONAL", "notional": short(each.min_notional)},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": "1.0500",
            "multiplierDown": "0.9500",
            "multiplierDecimal": "4",
        },
        {"filterType": "POSITION_RISK_CONTROL", "positionControlSide": "NONE"},
    ]


def check(ask: NewOrder, market: Market, *, count: bool = True) -> None:
    """Hold an order against its symbol's filters. Raises: ApiError with the first that fails."""
    each = ask.instrument
    price_places, quantity_places = contracts.places(each)
    most = each.max_market_quantity if ask.price is None else each.max_quantity
    check_quantity(each, ask.quantity, most, quantity_places)
    if ask.price is not None:
        check_price(each, ask.price, price_places)
        check_percent(market, each, ask.side, ask.price)
    mark = market.pits[each.symbol].mark
    check_notional(ask, each.value(ask.price or mark, ask.quantity))
    if count and market.registry.count_open(ask.account, each.symbol) >= contracts.MAX_ORDERS:
        raise refuse(-2025)


def check_quantity(each: Instrument, quantity: int, most: int, places: int) -> None:
    """LOT_SIZE, for MARKET with the bound of MARKET_LOT_SIZE."""
    if quantity <= 0:
        raise refuse(-4003)
    if _too_precise(quantity, places):
        raise refuse(-1111)
    if quantity < each.min_quantity:
        raise refuse(-4004)
    if quantity > most:
        raise refuse(-4005)
    if quantity % each.step:
        raise refuse(-4023)


def check_price(each: Instrument, price: int, places: int, *, trigger: bool = False) -> None:
    """PRICE_FILTER, for prices and trigger prices."""
    if price <= 0:
        raise refuse(-4006 if trigger else -4001)
    if _too_precise(price, places):
        raise refuse(-1111)
    if price < each.min_price:
        raise refuse(-4013)
    if price > each.max_price:
        raise refuse(-4007 if trigger else -4002)
    if price % each.tick:
        raise refuse(-4014)


def check_percent(market: Market, each: Instrument, side: Side, price: int) -> None:
    """PERCENT_PRICE: no buying far above the mark price, no selling far below."""
    mark = market.pits[each.symbol].mark
    highest, lowest = mark * contracts.PERCENT_UP // SCALE, mark * contracts.PERCENT_DOWN // SCALE
    if side is Side.BUY and price > highest:
        raise ApiError(-4016, f"Limit price can't be higher than {short(highest)}.")
    if side is Side.SELL and price < lowest:
        raise ApiError(-4024, f"Limit price can't be lower than {short(lowest)}.")


def check_notional(ask: NewOrder, value: int) -> None:
    """MIN_NOTIONAL."""
    each = ask.instrument
    if value < each.min_notional and not ask.closes:
        text = f"Order's notional must be no smaller than {short(each.min_notional)} (unless you choose reduce only)."
        raise ApiError(-4164, text)


def check_take_bound(ask: NewOrder, market: Market) -> None:
    """`marketTakeBound`: a MARKET order must not begin further from the mark price than this."""
    pit = market.pits[ask.instrument.symbol]
    best = pit.book.other(ask.side).best()
    if best is not None and abs(best - pit.mark) * SCALE > pit.mark * contracts.TAKE_BOUND:
        raise refuse(-4131)


def check_position(ask: NewOrder, market: Market) -> None:
    """The greatest position that the leverage allows, with all open orders of the side filled."""
    if ask.closes:
        return
    each = ask.instrument
    position = market.positions.get(ask.account, each, ask.position_side, isolated=ask.isolated)
    mark = market.pits[each.symbol].mark
    held = position.value(mark) if position.quantity > 0 else -position.value(mark)
    value = each.value(ask.price or mark, ask.quantity)
    total = held + position.bids + value if ask.side is Side.BUY else position.asks + value - held
    if total > contracts.cap(each, market.positions.of_position(position) // SCALE):
        raise refuse(-2027)


def _too_precise(amount: int, places: int) -> bool:
    return bool(amount % 10 ** (12 - places))
