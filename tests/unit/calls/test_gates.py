"""The gate's step, what a call costs and against whom, and what is reported back."""

from __future__ import annotations

import json
import time

import pytest

from router.errors import ErrorKind, Guarded, NotProcessed, QueueUnavailable, Rejected
from workers.calls.clock import Clock
from workers.calls.endpoint import Call
from workers.calls.gate import Gate
from workers.calls.gatekeeper import Grant, Passage, Refusal, Report
from workers.calls.tariff import Payer, Tariff
from workers.exchanges.binance import endpoints


class Scripted:
    """A gatekeeper that answers as told and keeps what it hears."""

    def __init__(self, *answers: Refusal) -> None:
        self.answers, self.entered = list(answers), 0
        self.reports: list[Report] = []
        self.trouble: Exception | None = None

    def enter(self, passage: Passage) -> Grant | Refusal:
        self.entered += 1
        return self.answers.pop(0) if self.answers else Grant(passage, f"mark-{self.entered}")

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
    assert (keeper.entered, [report.grant.mark for report in keeper.reports]) == (1, ["mark-1"])


def test_a_granted_call_neither_enters_nor_reports() -> None:
    keeper, call = Scripted(), order_call()
    call.granted = True
    gate(keeper)(call, lambda _: "done")  # type: ignore[arg-type, return-value]
    assert (keeper.entered, keeper.reports) == (0, [])


@pytest.mark.parametrize("kind", [ErrorKind.RATE_LIMITED, ErrorKind.BANNED, ErrorKind.CIRCUIT_OPEN])
def test_a_refusal_sends_nothing(kind: ErrorKind) -> None:
    keeper = Scripted(Refusal(kind, 1234))
    with pytest.raises(NotProcessed) as caught:
        gate(keeper)(order_call(), lambda _: pytest.fail("was sent"))  # type: ignore[arg-type]
    assert (caught.value.problem.kind, caught.value.problem.retry_after_ms) == (kind, 1234)
    assert keeper.reports == []


def test_a_halt_is_told_with_who_and_why_and_no_time_at_which_to_ask_again() -> None:
    keeper = Scripted(Refusal("halted", -1, json.dumps({"by": "ops@desk", "why": "bad prices", "since_ms": 1})))
    with pytest.raises(NotProcessed, match="halted by ops@desk since 1970-01-01 00:00:00 UTC: bad prices") as caught:
        gate(keeper)(order_call(), lambda _: pytest.fail("was sent"))  # type: ignore[arg-type]
    assert (caught.value.problem.kind, caught.value.problem.retry_after_ms) == (ErrorKind.HALTED, None)


@pytest.mark.parametrize("prefix", ["", "pointsman:budget:"])
def test_the_accounts_own_limit_is_told_as_a_guard(prefix: str) -> None:
    prices = Tariff(Payer("binance", "testnet", "main", "proxy:3128", orders_per_minute=7), Clock())
    keeper = Scripted(Refusal("guard", -1, f"{prefix}binance:testnet:main:orders_per_minute"))
    with pytest.raises(Guarded) as caught:
        Gate(keeper, prices.passage, prices.report)(order_call(), lambda _: pytest.fail("was sent"))  # type: ignore[arg-type]
    problem = caught.value.problem
    assert (problem.kind, problem.code, problem.field) == (ErrorKind.GUARD, "orders_per_minute", "orders per minute")
    assert (problem.value, problem.rule) == ("8", "must be at most 7 on account main")


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


def heard(prices: Tariff, call: Call[str]) -> Report:
    return prices.report(call, Grant(prices.passage(call), "mark"))


def test_a_report_tells_of_health_only_what_the_exchange_showed() -> None:
    prices, call = tariff(), order_call()
    assert heard(prices, call).healthy is None
    call.trace.status = 400
    assert heard(prices, call).healthy is True
    call.trace.server_failed = True
    assert heard(prices, call).healthy is False
    call.trace.status = None
    assert heard(prices, call).healthy is False


def test_a_report_tells_whether_it_was_sent_and_when_its_answer_came() -> None:
    prices, call = tariff(), order_call()
    assert (heard(prices, call).sent, heard(prices, call).answered_ms_ago) == (False, None)
    call.trace.sent_ns = time.monotonic_ns() - 9 * 10**6
    assert (heard(prices, call).sent, heard(prices, call).answered_ms_ago) == (True, None)
    call.trace.status, call.trace.answered_ns = 200, time.monotonic_ns() - 5 * 10**6
    answered_ms_ago = heard(prices, call).answered_ms_ago
    assert answered_ms_ago is not None
    assert answered_ms_ago >= 5
    call.trace.unsent = True
    assert not heard(prices, call).sent


def test_a_report_tells_once_what_was_said_of_each_budget() -> None:
    prices, call = tariff(), order_call()
    call.trace.usage = {endpoints.ORDERS_10S: 3}
    call.trace.refunds = {endpoints.ORDERS_1D: 1, endpoints.ORDERS_10S: 1}
    call.trace.exhausted = endpoints.ORDERS_10S
    told = {each.charge.key.rpartition(":")[2]: each for each in heard(prices, call).told}
    assert set(told) == {"orders_10s", "orders_1d"}
    assert (told["orders_10s"].used, told["orders_10s"].given_back, told["orders_10s"].exhausted) == (3, 1, True)
    assert (told["orders_1d"].used, told["orders_1d"].given_back, told["orders_1d"].exhausted) == (None, 1, False)
