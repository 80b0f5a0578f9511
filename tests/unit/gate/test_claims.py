"""The gate as commands meet it, in the script that claims them: order of arrival, places, and what is taught once."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import redis
from support.gate import a_charge, a_passage, a_report
from support.rates.gates import Stand, a_submission

from router.claims import Claim, Verdict
from router.gate_papers import ChargeRow
from router.journal import Finish

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

    def begin(self, name: str, *charges: ChargeRow) -> Verdict:
        passage = a_passage(charges=charges)
        verdict = self.journal.begin(Claim(name, "", "worker", 60_000, 0, 3_000, PATIENCE_MS, passage))
        self.wait(0)
        return verdict

    def answer(self, name: str, verdict: Verdict, *charges: ChargeRow, **heard: object) -> None:
        self.finish(name, verdict, a_report(charges=charges, mark=verdict.mark, told=[[-1, 0, 0]], **heard))

    def finish(self, name: str, verdict: Verdict, report: bytes, state: str = "done") -> None:
        self.journal.finish(Finish(name, verdict.attempt, state, "{}" if state == "done" else "", report=report))
        self.wait(0)

    def places(self, charge: ChargeRow) -> list[bytes]:
        return list(self.client.zrange(f"{charge[0]}:line:orders", 0, -1))


@pytest.fixture
def desk(quick: redis.Redis) -> Iterator[Desk]:
    return Desk(quick)


RUNG_MS = 250  # how long somebody who was called may take to come
ONE = a_charge("one", 1, 1_000, rolling=True)
TWO = a_charge("two", 2, 10_000)


def unsent(verdict: Verdict, *charges: ChargeRow) -> bytes:
    told = [[-1, 0, 0]] * len(charges)
    return a_report(charges=charges, mark=verdict.mark, told=told, sent=False, answered_ms_ago=-1)


def test_what_a_call_taught_is_learnt_once_though_it_is_told_twice(desk: Desk) -> None:
    """A client whose reply is lost sends its script again."""
    for name in ("a", "b"):
        desk.submit(name)
    first, _ = desk.begin("a", TWO), desk.begin("b", TWO)
    for _ in range(2):
        desk.finish("a", first, unsent(first, TWO), "waiting")
    desk.submit("c")
    assert desk.begin("c", TWO).what == "send"
    desk.submit("d")
    assert desk.begin("d", TWO).what == "wait"


def test_room_belongs_to_those_who_came_first_even_before_they_are_back(desk: Desk) -> None:
    for name in "abcd":
        desk.submit(name)
    for name in "ab":
        desk.answer(name, desk.begin(name, TWO), TWO)
    assert [desk.begin(name, TWO).what for name in "cd"] == ["wait", "wait"]
    desk.wait(10_000)
    desk.submit("e")
    assert desk.begin("e", TWO).what == "wait"
    desk.journal.sweep(10, 3_000)
    assert [desk.begin(name, TWO).what for name in "dc"] == ["send", "send"]


def test_whoever_is_called_and_stays_away_loses_its_turn_until_it_comes(desk: Desk) -> None:
    for name in "abc":
        desk.submit(name)
    first = desk.begin("a", ONE)
    assert [desk.begin(name, ONE).what for name in "bc"] == ["wait", "wait"]
    desk.answer("a", first, ONE)
    desk.wait(2_100)
    assert {bell.id for bell in desk.journal.sweep(10, 3_000).rings} == {"b", "c"}
    desk.wait(RUNG_MS - 5)
    assert desk.begin("c", ONE).what == "wait"
    desk.wait(1_100)
    desk.journal.sweep(10, 3_000)
    desk.wait(RUNG_MS + 5)
    verdict = desk.begin("c", ONE)
    assert verdict.what == "send"
    desk.submit("d")
    assert desk.begin("d", ONE).what == "wait"
    desk.answer("c", verdict, ONE)
    assert desk.begin("b", ONE).what == "wait"  # c has gone first; b is in front of d again
    desk.wait(1_010)
    desk.journal.sweep(10, 3_000)
    assert [desk.begin(name, ONE).what for name in "db"] == ["wait", "send"]


@pytest.mark.parametrize("how", ["expired", "cancelled", "refused"])
def test_whoever_ends_before_its_turn_gives_its_place_back(desk: Desk, how: str) -> None:
    desk.submit("a")
    desk.submit("b", life_ms=500 if how == "expired" else -1)
    desk.submit("c")
    first = desk.begin("a", ONE)
    assert [desk.begin(name, ONE).what for name in "bc"] == ["wait", "wait"]
    assert len(desk.places(ONE)) == 2
    if how == "expired":
        desk.wait(600)
        desk.journal.sweep(10, 3_000)
    elif how == "cancelled":
        desk.journal.submit(a_submission("cancel")._replace(target="b"))
    else:
        desk.journal.end_unsent("b", "failed", json.dumps({"kind": "halted"}))
    assert [member.split(b":")[1] for member in desk.places(ONE)] == [b"c"]
    desk.answer("a", first, ONE)
    desk.wait(2_010)
    desk.journal.sweep(10, 3_000)
    assert desk.begin("c", ONE).what == "send"
    assert desk.places(ONE) == []


def test_whoever_moves_to_another_budgets_line_keeps_its_time_and_one_place(desk: Desk) -> None:
    for name in "abcd":
        desk.submit(name)
    first = desk.begin("a", ONE, TWO)
    assert desk.begin("b", ONE, TWO).what == "wait"
    second = desk.begin("c", TWO)
    assert desk.begin("d", TWO).what == "wait"
    desk.finish("a", first, unsent(first, ONE, TWO), "waiting")
    desk.finish(
        "c", second, a_report(charges=[TWO], mark=second.mark, told=[[2, 0, 0]])
    )  # somebody else took the other
    desk.wait(1_010)
    desk.journal.sweep(10, 3_000)
    assert desk.begin("b", ONE, TWO).what == "wait"
    assert desk.places(ONE) == []
    assert [member.split(b":")[1] for member in desk.places(TWO)] == [b"b", b"d"]


def test_what_was_not_sent_makes_room_for_the_next_at_once(desk: Desk) -> None:
    desk.submit("a")
    desk.submit("b")
    first = desk.begin("a", TWO)
    desk.finish("a", first, unsent(first, TWO), "waiting")
    assert desk.begin("b", a_charge("two", 2, 10_000, cost=2)).what == "send"
