"""The same accounts by ccxt as published: a plain loop with ``enableRateLimit``, and its async form with a semaphore.

Markets are read once and shared, as a careful user would; every account has an instance of its own, as ccxt wants it.
"""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from benchmarks.reads.stage import a_stage, own_cpu_seconds, refusals

with warnings.catch_warnings():  # its dependencies deprecate things at import time
    warnings.simplefilter("ignore", DeprecationWarning)
    import ccxt
    import ccxt.async_support as ccxt_async

AT_ONCE = 20


class Figures(NamedTuple):
    """What it came to; who did not answer was refused for a limit or a ban."""

    way: str
    accounts: int
    answered: int
    seconds: float
    refused: int
    cpu_ms: float


def _made(library: Any, exchange: str, number: int, url: str) -> Any:  # noqa: ANN401 - ccxt's own classes
    keys = {"apiKey": f"key-{number}", "secret": "secret", "password": "pass", "enableRateLimit": True}
    made = getattr(library, exchange)(keys)
    match exchange:
        case "binance":
            made.urls["api"] = {name: url + urlsplit(old).path for name, old in made.urls["api"].items()}
        case "bybit":
            made.urls["api"] = dict.fromkeys(made.urls["api"], url)
            made.options["enableUnifiedAccount"], made.options["enableUnifiedMargin"] = True, False
            made.options["unifiedMarginStatus"] = 6
        case _:
            made.urls["api"]["rest"] = url
    return made


def _readers(library: Any, counts: Mapping[str, int], url: str) -> list[Any]:  # noqa: ANN401 - the same
    """An instance per account; the sync library's first one reads the markets for all."""
    made = []
    for exchange, count in counts.items():
        first = _made(ccxt, exchange, 1, url)
        first.load_markets()
        for number in range(1, count + 1):
            each = _made(library, exchange, number, url)
            each.set_markets_from_exchange(first)
            made.append(each)
        first.session.close()
    return made


def run_loop(folder: Path, counts: Mapping[str, int]) -> Figures:
    """One after the other."""
    with a_stage(folder, counts) as (house, _):
        readers, before = _readers(ccxt, counts, house.simulator.url), refusals(house)
        answered, begun, own = 0, time.monotonic(), own_cpu_seconds()
        for reader in readers:
            try:
                reader.fetch_balance()
                answered += 1
            except ccxt.BaseError:
                pass  # counted by the simulator
        seconds, own = time.monotonic() - begun, own_cpu_seconds() - own
        for reader in readers:
            reader.session.close()
        refused = refusals(house) - before
    return Figures("ccxt, a plain loop", len(readers), answered, seconds, refused, own * 1_000 / len(readers))


def run_async(folder: Path, counts: Mapping[str, int]) -> Figures:
    """All at once, so many under way."""
    with a_stage(folder, counts) as (house, _):
        return asyncio.run(_gather(house, counts))


async def _gather(house: Any, counts: Mapping[str, int]) -> Figures:  # noqa: ANN401 - a House
    readers, before = _readers(ccxt_async, counts, house.simulator.url), refusals(house)
    free, answered = asyncio.Semaphore(AT_ONCE), 0

    async def read(reader: Any) -> None:  # noqa: ANN401 - ccxt's own class
        nonlocal answered
        async with free:
            try:
                await reader.fetch_balance()
                answered += 1
            except ccxt.BaseError:
                pass  # counted by the simulator
            finally:
                await reader.close()

    begun, own = time.monotonic(), own_cpu_seconds()
    await asyncio.gather(*map(read, readers))
    seconds, own = time.monotonic() - begun, own_cpu_seconds() - own
    refused = refusals(house) - before
    return Figures(
        f"ccxt async, {AT_ONCE} at once", len(readers), answered, seconds, refused, own * 1_000 / len(readers)
    )
