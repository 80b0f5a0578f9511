"""ccxt with ``enableRateLimit`` in each process: each keeps the account's limit by itself and knows of no other."""

from __future__ import annotations

import contextlib
import warnings
from urllib.parse import urlsplit

from benchmarks.gate.client import FAR_PRICE
from benchmarks.gate.rules import Rules, told

with warnings.catch_warnings():  # its dependencies deprecate things at import time
    warnings.simplefilter("ignore", DeprecationWarning)
    import ccxt

MS_PER_SECOND = 1_000


def exchange_for(rules: Rules) -> ccxt.binance:
    """The library as published, with the simulator's address and the pace of this very limit."""
    exchange = ccxt.binance({"apiKey": "sim-key-1", "secret": "sim-secret-1", "enableRateLimit": True})
    for name, url in exchange.urls["api"].items():
        exchange.urls["api"][name] = rules.url + urlsplit(url).path
    exchange.load_markets()
    cost_of_an_order = exchange.describe()["api"]["private"]["post"]["order"]
    exchange.rateLimit = MS_PER_SECOND / rules.per_second / cost_of_an_order
    return exchange


def main() -> None:
    exchange = exchange_for(told())
    while True:
        with contextlib.suppress(ccxt.RateLimitExceeded, ccxt.DDoSProtection):  # the simulator has counted it
            exchange.create_order("BTC/USDT", "limit", "buy", 0.001, float(FAR_PRICE), {"timeInForce": "IOC"})


if __name__ == "__main__":
    main()
