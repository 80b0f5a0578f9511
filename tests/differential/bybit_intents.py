"""What is asked of Bybit: spot, linear, inverse and option."""

from __future__ import annotations

from collections.abc import Iterator

from intents import FORCES, HEDGE, SIDES, Desk, Intent

from workers.exchanges.base import BaseExchange

_STOPS = ("stop", "take_profit")
_STOP_LIMITS = ("stop_limit", "take_profit_limit")


def intents(exchange: BaseExchange) -> Iterator[Intent]:
    option = next(each for each in exchange.get_instruments() if each.symbol.market == "option")
    spot = Desk("bybit", exchange.get_instrument("BTC/USDT"), "59000", "0.01")
    linear = Desk("bybit", exchange.get_instrument("BTC/USDT:USDT"), "59000", "0.01")
    inverse = Desk("bybit", exchange.get_instrument("BTC/USD:BTC"), "59000", "100")
    options = Desk("bybit", option, f"{option.price.step * 20:f}", "0.1")
    for desk in (spot, linear, inverse, options):
        yield from _common(desk)
    for desk in (spot, linear, inverse):
        yield from _triggered(desk)
    for desk in (linear, inverse):
        yield from _futures(desk)
    yield from _spot(spot)
    yield from _hedged(Desk("bybit", linear.instrument, "59000", "0.01", HEDGE, "linear-hedge"))
    yield from _account(linear)


def _common(desk: Desk) -> Iterator[Intent]:
    yield from desk.orders("place", "limit", side=SIDES, time_in_force=FORCES)
    yield from desk.orders("place", "limit", side=SIDES, post_only=[True])
    yield from desk.orders("place", "limit", client_order_id=["a-b_c", None])
    yield from desk.orders("place", "market", side=SIDES)
    yield from desk.boundaries()
    for kind in ("cancel_order", "get_order"):
        yield from desk.named(kind)
    yield from desk.named("amend_order", quantity=desk.size)
    yield from desk.named("amend_order", price=desk.price)
    yield from desk.batch(3)
    for kind in ("cancel_all", "get_open_orders", "get_ticker"):
        yield desk.asked(kind)
    for depth in (1, 25, 200):
        yield desk.asked("get_order_book", depth=depth)
    yield desk.asked("get_fills", limit=50)
    yield desk.asked("get_fills", order_id="4611875134427365377")


def _triggered(desk: Desk) -> Iterator[Intent]:
    for kind in _STOPS:
        yield from desk.orders("place", kind, side=SIDES, trigger_price=["58000", "62000.5"])
        yield from desk.orders("place", kind, trigger_price=["58000"], trigger_by=["last", "mark", "index"])
    for kind in _STOP_LIMITS:
        yield from desk.orders("place", kind, side=SIDES, trigger_price=["58000"], time_in_force=FORCES)
    yield from desk.orders("place", "stop", trailing_delta=[100])


def _futures(desk: Desk) -> Iterator[Intent]:
    yield from desk.orders("place", "limit", side=SIDES, reduce_only=[True])
    yield from desk.orders("place", "market", side=SIDES, reduce_only=[True])
    yield from desk.orders("place", "stop", side=SIDES, trigger_price=["58000"], reduce_only=[True])
    yield from desk.orders("place", "stop", side=SIDES, trigger_price=["58000"], quantity=[None], close_position=[True])
    yield from desk.orders("place", "market", quantity=[None], notional=["100"])
    yield from desk.orders("place", "limit", price=["59000.50"])
    yield from desk.orders("place", "limit", margin_mode=["isolated"])
    for leverage in ("1", "12.5", "100"):
        yield desk.asked("set_leverage", leverage=leverage)
    yield desk.asked("get_trading_settings")
    yield desk.asked("get_positions")


def _spot(desk: Desk) -> Iterator[Intent]:
    yield from desk.orders("place", "market", side=SIDES, quantity=[None], notional=["100", "12.34", "5"])
    yield from desk.orders("place", "limit", margin_mode=["cross"])
    yield from desk.orders("place", "market", side=SIDES, margin_mode=["cross"])
    yield from desk.orders("place", "limit", visible_quantity=["0.002"])


def _hedged(desk: Desk) -> Iterator[Intent]:
    for kind in ("limit", "market"):
        yield from desk.orders("place", kind, side=["buy"], position_side=["long"])
        yield from desk.orders("place", kind, side=["sell"], position_side=["short"])
        yield from desk.orders("place", kind, side=["sell"], position_side=["long"], reduce_only=[True])
        yield from desk.orders("place", kind, side=["buy"], position_side=["short"], reduce_only=[True])


def _account(desk: Desk) -> Iterator[Intent]:
    yield desk.asked("get_balances", anywhere=True)
    for market in ("spot", "linear", "inverse", "option"):
        yield desk.asked("get_open_orders", anywhere=True, market=market)
    for mode in ("one_way", "hedge"):
        yield desk.asked("set_position_mode", position_mode=mode)
        yield desk.asked("set_position_mode", anywhere=True, position_mode=mode)
    for mode in ("cross", "isolated"):
        yield desk.asked("set_margin_mode", anywhere=True, margin_mode=mode)
    yield desk.asked("cancel_after", seconds=60)
    yield desk.asked("cancel_after", anywhere=True, seconds=60)
    yield desk.asked("get_positions", anywhere=True)
