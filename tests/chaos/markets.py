"""What is traded in a run, and by which calls: markets and prices, paths, and each exchange's words for trouble."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from simulator.bybit import ids as bybit_ids
from workers.exchanges.okx.ids import spelt

Call = tuple[str, str]


@dataclass(frozen=True)
class Traded:
    """A market: a small order's quantity and half of it; prices far below, just above and just below the last one.

    ``unit``: how much the exchange calls one.
    """

    exchange: str
    symbol: str
    quantity: str
    half: str
    far: str
    above: str
    below: str
    unit: str = "1"


@dataclass(frozen=True)
class Venue:
    """An exchange: the calls that place and those that change, as (method, path); its errors of its own making."""

    name: str
    placing: tuple[Call, ...]
    changing: tuple[Call, ...]
    codes: tuple[dict[str, object], ...] = field(default=({},))

    @property
    def accounts(self) -> list[str]:
        prefix = "sim" if self.name == "binance" else f"sim-{self.name}"
        return [f"{prefix}-{number}" for number in range(1, 10)]

    def target(self, random: Random, *, new: bool) -> dict[str, object]:
        """Which requests a fault is meant for: one of the calls that place, or else one that changes an order."""
        method, path = random.choice(self.placing if new else self.changing)
        return {"exchange": self.name, "method": method, "path": path}

    def spelt(self, client_order_id: str) -> str:
        """A client order id as the exchange is told it."""
        return spelt(client_order_id) if self.name == "okx" else client_order_id

    def order_id(self, market: str, number: int) -> str:
        """How the exchange writes the number of an order."""
        return bybit_ids.spell(market, number) if self.name == "bybit" else str(number)


VENUES = {
    "binance": Venue(
        "binance",
        (("POST", "/api/v3/order"),) * 3 + (("POST", "/fapi/v1/order"), ("POST", "/fapi/v1/batchOrders")),
        (("DELETE", "/api/v3/order"), ("PUT", "/api/v3/order/amend/keepPriority"), ("DELETE", "/fapi/v1/order")),
        ({}, {"code": -1006, "msg": "unexpected"}, {"code": -1007, "msg": "timeout"}),
    ),
    "bybit": Venue(
        "bybit",
        (("POST", "/v5/order/create"),) * 3 + (("POST", "/v5/order/create-batch"),),
        (("POST", "/v5/order/cancel"), ("POST", "/v5/order/amend")),
        ({}, {"status": 200, "code": 10000, "msg": "Server Timeout"}, {"status": 200, "code": 10016, "msg": "error"}),
    ),
    "okx": Venue(
        "okx",
        (("POST", "/api/v5/trade/order"),) * 3 + (("POST", "/api/v5/trade/batch-orders"),),
        (("POST", "/api/v5/trade/cancel-order"), ("POST", "/api/v5/trade/amend-order")),
        ({}, {"code": 50004, "msg": "API endpoint request timeout."}, {"code": 51149, "msg": "Order timed out."}),
    ),
}
TRADED = [
    Traded("binance", "BTC/USDT", "0.002", "0.001", "50000", "60600", "59400"),
    Traded("binance", "ETH/USDT", "0.04", "0.02", "2500", "3030", "2970"),
    Traded("binance", "SOL/USDT", "1", "0.5", "120", "151.5", "148.5"),
    Traded("binance", "LTC/USDT", "2", "1", "60", "80.8", "79.2"),
    Traded("binance", "BTC/USDT:USDT", "0.01", "0.005", "55000", "60600", "59400"),
    Traded("binance", "ETH/USDT:USDT", "0.2", "0.1", "2700", "3030", "2970"),
    Traded("bybit", "BTC/USDT", "0.002", "0.001", "57600", "60600", "59400"),
    Traded("bybit", "ETH/USDT", "0.04", "0.02", "2880", "3030", "2970"),
    Traded("bybit", "BTC/USDT:USDT", "0.01", "0.005", "57600", "60600", "59400"),
    Traded("bybit", "BTC/USD:BTC", "200", "100", "57600", "60600", "59400"),
    Traded("okx", "BTC/USDT", "0.002", "0.001", "57600", "60600", "59400"),
    Traded("okx", "ETH/USDT", "0.04", "0.02", "2880", "3030", "2970"),
    Traded("okx", "BTC/USDT:USDT", "0.01", "0.005", "57600", "60600", "59400", unit="0.01"),
    Traded("okx", "BTC/USD:BTC", "1000", "500", "57600", "60600", "59400", unit="100"),
]


def traded(exchange: str, symbol: object) -> Traded:
    """The market of that name. Raises: StopIteration."""
    return next(each for each in TRADED if (each.exchange, each.symbol) == (exchange, str(symbol)))
