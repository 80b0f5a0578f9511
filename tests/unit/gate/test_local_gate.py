"""The gate inside a process: budgets, lanes, bans, the breaker and halts, on a time that the test moves."""

from __future__ import annotations

import json
import threading

import pytest

from router.errors import ErrorKind
from workers.calls.breaker import COOL_DOWN_MS, FAILURES_TO_OPEN, LONGEST_COOL_DOWN_MS, PROBE_MS
from workers.calls.endpoint import Lane
from workers.calls.gatekeeper import Charge, Grant, Moment, Passage, Refusal, Report, Told
from workers.calls.local_gate import Clocks, LocalGate

DAY_MS = 86_400_000
READ = {"lane": Lane.QUERIES}
ORDER = {"lane": Lane.ORDERS}


class House:
    """A gate with a clock of its own; the exchange's clock is the wall clock unless a passage says otherwise."""

    def __init__(self) -> None:
        self.now_ms = 1_000_000.0
        self.gate = LocalGate(Clocks(lambda: self.now_ms, lambda: self.now_ms))

    def ask(self, *charges: Charge, **more: object) -> Grant | Refusal:
        given = {"way": "way", "egress": "egress", "lane": Lane.CANCELS, "charges": charges, **more}
        return self.gate.enter(Passage(**given))  # type: ignore[arg-type]

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

    def fail(self, times: int = 1, **more: object) -> None:
        """Calls that the exchange did not answer rightly."""
        for _ in range(times):
            grant = self.granted(ignores_breaker=True, **more)
            self.gate.report(Report(grant, healthy=False))


@pytest.fixture
def house() -> House:
    return House()


def charge(cost: int = 1, limit: int = 10, key: str = "k", **more: object) -> Charge:
    given = {"ceiling": limit, "window_ms": DAY_MS, **more}
    return Charge(key=key, limit=limit, cost=cost, **given)  # type: ignore[arg-type]


def test_a_budget_lets_through_what_fits_and_all_or_nothing(house: House) -> None:
    assert house.passes(charge(9))
    assert house.passes(charge(1))
    refusal = house.refused(charge(1))
    assert (refusal.reason, 0 < refusal.retry_after_ms <= DAY_MS) == ("rate_limited", True)
    house.refused(charge(1, key="free"), charge(1))
    assert house.passes(charge(10, key="free"))


def test_urgent_lanes_keep_a_part_of_each_budget(house: House) -> None:
    for lane, ceiling in ((Lane.QUERIES, 80), (Lane.ORDERS, 95), (Lane.CANCELS, 100)):
        taken = 0
        while house.passes(charge(1, 100, ceiling=ceiling), lane=lane):
            taken += 1
        assert taken == {80: 80, 95: 15, 100: 5}[ceiling]


@pytest.mark.parametrize("rolling", [False, True])
def test_a_call_dearer_than_its_share_passes_alone(house: House, rolling: bool) -> None:  # noqa: FBT001 - a parameter of the test
    dear = charge(80, 100, ceiling=50, rolling=rolling)
    assert house.passes(dear, **READ)
    house.refused(charge(1, 100, ceiling=50, rolling=rolling), **READ)


def test_windows_are_aligned_to_the_exchanges_clock(house: House) -> None:
    def at(exchange_ms: float) -> Grant | Refusal:
        return house.ask(charge(1, 1, window_ms=10_000), moment=Moment(exchange_ms - house.now_ms))

    assert isinstance(at(20_000), Grant)
    refusal = at(24_000)
    assert isinstance(refusal, Refusal)
    assert refusal.retry_after_ms == pytest.approx(6_000, abs=0.01)
    assert isinstance(at(30_000.01), Refusal)  # the first is still on its way, and may be counted in this window
    house.now_ms += 20_000
    assert isinstance(at(50_000), Grant)


def test_a_step_of_the_wall_clock_while_a_call_is_under_way_moves_no_window(house: House) -> None:
    wall = [0.0]
    gate = LocalGate(Clocks(lambda: house.now_ms, lambda: house.now_ms + wall[0]))
    asked = Passage("way", "egress", Lane.CANCELS, (charge(1, 1, window_ms=10_000),))
    grant = gate.enter(asked)
    assert isinstance(grant, Grant)
    wall[0] = 3_600_000
    gate.report(Report(grant, answered_ms_ago=0.0))
    wall[0] = 0
    assert isinstance(gate.enter(asked), Refusal)


