"""How both gates count: what fits, what is carried over, what is given back, what an answer proves."""

from __future__ import annotations

import pytest
from support.rates.house import DAY_MS, READ, House, about, charge, told

from router.errors import ErrorKind
from workers.calls.endpoint import Lane
from workers.calls.gatekeeper import Grant, Moment, Refusal, Told


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
        return house.ask(charge(1, 1, window_ms=10_000), moment=Moment(exchange_ms - house.stand.time.now_ms))

    assert isinstance(at(20_000), Grant)
    refusal = at(24_000)
    assert isinstance(refusal, Refusal)
    assert refusal.retry_after_ms == about(6_000)
    assert isinstance(at(30_000.01), Refusal)  # the first is still on its way, and may be counted in this window
    house.wait(20_000)
    assert isinstance(at(50_000), Grant)


def test_a_count_told_while_calls_are_under_way_only_raises_ours(house: House) -> None:
    one, other = house.granted(charge(2)), house.granted(charge(3))
    house.report(one, Told(charge(2), used=2))
    assert house.passes(charge(5))
    house.refused(charge(1))
    house.report(other, Told(charge(3), used=30))
    house.refused(charge(1))


def test_a_count_told_to_the_only_call_under_way_is_exact(house: House) -> None:
    grant = house.granted(charge(9))
    house.report(grant, Told(charge(9), used=4))
    assert house.passes(charge(6))
    house.refused(charge(1))


def test_a_budget_that_a_call_did_not_pay_can_be_told_of_by_its_answer(house: House) -> None:
    grant = house.granted(charge(1, key="other"))
    house.report(grant, Told(charge(0), used=10))
    house.refused(charge(1))


def test_refunds_make_room_again_and_never_more_than_was_taken(house: House) -> None:
    grant = house.granted(charge(10))
    house.report(grant, Told(charge(10), given_back=4))
    last = house.granted(charge(4))
    house.refused(charge(1))
    house.report(last, Told(charge(4), given_back=400))
    assert house.passes(charge(4))
    house.refused(charge(1))


def test_a_refund_counts_only_in_the_window_that_was_charged(house: House) -> None:
    short = charge(1, 1, window_ms=10_000)
    grant = house.granted(short)
    house.wait(60_000)
    assert house.passes(short)
    house.report(grant, Told(short, given_back=1))
    house.refused(short)


def test_what_was_not_sent_costs_nothing(house: House) -> None:
    for rolling in (False, True):
        taken = charge(10, key=f"k{rolling}", rolling=rolling)
        grant = house.granted(taken)
        house.refused(taken)
        house.report(grant, answered=False, sent=False)
        house.report(grant, answered=False, sent=False)
        assert house.passes(taken)
        house.refused(charge(1, key=f"k{rolling}", rolling=rolling))


def test_the_accounts_own_guard_refuses_and_says_which(house: House) -> None:
    own = charge(1, 2, key="account:orders_per_minute", window_ms=60_000, rolling=True, refuses=True)
    assert house.passes(own)
    assert house.passes(own)
    refusal = house.refused(own, caller="a")
    assert (refusal.reason, refusal.retry_after_ms) == (ErrorKind.GUARD, -1)
    assert refusal.detail.endswith("account:orders_per_minute")


@pytest.mark.parametrize("rolling", [False, True])
def test_a_request_whose_answer_is_lost_may_still_arrive(house: House, rolling: bool) -> None:  # noqa: FBT001 - as above
    one = charge(1, 1, window_ms=1_000, rolling=rolling)
    grant = house.granted(one)
    house.report(grant, answered=False)
    house.wait(1_010)
    house.refused(one)


def test_a_call_dearer_than_its_share_does_not_spoil_the_window_before(house: House) -> None:
    """Within the clock's uncertainty of a window's start it may still be counted in the one before, which is full."""
    unsure = {"moment": Moment(0, guard_ms=50), **READ}
    house.wait(19_000)
    full = house.granted(charge(10, window_ms=10_000), **READ)
    house.report(full)
    house.wait(1_010)
    dear = charge(8, ceiling=5, window_ms=10_000)
    assert told(house.refused(dear, **unsure)) == ("rate_limited", about(40))
    house.wait(40)
    assert house.passes(dear, **unsure)


