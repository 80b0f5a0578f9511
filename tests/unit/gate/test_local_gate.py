"""What is the local gate's alone: lines of callers, clocks and threads."""

from __future__ import annotations

import threading

import pytest
from support.rates.gates import START_MS, Stand
from support.rates.house import ORDER, House, about, charge

from workers.calls.endpoint import Lane
from workers.calls.gatekeeper import Grant, Passage, Refusal, Report
from workers.calls.local_gate import Clocks, LocalGate


@pytest.fixture
def house() -> House:
    return House(Stand("local", None))


def test_a_step_of_the_wall_clock_while_a_call_is_under_way_moves_no_window(house: House) -> None:
    wall, time = [0.0], house.stand.time
    gate = LocalGate(Clocks(lambda: time.now_ms - START_MS, lambda: time.now_ms + wall[0]))
    asked = Passage("way", "egress", Lane.CANCELS, (charge(1, 1, window_ms=10_000),))
    grant = gate.enter(asked)
    assert isinstance(grant, Grant)
    wall[0] = 3_600_000
    gate.report(Report(grant, answered_ms_ago=0.0))
    wall[0] = 0
    assert isinstance(gate.enter(asked), Refusal)


def test_who_asked_first_goes_first_and_who_stays_away_loses_its_turn_until_it_comes(house: House) -> None:
    one = charge(1, 1, window_ms=1_000, rolling=True)

    def ask(caller: str) -> float | None:
        """None when let through; the answer is here at once."""
        answer = house.ask(one, caller=caller, **ORDER)
        if isinstance(answer, Refusal):
            return answer.retry_after_ms
        house.report(answer)
        return None

    assert ask("first") is None
    assert [ask(name) for name in "abcd"] == [about(ms) for ms in (1_001, 2_001, 3_001, 4_001)]
    house.wait(1_003)
    assert ask("d") == about(3_000)
    assert ask("a") is None
    house.wait(1_247)
    assert ask("c") == about(1_000)  # b was told to come a little while ago, and may be a little late
    house.wait(4)
    assert ask("c") is None
    assert ask("d") == about(1_001)
    assert ask("b") == about(1_001)  # it is in front of d again
    house.wait(1_003)
    assert ask("d") == about(1_000)
    assert ask("b") is None


def test_who_gives_no_name_does_not_wait_in_line(house: House) -> None:
    one = charge(1, 1, window_ms=1_000, rolling=True)
    grant = house.granted(one)
    house.refused(one, caller="a")
    house.report(grant, answered=False, sent=False)
    assert house.passes(one)


def test_many_threads_never_exceed_a_budget() -> None:
    local, passed = LocalGate(), []

    def run() -> None:
        asked = Passage("way", "egress", Lane.CANCELS, (charge(1, 500),))
        passed.extend(1 for _ in range(200) if isinstance(local.enter(asked), Grant))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 500
