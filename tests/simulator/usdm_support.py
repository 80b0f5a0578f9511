"""Trading on the simulator's Binance futures inside the test's own process, with a clock one can turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim_support import Answer, Local

from simulator.accounts import Account
from simulator.binance.usdm.dialect import BinanceFutures
from simulator.limits import Policy
from simulator.market import Market


class Futures(Local):
    """A Binance futures host without a server."""

    def __init__(self, accounts: Sequence[Account] | None = None, policy: Policy | None = None, seed: int = 1) -> None:
        super().__init__(accounts, policy, seed)
        self.binance = BinanceFutures(self.world)

    @property
    def market(self) -> Market:
        return self.world.markets["binance", "usdm"]

    def order(self, who: int = 1, **params: object) -> Answer:
        return self.call("POST", "/fapi/v1/order", who, **{"symbol": "BTCUSDT", **params})

    def sell_market(self, quantity: str = "0.01", who: int = 1, **params: object) -> Answer:
        return self.order(who, side="SELL", type="MARKET", quantity=quantity, **params)

    def algo(self, who: int = 1, **params: object) -> Answer:
        wish = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.01", **params}
        return self.call("POST", "/fapi/v1/algoOrder", who, **wish)

    def get(self, who: int = 1, **params: object) -> Answer:
        return self.call("GET", "/fapi/v1/order", who, **{"symbol": "BTCUSDT", **params})

    def cancel(self, who: int = 1, **params: object) -> Answer:
        return self.call("DELETE", "/fapi/v1/order", who, **{"symbol": "BTCUSDT", **params})

    def modify(self, who: int = 1, **params: object) -> Answer:
        return self.call("PUT", "/fapi/v1/order", who, **{"symbol": "BTCUSDT", "side": "BUY", **params})

    def post(self, path: str, who: int = 1, **params: object) -> Answer:
        return self.call("POST", f"/fapi/v1/{path}", who, **params)

    def open_ids(self, who: int = 1) -> list[str]:
        return [row["clientOrderId"] for row in self.call("GET", "/fapi/v1/openOrders", who).body]

    def position(self, side: str = "BOTH", who: int = 1) -> dict[str, Any]:
        """The BTCUSDT position, as v2 tells it: there even when flat."""
        rows = self.call("GET", "/fapi/v2/positionRisk", who, symbol="BTCUSDT").body
        return next(row for row in rows if row["positionSide"] == side)

    def asset(self, name: str = "USDT", who: int = 1) -> dict[str, Any]:
        rows = self.call("GET", "/fapi/v3/account", who).body["assets"]
        return next(row for row in rows if row["asset"] == name)

    def cancel_algo(self, name: str, who: int = 1) -> Answer:
        return self.call("DELETE", "/fapi/v1/algoOrder", who, clientAlgoId=name)
