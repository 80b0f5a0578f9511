"""What is asked of OKX: spot, margin, swaps, futures and options, in each position mode and at each level."""

from __future__ import annotations

from collections.abc import Iterator

from intents import ALGO_ID, FORCES, HEDGE, SIDES, Desk, Intent

from router.instruments import Instrument
from workers.exchanges.base import BaseExchange
from workers.exchanges.okx.modes import Mode

_STOPS = ("stop", "take_profit")
_STOP_LIMITS = ("stop_limit", "take_profit_limit")


def intents(exchange: BaseExchange) -> Iterator[Intent]:
    spot = Desk("okx", exchange.get_instrument("BTC/USDT"), "59000", "0.01")
    swap = Desk("okx", exchange.get_instrument("BTC/USDT:USDT"), "59000", "0.02", tag="swap")
    inverse = Desk("okx", exchange.get_instrument("BTC/USD:BTC"), "59000", "300", tag="inverse-swap")
    future = Desk("okx", _first(exchange, "linear", dated=True), "59000", "0.02", tag="future")
    option = Desk("okx", _first(exchange, "option", dated=True), "0.01", "0.03")
    for desk in (spot, swap, inverse, future, option):
        yield from _common(desk)
    for desk in (spot, swap, future):
        yield from _triggered(desk)
    for desk in (swap, inverse, future):
        yield from _contracts(desk)
    yield from _spot(spot)
    yield from _margin(Desk("okx", spot.instrument, "59000", "0.01", tag="margin"))
    yield from _hedged(Desk("okx", swap.instrument, "59000", "0.02", HEDGE, "swap-hedge"))
    for level in (1, 3, 4):
        mode = Mode(level, HEDGE.position_mode)
        yield from _levels(Desk("okx", spot.instrument, "59000", "0.01", mode, f"spot-at-{level}"))
    yield from _account(swap)


def _first(exchange: BaseExchange, market: str, *, dated: bool) -> Instrument:
    found = (each for each in exchange.get_instruments() if each.symbol.base == "BTC" and each.is_trading)
    return next(each for each in found if each.symbol.market == market and bool(each.symbol.expiry) is dated)


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
    for kind in ("cancel_all", "get_positions", "get_open_orders", "get_ticker"):
        yield desk.asked(kind)
    for depth in (1, 400):
        yield desk.asked("get_order_book", depth=depth)
    yield desk.asked("get_fills", limit=50)
    yield desk.asked("get_fills", order_id="4611875134427365377")


def _triggered(desk: Desk) -> Iterator[Intent]:
    for kind in _STOPS:
        yield from desk.orders("place", kind, side=SIDES, trigger_price=["58000"])
        yield from desk.orders("place", kind, trigger_price=["58000"], trigger_by=["last", "mark", "index"])
    for kind in _STOP_LIMITS:
        yield from desk.orders("place", kind, side=SIDES, trigger_price=["58000"])
    yield from desk.orders("place", "stop_limit", trigger_price=["58000"], time_in_force=["IOC"])
    yield from desk.orders("place", "stop", side=SIDES, trailing_delta=[100, 25], trigger_price=[None, "60000"])
    yield desk.intent("cancel_order/algo", desk.command("cancel_order", order_id=ALGO_ID))
    yield desk.intent("get_order/algo", desk.command("get_order", order_id=ALGO_ID))


def _contracts(desk: Desk) -> Iterator[Intent]:
    yield from desk.orders("place", "limit", side=SIDES, reduce_only=[True])
    yield from desk.orders("place", "limit", side=SIDES, margin_mode=["cross", "isolated"])
    yield from desk.orders("place", "stop", side=SIDES, trigger_price=["58000"], reduce_only=[True])
    yield from desk.orders("place", "stop", side=SIDES, trigger_price=["58000"], quantity=[None], close_position=[True])
    for leverage in ("1", "12.5"):
        yield desk.asked("set_leverage", leverage=leverage)
    yield desk.asked("set_leverage", leverage="3", margin_mode="isolated")
    yield desk.asked("get_trading_settings")


def _spot(desk: Desk) -> Iterator[Intent]:
    yield from desk.orders("place", "market", side=SIDES, quantity=[None], notional=["100", "12.34", "5"])
    yield from desk.orders("place", "limit", visible_quantity=["0.002"])
    yield from desk.orders("place", "limit", quantity=["0.0100"], price=["59000.10"])


def _margin(desk: Desk) -> Iterator[Intent]:
    yield from desk.orders("place", "limit", side=SIDES, margin_mode=["cross", "isolated"], time_in_force=FORCES)
    yield from desk.orders("place", "market", side=SIDES, margin_mode=["cross"])
    yield from desk.orders("place", "market", margin_mode=["cross"], quantity=[None], notional=["100"])
    yield from desk.orders("place", "limit", side=SIDES, margin_mode=["cross"], reduce_only=[True])


def _hedged(desk: Desk) -> Iterator[Intent]:
    for kind in ("limit", "market"):
        yield from desk.orders("place", kind, side=["buy"], position_side=["long"])
        yield from desk.orders("place", kind, side=["sell"], position_side=["short"])
        yield from desk.orders("place", kind, side=["sell"], position_side=["long"], reduce_only=[True])
        yield from desk.orders("place", kind, side=["buy"], position_side=["short"], reduce_only=[True])


def _levels(desk: Desk) -> Iterator[Intent]:
    yield from desk.orders("place", "limit", side=SIDES)
    yield from desk.orders("place", "limit", side=SIDES, margin_mode=["cross"])
    yield from desk.orders("place", "market", side=SIDES)


def _account(desk: Desk) -> Iterator[Intent]:
    yield desk.asked("get_balances", anywhere=True)
    yield desk.asked("get_open_orders", anywhere=True)
    yield desk.asked("get_positions", anywhere=True)
    for mode in ("one_way", "hedge"):
        yield desk.asked("set_position_mode", anywhere=True, position_mode=mode)
    for seconds in (0, 60):
        yield desk.asked("cancel_after", anywhere=True, seconds=seconds)
