"""The ``limits`` library with its window in a shared Redis: take a hit, or sleep until the library says it resets."""

from __future__ import annotations

import time

from benchmarks.gate.client import PlainClient
from benchmarks.gate.rules import told
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter


def main() -> None:
    rules = told()
    strategy = FixedWindowRateLimiter if rules.kind == "fixed" else MovingWindowRateLimiter
    limiter, client = strategy(RedisStorage(rules.redis_url)), PlainClient(rules.url, 1)
    item = RateLimitItemPerSecond(rules.limit, rules.window_ms // 1_000)
    while True:
        if limiter.hit(item, "sim-1"):
            client.place()
        else:
            time.sleep(max(0.001, limiter.get_window_stats(item, "sim-1").reset_time - time.time()))


if __name__ == "__main__":
    main()
