"""The gate as commands meet it, in the script that claims them: order of arrival, places, and what is taught once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from support.gate import a_charge, a_passage, a_report
from support.rates.gates import Stand, a_submission

from router.journal import Claim, Finish, Verdict

PATIENCE_MS = 10


class Desk:
    """Commands before a gate, on a time that the test moves."""

    def __init__(self, client: redis.Redis) -> None:
        self.stand, self.client = Stand("journal", client), client
        self.journal = self.stand.journal

    def wait(self, ms: float) -> None:
        self.stand.time.move_to(self.stand.time.now_ms + ms)

    def submit(self, name: str, life_ms: int = -1) -> None:
        self.journal.submit(a_submission(name, life_ms=life_ms))
        self.wait(0)

    def begin(self, name: str, *charges: list[object]) -> Verdict:
        passage = a_passage(charges=charges)
        verdict = self.journal.begin(Claim(name, "", "worker", 60_000, 0, 3_000, PATIENCE_MS, passage))
        self.wait(0)
        return verdict

    def answer(self, name: str, verdict: Verdict, *charges: list[object], **heard: object) -> None:
        self.finish(name, verdict, a_report(charges=charges, mark=verdict.mark, told=[[-1, 0, 0]], **heard))

    def finish(self, name: str, verdict: Verdict, report: str, state: str = "done") -> None:
        self.journal.finish(Finish(name, verdict.attempt, state, "{}" if state == "done" else "", report=report))
        self.wait(0)

    def places(self, charge: list[object]) -> list[bytes]:
        return list(self.client.zrange(f"{charge[0]}:line:orders", 0, -1))


@pytest.fixture
def desk(quick: redis.Redis) -> Iterator[Desk]:
    return Desk(quick)


ONE = a_charge("one", 1, 1_000, rolling=True)
TWO = a_charge("two", 2, 10_000)


def test_what_a_call_taught_is_learnt_once_though_it_is_told_twice(desk: Desk) -> None:
    """A client whose reply is lost sends its script again."""
    for name in ("a", "b"):
        desk.submit(name)
    first, _ = desk.begin("a", TWO), desk.begin("b", TWO)
    unsent = a_report(charges=[TWO], mark=first.mark, told=[[-1, 0, 0]], sent=False, answered_ms_ago=-1)
    for _ in range(2):
        desk.finish("a", first, unsent, "waiting")
    desk.submit("c")
    assert desk.begin("c", TWO).what == "send"
    desk.submit("d")
    assert desk.begin("d", TWO).what == "wait"
