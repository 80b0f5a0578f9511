"""The benchmark's own entry points declare budgets anew; a change of the declarations must not make them void."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.gate.stage import PYTHONPATH
from support.processes import ROOT

ROLLING = """
from benchmarks.gate.rolling_worker import declare
rolling = declare()
from workers.exchanges.binance import endpoints, errors
from workers.exchanges.binance.rules import to_limits
from workers.calls.error_table import Fault
row = {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 1, "limit": 10}
assert to_limits([row]) == {rolling: 10}
assert endpoints.PLACE.cost[rolling] == 1 and rolling not in endpoints.PLACE.refund_on_fill
assert errors.exhausted(Fault("-1015", "Too many new orders; current limit is 10 orders per 1 SECOND.")) is rolling
"""
MANY = """
from benchmarks.gate.script_child import charge_for
charge_for(50)
from workers.accounts import simulator_accounts
from workers.exchanges import get_exchange
from workers.exchanges.binance import endpoints
exchange = get_exchange("binance", simulator_accounts()["sim-1"])
assert len({exchange.tariff.key(budget) for budget in endpoints.PLACE.cost}) == 50
"""


def run(code: str) -> None:
    """In a process of its own: the declarations of this one stay as they are."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=PYTHONPATH, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_rolling_budget_reaches_every_place() -> None:
    run(ROLLING)


def test_an_order_can_touch_fifty_budgets() -> None:
    run(MANY)
