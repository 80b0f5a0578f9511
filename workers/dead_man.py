"""The dead man's switch of an account: the exchange cancels its open orders when no worker consumes any more.

The exchange counts down by itself (Binance futures per symbol, OKX per account); a worker that takes its canaries sets
the timer anew, long before it ends. One worker does it for all, by a short lease. What a worker leaves behind runs on:
another takes it over within seconds, and if there is none, that is what the timer is for.

A timer that may still be running is never left without somebody who knows of it, or it would later cancel the orders
of a fleet that is well: the symbols stand in Redis before their timers are set, and are taken off only after they were
stopped, by a worker that has led for a whole length, when nothing that another one sent can still be on its way.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Final, cast

import redis

from router.commands import CancelAfter, GetOpenOrders, build
from router.errors import Rejected, RouterError
from router.journal import Journal
from router.models import Order
from router.scripts import Script
from router.symbols import Symbol
from workers.exchanges.base import BaseExchange

log = logging.getLogger("pointsman.dead_man")
FRESH_SECONDS: Final = 6.0  # three canaries
_TURN_SECONDS: Final = 1.0
_LEASE_MS: Final = 3_000
_CALL_SECONDS: Final = 2.0
_LONG_AGO: Final = float("-inf")


class DeadMan(threading.Thread):
    """Keeps one account's timers up for as long as ``consumes()`` is true and no other worker does it.

    They are set anew after a quarter of their length. Where they are per symbol, open orders are read after every half
    of it, which is how long an order in a symbol that had none may be without: too late to be protected is a risk that
    whoever sets this accepts, to be cancelled though all is well is not.
    """

    def __init__(self, journal: Journal, exchange: BaseExchange, name: str, consumes: Callable[[], bool]) -> None:
        super().__init__(name=f"pointsman-dead-man-{exchange.account.name}", daemon=True)
        self._client = journal.client
        self._key = journal.keys.timer(exchange.account.name)
        self._exchange = exchange
        self._name = name
        self._consumes = consumes
        self._seconds = exchange.account.dead_man_seconds or 0
        self._market = exchange.cancel_timer.market if exchange.cancel_timer else None
        self._lead = Script(self._client, "lead")
        self._led_since: float | None = None
        self._look_at = _LONG_AGO
        self._set_at: dict[Symbol | None, float] = {}
        self._trouble = ""
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End soon, and let another worker take over; the timers stay set."""
        self._stopping.set()

    def run(self) -> None:
        """Keep the timers up until stopped; no trouble ends it."""
        while not self._stopping.is_set():
            try:
                self._turn()
            except (RouterError, redis.RedisError) as error:
                self._complain(error)
            except Exception:
                log.exception("the timer of %s was not kept up", self._whose)
            self._stopping.wait(_TURN_SECONDS)
        self._hand_over()

    def _hand_over(self) -> None:
        lease = f"{self._key}:lease"
        try:
            if self._client.get(lease) == self._name.encode():
                self._client.delete(lease)
        except redis.RedisError as error:
            log.warning("another worker takes the timer of %s over a little later: %s", self._whose, error)

    def _turn(self) -> None:
        if not self._consumes() or not self._leads():
            self._led_since = None
            return
        if self._led_since is None:
            self._led_since, self._look_at = monotonic(), _LONG_AGO
            self._set_at = dict.fromkeys(self._known(), _LONG_AGO)
            log.info("keeping the timer of %s up: %d s", self._whose, self._seconds)
        trouble = self._keep_up(self._set_at)
        if self._market is not None and monotonic() >= self._look_at:
            self._look()
        if not trouble:
            self._trouble = ""

    def _leads(self) -> bool:
        return bool(self._lead((f"{self._key}:lease",), (self._name, _LEASE_MS))[0])

    def _known(self) -> Iterable[Symbol | None]:
        """Which timers may be running: the account's, or those of symbols that any worker has set."""
        if self._market is None:
            return (None,)
        names = cast("set[bytes]", self._client.smembers(self._key))
        return [Symbol.parse(name.decode()) for name in names]

    def _keep_up(self, symbols: Iterable[Symbol | None]) -> bool:
        """Set the timers that are due; True when there was trouble. One symbol's keeps no other from being set."""
        trouble = False
        for symbol in list(symbols):
            if monotonic() - self._set_at[symbol] < self._seconds / 4:
                continue
            if not self._leads():
                return trouble
            try:
                self._tell(symbol, self._seconds)
            except Rejected as error:  # asking again at once would not help
                trouble = self._complain(error)
            except RouterError as error:
                trouble = self._complain(error)
                continue
            self._set_at[symbol] = monotonic()
        return trouble

    def _look(self) -> None:
        """Find the symbols that have open orders, and stop the timers of those that have none."""
        self._look_at = monotonic() + self._seconds / 4  # if it fails
        asked = self._command(GetOpenOrders, market=self._market)
        found = {order.symbol for order in cast("list[Order]", self._exchange.execute(asked))}
        self._look_at = monotonic() + self._seconds / 2
        if fresh := found - self._set_at.keys():
            self._client.sadd(self._key, *map(str, fresh))
            self._set_at |= dict.fromkeys(fresh, _LONG_AGO)
            self._keep_up(fresh)
        if self._led_since is not None and monotonic() - self._led_since > self._seconds:
            self._give_up(self._set_at.keys() - found)
        self._client.pexpire(self._key, 2_000 * self._seconds)

    def _give_up(self, symbols: Iterable[Symbol | None]) -> None:
        for symbol in symbols:
            self._tell(symbol, 0)
            self._client.srem(self._key, str(symbol))
            del self._set_at[symbol]

    def _tell(self, symbol: Symbol | None, seconds: int) -> None:
        self._exchange.execute(self._command(CancelAfter, symbol=symbol, seconds=seconds))

    def _command(self, model: type[CancelAfter | GetOpenOrders], **fields: object) -> CancelAfter | GetOpenOrders:
        account = self._exchange.account.name
        return build(model, exchange=self._exchange.name, account=account, expires_in=_CALL_SECONDS, **fields)

    def _complain(self, error: Exception) -> bool:
        """Log a trouble once, not every second; True, as there is one."""
        if str(error) != self._trouble:
            self._trouble = str(error)
            log.warning("the timer of %s was not kept up: %s", self._whose, error)
        return True

    @property
    def _whose(self) -> str:
        return f"{self._exchange.name} {self._exchange.account.name}"
