"""OKX's instruments in our words, and contracts as what they hold, exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.okx import BANDS, OPTION, ROWS, okx, symbol

from router.errors import InvalidCommand
from router.instruments import Instrument
from router.terms import OrderType, Side
from workers.exchanges.okx.orders import size
from workers.exchanges.okx.rules import to_bands, to_instrument, to_listing, to_symbol

ROW = {row["instId"]: row for row in ROWS}
SYMBOLS = {
    "BTC-USDT": "BTC/USDT",
    "PEPE-USDT": "PEPE/USDT",
    "BTC-USD": "BTC/USD",
    "BTC-USDT-SWAP": "BTC/USDT:USDT",
    "ETH-USDT-SWAP": "ETH/USDT:USDT",
    "BTC-USD-SWAP": "BTC/USD:BTC",
    "BTC-USD_UM-SWAP": "BTC/USD:USD",
    "BTC-USD-260501": "BTC/USD:BTC-260501",
    "BTC-USD_UM-260501": "BTC/USD:USD-260501",
    "BTC-USD-260428-72000-C": OPTION,
}
STEPS = {
    "BTC-USDT": ("0.1", "0.00001", "0.00000001", "9999999999", "0", "1"),
    "PEPE-USDT": ("0.000000001", "100000", "1", "9999999999999999", "0", "1"),
    "BTC-USDT-SWAP": ("0.1", "0.0001", "0.0001", "1000000", "340", "0.01"),
    "ETH-USDT-SWAP": ("0.01", "0.001", "0.001", "10000000", "6700", "0.1"),
    "BTC-USD-SWAP": ("0.1", "10", "10", "10000000000", "5400000", "100"),
    "BTC-USD_UM-SWAP": ("0.1", "0.0001", "0.0001", "10000", "0.68", "0.0001"),
    "BTC-USD-260501": ("0.1", "10", "10", "100000000", "1000000", "100"),
    "BTC-USD-260428-72000-C": ("0.0001", "0.01", "0.01", "10000", "50", "0.01"),
}


def instrument(inst_id: str, **changes: str) -> Instrument:
    row = {**ROW[inst_id], **changes}
    return to_instrument(to_symbol(row), row, BANDS)


@pytest.mark.parametrize(("inst_id", "ours"), SYMBOLS.items())
def test_every_spelling_has_a_symbol(inst_id: str, ours: str) -> None:
    assert str(to_symbol(ROW[inst_id])) == ours
    assert okx().get_instrument(ours).spelling == inst_id


@pytest.mark.parametrize("inst_id", STEPS)
def test_sizes_are_in_what_contracts_hold(inst_id: str) -> None:
    found = instrument(inst_id)
    quantity, market = found.quantity, found.market_quantity
    assert (
        found.price.step,
        quantity.minimum,
        quantity.step,
        quantity.maximum,
        market.maximum,
        found.contract_size,
    ) == (tuple(Decimal(text) for text in STEPS[inst_id]))


def test_what_else_there_is_to_tell() -> None:
    spot, swap, dated = (instrument(name) for name in ("BTC-USDT", "BTC-USDT-SWAP", "BTC-USD-260501"))
    assert (spot.sizes_by_notional, swap.sizes_by_notional) == (True, False)
    assert (spot.expires_at_ms, dated.expires_at_ms) == (None, 1_777_622_400_000)
    assert (spot.max_leverage, swap.max_leverage) == (10, 100)
    assert spot.amends
    assert not spot.icebergs


@pytest.mark.parametrize(
    ("state", "trading", "types"),
    [
        ("live", True, list(OrderType)),
        ("post_only", True, [OrderType.LIMIT]),
        ("suspend", False, list(OrderType)),
        ("preopen", False, list(OrderType)),
        ("settling", False, list(OrderType)),
    ],
)
def test_the_state_says_what_may_be_sent(state: str, *, trading: bool, types: list[OrderType]) -> None:
    found = instrument("BTC-USDT-SWAP", state=state)
    assert (found.is_trading, found.order_types) == (trading, types)


def test_options_take_limit_orders_only_and_their_grid_gets_coarser() -> None:
    option = instrument("BTC-USD-260428-72000-C")
    assert option.order_types == [OrderType.LIMIT]
    for good in ("0.0001", "0.0049", "0.005", "0.0055", "0.0105"):
        option.price.check("price", Decimal(good))
    with pytest.raises(
        InvalidCommand, match=r"price '0.0052': must be a multiple of 0.0005; nearest are 0.0050 and 0.0055"
    ):
        option.price.check("price", Decimal("0.0052"))
    with pytest.raises(InvalidCommand, match=r"must be a multiple of 0.0001"):
        option.price.check("price", Decimal("0.00485"))
    assert option.quantise_price(Decimal("0.0058"), Side.BUY) == Decimal("0.0055")
    assert option.quantise_price(Decimal("0.0058"), Side.SELL) == Decimal("0.006")
    assert option.quantise_price(Decimal("0.00485"), Side.SELL) == Decimal("0.0049")


def test_the_ladder_of_a_family_is_read() -> None:
    document = {"code": "0", "data": [{"instType": "OPTION", "instFamily": "BTC-USD", "tickBand": BANDS["BTC-USD"]}]}
    assert to_bands(document) == BANDS


@pytest.mark.parametrize(
    "changes",
    [
        {"uly": "BTC_USDT"},
        {"ctValCcy": "ETH"},
        {"ctVal": "0"},
        {"ctVal": ""},
        {"settleCcy": "usdt"},
        {"instType": "FUTURES", "instId": "BTC-USDT-X", "expTime": ""},
    ],
)
def test_what_has_no_spelling_is_passed_over(changes: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    odd: dict[str, Any] = {**ROW["BTC-USDT-SWAP"], "instId": "ODD", **changes}
    listing = to_listing("SWAP", [odd, ROW["ETH-USDT-SWAP"]])
    assert dict(listing.spellings) == {"ETH-USDT-SWAP": symbol("ETH/USDT:USDT")}
    assert "passed over" in caplog.text


def test_an_expiry_that_the_id_does_not_tell_is_read_from_the_time() -> None:
    row = {**ROW["BTC-USD-260501"], "instId": "BTC-USD-MAYDAY"}
    assert str(to_symbol(row)) == "BTC/USD:BTC-260501"


@given(st.sampled_from(sorted(STEPS)), st.integers(min_value=1, max_value=10**9))
def test_lots_survive_the_way_to_contracts_and_back(inst_id: str, lots: int) -> None:
    """Sizes that we take are sent exactly, without an exponent and without zeros that say nothing."""
    found = instrument(inst_id)
    quantity = lots * found.quantity.step
    text = size(quantity, found)
    assert found.quantity_of(Decimal(text)) == quantity
    assert Decimal(text) % Decimal(ROW[inst_id]["lotSz"]) == 0
    assert "E" not in text
    assert not (("." in text) and text.endswith("0"))


@given(st.sampled_from(sorted(STEPS)), st.integers(1, 10**6), st.integers(1, 99))
def test_what_is_no_multiple_of_a_lot_is_refused(inst_id: str, lots: int, hundredths: int) -> None:
    found = instrument(inst_id)
    quantity = found.quantity.minimum + (lots + Decimal(hundredths) / 100) * found.quantity.step
    assume(not found.quantity.maximum or quantity <= found.quantity.maximum)
    with pytest.raises(InvalidCommand, match="must be a multiple of"):
        found.quantity.check("quantity", quantity)


@pytest.mark.parametrize(
    ("inst_id", "contracts", "holds"),
    [("BTC-USDT-SWAP", "34", "0.34"), ("BTC-USD-SWAP", "5", "500"), ("BTC-USD-260428-72000-C", "3", "0.03")],
)
def test_the_documented_examples(inst_id: str, contracts: str, holds: str) -> None:
    found = instrument(inst_id)
    assert found.quantity_of(Decimal(contracts)) == Decimal(holds)
    assert size(Decimal(holds), found) == contracts


def test_five_inverse_contracts_at_50000_are_a_hundredth_of_a_coin() -> None:
    assert instrument("BTC-USD-SWAP").notional(Decimal(500), Decimal(50_000)) == Decimal("0.01")
