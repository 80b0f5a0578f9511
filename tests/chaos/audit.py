"""Holds what the journal says against what truly happened at the exchange."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import redis

from chaos.exchange_faults import Skew
from chaos.markets import VENUES, traded
from router.commands import AmendOrder, AnyCommand, CancelOrder, NewOrder
from router.models import Order
from router.results import FINAL_STATES

LEAD_MS = 1_000  # by so much a request's timestamp may lead the exchange's clock (binance.md 9.1)
# So long after the exchange's clock has jumped ours may be wrong: it refuses wrong stamps, and we measure again.
# OKX takes stamps that are up to 30 s off, and only the next regular measurement tells.
_SETTLES_SECONDS = {"binance": 5, "bybit": 5, "okx": 20}
_FINAL_THERE = {"FILLED", "CANCELED", "EXPIRED", "EXPIRED_IN_MATCH"}
Row = Mapping[str, Any]


@dataclass
class Truth:
    """The simulator's ledger, by our client order id; and when its clock was wrong.

    ``took_effect`` are the cancels that did. Only Binance's spot market is told a cancel's own id; elsewhere a
    cancelled order tells it of its cancel where that is the only one. ``units`` is by order.
    """

    orders: dict[str, list[Row]]
    took_effect: set[str]
    units: Mapping[str, Decimal]
    skews: Sequence[Skew]

    @classmethod
    def of(cls, ledger: Mapping[str, Any], skews: Sequence[Skew], commands: Iterable[AnyCommand]) -> Truth:
        known = {command.id or "": command for command in commands}
        ours = {VENUES[command.exchange].spelt(name): name for name, command in known.items()}
        orders: dict[str, list[Row]] = defaultdict(list)
        for row in ledger["orders"]:
            orders[ours.get(row["client_order_id"], row["client_order_id"])].append(row)
        cancels: dict[str, list[str]] = defaultdict(list)
        for name, command in known.items():
            if isinstance(command, CancelOrder):
                cancels[command.command_id or ""].append(name)
        took_effect = {row["cancel_client_order_id"] for row in ledger["cancels"]}
        for row in ledger["cancels"]:
            only = cancels[ours.get(row["client_order_id"], "")]
            took_effect |= set(only) if len(only) == 1 else set()
        units = {
            name: Decimal(traded(command.exchange, command.symbol).unit)
            for name, command in known.items()
            if isinstance(command, NewOrder)
        }
        return cls(orders, took_effect, units, skews)

    def quantity(self, name: str, field: str) -> Decimal:
        """A quantity of an order in our units: a contract may be of more or less than one."""
        return Decimal(self.orders[name][0][field]) * self.units[name]

    def late_by_ms(self, row: Row, expires_ms: int) -> float:
        """How long after its expiry an order was accepted, in true time, beyond what the window's lead allows."""
        accepted = row["accepted_at_ms"]
        allowed = LEAD_MS
        for skew in self.skews:
            if skew.since * 1000 <= accepted - skew.skew_ms <= skew.until * 1000:
                accepted -= skew.skew_ms
            if skew.since - 1 <= accepted / 1000 <= skew.until + _SETTLES_SECONDS[row["exchange"]]:
                allowed = LEAD_MS + abs(skew.skew_ms)
        return float(accepted - expires_ms - allowed)


@dataclass
class Findings:
    """The ids of what went wrong, by kind; all empty in a run that holds."""

    accepted: int = 0
    at_exchange: int = 0
    states: Counter[str] = field(default_factory=Counter)
    bad: dict[str, list[str]] = field(
        default_factory=lambda: {
            "lost": [], "doubled": [], "sent after expiry": [], "sent after cancel": [],
            "wrong final state": [], "moved after its end": [], "still unknown": [], "still open": [],
        }
    )  # fmt: skip

    @property
    def holds(self) -> bool:
        return not any(self.bad.values())


def audit(client: redis.Redis, commands: Iterable[AnyCommand], accepted: set[str], truth: Truth) -> Findings:
    """Look at every command once."""
    found = Findings()
    found.at_exchange = sum(map(len, truth.orders.values()))
    known = {command.id: command for command in commands}
    for name, command in known.items():
        record = {key.decode(): value.decode() for key, value in client.hgetall(f"pointsman:command:{name}").items()}
        _look_at(found, command, record, truth, name in accepted)
    found.bad["doubled"] += [name for name, rows in truth.orders.items() if len(rows) > 1]
    found.bad["wrong final state"] += [name for name in truth.orders if name not in known]
    return found


def _look_at(found: Findings, command: AnyCommand, record: Row, truth: Truth, is_accepted: bool) -> None:  # noqa: FBT001
    name = command.id or ""
    if not record:
        if is_accepted or truth.orders.get(name):
            found.bad["lost"].append(name)
        return
    state = record["state"]
    found.accepted += 1
    found.states[state] += 1
    if state not in FINAL_STATES:
        found.bad["still unknown" if state == "unknown" else "still open"].append(name)
        return
    match command:
        case NewOrder():
            _look_at_order(found, name, record, truth)
        case CancelOrder():
            _look_at_cancel(found, command, record, truth)
        case AmendOrder():
            _look_at_amendment(found, command, record, truth)


def _look_at_order(found: Findings, name: str, record: Row, truth: Truth) -> None:
    rows, state = truth.orders.get(name, []), record["state"]
    if state == "done":
        if not rows:
            found.bad["lost"].append(name)
        elif Order.model_validate_json(record["result"]).order_id != _order_id(rows[0]):
            found.bad["wrong final state"].append(name)
    elif rows:
        found.bad["sent after cancel" if state == "cancelled" else "wrong final state"].append(name)
    expires = int(record.get("expires", 0))
    if expires and any(truth.late_by_ms(row, expires) > 0 for row in rows):
        found.bad["sent after expiry"].append(name)


def _order_id(row: Row) -> str:
    return VENUES[row["exchange"]].order_id(row["market"], row["order_id"])


def _look_at_cancel(found: Findings, command: CancelOrder, record: Row, truth: Truth) -> None:
    """A cancel's result is the order as it ended; a cancel that took effect is done; an order that exists is found."""
    name, target = command.id or "", truth.orders.get(command.command_id or "", [])
    if record["state"] != "done":
        took_effect = name in truth.took_effect
        denies_it = record["state"] == "rejected" and target
        if took_effect or denies_it:
            found.bad["wrong final state"].append(name)
        return
    told = Order.model_validate_json(record["result"])
    if not target:
        wrong = told.order_id is not None
    else:
        filled = truth.quantity(command.command_id or "", "filled_quantity")
        wrong = target[0]["status"] not in _FINAL_THERE or told.filled_quantity != filled
    if wrong:
        found.bad["wrong final state"].append(name)


def _look_at_amendment(found: Findings, command: AmendOrder, record: Row, truth: Truth) -> None:
    """Each order is amended once at most: its quantity tells whether that took effect."""
    target = truth.orders.get(command.command_id or "", [])
    took_effect = bool(target) and truth.quantity(command.command_id or "", "quantity") == command.quantity
    if took_effect != (record["state"] == "done"):
        found.bad["wrong final state"].append(command.id or "")
