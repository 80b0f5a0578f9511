"""Place an order from a Celery app that does not have our package: Celery and a Redis client are enough.

Usage: python plain_celery.py redis://127.0.0.1:6379/0 binance sim-1 BTC/USDT
"""

from __future__ import annotations

import json
import sys
import time
import uuid

import redis
from celery import Celery

FINAL = {b"done", b"rejected", b"expired", b"cancelled", b"failed"}


def main(url: str, exchange: str, account: str, symbol: str) -> None:
    """Send one market order, wait for its end, and print it."""
    command = {
        "kind": "market_order",
        "exchange": exchange,
        "account": account,
        "symbol": symbol,
        "side": "buy",
        "quantity": "0.001",
        "expires_in": 30,
    }
    app = Celery("a-strategy", broker=url)
    task_id = uuid.uuid4().hex  # the command's id as well, and the client order id at the exchange
    app.send_task("orders.place", kwargs={"command": command}, queue=f"{exchange}.orders", task_id=task_id)
    journal = redis.Redis.from_url(url)
    while True:
        state, result = journal.hmget(f"pointsman:command:{task_id}", "state", "result")
        if state in FINAL:
            break
        time.sleep(0.02)
    print(json.dumps({"id": task_id, "state": state.decode(), "result": json.loads(result)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
