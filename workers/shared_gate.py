"""The gate that all workers share: one script in Redis, on Redis' clock."""

from __future__ import annotations

import redis

from router.errors import ErrorKind, NotProcessed, Problem, QueueUnavailable
from router.gate_papers import ChargeRow, Entry, Heard, pack
from router.journal import Journal
from router.keys import Keys
from workers.calls.endpoint import Lane
from workers.calls.gatekeeper import Charge, Grant, Passage, Refusal, Report, Told
from workers.redis_clock import RedisClock

_UNTOLD = (-1, 0, 0)


class SharedGate:
    """A Gatekeeper over Redis.

    Windows are aligned to the exchange's clock while the script reads Redis' own, so what this host knows of the one is
    told in terms of the other.
    """

    def __init__(self, journal: Journal, clock: RedisClock | None = None) -> None:
        self._journal = journal
        self._clock = clock or RedisClock(journal)

    def enter(self, passage: Passage) -> Grant | Refusal:
        """Reserve every charge or none. Raises: NotProcessed when Redis does not answer, since nothing was sent."""
        try:
            answer = self._journal.enter(self.passage_document(passage))
        except redis.RedisError as error:
            text = f"the shared gate does not answer ({error})"
            raise NotProcessed(Problem(kind=ErrorKind.QUEUE, message=text, retry_after_ms=500)) from error
        return Refusal(answer.reason, answer.wait_ms, answer.detail) if answer.reason else Grant(passage, answer.mark)

    def report(self, report: Report) -> None:
        """Learn from a finished call. Raises: QueueUnavailable; the call itself stands."""
        try:
            self._journal.report(self.report_document(report))
        except redis.RedisError as error:
            raise QueueUnavailable(f"the shared gate does not answer ({error})") from error

    def passage_document(self, passage: Passage) -> bytes:
        """The passage as the script reads it."""
        return pack(self._entry(passage, passage.charges))

    def report_document(self, report: Report) -> bytes:
        """The report as the script reads it."""
        told = {each.charge.key: each for each in report.told}
        paid = report.grant.passage.charges
        known = {charge.key for charge in paid}
        charges = (*paid, *(each.charge for each in report.told if each.charge.key not in known))
        heard = Heard(
            mark=report.grant.mark,
            sent=report.sent,
            answered_ms_ago=-1 if report.answered_ms_ago is None else report.answered_ms_ago,
            banned_for_ms=-1 if report.banned_for_ms is None else report.banned_for_ms,
            healthy=-1 if report.healthy is None else int(report.healthy),
            told=[_told(told.get(charge.key)) for charge in charges],
        )
        return pack(self._entry(report.grant.passage, charges), heard)

    def _entry(self, passage: Passage, charges: tuple[Charge, ...]) -> Entry:
        keys: Keys = self._journal.keys
        moment, clock = passage.moment, self._clock
        return Entry(
            lane=passage.lane,
            halted=keys.halts,
            ban=keys.ban(passage.egress),
            thaw=keys.thaw(passage.egress),
            breaker=keys.breaker(passage.way),
            way=passage.way,
            events=keys.events,
            halts=passage.halts,
            read=passage.lane is Lane.QUERIES,
            ignores_breaker=passage.ignores_breaker,
            offset=round(moment.offset_ms - clock.ahead_ms, 3),
            guard=round(moment.guard_ms + clock.uncertainty_ms, 3),
            lead=round(moment.lead_ms, 3),
            charges=[_charge(keys, charge) for charge in charges],
        )


def _charge(keys: Keys, charge: Charge) -> ChargeRow:
    return (
        *(keys.budget(charge.key), int(charge.rolling), charge.limit, charge.ceiling),
        *(charge.window_ms, charge.cost, int(charge.refuses)),
    )


def _told(told: Told | None) -> tuple[int, int, int]:
    if told is None:
        return _UNTOLD
    return -1 if told.used is None else told.used, told.given_back, int(told.exhausted)
