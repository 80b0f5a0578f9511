"""Bybit's markets under test: one of each category."""

from __future__ import annotations

from decimal import Decimal

from markets import Doubt, MarketUnderTest

from router.commands import Market
from router.models import OrderStatus

_NEAR = Decimal("0.96")  # Bybit takes no price that is further than five hundredths away
_STOPS = ("stop", "stop_limit", "take_profit", "take_profit_limit")
_DOUBTS: tuple[Doubt, ...] = (
    ({"kind": "error_after", "code": 10000, "msg": "Server Timeout"}, 1),
    ({"kind": "error_before", "code": 10000, "msg": "Server Timeout"}, 0),
    ({"kind": "error_after", "code": 10016, "msg": "Internal server error"}, 1),
    ({"kind": "error_before", "code": 170007, "msg": "Timeout waiting for response from backend server."}, 0),
    ({"kind": "error_after", "code": 10014, "msg": "Duplicate request."}, 1),
    ({"kind": "error_before", "code": 987654, "msg": "A code of tomorrow."}, 0),
    ({"kind": "error_after", "status": 503}, 1),
)


def _market(
    market: Market, symbol: str, quantity: str, asset: str, *, name: str = "", **more: object
) -> MarketUnderTest:
    """What all of them have in common."""
    common: dict[str, object] = {
        "place": ("POST", "/v5/order/create"),
        "cancel": ("POST", "/v5/order/cancel"),
        "account": ("GET", "/v5/account/wallet-balance"),
        "doubts": _DOUBTS,
        "crossing": OrderStatus.CANCELLED,
        "unfilled": OrderStatus.CANCELLED,
        "remainder": OrderStatus.CANCELLED,
        "amends": frozenset({"quantity", "price"}),
        "batches": True,
        "rest_at": _NEAR,
    }
    given = {"name": f"bybit-{name or market}", "exchange": "bybit", "market": market, "symbol": symbol}
    sized = {"quantity": quantity, "asset": asset}
    return MarketUnderTest(**{**given, **sized, **common, **more})  # type: ignore[arg-type]  # each value is of its field's type


BYBIT = [
    _market("spot", "BTC/USDT", "0.01", "USDT", stops=_STOPS, plenty=("80", 3), unchecked=frozenset({"triggered"})),
    _market("linear", "BTC/USDT:USDT", "0.01", "USDT", stops=_STOPS, plenty=("1000", 3), positions=True, hedges=True),
    _market(
        "linear", "BTC/USDC:USDC", "0.01", "USDC", name="usdc", stops=("stop",), plenty=("1000", 3), positions=True
    ),
    _market("inverse", "BTC/USD:BTC", "100", "BTC", stops=_STOPS, plenty=("25000000", 6), positions=True),
    _market("inverse", "BTC/USD:BTC-*", "100", "BTC", name="dated", plenty=("25000000", 6), positions=True),
    _market("option", "BTC/USDT:USDT-*-50000-C", "0.1", "USDT", plenty=("500", 24), positions=True),
]
