"""The same key places once, also when fifty processes ask at the same instant."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.house import a_house
from support.processes import ROOT

pytestmark = pytest.mark.processes
PRODUCERS = 50
PRODUCER = """
import sys, time
from router import OrderRouter
router = OrderRouter(sys.argv[1])
router.catalog.accounts()
time.sleep(max(0.0, float(sys.argv[2]) - time.time()))
print(router.buy_market("BTC/USDT", quantity="0.01", exchange="binance", account="sim-1", idempotency_key="once").id)
"""


def test_fifty_processes_at_once_get_one_ticket_and_one_order(tmp_path: Path) -> None:
    with a_house(tmp_path, workers=1) as house, house.router() as router:
        start = str(time.time() + 15)
        argv = [sys.executable, "-c", PRODUCER, house.valkey.url, start]
        producers = [subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=ROOT, text=True) for _ in range(PRODUCERS)]
        ids = {producer.communicate(timeout=60)[0].strip() for producer in producers}
        assert [producer.returncode for producer in producers] == [0] * PRODUCERS
        assert len(ids) == 1
        order = router.ticket(ids.pop()).order(10)
        assert [each["order_id"] for each in house.simulator.orders()] == [int(order.order_id or 0)]
