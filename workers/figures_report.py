"""Adds what this worker has counted to what all have, in Redis, and tells which limits it keeps.

So there is one place to read them, however many workers run on however many hosts, and a worker needs neither a port
nor a folder of its own for it. What a worker has counted in its last two seconds is lost if it is killed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Final

import redis

from router.journal import Journal
from router.limits import Limit, tell_limits
from workers.calls.figures import figures
from workers.calls.gatekeeper import Charge
from workers.calls.tariff import Payer
from workers.exchanges.base import BaseExchange

log = logging.getLogger("pointsman.figures")
_EVERY_SECONDS: Final = 2.0
_TELL_AGAIN: Final = 1_800  # turns: the limits are kept for a day


class FiguresReport(threading.Thread):
    """A thread of every worker; Redis being away is outlived, what was counted meanwhile is told later."""

    def __init__(self, journal: Journal, exchanges: Sequence[BaseExchange]) -> None:
        super().__init__(name="pointsman-figures", daemon=True)
        self._journal = journal
        self._exchanges = exchanges
        self._stopping = threading.Event()
        self._told: dict[str, Limit] = {}
        self._turns = 0

    def stop(self) -> None:
        """Tell what is left, and end."""
        self._stopping.set()
        if self.is_alive():
            self.join(timeout=5)

    def run(self) -> None:
        """Tell until stopped, and once more then."""
        while not self._stopping.wait(_EVERY_SECONDS):
            self._turn()
        self._turn()

    def _turn(self) -> None:
        try:
            self._tell_figures()
            self._tell_limits()
        except redis.RedisError as error:
            log.warning("what was counted is not told yet: Redis does not answer (%s)", error)

    def _tell_figures(self) -> None:
        counts = figures.take()
        if not counts:
            return
        try:
            with self._journal.client.pipeline(transaction=True) as pipeline:
                for name, amount in counts.items():
                    pipeline.hincrby(self._journal.keys.figures, name, amount)
                pipeline.execute()
        except redis.RedisError:
            figures.put_back(counts)
            raise

    def _tell_limits(self) -> None:
        self._turns += 1
        limits: dict[str, Limit] = {}
        for exchange in self._exchanges:
            payer = exchange.tariff.payer
            limits.update({charge.key: _limit(payer, charge, symbol) for charge, symbol in exchange.tariff.charged()})
        if limits != self._told or self._turns % _TELL_AGAIN == 0:
            tell_limits(self._journal, limits)
            self._told = limits


def _limit(payer: Payer, charge: Charge, symbol: str) -> Limit:
    """The parts of the charge's key: exchange:environment:payer[:symbol]:name; payer and symbol may have colons."""
    rest, _, name = charge.key.removeprefix(f"{payer.exchange}:{payer.environment}:").rpartition(":")
    who = rest.removesuffix(f":{symbol}") if symbol else rest
    return Limit(payer.exchange, payer.environment, who, name, symbol, charge.limit, charge.window_ms, charge.rolling)
