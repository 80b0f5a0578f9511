"""Finds commands that nobody is working on and rings their doorbells; one worker at a time leads."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

import redis

from router.journal import Journal
from router.publish import Publisher

log = logging.getLogger("pointsman.sweeper")
_LEASE_MS: Final = 2_000
_AT_MOST: Final = 500
_LONGEST_NAP_SECONDS: Final = 0.02  # nobody tells the leader of a nearer due time, so it looks this often
_IDLE_NAP_SECONDS: Final = 0.1  # while nothing is under way; the first that then has to wait may wait so much longer


class Sweeper(threading.Thread):
    """A thread of every worker. The one that holds the lease sweeps; the others look whether it is free."""

    def __init__(self, journal: Journal, publisher: Publisher, name: str, grace_ms: int) -> None:
        super().__init__(name="pointsman-sweeper", daemon=True)
        self._journal = journal
        self._publisher = publisher
        self._me = name
        self._grace_ms = grace_ms
        self._stopping = threading.Event()
        self._leads_until = 0.0  # until when it need not ask again; two that sweep at once do no harm

    def stop(self) -> None:
        """Give the lead away and end."""
        self._stopping.set()
        self.join(timeout=5)

    def run(self) -> None:
        """Sweep until stopped; trouble with Redis or the broker is logged and outlived."""
        while not self._stopping.is_set():
            try:
                nap = self._turn()
            except redis.RedisError as error:
                log.warning("cannot sweep: Redis does not answer (%s)", error)
                nap = 0.5
            except Exception:
                # The doorbells of this sweep may be lost; their commands are still on the agenda and come up again.
                log.exception("a sweep failed")
                nap = 1.0
            self._stopping.wait(nap)

    def _turn(self) -> float:
        if time.monotonic() > self._leads_until:
            if not self._journal.lead(self._me, _LEASE_MS):
                return _LEASE_MS / 4000
            self._leads_until = time.monotonic() + _LEASE_MS / 4000
        sweep = self._journal.sweep(_AT_MOST, self._grace_ms)
        if sweep.rings:
            log.debug("ringing for %d commands", len(sweep.rings))
            self._publisher.ring(sweep.rings)
            return 0.0
        due = sweep.next_in_ms
        return _IDLE_NAP_SECONDS if due is None else min(due / 1000, _LONGEST_NAP_SECONDS)
