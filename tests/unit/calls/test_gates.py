"""The gate's step and the gate inside a process: budgets, bans, the breaker, and what is reported back."""

from __future__ import annotations

import threading
import time

import pytest

from router.errors import ErrorKind, NotProcessed, QueueUnavailable, Rejected
from workers.calls.breaker import FAILURES_TO_OPEN, OPEN_MS, PROBE_MS, Breaker
from workers.calls.clock import Clock
from workers.calls.endpoint import Call, Lane
from workers.calls.gate import Gate
from workers.calls.gatekeeper import Charge, Passage, Refusal, Report
from workers.calls.local_gate import LocalGate
from workers.calls.tariff import Payer, Tariff
from workers.exchanges.binance import endpoints

DAY_MS = 86_400_000


def passage(cost: int = 1, limit: int = 10, lane: Lane = Lane.CANCELS, key: str = "k", **more: bool | int) -> Passage:
    return Passage("binance:testnet", "binance:testnet:direct", lane, (Charge(key, limit, DAY_MS, cost),), **more)


class Scripted:
    """A gatekeeper that answers as told and keeps what it hears."""

    def __init__(self, *answers: Refusal | None) -> None:
        self.answers, self.entered, self.reports = list(answers), 0, []
        self.trouble: Exception | None = None

    def enter(self, _: Passage) -> Refusal | None:
        self.entered += 1
        return self.answers.pop(0) if self.answers else None

    def report(self, report: Report) -> None:
        self.reports.append(report)
        if self.trouble:
            raise self.trouble


def tariff(share: float = 1.0, proxy: str = "direct") -> Tariff:
    return Tariff(Payer("binance", "testnet", "main", proxy, share), Clock())


def order_call() -> Call[str]:
    return Call(endpoints.PLACE, {}, str, endpoints.PLACE.cost)


def gate(keeper: Scripted) -> Gate:
    prices = tariff()
    return Gate(keeper, prices.passage, prices.report)


def test_a_call_passes_and_is_reported() -> None:
    keeper = Scripted()
    assert gate(keeper)(order_call(), lambda _: "done") == "done"  # type: ignore[arg-type, return-value]
    assert (keeper.entered, len(keeper.reports)) == (1, 1)


def test_a_granted_call_neither_enters_nor_reports() -> None:
    keeper, call = Scripted(), order_call()
    call.granted = True
    gate(keeper)(call, lambda _: "done")  # type: ignore[arg-type, return-value]
    assert (keeper.entered, keeper.reports) == (0, [])


@pytest.mark.parametrize("kind", [ErrorKind.RATE_LIMITED, ErrorKind.BANNED, ErrorKind.CIRCUIT_OPEN, ErrorKind.HALTED])
def test_a_refusal_sends_nothing(kind: ErrorKind) -> None:
    keeper = Scripted(Refusal(kind, 1234))
    with pytest.raises(NotProcessed) as caught:
        gate(keeper)(order_call(), lambda _: pytest.fail("was sent"))  # type: ignore[arg-type]
    assert (caught.value.problem.kind, caught.value.problem.retry_after_ms) == (kind, 1234)
    assert keeper.reports == []


def test_a_short_wait_is_slept() -> None:
    keeper = Scripted(Refusal("rate_limited", 10), Refusal("rate_limited", 1))
    begun = time.monotonic()
    assert gate(keeper)(order_call(), lambda _: "done") == "done"  # type: ignore[arg-type, return-value]
    assert time.monotonic() - begun >= 0.010
    assert keeper.entered == 3


def test_short_waits_do_not_go_on_for_ever() -> None:
    keeper = Scripted(*[Refusal("rate_limited", 1)] * 50)
    with pytest.raises(NotProcessed):
        gate(keeper)(order_call(), lambda _: "done")  # type: ignore[arg-type, return-value]
    assert keeper.entered == 4


def test_a_failed_call_is_reported_too() -> None:
    keeper = Scripted()

    def refuse(_: object) -> str:
        raise Rejected("no")

    with pytest.raises(Rejected):
        gate(keeper)(order_call(), refuse)  # type: ignore[arg-type]
    assert len(keeper.reports) == 1


def test_an_order_that_was_placed_is_not_lost_with_its_report() -> None:
    keeper = Scripted()
    keeper.trouble = QueueUnavailable("gone")
    assert gate(keeper)(order_call(), lambda _: "placed") == "placed"  # type: ignore[arg-type, return-value]


