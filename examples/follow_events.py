"""An asyncio strategy that acts on what happened: it keeps one bid in the book, and follows the event stream.

Where it stood is kept in a file, so that a restart misses nothing: events are told at least once.
Usage: python follow_events.py binance sim-1 BTC/USDT FILE ROUNDS
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from router import AsyncOrderRouter, Event, Order, OrderStatus


async def main(exchange: str, account: str, symbol: str, place: Path, rounds: int) -> None:
    """Bid, and each time the bid stands, cancel it; each time it is gone, bid anew."""
    at = {"exchange": exchange, "account": account}
    async with AsyncOrderRouter() as router:
        since = place.read_text() if place.exists() else None
        events = await router.events(since, **at, patience=30).begin()  # from here on nothing is missed
        await bid(router, symbol, at, 0)
        done = 0
        async for event in events:
            place.write_text(event.id)
            if is_standing(event):
                await router.cancel(event.command_id or "", idempotency_key=f"cancel-{event.command_id}")
            elif event.task == "orders.cancel" and event.state == "done":
                done += 1
                print(f"round {done}")
                if done == rounds:
                    return
                await bid(router, symbol, at, done)


def is_standing(event: Event) -> bool:
    """Whether one of our orders has come into the book."""
    order = event.result
    return event.task == "orders.place" and isinstance(order, Order) and order.status is OrderStatus.NEW


async def bid(router: AsyncOrderRouter, symbol: str, at: dict[str, str], number: int) -> None:
    """Bid far below the market."""
    ticker = await router.get_market_data(symbol=symbol, max_age=5, **at)
    await router.buy_limit(symbol, "0.01", round(ticker.last_price * (90 - number) / 100), **at)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4], Path(sys.argv[4]), int(sys.argv[5])))