def test_a_count_told_while_calls_are_under_way_only_raises_ours(house: House) -> None:
    one, other = house.granted(charge(2)), house.granted(charge(3))
    house.gate.report(Report(one, (Told(charge(2), used=2),), answered_ms_ago=0.0))
    assert house.passes(charge(5))
    house.refused(charge(1))
    house.gate.report(Report(other, (Told(charge(3), used=30),), answered_ms_ago=0.0))
    house.refused(charge(1))


def test_a_count_told_to_the_only_call_under_way_is_exact(house: House) -> None:
    grant = house.granted(charge(9))
    house.gate.report(Report(grant, (Told(charge(9), used=4),), answered_ms_ago=0.0))
    assert house.passes(charge(6))
    house.refused(charge(1))


def test_a_budget_that_a_call_did_not_pay_can_be_told_of_by_its_answer(house: House) -> None:
    grant = house.granted(charge(1, key="other"))
    house.gate.report(Report(grant, (Told(charge(0), used=10),), answered_ms_ago=0.0))
    house.refused(charge(1))


def test_refunds_make_room_again_and_never_more_than_was_taken(house: House) -> None:
    grant = house.granted(charge(10))
    house.gate.report(Report(grant, (Told(charge(10), given_back=4),), answered_ms_ago=0.0))
    last = house.granted(charge(4))
    house.refused(charge(1))
    house.gate.report(Report(last, (Told(charge(4), given_back=400),), answered_ms_ago=0.0))
    assert house.passes(charge(4))
    house.refused(charge(1))


def test_a_refund_counts_only_in_the_window_that_was_charged(house: House) -> None:
    short = charge(1, 1, window_ms=10_000)
    grant = house.granted(short)
    house.now_ms += 60_000
    assert house.passes(short)
    house.gate.report(Report(grant, (Told(short, given_back=1),), answered_ms_ago=0.0))
    house.refused(short)


def test_what_was_not_sent_costs_nothing_and_is_reported_once(house: House) -> None:
    for rolling in (False, True):
        taken = charge(10, key=f"k{rolling}", rolling=rolling)
        grant = house.granted(taken)
        house.refused(taken)
        house.gate.report(Report(grant, sent=False))
        house.gate.report(Report(grant, sent=False))
        assert house.passes(taken)
        house.refused(charge(1, key=f"k{rolling}", rolling=rolling))


def test_the_accounts_own_guard_refuses_and_says_which(house: House) -> None:
    own = charge(1, 2, key="account:orders_per_minute", window_ms=60_000, rolling=True, refuses=True)
    assert house.passes(own)
    assert house.passes(own)
    assert house.refused(own, caller="a") == Refusal(ErrorKind.GUARD, -1, "account:orders_per_minute")


def test_a_ban_stops_the_address_for_everything_and_calls_start_again_gently(house: House) -> None:
    grant = house.granted()
    house.gate.report(Report(grant, banned_for_ms=60_000))
    house.gate.report(Report(grant, banned_for_ms=10))
    assert house.refused(ignores_breaker=True) == Refusal(ErrorKind.BANNED, 60_000)
    assert house.passes(egress="another")
    house.now_ms += 60_000
    passed = []
    for _ in range(7):
        asked = [house.ask(**ORDER) for _ in range(100)]
        passed.append(sum(isinstance(answer, Grant) for answer in asked))
        assert all(each == Refusal("banned", 1_000) for each in asked if isinstance(each, Refusal))
        assert house.passes()  # a cancel
        house.now_ms += 1_000
    assert passed == [1, 2, 4, 8, 16, 32, 100]


def test_who_is_refused_by_a_budget_does_not_use_up_the_thaw(house: House) -> None:
    house.gate.report(Report(house.granted(charge(10)), banned_for_ms=10))
    house.now_ms += 10
    house.refused(charge(1), **ORDER)
    assert house.passes(**ORDER)


def test_the_breaker_stops_orders_and_lets_cancels_and_probes_pass(house: House) -> None:
    house.fail(FAILURES_TO_OPEN - 1)
    assert house.passes(**ORDER)
    house.fail()
    assert house.refused(**ORDER) == Refusal(ErrorKind.CIRCUIT_OPEN, COOL_DOWN_MS)
    assert house.passes(way="another", **ORDER)
    grant = house.granted(ignores_breaker=True)
    house.gate.report(Report(grant, healthy=None))
    house.refused(**ORDER)
    house.gate.report(Report(grant, healthy=True))
    assert house.passes(**ORDER)