def test_a_budget_lets_through_what_fits_and_all_or_nothing() -> None:
    local = LocalGate()
    assert local.enter(passage(9)) is None
    assert local.enter(passage(1)) is None
    refusal = local.enter(passage(1))
    assert refusal is not None
    assert (refusal.reason, 0 < refusal.retry_after_ms <= DAY_MS) == ("rate_limited", True)
    both = Passage("e", "a", Lane.CANCELS, (Charge("free", 10, DAY_MS, 1), Charge("k", 10, DAY_MS, 1)))
    assert local.enter(both) is not None
    assert local.enter(Passage("e", "a", Lane.CANCELS, (Charge("free", 10, DAY_MS, 10),))) is None


def test_urgent_lanes_keep_a_part_of_each_budget() -> None:
    local = LocalGate()
    for _ in range(80):
        assert local.enter(passage(1, 100, Lane.QUERIES)) is None
    assert local.enter(passage(1, 100, Lane.QUERIES)) is not None
    for _ in range(15):
        assert local.enter(passage(1, 100, Lane.ORDERS)) is None
    assert local.enter(passage(1, 100, Lane.ORDERS)) is not None
    for _ in range(5):
        assert local.enter(passage(1, 100, Lane.CANCELS)) is None
    assert local.enter(passage(1, 100, Lane.CANCELS)) is not None


def test_a_call_dearer_than_its_share_passes_alone() -> None:
    local = LocalGate()
    assert local.enter(passage(80, 50, Lane.QUERIES)) is None
    assert local.enter(passage(1, 50, Lane.CANCELS)) is not None


def test_windows_are_aligned_to_the_exchanges_clock() -> None:
    local = LocalGate()

    def at(offset_ms: int) -> Refusal | None:
        now_ms = time.time_ns() // 1_000_000
        offset = offset_ms - now_ms  # the exchange's clock then reads offset_ms
        return local.enter(Passage("e", "a", Lane.CANCELS, (Charge("k", 1, 10_000, 1),), offset_ms=offset))

    assert at(20_000) is None
    refusal = at(24_000)
    assert refusal is not None
    assert 5_900 <= refusal.retry_after_ms <= 6_000
    assert at(30_000) is None


def test_what_the_exchange_counts_raises_our_count_and_never_lowers_it() -> None:
    local, asked = LocalGate(), passage(5)
    local.enter(asked)
    charge = asked.charges[0]
    local.report(Report(asked, usage=((charge, 2),)))
    assert local.enter(passage(5)) is None
    assert local.enter(passage(1)) is not None
    other = passage(1, key="other")
    local.report(Report(other, usage=((other.charges[0], 10),)))
    assert local.enter(other) is not None


def test_refunds_make_room_again() -> None:
    local, asked = LocalGate(), passage(10)
    local.enter(asked)
    local.report(Report(asked, refunds=((asked.charges[0], 4),)))
    assert local.enter(passage(4)) is None
    assert local.enter(passage(1)) is not None
    local.report(Report(asked, refunds=((asked.charges[0], 400),)))
    assert local.enter(passage(10)) is None


def test_a_ban_stops_the_address_for_everything() -> None:
    local = LocalGate()
    local.report(Report(passage(), banned_for_ms=60))
    refusal = local.enter(passage(ignores_breaker=True))
    assert refusal is not None
    assert (refusal.reason, refusal.retry_after_ms <= 60) == ("banned", True)
    elsewhere = Passage("binance:testnet", "binance:testnet:proxy:1", Lane.ORDERS, ())
    assert local.enter(elsewhere) is None
    time.sleep(0.07)
    assert local.enter(passage()) is None


def test_the_breaker_stops_orders_and_lets_cancels_and_probes_pass() -> None:
    local, order = LocalGate(), passage(lane=Lane.ORDERS, limit=1000)
    for _ in range(FAILURES_TO_OPEN - 1):
        local.report(Report(order, healthy=False))
    assert local.enter(order) is None
    local.report(Report(order, healthy=False))
    refusal = local.enter(order)
    assert refusal is not None
    assert refusal.reason == "circuit_open"
    assert local.enter(passage(limit=1000, ignores_breaker=True)) is None
    local.report(Report(order, healthy=None))
    assert local.enter(order) is not None
    local.report(Report(order, healthy=True))
    assert local.enter(order) is None


def test_a_success_in_between_keeps_the_breaker_closed() -> None:
    breaker = Breaker()
    for _ in range(20):
        for _ in range(FAILURES_TO_OPEN - 1):
            breaker.learn(0, healthy=False)
        breaker.learn(0, healthy=True)
    assert not breaker.is_open


