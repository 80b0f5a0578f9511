"""Our way to place one order, without queue and Redis: from the model to the model."""

from __future__ import annotations

import os
from typing import Any

from benchmarks.peers.ways import Place
from pydantic import SecretStr

from router import LimitOrder
from workers.exchanges import get_exchange
from workers.settings import AccountSettings, Environment

_NO_LIMIT = 1_000_000_000


def _connected(exchange: str) -> Any:  # noqa: ANN401 - a BaseExchange
    account = AccountSettings(
        name="main-0",
        exchange=exchange,
        environment=Environment.SIMULATOR,
        base_url=os.environ["BENCH_VENUE_URL"],
        api_key=SecretStr("key"),
        api_secret=SecretStr("secret"),
        passphrase=SecretStr("pass"),
    )
    made = get_exchange(exchange, account)
    made.connect()
    made.tariff.learn(dict.fromkeys(made.budgets_declared, _NO_LIMIT))  # where the exchange does not tell its limits
    return made


def _order(exchange: str) -> LimitOrder:
    return LimitOrder(
        exchange=exchange, account="main-0", symbol="BTC/USDT", side="buy", quantity="0.01", price="60000"
    )


def one_call(exchange: str) -> Place:
    """The signed call alone: checked, gated, signed, sent, read. On Binance it tells all that `place_order` tells."""
    made, order = _connected(exchange), _order(exchange)

    def place(count: int) -> None:
        for _ in range(count):
            made.send(made.prepare(order))

    return place


def whole(exchange: str) -> Place:
    """`place_order`: where the exchange only acknowledges an order, the order is read as well."""
    made, order = _connected(exchange), _order(exchange)

    def place(count: int) -> None:
        for _ in range(count):
            made.place_order(order)

    return place
