"""What is asked of Binance: spot and USDⓈ-M futures."""

from __future__ import annotations

from collections.abc import Iterator

from intents import ALGO_ID, FORCES, HEDGE, SIDES, Desk, Intent

from workers.exchanges.base import BaseExchange

_STOPS = ("stop", "take_profit")
_STOP_LIMITS = ("stop_limit", "take_profit_limit")


def intents(exchange: BaseExchange) -> Iterator[Intent]:
    spot = Desk("binance", exchange.get_instrument("BTC/USDT"), "59000", "0.01")
    usdm = Desk("binance", exchange.get_instrument("BTC/USDT:USDT"), "59000", "0.01", tag="usdm")
    hedged = Desk("binance", usdm.instrument, "59000", "0.01", HEDGE, "usdm-hedge")
    yield from _common(spot)
    yield from _spot(spot)
    yield from _common(usdm)
    yield from _futures(usdm)
    yield from _hedged(hedged)


def _common(desk: Desk) -> Iterator[Intent]:
    yield from desk.orders("place", "limit", side=SIDES, time_in_force=FORCES)
    yield from desk.orders("place", "limit", side=SIDES, post_only=[True])
    yield from desk.orders("place", "limit", client_order_id=["a-b_c", None])
    yield from desk.orders("place", "limit", quantity=["0.0100"], price=["59000.10"])
    yield from desk.orders("place", "market", side=SIDES, quantity=["0.01", "0.123"])
    for kind in _STOPS:
        yield from desk.orders("place", kind, side=SIDES, trigger_price=["58000", "62000.5"])
    for kind in _STOP_LIMITS:
        yield from desk.orders("place", kind, side=SIDES, trigger_price=["58000"], time_in_force=FORCES)
    yield from desk.boundaries()
    for kind in ("cancel_order", "get_order"):
        yield from desk.named(kind)
    yield from desk.named("amend_order", quantity="0.005")
    yield from desk.batch(3)
    yield desk.asked("cancel_all")
    yield desk.asked("get_open_orders")
    yield desk.asked("get_ticker")
    for depth in (5, 50, 100, 1000):
        yield desk.asked("get_order_book", depth=depth)
    yield desk.asked("get_fills", limit=50)
    yield desk.asked("get_fills", since_ms=1_700_000_000_000)
    yield desk.asked("get_fills", order_id="4611875134427365377")


def _spot(desk: Desk) -> Iterator[Intent]:
    yield from desk.orders("place", "market", side=SIDES, quantity=[None], notional=["100", "12.34", "5"])
    yield from desk.orders("place", "limit", side=SIDES, visible_quantity=["0.002"])
    yield from desk.orders("place", "stop", side=SIDES, trailing_delta=[100, 250])
    yield from desk.orders("place", "take_profit", side=SIDES, trailing_delta=[100], trigger_price=["60000"])
    yield from desk.orders("place", "limit", margin_mode=["cross"])
    yield desk.asked("get_balances", anywhere=True)
    yield desk.asked("get_open_orders", anywhere=True, market="spot")


def _futures(desk: Desk) -> Iterator[Intent]:
    yield from desk.orders("place", "limit", side=SIDES, reduce_only=[True], time_in_force=FORCES)
    yield from desk.orders("place", "market", side=SIDES, reduce_only=[True])
    for kind in _STOPS:
        yield from desk.orders("place", kind, side=SIDES, trigger_price=["58000"], trigger_by=["last", "mark"])
        yield from desk.orders("place", kind, side=SIDES, trigger_price=["58000"], reduce_only=[True])
        yield from desk.orders("place", kind, trigger_price=["58000"], quantity=[None], close_position=[True])
    yield from desk.orders("place", "stop", trigger_price=["58000"], trigger_by=["index"])
    yield from desk.orders("place", "stop", side=SIDES, trailing_delta=[100, 50], trigger_price=[None, "60000"])
    yield from desk.orders("place", "market", quantity=[None], notional=["100"])
    yield from desk.orders("place", "limit", visible_quantity=["0.002"])
    yield from desk.orders("place", "limit", margin_mode=["isolated"])
    yield from desk.named("amend_order", price="59500", quantity="0.02")
    yield desk.intent("cancel_order/algo", desk.command("cancel_order", order_id=ALGO_ID))
    yield desk.intent("get_order/algo", desk.command("get_order", order_id=ALGO_ID))
    yield from desk.batch(5)
    for leverage in ("1", "20", "125", "2.5"):
        yield desk.asked("set_leverage", leverage=leverage)
    for mode in ("cross", "isolated"):
        yield desk.asked("set_margin_mode", margin_mode=mode)
    for side in ("one_way", "hedge"):
        yield desk.asked("set_position_mode", anywhere=True, position_mode=side)
    for seconds in (0, 60):
        yield desk.asked("cancel_after", seconds=seconds)
    yield desk.asked("get_balances", anywhere=True, market="linear")
    yield desk.asked("get_positions")
    yield desk.asked("get_positions", anywhere=True)
    yield desk.asked("get_open_orders", anywhere=True, market="linear")
    yield desk.asked("get_trading_settings")
    yield desk.asked("get_income", anywhere=True, limit=50)


def _hedged(desk: Desk) -> Iterator[Intent]:
    for kind in ("limit", "market"):
        yield from desk.orders("place", kind, side=["buy"], position_side=["long"])
        yield from desk.orders("place", kind, side=["sell"], position_side=["short"])
        yield from desk.orders("place", kind, side=["sell"], position_side=["long"], reduce_only=[True])
        yield from desk.orders("place", kind, side=["buy"], position_side=["short"], reduce_only=[True])
    yield from desk.orders("place", "limit", side=["buy"], position_side=["long"], reduce_only=[True])
