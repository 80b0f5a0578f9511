"""OKX's markets under test: pairs, and contracts that take orders of every type."""

from __future__ import annotations

from markets import Doubt, MarketUnderTest

from router.commands import Market
from router.models import OrderStatus
from workers.exchanges.okx.ids import spelt

_DOUBTS: tuple[Doubt, ...] = (
    ({"kind": "error_after", "status": 400, "code": 50004, "msg": "API endpoint request timeout."}, 1),
    ({"kind": "error_before", "status": 500, "code": 50026, "msg": "System error."}, 0),
    ({"kind": "error_after", "status": 500, "code": 51054, "msg": "Request timed out."}, 1),
    ({"kind": "error_before", "status": 500, "code": 51149, "msg": "Order timed out."}, 0),
    ({"kind": "error_after", "status": 503, "code": 50001, "msg": "Service temporarily unavailable."}, 1),
    ({"kind": "error_after", "status": 429, "code": 50013, "msg": "Systems are busy."}, 1),
    ({"kind": "error_before", "status": 200, "code": 98765, "msg": "A code of tomorrow."}, 0),
)


def _market(name: str, market: Market, symbol: str, quantity: str, asset: str, **more: object) -> MarketUnderTest:
    """What all of them have in common."""
    common: dict[str, object] = {
        "exchange": "okx",
        "place": ("POST", "/api/v5/trade/order"),
        "cancel": ("POST", "/api/v5/trade/cancel-order"),
        "account": ("GET", "/api/v5/account/balance"),
        "doubts": _DOUBTS,
        "crossing": OrderStatus.EXPIRED,
        "amends": frozenset({"quantity", "price"}),
        "stops": ("stop", "stop_limit", "take_profit", "take_profit_limit"),
        "batches": True,
        "spelled": spelt,
    }
    given = {"name": f"okx-{name}", "market": market, "symbol": symbol, "quantity": quantity, "asset": asset}
    return MarketUnderTest(**{**common, **given, **more})  # type: ignore[arg-type]  # each value is of its field's type


OKX = [
    # Pairs trade on margin, too, and so have a leverage.
    _market("spot", "spot", "BTC/USDT", "0.01", "USDT", unchecked=frozenset({"set_leverage", "get_trading_settings"})),
    _market("swap", "linear", "BTC/USDT:USDT", "0.01", "USDT", positions=True, hedges=True),
    _market("inverse", "inverse", "BTC/USD:BTC", "500", "BTC", positions=True, hedges=True, plenty=("19000000", 4)),
    _market("dated", "linear", "ETH/USDT:USDT-*", "0.1", "USDT", positions=True, plenty=("2000", 2)),
]
