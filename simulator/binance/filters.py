"""Symbol filters: the list that exchangeInfo shows and the checks behind it. Source: Binance spot docs, `filters.md`.

Assumption (unconfirmed by the documents): LOT_SIZE binds MARKET orders too, besides MARKET_LOT_SIZE.
"""

from simulator.amounts import SCALE, notional, parse, render
from simulator.binance.errors import filter_failure
from simulator.instruments import Instrument
from simulator.market import Market
from simulator.orders import NewOrder, Order, Side
from simulator.triggers import Trigger

ICEBERG_PARTS = 100
MAX_ORDERS = 200
MAX_ALGO_ORDERS = 5
MAX_ORDER_LISTS = 20
MAX_AMENDS = 10
MAX_ASSET = parse("10000000000")
AVERAGE_MINUTES = 5
TRAILING_MIN, TRAILING_MAX = 10, 2000
PRICE_UP, PRICE_DOWN = parse("5"), parse("0.2")


def documents(each: Instrument) -> list[dict[str, object]]:
    """The filters of a symbol as exchangeInfo lists them."""
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": render(each.min_price),
            "maxPrice": render(each.max_price),
            "tickSize": render(each.tick),
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": render(each.step),
            "maxQty": render(each.max_quantity),
            "stepSize": render(each.step),
        },
        {"filterType": "ICEBERG_PARTS", "limit": ICEBERG_PARTS},
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": render(0),
            "maxQty": render(each.max_market_quantity),
            "stepSize": render(0),
        },
        {
            "filterType": "TRAILING_DELTA",
            "minTrailingAboveDelta": TRAILING_MIN,
            "maxTrailingAboveDelta": TRAILING_MAX,
            "minTrailingBelowDelta": TRAILING_MIN,
            "maxTrailingBelowDelta": TRAILING_MAX,
        },
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": "5",
            "bidMultiplierDown": "0.2",
            "askMultiplierUp": "5",
            "askMultiplierDown": "0.2",
            "avgPriceMins": AVERAGE_MINUTES,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": render(each.min_notional),
            "applyMinToMarket": True,
            "maxNotional": render(each.max_notional),
            "applyMaxToMarket": False,
            "avgPriceMins": AVERAGE_MINUTES,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": MAX_ORDERS},
        {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": MAX_ORDER_LISTS},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": MAX_ALGO_ORDERS},
        {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": MAX_AMENDS},
    ]


def asset_documents(each: Instrument) -> list[dict[str, object]]:
    """The filters per asset that only myFilters shows."""
    return [
        {"filterType": "MAX_ASSET", "asset": asset, "limit": render(MAX_ASSET)} for asset in (each.base, each.quote)
    ]


def check(ask: NewOrder, market: Market, leaving: Order | None = None) -> None:
    """Hold a new order against every filter of its symbol; an order that is about to leave makes room for it.

    Raises: ApiError -1013 with the first filter that fails.
    """
    each = ask.instrument
    trigger = ask.trigger
    if ask.price is not None:
        check_price(each, ask.price)
    if trigger is not None:
        _check_trigger(each, trigger)
    if ask.quantity:
        check_lot(each, ask.quantity)
    if ask.iceberg:
        _check_iceberg(each, ask)
    if ask.price is None and trigger is None:
        _check_market_lot(each, ask.quantity)
    average = average_price(market, each.symbol)
    _check_percent(ask, average)
    check_notional(each, ask.price, ask.quantity, ask.quote_quantity or notional(average, ask.quantity))
    _check_counts(ask, market, leaving)


def average_price(market: Market, symbol: str) -> int:
    """The price that stands in for a missing one: the average of the last minutes, else the last price."""
    pit = market.pits[symbol]
    return pit.tape.average_price(market.clock.now_us(), AVERAGE_MINUTES, pit.book.last_price)


def check_price(each: Instrument, price: int) -> None:
    """PRICE_FILTER, for price and stopPrice."""
    if not each.min_price <= price <= each.max_price or price % each.tick:
        raise filter_failure("PRICE_FILTER")


def check_lot(each: Instrument, quantity: int) -> None:
    """LOT_SIZE, for quantity and icebergQty."""
    if not each.step <= quantity <= each.max_quantity or quantity % each.step:
        raise filter_failure("LOT_SIZE")


def check_notional(each: Instrument, price: int | None, quantity: int, market_value: int) -> None:
    """NOTIONAL: the least applies to every order, the most not to MARKET orders."""
    value = market_value if price is None else notional(price, quantity)
    if value < each.min_notional or (price is not None and value > each.max_notional):
        raise filter_failure("NOTIONAL")


def _check_trigger(each: Instrument, trigger: Trigger) -> None:
    if trigger.price is not None:
        check_price(each, trigger.price)
    if trigger.trailing and not TRAILING_MIN <= trigger.trailing <= TRAILING_MAX:
        raise filter_failure("TRAILING_DELTA")


def _check_iceberg(each: Instrument, ask: NewOrder) -> None:
    check_lot(each, ask.iceberg)
    if -(-ask.quantity // ask.iceberg) > ICEBERG_PARTS:
        raise filter_failure("ICEBERG_PARTS")


def _check_market_lot(each: Instrument, quantity: int) -> None:
    """MARKET_LOT_SIZE; its step is zero, which switches that rule off."""
    if quantity > each.max_market_quantity:
        raise filter_failure("MARKET_LOT_SIZE")


def _check_percent(ask: NewOrder, average: int) -> None:
    """PERCENT_PRICE_BY_SIDE; this simulator has the same multipliers on both sides."""
    if ask.price is not None and not average * PRICE_DOWN <= ask.price * SCALE <= average * PRICE_UP:
        raise filter_failure("PERCENT_PRICE_BY_SIDE")


def _check_counts(ask: NewOrder, market: Market, leaving: Order | None) -> None:
    """MAX_NUM_ORDERS, MAX_NUM_ALGO_ORDERS and the account's MAX_ASSET."""
    if ask.quantity > MAX_ASSET or (ask.side is Side.BUY and ask.quote_quantity > MAX_ASSET):
        raise filter_failure("MAX_ASSET")
    count = market.registry.count_open(ask.account, ask.instrument.symbol) - (leaving is not None)
    if count >= MAX_ORDERS:
        raise filter_failure("MAX_NUM_ORDERS")
    if ask.trigger is not None and count >= MAX_ALGO_ORDERS:
        orders = market.registry.open_orders(ask.account, ask.instrument.symbol)
        if sum(order.ask.trigger is not None for order in orders if order is not leaving) >= MAX_ALGO_ORDERS:
            raise filter_failure("MAX_NUM_ALGO_ORDERS")
