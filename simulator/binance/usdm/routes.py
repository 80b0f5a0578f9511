"""The calls of Binance's USDⓈ-M futures: method, path, handler, security and weight.

Source: Binance futures docs and SDK docstrings. Assumption: testing an order weighs 1.
"""

from simulator.binance import candles
from simulator.binance import market_data as spot
from simulator.binance.params import Params
from simulator.binance.routes import Handler, Route, Weight
from simulator.binance.usdm import account, algo, batch, lookups, market_data, orders, positions, settings

_DEPTH_STEPS = ((50, 2), (100, 5), (500, 10))
_CANDLE_STEPS = ((99, 1), (499, 2), (1000, 5))
_V1, _V2, _V3 = "/fapi/v1/", "/fapi/v2/", "/fapi/v3/"


def _depth(params: Params) -> int:
    limit = int(params.peek("limit")) if params.peek("limit").isdecimal() else 500
    return next((weight for most, weight in _DEPTH_STEPS if limit <= most), 20)


def _candles(params: Params) -> int:
    limit = int(params.peek("limit")) if params.peek("limit").isdecimal() else 500
    return next((weight for most, weight in _CANDLE_STEPS if limit <= most), 10)


def _one_or(one: int, every: int) -> Weight:
    return lambda params: one if params.has("symbol") else every


def _public(handler: Handler, weight: int | Weight = 1) -> Route:
    return Route(handler, weight, signed=False)


ROUTES = {
    ("GET", _V1 + "ping"): _public(spot.ping),
    ("GET", _V1 + "time"): _public(spot.server_time),
    ("GET", _V1 + "exchangeInfo"): _public(market_data.exchange_info),
    ("GET", "/dapi/v1/exchangeInfo"): _public(market_data.no_contracts),
    ("GET", _V1 + "depth"): _public(market_data.depth, _depth),
    ("GET", _V1 + "trades"): _public(market_data.trades, 5),
    ("GET", _V1 + "aggTrades"): _public(spot.aggregate_trades, 20),
    ("GET", _V1 + "klines"): _public(candles.klines, _candles),
    ("GET", _V1 + "ticker/24hr"): _public(market_data.day, _one_or(1, 40)),
    ("GET", _V1 + "ticker/price"): _public(market_data.price, _one_or(1, 2)),
    ("GET", _V2 + "ticker/price"): _public(market_data.price, _one_or(1, 2)),
    ("GET", _V1 + "ticker/bookTicker"): _public(market_data.book_ticker, _one_or(2, 5)),
    ("GET", _V1 + "premiumIndex"): _public(market_data.mark_price, _one_or(1, 10)),
    ("GET", _V1 + "openInterest"): _public(market_data.open_interest),
    ("POST", _V1 + "order"): Route(orders.place, 0, counts_order=True),
    ("POST", _V1 + "order/test"): Route(orders.test),
    ("PUT", _V1 + "order"): Route(orders.modify, 0, counts_order=True),
    ("DELETE", _V1 + "order"): Route(orders.cancel),
    ("GET", _V1 + "order"): Route(lookups.get),
    ("POST", _V1 + "batchOrders"): Route(batch.place, 5, counts_order=True),
    ("PUT", _V1 + "batchOrders"): Route(batch.modify, 5, counts_order=True),
    ("DELETE", _V1 + "batchOrders"): Route(batch.cancel),
    ("DELETE", _V1 + "allOpenOrders"): Route(orders.cancel_all),
    ("POST", _V1 + "countdownCancelAll"): Route(orders.countdown, 10),
    ("GET", _V1 + "openOrder"): Route(lookups.get_open),
    ("GET", _V1 + "openOrders"): Route(lookups.open_orders, _one_or(1, 40)),
    ("GET", _V1 + "allOrders"): Route(lookups.all_orders, 5),
    ("GET", _V1 + "orderAmendment"): Route(lookups.amendments),
    ("GET", _V1 + "userTrades"): Route(lookups.user_trades, 5),
    ("POST", _V1 + "algoOrder"): Route(algo.place, 0, counts_order=True),
    ("DELETE", _V1 + "algoOrder"): Route(algo.cancel),
    ("GET", _V1 + "algoOrder"): Route(algo.get),
    ("GET", _V1 + "openAlgoOrders"): Route(algo.open_orders, _one_or(1, 40)),
    ("GET", _V1 + "allAlgoOrders"): Route(algo.all_orders, 5),
    ("DELETE", _V1 + "algoOpenOrders"): Route(algo.cancel_all),
    ("GET", _V2 + "balance"): Route(account.balance, 5),
    ("GET", _V3 + "balance"): Route(account.balance, 5),
    ("GET", _V2 + "account"): Route(account.account_of_all, 5),
    ("GET", _V3 + "account"): Route(account.account, 5),
    ("GET", _V2 + "positionRisk"): Route(positions.risk_of_all, 5),
    ("GET", _V3 + "positionRisk"): Route(positions.risk, 5),
    ("POST", _V1 + "positionMargin"): Route(positions.add_margin),
    ("POST", _V1 + "leverage"): Route(positions.set_leverage),
    ("POST", _V1 + "marginType"): Route(positions.set_margin_type),
    ("GET", _V1 + "positionSide/dual"): Route(positions.get_mode, 30),
    ("POST", _V1 + "positionSide/dual"): Route(positions.set_mode),
    ("GET", _V1 + "multiAssetsMargin"): Route(positions.get_assets_mode, 30),
    ("POST", _V1 + "multiAssetsMargin"): Route(positions.set_assets_mode),
    ("GET", _V1 + "accountConfig"): Route(settings.account_config, 5),
    ("GET", _V1 + "symbolConfig"): Route(settings.symbol_config, 5),
    ("GET", _V1 + "leverageBracket"): Route(settings.leverage_brackets),
    ("GET", _V1 + "commissionRate"): Route(settings.commission_rate, 20),
    ("GET", _V1 + "income"): Route(account.income, 30),
    ("GET", _V1 + "rateLimit/order"): Route(settings.order_counts),
}
ALWAYS = frozenset({_V1 + "ping", _V1 + "time"})
"""What still answers during maintenance."""
