"""From direct ccxt calls to the router: what each call becomes. Both run here, on the same exchange.

What changes: keys stay with the workers, the rate limit is kept across all processes, a lost reply is looked up instead
of guessed at, and numbers are exact. What stays: the unified symbols are ccxt's.
Usage: python from_ccxt.py binance sim-1 http://127.0.0.1:9100
"""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

import ccxt

from router import OrderRouter


def before(base_url: str) -> list[str]:
    """With ccxt: this process holds the keys."""
    exchange: Any = ccxt.binance({"apiKey": "sim-key-1", "secret": "sim-secret-1"})
    exchange.urls["api"] = dict.fromkeys(("public", "private"), f"{base_url}/api/v3")
    exchange.options.update(fetchMarkets={"types": ["spot"]}, fetchMargins=False, fetchCurrencies=False)
    order = exchange.create_order("BTC/USDT", "limit", "buy", 0.01, 50_000)
    order = exchange.fetch_order(order["id"], "BTC/USDT")
    cancelled = exchange.cancel_order(order["id"], "BTC/USDT")
    free = exchange.fetch_balance()["USDT"]["free"]
    return [order["status"], cancelled["status"], f"{Decimal(str(free)):.2f}"]


def after(exchange: str, account: str) -> list[str]:
    """With the router: a worker holds them."""
    at = {"exchange": exchange, "account": account}
    with OrderRouter() as router:
        ticket = router.place_order(type="limit", symbol="BTC/USDT", side="buy", quantity="0.01", price="50000", **at)
        order = ticket.order(timeout=10)  # a time-out or a dead worker: the ticket still tells the truth later
        order = router.get_order(command_id=ticket.id, **at)
        cancelled = router.cancel(ticket).order(timeout=10)
        free = router.get_balances(**at)["USDT"].free
        return [order.status, cancelled.status, f"{free:.2f}"]


if __name__ == "__main__":
    print("ccxt:  ", *before(sys.argv[3]))
    print("router:", *after(*sys.argv[1:3]))