def test_a_success_in_between_keeps_the_breaker_closed(house: House) -> None:
    for _ in range(3):
        house.fail(FAILURES_TO_OPEN - 1)
        house.gate.report(Report(house.granted(), healthy=True))
    assert house.passes(**ORDER)


def test_an_open_breaker_lets_one_read_through_and_each_that_fails_doubles_its_rest(house: House) -> None:
    house.fail(FAILURES_TO_OPEN)
    rest = COOL_DOWN_MS
    for _ in range(6):
        house.now_ms += rest - 1
        house.refused(**READ)
        house.now_ms += 1
        house.refused(**ORDER)
        probe = house.granted(**READ)
        house.refused(**READ)
        house.gate.report(Report(probe, healthy=False))
        rest = min(2 * rest, LONGEST_COOL_DOWN_MS)
        assert house.refused(**ORDER).retry_after_ms == rest
    house.now_ms += rest
    house.granted(**READ)
    house.now_ms += PROBE_MS - 1
    house.refused(**READ)
    house.now_ms += 1
    house.gate.report(Report(house.granted(**READ), healthy=True))
    assert house.passes(**ORDER)


def test_a_read_that_a_budget_refuses_is_no_probe(house: House) -> None:
    assert house.passes(charge(10))
    house.fail(FAILURES_TO_OPEN)
    house.now_ms += COOL_DOWN_MS
    assert house.refused(charge(1), **READ).reason == "rate_limited"
    assert house.passes(**READ)


def test_a_failure_of_a_call_that_was_under_way_when_it_opened_changes_nothing(house: House) -> None:
    slow = house.granted(**ORDER)
    house.now_ms += 1
    house.fail(FAILURES_TO_OPEN)
    house.now_ms += COOL_DOWN_MS + 1
    house.gate.report(Report(slow, healthy=False))
    assert house.passes(**READ)


def test_a_halt_stops_the_very_next_call_under_that_name_and_says_by_whom_and_why(house: House) -> None:
    names = ("all", "exchange:binance", "account:main", "symbol:binance:BTC/USDT")
    for name in names:
        house.gate.halt(name, "ops@desk", "bad prices")
        house.gate.halt(name, "somebody", "else")
        refusal = house.refused(halts=names, **ORDER)
        assert (refusal.reason, refusal.retry_after_ms) == (ErrorKind.HALTED, -1)
        assert json.loads(refusal.detail) == {"by": "ops@desk", "why": "bad prices", "since_ms": 1_000_000}
        assert house.passes(halts=("account:other",), **ORDER)
        assert house.passes()
        assert house.gate.resume(name)
        assert not house.gate.resume(name)
        assert house.passes(halts=names, **ORDER)


def test_who_asked_first_goes_first_and_who_stays_away_loses_its_turn_until_it_comes(house: House) -> None:
    one = charge(1, 1, window_ms=1_000, rolling=True)

    def ask(caller: str) -> float | None:
        """None when let through; the answer is here at once."""
        answer = house.ask(one, caller=caller, **ORDER)
        if isinstance(answer, Refusal):
            return answer.retry_after_ms
        house.gate.report(Report(answer, answered_ms_ago=0.0))
        return None

    assert ask("first") is None
    assert [ask(name) for name in "abcd"] == [1_001, 2_001, 3_001, 4_001]
    house.now_ms += 1_001
    assert ask("d") == pytest.approx(3_000)
    assert ask("a") is None
    house.now_ms += 1_250
    assert ask("c") == 1_000  # b was told to come a little while ago, and may be a little late
    house.now_ms += 0.5
    assert ask("c") is None
    assert ask("d") == 1_001
    assert ask("b") == 1_001  # it is in front of d again
    house.now_ms += 1_001
    assert ask("d") == 1_000
    assert ask("b") is None


def test_who_gives_no_name_does_not_wait_in_line(house: House) -> None:
    one = charge(1, 1, window_ms=1_000, rolling=True)
    grant = house.granted(one)
    house.refused(one, caller="a")
    house.gate.report(Report(grant, sent=False))
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
