"""The band that limit prices must keep to, around the index (here: mark) price.

Spot: a buy costs at most min(I(1+x), I(1+y)), a sell is at least the mirror of it; beyond it is refused. Futures: the
same with mark price and y; beyond it the price is moved to the edge without a word, unless the account asks for a
refusal. The premium terms of the formulas are zero here, since index and mark are one. Options have no band here.

Source: Bybit v5 docs, "Set Price Limit Behaviour".
"""

from simulator.amounts import SCALE, parse
from simulator.bybit import decimals, errors
from simulator.bybit.modes import Settings
from simulator.instruments import Instrument, Kind
from simulator.orders import Side

RATIO_X, RATIO_Y = "0.05", "0.1"
_X, _Y = parse(RATIO_X), parse(RATIO_Y)


def band(instrument: Instrument, mark: int) -> tuple[int, int]:
    """The least price of a sell and the greatest of a buy, on the tick, within the instrument's own bounds."""
    ratio = min(_X, _Y)
    low, high = mark * (SCALE - ratio) // SCALE, mark * (SCALE + ratio) // SCALE
    tick = instrument.tick
    low, high = -(-low // tick) * tick, high // tick * tick
    return max(low, instrument.min_price), min(high, instrument.max_price)


def kept(instrument: Instrument, side: Side, price: int, mark: int, settings: Settings) -> int:
    """The price that is booked for a limit order.

    Raises: ApiError 170193 or 170194 (spot), 110121 or 110120 where the account does not let prices be moved.
    """
    if instrument.kind is Kind.OPTION:
        return price
    low, high = band(instrument, mark)
    edge = min(price, high) if side is Side.BUY else max(price, low)
    spot = instrument.kind is Kind.SPOT
    if edge == price or (settings.moves_spot if spot else settings.moves_futures):
        return edge
    raise _refusal(instrument, side, edge, spot=spot)


def _refusal(instrument: Instrument, side: Side, edge: int, *, spot: bool) -> errors.ApiError:
    limit = decimals.price(instrument, edge)
    if side is Side.BUY:
        if spot:
            return errors.ApiError(errors.SPOT_TOO_HIGH, f"Buy order price cannot be higher than {limit}.")
        return errors.ApiError(errors.ABOVE_BAND, f"Order price cannot be higher than {limit}, the price limitation")
    if spot:
        return errors.ApiError(errors.SPOT_TOO_LOW, f"Sell order price cannot be lower than {limit}.")
    return errors.ApiError(errors.BELOW_BAND, f"Order price cannot be smaller than {limit}, the price limitation")
