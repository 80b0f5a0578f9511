"""One order of the benchmark: which account, and the name the exchange will know it by."""

from __future__ import annotations

import uuid
from typing import NamedTuple


class Order(NamedTuple):
    """The rest is the same for all: buy 0.01 BTC/USDT at 60,000, good till cancelled."""

    account: str
    client_order_id: str


def orders(count: int, accounts: int) -> list[Order]:
    """So many, turn and turn about between so many accounts."""
    return [Order(f"main-{number % accounts}", uuid.uuid4().hex) for number in range(count)]
