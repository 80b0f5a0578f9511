"""The simulator's ledger, for those who compare it with the journal, and the faults it is told to make."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Final

from router import OrderStatus

Entry = Mapping[str, str]
LEDGER_STATUS: Final = {
    "NEW": OrderStatus.NEW,
    "PARTIALLY_FILLED": OrderStatus.PARTIALLY_FILLED,
    "FILLED": OrderStatus.FILLED,
    "CANCELED": OrderStatus.CANCELLED,
    "EXPIRED": OrderStatus.EXPIRED,
}


def read_orders(simulator: str) -> list[Entry]:
    """Every order that the simulator ever accepted, on whichever exchange it played."""
    with urllib.request.urlopen(f"{simulator}/_sim/ledger?fields=orders", timeout=10) as reply:  # noqa: S310 - our own http address
        orders: list[Entry] = json.load(reply)["orders"]
    return orders


def entries(ledger: Sequence[Entry], client_order_id: str, exchange: str) -> list[Entry]:
    """The orders of that id on that exchange: one, if all is well."""
    return [row for row in ledger if (row["exchange"], row["client_order_id"]) == (exchange, client_order_id)]


def make_fault(simulator: str, fault: Mapping[str, object]) -> None:
    """Have it misbehave; see docs/simulator.md."""
    body = json.dumps(fault).encode()
    request = urllib.request.Request(f"{simulator}/_sim/faults", body, {"Content-Type": "application/json"})  # noqa: S310
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - the same
