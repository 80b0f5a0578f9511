"""Carries out the faults that strike a request; see `simulator.faults` for what can be asked for."""

import asyncio
from collections.abc import Callable

from simulator.dialect import Dialect, Job
from simulator.faults import AFTER, BEFORE, STANDING, Fault, Faults
from simulator.http import Ask, Reply, Wire

MS_PER_SECOND = 1000
DEFAULT_STATUS = 502
DEFAULT_BAN_S = 120
DEFAULT_RETRY_S = 1
_PAGES = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Time-out"}
_REASON_DEFAULT = "Error"
_ONLY_STALL = frozenset({"stall"})


class Misbehaviour:
    """Runs one dialect's jobs under the faults in force."""

    def __init__(self, dialect: Dialect, faults: Callable[[], Faults]) -> None:
        self._dialect = dialect
        self._faults = faults
        self._late: set[asyncio.Task[None]] = set()

    async def run(self, ask: Ask, job: Job) -> Reply:
        """Everything after the checks on receipt."""
        faults, target = self._faults(), job.target
        for fault in faults.stalls("before", target):
            await _sleep(fault)
        for fault in faults.due(BEFORE - _ONLY_STALL, target):
            reply = self._before(fault, ask, job)
            if reply is not None:
                return reply
        reply = job.finish(self._hidden_us(job))
        for fault in faults.stalls("after", target):
            await _sleep(fault)
        for fault in faults.due(AFTER - _ONLY_STALL, target):
            reply = self._after(fault, reply, job)
        return reply

    def stop(self) -> None:
        """Drop what was to execute late."""
        for task in self._late:
            task.cancel()

    def _before(self, fault: Fault, ask: Ask, job: Job) -> Reply | None:
        match fault.kind:
            case "reset_before":
                return Reply(0, b"", wire=Wire.RESET)
            case "error_before":
                return self._error(fault)
            case "rate_limit":
                return self._dialect.rate_limited(job, ask, fault.number("retry_after_s", DEFAULT_RETRY_S))
            case "ban":
                return self._dialect.ban(ask, fault.number("duration_s", DEFAULT_BAN_S) * MS_PER_SECOND)
            case "maintenance":
                return None if self._dialect.always_answers(ask.path) else self._dialect.maintenance()
            case _:
                self._execute_later(fault, job)
                return Reply(0, b"", wire=Wire.CLOSE)

    def _after(self, fault: Fault, reply: Reply, job: Job) -> Reply:
        match fault.kind:
            case "error_after":
                return self._error(fault)
            case "duplicate":
                return self._dialect.duplicate(job)
            case kind:
                reply.wire = {"lose_reply": Wire.CLOSE, "partial_reply": Wire.HALF}.get(kind, Wire.RESET)
                return reply

    def _error(self, fault: Fault) -> Reply:
        status = fault.number("status", DEFAULT_STATUS)
        code = fault.numbers.get("code")
        return self._dialect.failure(status, code, fault.texts.get("msg", _PAGES.get(status, _REASON_DEFAULT)))

    def _hidden_us(self, job: Job) -> int:
        due = self._faults().due(STANDING - {"clock_skew"}, job.target) if job.target.method == "POST" else []
        return max((fault.number("delay_ms") for fault in due), default=0) * 1000

    def _execute_later(self, fault: Fault, job: Job) -> None:
        async def execute() -> None:
            await _sleep(fault)
            job.finish(self._hidden_us(job))

        task = asyncio.get_running_loop().create_task(execute())
        self._late.add(task)
        task.add_done_callback(self._late.discard)


async def _sleep(fault: Fault) -> None:
    await asyncio.sleep(fault.number("delay_ms") / MS_PER_SECOND)
