"""The calls of Bybit's v5 API: method, path, handler, security and limits per second.

Source: Bybit v5 docs; limits: "Rate limit", default tier.
"""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.bybit import (
    account,
    batch,
    dcp,
    executions,
    history,
    instruments_info,
    leverage,
    market_data,
    orders,
    position_mode,
    positions,
    realtime,
    tickers,
    trading_stop,
    user,
    wallet,
)
from simulator.bybit.call import Call
from simulator.bybit.params import Params

Handler = Callable[[Call], object]
_GROUPS = {"linear": "futures", "inverse": "futures", "option": "option", "spot": "spot"}


@dataclass(frozen=True, slots=True)
class Route:
    """One call. Limits are (futures, option, spot) or one for all; 0 is none. `batched`: items count, not requests."""

    handler: Handler
    limits: tuple[int, int, int] | int = 0
    signed: bool = True
    batched: bool = False

    def group(self, category: str) -> str:
        """Which budget a category draws on: linear and inverse on the same."""
        return "" if isinstance(self.limits, int) else _GROUPS.get(category, "futures")

    def limit(self, category: str) -> int:
        """The published limit per second."""
        if isinstance(self.limits, int):
            return self.limits
        return dict(zip(("futures", "option", "spot"), self.limits, strict=True))[self.group(category)]

    def units(self, params: Params) -> int:
        """How much of it a request wants: an option batch one unit, any other one for each item."""
        if not self.batched or params.peek("category") == "option":
            return 1
        return max(1, params.count("request"))


def _public(handler: Handler) -> Route:
    return Route(handler, signed=False)


ROUTES = {
    ("GET", "/v5/market/time"): _public(market_data.server_time),
    ("GET", "/v5/system/status"): _public(market_data.status),
    ("GET", "/v5/market/instruments-info"): _public(instruments_info.instruments),
    ("GET", "/v5/market/option-base-coins"): _public(instruments_info.option_coins),
    ("GET", "/v5/market/tickers"): _public(tickers.tickers),
    ("GET", "/v5/market/orderbook"): _public(market_data.orderbook),
    ("GET", "/v5/market/recent-trade"): _public(market_data.recent_trades),
    ("GET", "/v5/market/kline"): _public(market_data.kline),
    ("GET", "/v5/market/price-limit"): _public(market_data.price_limit),
    ("POST", "/v5/order/create"): Route(orders.create, (10, 10, 20)),
    ("POST", "/v5/order/amend"): Route(orders.amend, (10, 10, 10)),
    ("POST", "/v5/order/cancel"): Route(orders.cancel, (10, 10, 20)),
    ("POST", "/v5/order/cancel-all"): Route(orders.cancel_all, (10, 1, 20)),
    ("POST", "/v5/order/create-batch"): Route(batch.create, (10, 10, 20), batched=True),
    ("POST", "/v5/order/amend-batch"): Route(batch.amend, (10, 10, 20), batched=True),
    ("POST", "/v5/order/cancel-batch"): Route(batch.cancel, (10, 10, 20), batched=True),
    ("POST", "/v5/order/disconnected-cancel-all"): Route(dcp.set_dcp, 5),
    ("GET", "/v5/order/realtime"): Route(realtime.realtime, (50, 50, 50)),
    ("GET", "/v5/order/history"): Route(history.history, (50, 50, 50)),
    ("GET", "/v5/execution/list"): Route(executions.executions, (50, 50, 50)),
    ("GET", "/v5/position/list"): Route(positions.positions, 50),
    ("GET", "/v5/position/symbol-info"): Route(leverage.leverages, 50),
    ("POST", "/v5/position/set-leverage"): Route(leverage.set_leverage, 10),
    ("POST", "/v5/position/trading-stop"): Route(trading_stop.set_stop, 10),
    ("POST", "/v5/position/switch-mode"): Route(position_mode.switch_mode, 10),
    ("GET", "/v5/account/wallet-balance"): Route(wallet.wallet_balance, 50),
    ("GET", "/v5/account/info"): Route(account.info, 50),
    ("GET", "/v5/account/fee-rate"): Route(account.fee_rate, 5),
    ("GET", "/v5/account/instruments-info"): Route(instruments_info.own_instruments, 10),
    ("GET", "/v5/account/query-dcp-info"): Route(dcp.dcp_info, 5),
    ("GET", "/v5/account/user-setting-config"): Route(account.user_setting, 50),
    ("POST", "/v5/account/set-limit-px-action"): Route(account.set_limit_price_action, 10),
    ("POST", "/v5/account/set-margin-mode"): Route(account.set_margin_mode, 5),
    ("GET", "/v5/asset/transfer/query-account-coin-balance"): Route(wallet.coin_balance, 450),
    ("GET", "/v5/asset/transfer/query-account-coins-balance"): Route(wallet.coins_balance, 5),
    ("GET", "/v5/asset/coin/query-info"): Route(wallet.coin_info, 5),
    ("GET", "/v5/user/query-api"): Route(user.key_info, 10),
}
PATHS = frozenset(path for _, path in ROUTES)
ALWAYS = frozenset({"/v5/market/time"})
"""What still answers during maintenance."""
