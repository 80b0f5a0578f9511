"""`pointsman demo --all`: every exchange and market through Celery, as a person runs it."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from support.command_line import pointsman

from router import Balance, Balances, Order
from router.instruments import Instrument, Steps
from workers.cli.rounds import MARKETS, Round

KINDS = {"binance": {"spot", "usdm"}, "bybit": {"spot", "linear", "inverse", "option"}}
KINDS["okx"] = {"spot", "margin", "swap", "inverse", "futures", "option"}


@pytest.mark.processes
@pytest.mark.timeout(240)
def test_a_round_on_every_exchange_and_market_agrees_with_the_ledger(tmp_path: Path) -> None:
    done = pointsman("demo", "--all", "--state", str(tmp_path / "state"), patience=200)
    assert done.code == 0, done.out + done.err
    assert "A round on every exchange and market" in done.out
    rows = re.findall(
        r"│ (\w+) (\w+) +│ (\S+) +│ cancelled, \S+ +│ filled, \S+ +│ (\S+) \w+ +│ (.*?) +│ yes +│", done.out
    )
    shown = {exchange: {kind for name, kind, *_ in rows if name == exchange} for exchange in KINDS}
    assert shown == KINDS
    for _, kind, _, balance, position in rows:
        assert Decimal(balance) > 0
        assert (position == "none") is (kind == "spot")


FIELDS = {"exchange": "okx", "account": "a", "symbol": "BTC/USDT:USDT", "side": "buy", "type": "limit"}
INSTRUMENT = Instrument(
    exchange="okx",
    symbol="BTC/USDT:USDT",
    spelling="BTC-USDT-SWAP",
    is_trading=True,
    order_types=["limit"],
    price=Steps(),
    quantity=Steps(),
    contract_size=Decimal("0.01"),
)
ROWS = [
    {"client_order_id": "c", "status": "CANCELED", "quantity": "1", "filled_quantity": "0"},
    {"client_order_id": "b", "status": "FILLED", "quantity": "2", "filled_quantity": "2"},
]


def a_round(total: str = "5", held: str = "0.02") -> Round:
    from router import Position  # noqa: PLC0415

    ended = {"c": ("cancelled", "0.01", "0"), "b": ("filled", "0.02", "0.02")}
    orders = [
        Order(**FIELDS, client_order_id=name, order_id=name, status=status, quantity=size, filled_quantity=filled)
        for name, (status, size, filled) in ended.items()
    ]
    usdt = Balance(asset="USDT", free=Decimal(total), locked=Decimal(0))
    balances = Balances(exchange="okx", account="a", as_of_ms=1, balances=[usdt])
    place = {"exchange": "okx", "account": "a", "symbol": "BTC/USDT:USDT", "side": "long"}
    positions = [Position(**place, quantity=held, contracts="2")]
    market = next(market for market in MARKETS if market.name == "okx swap")
    return Round(market, INSTRUMENT, orders[0], orders[1], balances, positions)


def ledger(**changes: str) -> list[dict[str, str]]:
    return [{"exchange": "okx", **row, **(changes if row["client_order_id"] == "b" else {})} for row in ROWS]


def test_a_round_that_agrees_says_nothing() -> None:
    assert a_round().disagreements(ledger()) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "EXPIRED"}, "b: filled 2 of 2 but expired 2 of 2"),
        ({"filled_quantity": "1"}, "b: filled 2 of 2 but filled 1 of 2"),
        ({"quantity": "3"}, "b: filled 2 of 2 but filled 2 of 3"),
        ({"exchange": "bybit"}, "b: 0 orders of that id"),
        ({"client_order_id": "c"}, "b: 0 orders of that id"),
    ],
)
def test_what_the_ledger_tells_otherwise_is_said(changes: dict[str, str], said: str) -> None:
    assert said in a_round().disagreements(ledger(**changes))


def test_an_empty_wallet_and_a_wrong_position_are_said() -> None:
    assert a_round(total="0", held="0.01").disagreements(ledger()) == [
        "no balance of USDT",
        "position 0.01 but 0.02 bought",
    ]