def test_an_open_breaker_lets_one_read_through_and_never_an_order() -> None:
    breaker = Breaker()
    for _ in range(FAILURES_TO_OPEN):
        breaker.learn(1_000, healthy=False)
    later = 1_000 + OPEN_MS
    assert breaker.wait_ms(1_000, may_probe=True) == OPEN_MS
    assert breaker.wait_ms(later, may_probe=False) > 0
    assert breaker.wait_ms(later, may_probe=True) == 0
    assert breaker.wait_ms(later, may_probe=True) > 0
    assert breaker.wait_ms(later + PROBE_MS, may_probe=True) == 0
    breaker.learn(later, healthy=False)
    assert breaker.wait_ms(later + 1, may_probe=True) > 0
    breaker.learn(later, healthy=True)
    assert breaker.wait_ms(later, may_probe=False) == 0


def test_many_threads_never_exceed_a_budget() -> None:
    local, passed = LocalGate(), []

    def run() -> None:
        passed.extend(1 for _ in range(200) if local.enter(passage(1, 500)) is None)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 500


def test_budgets_are_keyed_by_whom_they_are_counted_against() -> None:
    prices = tariff(proxy="proxy:3128")
    assert prices.key(endpoints.WEIGHT) == "binance:testnet:proxy:3128:request_weight"
    assert prices.key(endpoints.ORDERS_10S) == "binance:testnet:main:orders_10s"
    asked = prices.passage(order_call())
    assert (asked.way, asked.egress) == ("binance:testnet:proxy:3128", "binance:testnet:proxy:3128")
    assert {charge.key: charge.cost for charge in asked.charges} == {
        "binance:testnet:proxy:3128:request_weight": 1,
        "binance:testnet:proxy:3128:raw_requests": 1,
        "binance:testnet:main:orders_10s": 1,
        "binance:testnet:main:orders_1d": 1,
    }


def test_a_breaker_is_of_one_way_and_a_ban_of_one_address() -> None:
    own = Tariff(Payer("binance", "testnet", "main", "direct", host="localhost:9100"), Clock()).passage(order_call())
    assert (own.way, own.egress) == ("binance:testnet:direct:localhost:9100", "binance:testnet:direct")


def test_limits_are_what_the_exchange_tells_and_our_share_of_it() -> None:
    prices = tariff(share=0.5)
    assert prices.limit(endpoints.ORDERS_10S) == 50
    prices.passage(order_call())
    prices.learn({endpoints.ORDERS_10S: 20})
    assert prices.limit(endpoints.ORDERS_10S) == 10
    limits = {charge.key.rpartition(":")[2]: charge.limit for charge in prices.passage(order_call()).charges}
    assert limits["orders_10s"] == 10


def test_what_others_behind_the_address_use_comes_off_their_share_first() -> None:
    prices = tariff(share=0.5)
    assert prices.own_use(endpoints.WEIGHT, 2_000) == 0
    assert prices.own_use(endpoints.WEIGHT, 3_500) == 500
    assert prices.own_use(endpoints.WEIGHT, 6_000) == prices.limit(endpoints.WEIGHT)


def test_cancels_and_probes_ignore_the_breaker() -> None:
    prices, probe = tariff(), Call(endpoints.ORDER, {}, str, endpoints.ORDER.cost, probe=True)
    assert prices.passage(probe).ignores_breaker
    assert prices.passage(Call(endpoints.CANCEL, {}, str, endpoints.CANCEL.cost)).ignores_breaker
    assert not prices.passage(order_call()).ignores_breaker


def test_a_report_tells_of_health_only_what_the_exchange_showed() -> None:
    prices, call = tariff(), order_call()
    asked = prices.passage(call)
    assert prices.report(call, asked).healthy is None
    call.trace.status = 400
    assert prices.report(call, asked).healthy is True
    call.trace.server_failed = True
    assert prices.report(call, asked).healthy is False
    call.trace.status = None
    assert prices.report(call, asked).healthy is False


def test_a_refund_counts_only_in_the_window_that_was_charged() -> None:
    prices, call = tariff(), order_call()
    call.trace.refunds = {endpoints.ORDERS_1D: 1, endpoints.ORDERS_10S: 1}
    call.trace.sent_ns = time.monotonic_ns() - 11 * 10**9
    names = {charge.key.rpartition(":")[2] for charge, _ in prices.report(call, prices.passage(call)).refunds}
    assert names <= {"orders_1d"}
    call.trace.sent_ns = None
    assert prices.report(call, prices.passage(call)).refunds == ()
