"""Carries orders in one process, with as many budgets to an order as it is told; prints how long `begin` took in Redis.

Usage: ``python -m benchmarks.gate.script_child BUDGETS ORDERS``, with the worker's environment. It prints, as JSON,
lists of microseconds as the server's slow log tells them: what a script itself took, without the way to it. What took
less than ``NOTED_US`` is not in the log and is given as that much: were it, so would every command inside a script be.
Beside `begin` stands a script that does next to nothing, called as often: what it takes longer than a few microseconds
is the machine's doing.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
import time
from typing import Any

from benchmarks.gate.producer import ACCOUNT, an_order

from router import OrderRouter
from router.queues import queues_of
from router.scripts import source
from workers.calls.endpoint import Budget, Scope, Window
from workers.exchanges.binance import endpoints

NOTED_US = 15
_MORE_THAN_ENOUGH = 1_000_000
_AT_ONCE = 500
_NOTHING = "return redis.call('TIME')"
_SCRIPTS = {"begin": source("begin"), "yardstick": _NOTHING}


def charge_for(count: int) -> None:
    """Add budgets to an order until there are ``count``, half of them rolling; before anything has read the costs."""
    cost = dict(endpoints.PLACE.cost)
    for number in range(len(cost), count):
        if number % 2:
            cost[Budget(f"extra_{number}", _MORE_THAN_ENOUGH, 1_000, Scope.ACCOUNT, Window.ROLLING)] = 1
        else:
            cost[Budget(f"extra_{number}", _MORE_THAN_ENOUGH, 3_600_000, Scope.ACCOUNT)] = 1
    if len(cost) != count:
        raise SystemExit(f"budgets: {count} must be at least {len(cost)}, what an order has anyway")
    endpoints.PLACE = dataclasses.replace(endpoints.PLACE, cost=cost)


def carry(budgets: int, orders: int) -> dict[str, list[int]]:
    """Carry that many orders, and read the slow log."""
    from workers.configuration import WorkerSettings  # noqa: PLC0415 - they read the costs
    from workers.records import Delivery  # noqa: PLC0415
    from workers.runtime import Runtime  # noqa: PLC0415

    runtime = Runtime(WorkerSettings.from_environment(), queues_of("binance"))
    runtime.start()
    client = runtime.journal.client
    yardstick = client.register_script(_NOTHING)
    client.config_set("slowlog-max-len", 10 * orders)
    client.config_set("slowlog-log-slower-than", NOTED_US)
    try:
        with OrderRouter() as router:
            runtime.run(_journaled(Delivery, router, 1)[0])  # the clock is measured, the rules are read
            touched = sum(1 for _ in client.scan_iter(runtime.journal.keys.budget("*")))
            if touched < budgets:
                raise SystemExit(f"an order touched {touched} budgets of {budgets}")
            time.sleep(1)
            client.slowlog_reset()
            for _ in range(0, orders, _AT_ONCE):
                for delivery in _journaled(Delivery, router, _AT_ONCE):
                    runtime.run(delivery)
                    yardstick()
            return _took(client.slowlog_get(10 * orders), orders)
    finally:
        client.config_set("slowlog-log-slower-than", -1)
        runtime.stop()


def _journaled(delivery: type[Any], router: OrderRouter, count: int) -> list[Any]:
    commands = [an_order(ACCOUNT).model_copy(update={"id": router_id()}) for _ in range(count)]
    router.submit_many(commands)
    return [delivery(command, journaled=True) for command in commands]


def router_id() -> str:
    return f"script-{time.monotonic_ns()}"


def _took(entries: list[Any], calls: int) -> dict[str, list[int]]:
    found = {}
    for name, text in _SCRIPTS.items():
        sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest().encode()
        noted = [entry["duration"] for entry in entries if sha in entry["command"].split(b" ")[:2]]
        found[name] = [*noted, *[NOTED_US] * (calls - len(noted))]
    return found


if __name__ == "__main__":
    charge_for(int(sys.argv[1]))
    sys.stdout.write(json.dumps(carry(int(sys.argv[1]), int(sys.argv[2]))))
