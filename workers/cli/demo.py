"""`pointsman demo`: everything on free ports, a short guided session, and an audit of it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from router import Order, OrderRouter, Ticket
from router.commands import read_command
from router.journal import Record
from router.numbers import plain
from router.queues import readable
from router.results import RESULT_OF
from workers.cli.balances import accounts_table, poll_shown
from workers.cli.ledger import LEDGER_STATUS, Entry, entries, make_fault, read_orders
from workers.cli.rounds import every_round
from workers.cli.stack import Stack, where_it_runs
from workers.configuration import WorkerSettings

_POLLED = 5
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Step:
    """One command of the session and what it is there to show."""

    what: str
    ticket: Ticket


def run_demo(state: Path | None, *, every: bool = False) -> int:
    """Trade on Binance spot, then, if ``every``, on each exchange and market.

    Returns: the exit code: 0 when the exchange's ledger and our journal tell the same story.
    """
    console = Console()
    with tempfile.TemporaryDirectory(prefix="pointsman-demo-") as folder:
        settings = WorkerSettings.from_environment(accounts=None).model_copy(update={"accounts": None})
        stack = Stack(settings, state or Path(folder), any_port=True)
        console.rule("Starting")
        stack.start(lambda service, what: console.print(f"  {service.name:<12} {what}", highlight=False))
        for name, where, _ in where_it_runs(stack):
            console.print(f"  {name:<12} {where}", highlight=False)
        try:
            return 0 if _session(console, stack, every=every) else 1
        finally:
            console.rule("Stopping")
            stack.stop(lambda service, what: console.print(f"  {service.name:<12} {what}", highlight=False))


def _session(console: Console, stack: Stack, *, every: bool) -> bool:
    with OrderRouter(stack.settings.redis_url) as router:
        console.rule("Trading")
        steps = _trade(console, router, stack.settings.simulator_url)
        console.rule("Balances of several accounts")
        poll = poll_shown(router, [f"sim-{n}" for n in range(1, _POLLED + 1)], deadline=_PATIENCE_SECONDS)
        console.print(accounts_table(poll.accounts.values()))
        console.rule("What the journal says, and what truly happened")
        agreed = _compare(console, router, steps, read_orders(stack.settings.simulator_url))
        if every:
            console.rule("A round on every exchange and market")
            agreed = every_round(console, router, stack.settings.simulator_url) and agreed
    user, password = stack.flower_login
    flower = next(service.where for service in stack.services if service.name == "flower")
    console.print(f"Flower was at {flower} (login {user} / {password}, read-only) while this ran.", highlight=False)
    return agreed


def _trade(console: Console, router: OrderRouter, simulator: str) -> list[Step]:
    """Market, limit and cancel; then a market order whose reply is lost on the way back."""
    at: dict[str, Any] = {"exchange": "binance", "account": "sim-1"}
    ticker = router.get_market_data(**at, symbol="BTC/USDT", timeout=_PATIENCE_SECONDS)
    console.print(f"  BTC/USDT last traded at {plain(ticker.last_price)}", highlight=False)
    steps: list[Step] = []

    def take(what: str, ticket: Ticket) -> Order:
        steps.append(Step(what, ticket))
        order = ticket.order(_PATIENCE_SECONDS)
        average = f" at {plain(order.average_price)}" if order.average_price else ""
        console.print(f"  {what}: {order.status}, filled {plain(order.filled_quantity)}{average}", highlight=False)
        return order

    take("buy at market", router.buy_market("BTC/USDT", quantity="0.01", **at))
    bid = (ticker.last_price * 9 / 10).quantize(Decimal(1))
    limit = router.buy_limit("BTC/USDT", "0.02", bid, **at)
    take("place a limit order below the market", limit)
    take("cancel it", router.cancel(limit))
    make_fault(simulator, {"kind": "lose_reply", "method": "POST", "path": "/api/v3/order", "times": 1})
    take("buy at market, its reply lost on purpose", router.buy_market("ETH/USDT", quantity="0.5", **at))
    return steps


def _compare(console: Console, router: OrderRouter, steps: Sequence[Step], ledger: Sequence[Entry]) -> bool:
    table = Table("command", "state", "tries", "ms", "journal says", "ledger says", "agree")
    agreed = True
    for step in steps:
        record = router.record(step.ticket.id)
        ours, theirs = _our_order(record), entries(ledger, _named(record, step.ticket.id), "binance")
        same = ours is not None and len(theirs) == 1 and _same(ours, theirs[0])
        agreed = agreed and same
        told = [f"{entry['status']} {entry['filled_quantity']} (order {entry['order_id']})" for entry in theirs]
        said = f"{ours.status} {plain(ours.filled_quantity)} (order {ours.order_id})" if ours else record.result
        mark = "[green]yes[/green]" if same else "[red]NO[/red]"
        shown = readable(read_command(record.document))
        table.add_row(
            shown, record.state, record.attempts, str(record.took_ms), said, "\n".join(told) or "nothing", mark
        )
    placed = sum(router.record(step.ticket.id).task == "orders.place" for step in steps)
    console.print(table)
    if placed != len(ledger):
        console.print(f"[red]{placed} orders were placed, the exchange has {len(ledger)}[/red]")
        return False
    return agreed


def _same(ours: Order, theirs: Entry) -> bool:
    """The same order with the same fill; one that had ended when we were told has ended likewise in the ledger."""
    one = ours.order_id == str(theirs["order_id"]) and ours.filled_quantity == Decimal(theirs["filled_quantity"])
    return one and (not ours.status.is_final or ours.status is LEDGER_STATUS.get(theirs["status"]))


def _our_order(record: Record) -> Order | None:
    if record.state != "done":
        return None
    result = RESULT_OF[record.task].validate_json(record.result)
    return result if isinstance(result, Order) else None


def _named(record: Record, command_id: str) -> str:
    """The client order id of the order that a command placed or is about: that of the command that placed it."""
    return getattr(read_command(record.document), "command_id", None) or command_id
