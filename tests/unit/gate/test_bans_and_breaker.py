"""What stops calls whatever they cost, in both gates: halts, bans and the gentle start after them, the breaker."""

from __future__ import annotations

import json

from support.rates.house import ORDER, READ, House, about, charge, told

from router.errors import ErrorKind
from workers.calls.breaker import COOL_DOWN_MS, FAILURES_TO_OPEN, LONGEST_COOL_DOWN_MS, PROBE_MS
from workers.calls.gatekeeper import Grant, Refusal


def test_a_ban_stops_the_address_for_everything_and_calls_start_again_gently(house: House) -> None:
    grant = house.granted()
    house.report(grant, banned_for_ms=60_000)
    house.report(grant, banned_for_ms=10)
    assert told(house.refused(ignores_breaker=True)) == (ErrorKind.BANNED, about(60_000))
    assert house.passes(egress="another")
    house.wait(60_000)
    passed = []
    for _ in range(7):
        asked = [house.ask(**ORDER) for _ in range(100)]
        passed.append(sum(isinstance(answer, Grant) for answer in asked))
        assert all(told(each) == ("banned", about(1_000)) for each in asked if isinstance(each, Refusal))
        assert house.passes()  # a cancel
        house.wait(1_000)
    assert passed == [1, 2, 4, 8, 16, 32, 100]


def test_who_is_refused_by_a_budget_does_not_use_up_the_thaw(house: House) -> None:
    house.report(house.granted(charge(10)), banned_for_ms=10)
    house.wait(10)
    house.refused(charge(1), **ORDER)
    assert house.passes(**ORDER)


def test_the_breaker_stops_orders_and_lets_cancels_and_probes_pass(house: House) -> None:
    house.fail(FAILURES_TO_OPEN - 1)
    assert house.passes(**ORDER)
    house.fail()
    assert told(house.refused(**ORDER)) == (ErrorKind.CIRCUIT_OPEN, about(COOL_DOWN_MS))
    assert house.passes(way="another", **ORDER)
    grant = house.granted(ignores_breaker=True)
    house.report(grant, healthy=None)
    house.refused(**ORDER)
    house.report(grant, healthy=True)
    assert house.passes(**ORDER)


def test_a_success_in_between_keeps_the_breaker_closed(house: House) -> None:
    for _ in range(3):
        house.fail(FAILURES_TO_OPEN - 1)
        house.report(house.granted(), healthy=True)
    assert house.passes(**ORDER)


def test_an_open_breaker_lets_one_read_through_and_each_that_fails_doubles_its_rest(house: House) -> None:
    house.fail(FAILURES_TO_OPEN)
    rest = COOL_DOWN_MS
    for _ in range(6):
        house.wait(rest - 3)
        house.refused(**READ)
        house.wait(3)
        house.refused(**ORDER)
        probe = house.granted(**READ)
        house.refused(**READ)
        house.report(probe, healthy=False)
        rest = min(2 * rest, LONGEST_COOL_DOWN_MS)
        assert told(house.refused(**ORDER)) == (ErrorKind.CIRCUIT_OPEN, about(rest))
    house.wait(rest)
    house.granted(**READ)
    house.wait(PROBE_MS - 3)
    house.refused(**READ)
    house.wait(3)
    house.report(house.granted(**READ), healthy=True)
    assert house.passes(**ORDER)


def test_a_read_that_a_budget_refuses_is_no_probe(house: House) -> None:
    assert house.passes(charge(10))
    house.fail(FAILURES_TO_OPEN)
    house.wait(COOL_DOWN_MS)
    assert house.refused(charge(1), **READ).reason == "rate_limited"
    assert house.passes(**READ)


def test_a_failure_of_a_call_that_was_under_way_when_it_opened_changes_nothing(house: House) -> None:
    slow = house.granted(**ORDER)
    house.wait(1)
    house.fail(FAILURES_TO_OPEN)
    house.wait(COOL_DOWN_MS + 1)
    house.report(slow, healthy=False)
    assert house.passes(**READ)


def test_a_ban_of_no_length_bans_nobody(house: House) -> None:
    house.report(house.granted(), banned_for_ms=0)
    assert all(house.passes(**ORDER) for _ in range(3))


def test_a_second_ban_thaws_as_gently_as_the_first_and_not_more_slowly(house: House) -> None:
    for _ in range(2):
        house.report(house.granted(), banned_for_ms=10)
        house.wait(10)
        assert [house.passes(**ORDER) for _ in range(3)] == [True, False, False]
        house.wait(1_000)
        assert [house.passes(**ORDER) for _ in range(3)] == [True, True, False]


def test_a_halt_stops_the_very_next_call_under_that_name_and_says_by_whom_and_why(house: House) -> None:
    names = ("all", "exchange:binance", "account:main", "symbol:binance:BTC/USDT")
    for name in names:
        house.halt(name, "ops@desk", "bad prices")
        house.halt(name, "somebody", "else")
        refusal = house.refused(halts=names, **ORDER)
        assert told(refusal) == (ErrorKind.HALTED, -1)
        order = json.loads(refusal.detail)
        assert (order["by"], order["why"], order["since_ms"] > 0) == ("ops@desk", "bad prices", True)
        assert house.passes(halts=("account:other",), **ORDER)
        assert house.passes()
        assert house.resume(name)
        assert not house.resume(name)
        assert house.passes(halts=names, **ORDER)
