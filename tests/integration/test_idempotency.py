"""The same key places once, also when fifty processes ask at the same instant."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.house import a_house
from support.processes import ROOT

pytestmark = pytest.mark.processes
PRODUCERS = 50
PRODUCER = """
import os, sys, time
from router import OrderRouter

def produce(url, start, number):
    router = OrderRouter(url)
    router.catalog.accounts()
    time.sleep(max(0.0, start - time.time()))
    ticket = router.buy_market("BTC/USDT", quantity="0.01", exchange="binance", account="sim-1", idempotency_key="once")
    os.write(1, f"{ticket.id}\\n".encode())

start = time.time() + 3
children = []
for number in range(int(sys.argv[2])):
    child = os.fork()
    if child == 0:
        produce(sys.argv[1], start, number)
        os._exit(0)
    children.append(child)
sys.exit(any(os.waitpid(child, 0)[1] for child in children))
"""


def test_fifty_processes_at_once_get_one_ticket_and_one_order(tmp_path: Path) -> None:
    with a_house(tmp_path, workers=1) as house, house.router() as router:
        argv = [sys.executable, "-c", PRODUCER, house.valkey.url, str(PRODUCERS)]
        done = subprocess.run(argv, capture_output=True, cwd=ROOT, text=True, timeout=60, check=True)
        ids = done.stdout.split()
        assert (len(ids), len(set(ids))) == (PRODUCERS, 1)
        order = router.ticket(ids[0]).order(10)
        assert [each["order_id"] for each in house.simulator.orders()] == [int(order.order_id or 0)]
