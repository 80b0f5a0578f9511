"""Polls accounts from time to time, as the accounts file says. Every worker may be the one that does it.

Each slot of a schedule is taken by whichever worker is first, with a lease in Redis; nobody leads, so nobody's death is
noticed. A slot in which no worker looked is over: what was missed is not caught up.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import redis

from router.client import submission
from router.commands import PollAccounts
from router.errors import RouterError
from router.journal import Doorbell
from router.poll_steps import flights_of
from router.snapshots import Place, Snapshots, polled_as
from workers.chunk_run import Bureau
from workers.redis_clock import RedisClock
from workers.schedules import Schedule, spread

log = logging.getLogger("pointsman.scheduler")
_LONGEST_NAP_SECONDS: Final = 0.5
_YOUNG: Final = 0.5  # of the period: an account that was read since by somebody else is left out


class Turns(NamedTuple):
    """A schedule, and which accounts are read in which of its slots."""

    schedule: Schedule
    accounts: Mapping[int, Sequence[str]]


class Scheduler(threading.Thread):
    """A thread of every worker that has schedules. ``exchange_of`` names the exchange of each account of the file."""

    def __init__(
        self,
        bureau: Bureau,
        schedules: Iterable[Schedule],
        exchange_of: Mapping[str, str],
        clock: RedisClock,
        name: str,
    ) -> None:
        super().__init__(name="pointsman-scheduler", daemon=True)
        self._bureau = bureau
        self._exchange_of = exchange_of
        self._clock = clock
        self._me = name
        self._turns = [Turns(each, spread(each, each.accounts or exchange_of)) for each in schedules]
        self._snapshots = Snapshots(bureau.records.journal.client, bureau.records.journal.keys)
        self._done: dict[str, int] = {}
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End; what was asked for goes on."""
        self._stopping.set()
        if self.is_alive():
            self.join(timeout=5)

    def run(self) -> None:
        """Take slots until stopped; trouble is logged, and costs the slot it fell into."""
        while not self._stopping.is_set():
            nap = _LONGEST_NAP_SECONDS
            try:
                nap = self.turn(self._clock.now_ms)
            except (redis.RedisError, RouterError) as error:
                log.warning("a schedule's turn is missed: %s", error)
            except Exception:
                # Without this thread nothing would be polled any more, and nobody would notice.
                log.exception("a schedule's turn failed")
            self._stopping.wait(nap)

    def turn(self, now_ms: float) -> float:
        """Take every slot that is there now and was not looked at yet; in how many seconds to look again.

        Raises: redis.RedisError.
        """
        nap = _LONGEST_NAP_SECONDS
        for schedule, accounts in self._turns:
            slot = int(now_ms // schedule.slot_ms)
            if self._done.get(schedule.name) != slot:
                self._done[schedule.name] = slot
                due = accounts.get(slot % schedule.slots, ())
                if due and self._take(schedule, slot):
                    self._poll(schedule, due)
            nap = min(nap, ((slot + 1) * schedule.slot_ms - now_ms) / 1_000)
        return max(nap, 0.001)

    def _take(self, schedule: Schedule, slot: int) -> bool:
        journal = self._bureau.records.journal
        key = journal.keys.schedule(schedule.name, slot)
        return bool(journal.client.set(key, self._me, nx=True, px=2_000 * schedule.every))

    def _poll(self, schedule: Schedule, accounts: Sequence[str]) -> None:
        places = [Place(polled_as(schedule.what, schedule.market), self._exchange_of[name], name) for name in accounts]
        kept = self._snapshots.read_all(places)
        old = [
            place.of
            for place, snapshot in zip(places, kept, strict=True)
            if snapshot is None or snapshot.age_seconds > _YOUNG * schedule.every
        ]
        for exchange in sorted({self._exchange_of[name] for name in old}):
            self._ask(schedule, exchange, [name for name in old if self._exchange_of[name] == exchange])

    def _ask(self, schedule: Schedule, exchange: str, accounts: Sequence[str]) -> None:
        """Whom a poll is under way for already is left to it: a limit that is too small must not pile polls up."""
        poll = uuid.uuid4().hex
        place = flights_of(schedule.what, schedule.market, exchange)
        owners = self._bureau.polls.hold(poll, place, accounts)
        mine = tuple(name for name in accounts if owners[name] == poll)
        if not mine:
            return
        command = PollAccounts(
            id=poll,
            exchange=exchange,
            what=schedule.what,
            market=schedule.market,
            accounts=mine,
            expires_in=float(schedule.every),
            producer=f"schedule {schedule.name}"[:64],
        )
        given = submission(command, self._bureau.settings)
        self._bureau.records.journal.submit(given)
        if not self._bureau.settings.one_redis:
            self._bureau.publisher.ring([Doorbell(given.id, given.task, given.queue, given.document)])
