"""The smallest use: place an order, wait for it, cancel it. Settings come from the environment (POINTSMAN_REDIS_URL).

Usage: python script.py binance sim-1 BTC/USDT
"""

from __future__ import annotations

import sys

from router import CommandExpired, OrderRouter, Rejected


def main(exchange: str, account: str, symbol: str) -> None:
    """Buy far below the market, see the order stand, and take it back."""
    with OrderRouter() as router:
        at = {"exchange": exchange, "account": account}
        price = router.get_market_data(symbol=symbol, **at).last_price
        ticket = router.buy_limit(symbol, quantity="0.01", price=round(price * 9 / 10), **at)
        try:
            order = ticket.order(timeout=10)
        except Rejected as refusal:  # the exchange said no, and why
            sys.exit(f"refused: {refusal.problem.message}")
        except CommandExpired:  # it was never sent, and never will be
            sys.exit("too late")
        print(f"{order.side} {order.quantity} {order.symbol} at {order.price}: {order.status}")
        print(f"taken back: {router.cancel(ticket).order(timeout=10).status}")


if __name__ == "__main__":
    main(*sys.argv[1:])