def test_a_count_that_may_be_of_the_window_before_is_not_taken_for_this_ones(house: House) -> None:
    unsure = {"moment": Moment(0, guard_ms=50), **READ}
    house.wait(19_000)
    house.report(house.granted(charge(9, window_ms=10_000), **READ))
    house.wait(1_010)
    early = house.granted(charge(1, window_ms=10_000), **unsure)
    house.report(early, Told(early.passage.charges[0], used=10))
    assert told(house.refused(charge(9, window_ms=10_000), **unsure)) == ("rate_limited", about(40))
    house.wait(40)
    assert house.passes(charge(9, window_ms=10_000), **unsure)


def test_a_refusal_that_may_be_of_the_window_before_does_not_cost_this_one(house: House) -> None:
    unsure = {"moment": Moment(0, guard_ms=50), **READ}
    house.wait(20_010)
    early = house.granted(charge(1, window_ms=10_000), **unsure)
    house.report(early, Told(early.passage.charges[0], given_back=1, exhausted=True))
    assert told(house.refused(charge(1, window_ms=10_000), **unsure)) == ("rate_limited", about(40))
    house.wait(40)
    assert house.passes(charge(10, window_ms=10_000), **unsure)


def test_who_is_farther_away_does_not_forget_for_those_nearby(house: House) -> None:
    """A call that arrives in 80 ms meets no more of a rolling window than one that arrives at once."""
    one = charge(1, 1, window_ms=1_000, rolling=True)
    house.report(house.granted(one))
    house.wait(950)
    house.granted(charge(10, key="other"))
    house.refused(one, charge(key="other"), moment=Moment(lead_ms=80))
    house.refused(one, moment=Moment(lead_ms=1))


def test_who_waits_for_an_answer_is_not_told_to_ask_again_and_again(house: House) -> None:
    one = charge(1, 1, window_ms=1_000, rolling=True)
    house.granted(one)  # whose worker dies
    asked = 0
    while isinstance(answer := house.ask(one), Refusal):
        asked += 1
        house.wait(answer.retry_after_ms)
    assert 15 <= asked <= 17  # once a window, until there can be no answer any more


@pytest.mark.parametrize(("lane", "taken"), [(Lane.ORDERS, 9), (Lane.CANCELS, 10)])
def test_one_unit_of_a_rolling_window_is_left_free_to_see_and_never_by_a_cancel(
    house: House, lane: Lane, taken: int
) -> None:
    one = charge(1, 10, window_ms=1_000, rolling=True)
    grants = [answer for _ in range(12) if isinstance(answer := house.ask(one, lane=lane), Grant)]
    assert len(grants) == taken
    for grant in grants:
        house.report(grant)
    house.wait(1_010)
    assert sum(house.passes(one, lane=lane) for _ in range(12)) == 10


def test_who_meets_a_count_higher_than_ours_leaves_others_their_part(house: House) -> None:
    one = charge(1, 9, window_ms=1_000, rolling=True)
    grants = [house.granted(one, **READ) for _ in range(3)]
    house.report(grants[-1], Told(one, used=5))  # three of ours, two of somebody else's
    house.wait(1_500)
    assert sum(house.passes(one, **READ) for _ in range(12)) == 7 - 2  # two of ours have no answer yet


def test_a_count_that_is_told_late_is_not_held_against_those_who_left_since(house: House) -> None:
    one = charge(1, 5, window_ms=1_000, rolling=True)
    for grant in [house.granted(one) for _ in range(4)]:
        house.report(grant)
    house.wait(950)
    late = house.granted(one)
    house.wait(300)
    house.report(late, Told(one, used=5))
    assert sum(house.passes(one) for _ in range(12)) == 4


def test_a_lost_answer_does_not_keep_others_from_looking_what_is_left(house: House) -> None:
    """Near the end of a shared window calls go one by one; one that gets no answer is not waited for."""
    shared = charge(1, 9, window_ms=10_000)
    house.report(house.granted(shared, **READ), Told(shared, used=8))
    house.wait(10_000)
    for _ in range(6):  # the others are expected to use the last three
        house.report(house.granted(shared, **READ))
    house.wait(9_600)
    house.report(house.granted(shared, **READ), answered=False)
    assert house.passes(shared, **READ)
    assert told(house.refused(shared, **READ)) == ("rate_limited", about(20))


@pytest.mark.parametrize("foreign", [0, 5])
def test_near_a_windows_end_calls_go_one_by_one_only_where_little_is_left(house: House, foreign: int) -> None:
    """In the window that begins now one unit is left free to see; others, if there are any, have used five so far."""
    shared = charge(1, 100, window_ms=10_000)
    house.wait(5_000)
    house.report(house.granted(shared, **READ), Told(shared, used=1 + foreign))
    house.wait(4_600)
    assert sum(house.passes(shared, **READ) for _ in range(50)) == 50
