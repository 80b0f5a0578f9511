"""Sizes, prices and counts. Source: OKX v5 docs, "Get instruments", "Get limit price"; `exchanges/okx.md`, section 8.

Unconfirmed, so decided here: a price off the tick is refused (51150) except for options, where it is rounded; the band
is five percent around the mark price, none for options; orders are counted before a new one is accepted.
"""

from simulator.amounts import SCALE, parse, short
from simulator.okx.errors import error
from simulator.okx.listings import BANDS
from simulator.okx.names import OPTION, SPOT
from simulator.okx.venue import Listed, Venue
from simulator.orders import NewOrder, Side

MAX_LIMIT_VALUE = parse("20000000")
MAX_MARKET_VALUE = parse("1000000")
MAX_PENDING, MAX_PENDING_PER_INSTRUMENT = 4_000, 500
_BAND = SCALE // 20
_BANDS = [(parse(tick), parse(start), parse(end)) for tick, start, end in BANDS]


def price_band(listed: Listed) -> tuple[int, int]:
    """The greatest price to buy at and the least to sell at, on the tick."""
    tick, mark = listed.instrument.tick, listed.mark
    width = mark * _BAND // SCALE
    return (mark + width) // tick * tick, -(-(mark - width) // tick) * tick


def fit_price(listed: Listed, side: Side, price: int, *, amends: bool) -> int:
    """A limit price on its grid and within its band; with `amends` (`pxAmendType=1`) moved to the band's edge.

    Raises: ApiError 51150, 51006 (contracts), 51137 and 51138 (pairs).
    """
    if listed.kind == OPTION:
        return round_option(price)
    if price % listed.instrument.tick:
        raise error("51150")
    highest, lowest = price_band(listed)
    edge = min(price, highest) if side is Side.BUY else max(price, lowest)
    if edge != price and not amends:
        if listed.kind == SPOT:
            raise error("51137", short(highest)) if side is Side.BUY else error("51138", short(lowest))
        raise error("51006", short(highest), short(lowest))
    return edge


def round_option(price: int) -> int:
    """The nearest tick of the price's band, at least one tick; exact halves go up (not documented)."""
    tick = next((tick for tick, start, end in _BANDS if start <= price < end), _BANDS[-1][0])
    return max(tick, (price + tick // 2) // tick * tick)


def check_quantity(listed: Listed, quantity: int, *, at_market: bool) -> None:
    """A size in base or contracts. Raises: ApiError 51121, 51020, 51202, 51203."""
    instrument = listed.instrument
    if quantity % instrument.step:
        raise error("51121")
    if quantity < instrument.min_quantity:
        raise error("51020")
    # The greatest market size of a pair is in USDT: see check_value.
    if at_market and listed.kind != SPOT and quantity > instrument.max_market_quantity:
        raise error("51202")
    if not at_market and quantity > instrument.max_quantity:
        raise error("51203")


def check_value(venue: Venue, ask: NewOrder, listed: Listed) -> None:
    """What an order is worth in dollars. Raises: ApiError 51020, 51201, 51202 (market orders of pairs), 51185."""
    instrument = ask.instrument
    value = ask.quote_quantity or instrument.value(ask.price or listed.mark, ask.quantity)
    dollars = value * venue.pool.price(instrument.settle or instrument.quote) // SCALE
    if ask.price is not None:
        if dollars > MAX_LIMIT_VALUE:
            raise error("51185", short(MAX_LIMIT_VALUE))
        return
    if listed.kind != SPOT:
        return
    if dollars > MAX_MARKET_VALUE:
        raise error("51201", short(MAX_MARKET_VALUE))
    if dollars > instrument.max_market_quantity:
        raise error("51202")
    if ask.quote_quantity and ask.quote_quantity < instrument.value(
        listed.pit.book.last_price, instrument.min_quantity
    ):
        raise error("51020")


def check_counts(venue: Venue, ask: NewOrder, listed: Listed) -> None:
    """How many orders may be pending. Raises: ApiError 51174, 51025."""
    registry = listed.market.registry
    if registry.count_open(ask.account, ask.instrument.symbol) >= MAX_PENDING_PER_INSTRUMENT:
        raise error("51174", MAX_PENDING_PER_INSTRUMENT)
    user, pending = ask.account, 0
    for market in venue.markets.values():
        open_orders = market.registry.open
        pending += sum([len(open_orders.get((user, symbol), ())) for symbol in market.instruments])
    if pending >= MAX_PENDING:
        raise error("51025")
