"""Claims on behalf of a call that carries several: who comes before its time is let through, or left as it was."""

from __future__ import annotations

import pytest
import redis
from support.gate import a_charge, a_passage
from support.rates.gates import Stand, a_submission

from router.claims import Claim, Verdict
from router.gate_papers import ChargeRow
from router.journal import Finish

ONE = a_charge("one", 1, 10_000)
APART = a_charge("apart", 3, 10_000)
LINE, LINED = "pointsman:line:one", "pointsman:agenda:lined"


def _document(name: str) -> str:
    return f"document of {name}"


class Desk:
    """Commands of one line before two budgets: of single calls, and of batches."""

    def __init__(self, client: redis.Redis) -> None:
        self.client, self.journal = client, Stand("journal", client).journal

    def submit(self, *names: str) -> None:
        for name in names:
            self.journal.submit(a_submission(name, line="one")._replace(document=_document(name), message="a message"))

    def begin(self, name: str, charge: ChargeRow, *, together: bool = False) -> Verdict:
        passage = a_passage(charges=[charge])
        return self.journal.begin(Claim(name, "", "worker", 60_000, 0, 3_000, 10, passage, int(together)))

    def end(self, name: str, verdict: Verdict) -> None:
        self.journal.finish(Finish(name, verdict.attempt, "done", "{}"))

    def held(self, name: str) -> dict[bytes, bytes]:
        return dict(self.client.hgetall(f"pointsman:command:{name}"))

    def called(self) -> set[bytes]:
        return set(self.client.zrange(f"{LINE}:called", 0, -1))


@pytest.fixture
def desk(quick: redis.Redis) -> Desk:
    """Four are called and three stand in line; the first has used the limit of single calls up, the second waits."""
    desk = Desk(quick)
    desk.submit(*"abcdefg")
    assert desk.begin("a", ONE).what == "send"
    assert desk.begin("b", ONE).what == "wait"
    assert desk.client.zrange(LINE, 0, -1) == [b"e", b"f", b"g"]
    assert b"message" in desk.held("f")
    return desk


def test_who_waits_may_go_before_its_time(desk: Desk) -> None:
    assert desk.begin("b", APART).what == "early"
    assert desk.begin("b", APART, together=True).what == "send"
    assert desk.client.zcard("one:line:orders") == 0, "its place before the other limit is given back"


def test_who_stands_in_line_steps_out_of_it(desk: Desk) -> None:
    verdict = desk.begin("f", APART, together=True)
    assert verdict.what == "send"
    assert desk.client.zrange(LINE, 0, -1) == [b"e", b"g"]
    assert desk.client.hvals(LINED) == [b"2"]
    assert b"message" not in desk.held("f")
    assert b"f" in desk.called()
    desk.end("f", verdict)
    assert desk.called() == {b"a", b"b", b"c", b"d"}


def test_who_is_not_let_through_is_left_as_it_was(desk: Desk) -> None:
    for name in "bce":
        assert desk.begin(name, APART, together=True).what == "send"
    for name in "df":
        before, agenda = desk.held(name), desk.client.zrange("pointsman:agenda", 0, -1, withscores=True)
        assert desk.begin(name, APART, together=True).what == "soon"
        assert desk.held(name) == before
        assert desk.client.zrange("pointsman:agenda", 0, -1, withscores=True) == agenda
    assert desk.client.zcard("apart:line:orders") == 0, "who only passes by takes no place"
    assert desk.client.zrange(LINE, 0, -1) == [b"f", b"g"]


def test_who_waits_for_something_else_stays(desk: Desk) -> None:
    verdict = desk.begin("c", APART)
    desk.journal.finish(Finish("c", verdict.attempt, "waiting", "", 5_000, "the exchange said so"))
    assert desk.begin("c", APART, together=True).what == "early"
    assert desk.journal.companions("one", "b", 10) == list(map(_document, "efg"))


def test_companions_are_those_who_wait_and_then_those_in_line(desk: Desk) -> None:
    assert desk.begin("d", ONE).what == "wait"
    assert desk.journal.companions("one", "b", 3) == list(map(_document, "def"))
    assert desk.journal.companions("one", "b", 1) == [_document("d")]
    assert desk.client.zrange(LINE, 0, -1) == [b"e", b"f", b"g"], "they were only looked at"
