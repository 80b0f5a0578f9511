"""One gate and short words for asking it, for tests that say what it answers."""

from __future__ import annotations

import pytest

from router.halts import Halts
from support.rates.gates import Stand
from workers.calls.endpoint import Lane
from workers.calls.gatekeeper import Charge, Grant, Passage, Refusal, Report, Told
from workers.calls.local_gate import LocalGate

DAY_MS = 86_400_000
READ = {"lane": Lane.QUERIES}
ORDER = {"lane": Lane.ORDERS}


class House:
    """A gate with a clock of its own; the exchange's clock is the wall clock unless a passage says otherwise."""

    def __init__(self, stand: Stand) -> None:
        self.stand, self.gate = stand, stand.gate
        if stand.kind != "local":
            self.halts = Halts(stand.journal.client, stand.journal.keys)

    def wait(self, ms: float) -> None:
        self.stand.time.move_to(self.stand.time.now_ms + ms)

    def ask(self, *charges: Charge, **more: object) -> Grant | Refusal:
        given = {"way": "way", "egress": "egress", "lane": Lane.CANCELS, "charges": charges, **more}
        answer = self.gate.enter(Passage(**given))  # type: ignore[arg-type]
        self.wait(0)
        return answer

    def granted(self, *charges: Charge, **more: object) -> Grant:
        answer = self.ask(*charges, **more)
        assert isinstance(answer, Grant)
        return answer

    def refused(self, *charges: Charge, **more: object) -> Refusal:
        answer = self.ask(*charges, **more)
        assert isinstance(answer, Refusal)
        return answer

    def passes(self, *charges: Charge, **more: object) -> bool:
        return isinstance(self.ask(*charges, **more), Grant)

    def report(self, grant: Grant, *told: Told, answered: bool = True, **more: object) -> None:
        ago = 0.0 if answered else None
        self.gate.report(Report(grant, told, answered_ms_ago=ago, **more))  # type: ignore[arg-type]
        self.wait(0)

    def halt(self, name: str, by: str, why: str) -> None:
        if isinstance(self.gate, LocalGate):
            self.gate.halt(name, by, why)
        else:
            self.halts.set(name, by, why)

    def resume(self, name: str) -> bool:
        """False when nothing was halted."""
        if isinstance(self.gate, LocalGate):
            return self.gate.resume(name)
        return self.halts.lift(name, "somebody", "all is well") is not None

    def fail(self, times: int = 1) -> None:
        """Calls that the exchange did not answer rightly."""
        for _ in range(times):
            self.report(self.granted(ignores_breaker=True), healthy=False)


def told(refusal: Refusal) -> tuple[str, float]:
    return refusal.reason, refusal.retry_after_ms


def about(ms: float) -> object:
    """What no clock can tell more exactly, when every look at it takes a little while."""
    return pytest.approx(ms, abs=3)


def charge(cost: int = 1, limit: int = 10, key: str = "k", **more: object) -> Charge:
    given = {"ceiling": limit, "window_ms": DAY_MS, **more}
    return Charge(key=key, limit=limit, cost=cost, **given)  # type: ignore[arg-type]
