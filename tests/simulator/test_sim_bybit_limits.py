"""Bybit's limits: a rolling second per account and call, five seconds per address."""

from __future__ import annotations

from typing import Any

import pytest
from bybit_support import LocalBybit, Said

from simulator.limits import Policy


@pytest.fixture
def bybit() -> LocalBybit:
    return LocalBybit(policy=Policy())


def spot(bybit: LocalBybit, who: int = 1) -> Said:
    return bybit.limit("spot", "Buy", "59000", "0.001", who)


def batch(bybit: LocalBybit, category: str, count: int, **more: Any) -> Said:  # noqa: ANN401 - JSON
    item = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "price": "59000", "qty": "0.001", **more}
    sent = bybit.world.ledger.requests = bybit.world.ledger.requests + 1
    items = [{**item, "orderLinkId": f"{category}-{sent}-{n}"} for n in range(count)]
    return bybit.post("order/create-batch", category=category, request=items)


def test_twenty_spot_orders_a_second_and_no_more(bybit: LocalBybit) -> None:
    now = bybit.clock.now_ms()
    for n in range(20):
        answer = spot(bybit)
        assert (answer.code, answer.left) == (0, ("20", str(19 - n)))
        assert answer.headers["X-Bapi-Limit-Reset-Timestamp"] == str(now)
    refused = spot(bybit)
    assert (refused.status, refused.code, refused.left) == (200, 10006, ("20", "0"))
    assert refused.body["retMsg"].startswith("Too many visits")
    assert int(refused.headers["X-Bapi-Limit-Reset-Timestamp"]) == now + 1000
    assert len(bybit.world.ledger.orders) == 20


def test_the_second_rolls(bybit: LocalBybit) -> None:
    for _ in range(10):
        spot(bybit)
    bybit.clock.advance(600)
    for _ in range(10):
        spot(bybit)
    bybit.clock.advance(399)
    assert spot(bybit).code == 10006  # counts as well
    bybit.clock.advance(1)
    assert [spot(bybit).code for _ in range(10)] == [0] * 9 + [10006]


def test_budgets_are_per_account_call_and_kind(bybit: LocalBybit) -> None:
    for _ in range(21):
        last = spot(bybit)
    assert last.code == 10006
    assert spot(bybit, who=2).code == 0
    assert bybit.limit("linear", "Buy", "59000", "0.001").left == ("10", "9")
    assert bybit.limit("inverse", "Buy", "59000", "100", symbol="BTCUSD").left == ("10", "8")
    assert bybit.get("order/realtime", category="spot").left == ("50", "49")


def test_other_calls_have_their_own_figures(bybit: LocalBybit) -> None:
    assert bybit.get("account/fee-rate", category="spot").left == ("5", "4")
    assert bybit.post("order/cancel-all", category="option").left == ("1", "0")
    assert bybit.post("order/cancel-all", category="option").code == 10006
    assert "X-Bapi-Limit" not in bybit.get("market/time", who=None).headers


def test_a_batch_counts_its_items_and_overflows_in_part(bybit: LocalBybit) -> None:
    assert batch(bybit, "linear", 5).left == ("10", "5")
    second = batch(bybit, "linear", 8)
    codes = [each["code"] for each in second.body["retExtInfo"]["list"]]
    assert (second.code, codes) == (0, [0] * 5 + [10006] * 3)
    assert [bool(row["orderId"]) for row in second.rows] == [True] * 5 + [False] * 3
    assert batch(bybit, "linear", 1).code == 10006
    assert bybit.limit("linear", "Buy", "59000", "0.001").left == ("10", "9")  # single orders have their own


def test_an_option_batch_counts_once(bybit: LocalBybit) -> None:
    symbol = next(iter(bybit.world.markets["bybit", "option"].instruments))
    answer = batch(bybit, "option", 20, symbol=symbol, price="500", qty="0.01")
    assert answer.left == ("10", "9")
    assert [each["code"] for each in answer.body["retExtInfo"]["list"]] == [0] * 20


def test_headers_may_be_missing(bybit: LocalBybit) -> None:
    bybit.set_up(limit_headers=False)
    answers = [spot(bybit) for _ in range(21)]
    assert [answer.code for answer in answers[-2:]] == [0, 10006]
    assert not any("X-Bapi-Limit" in answer.headers for answer in answers)


def test_an_address_is_banned_for_ten_minutes(bybit: LocalBybit) -> None:
    for _ in range(600):
        assert bybit.get("market/time", who=None).code == 0
    refused = bybit.get("market/time", who=None)
    assert (refused.status, "access too frequent" in refused.body) == (403, True)
    assert bybit.get("market/time", who=None, peer="10.0.0.2").code == 0
    bybit.clock.advance(599_999)
    assert bybit.get("market/time", who=None).status == 403
    bybit.clock.advance(1)
    assert bybit.get("market/time", who=None).code == 0


def test_the_policy_scales_and_switches_off() -> None:
    half, none = LocalBybit(policy=Policy(0.5)), LocalBybit(policy=Policy(None))
    assert spot(half).left == ("10", "9")
    assert [spot(none).code for _ in range(50)] == [0] * 50
