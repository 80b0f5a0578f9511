"""Limits, bans, clocks and the breaker, on every market."""

from __future__ import annotations

import pytest
from markets import Stage

from router.commands import GetBalances
from router.errors import (
    ErrorKind,
    NotProcessed,
    OutcomeUnknown,
)
from router.models import OrderStatus
from router.symbols import Symbol

pytestmark = pytest.mark.processes


def test_an_order_that_was_rate_limited_is_placed_once_it_may(stage: Stage) -> None:
    stage.fault("rate_limit", retry_after_s=1)
    assert stage.exchange.place_order(stage.resting("limited")).status is OrderStatus.NEW
    assert stage.truly_placed("limited") == 1


def test_a_ban_stops_everything_from_this_address(stage: Stage) -> None:
    stage.fault("ban", stage.of.account, duration_s=60)
    names = {"exchange": stage.of.exchange, "account": "sim-1", "market": stage.of.market}
    with pytest.raises(NotProcessed) as caught:
        stage.exchange.send(stage.exchange.balances_call(GetBalances(**names)))
    assert caught.value.problem.kind is ErrorKind.BANNED
    refused = stage.exchange.ticker_call(Symbol.parse(stage.symbol))
    with pytest.raises(NotProcessed) as again:
        stage.exchange.send(refused)
    assert again.value.problem.kind is ErrorKind.BANNED
    assert refused.trace.sent_ns is None


def test_a_clock_that_went_wrong_is_set_right(stage: Stage) -> None:
    asked = stage.resting("skewed")
    stage.simulator.fault("clock_skew", skew_ms=60_000, times=None)
    assert stage.exchange.place_order(asked).status is OrderStatus.NEW
    assert 59_000 < stage.exchange.clock.offset_ms < 61_000
    assert stage.truly_placed("skewed") == 1


def test_the_breaker_opens_for_orders_and_not_for_cancels(stage: Stage) -> None:
    stage.exchange.place_order(stage.resting())
    failing = [stage.resting(f"failing-{number}") for number in range(6)]
    stage.fault("error_before", status=502, times=5)
    for order in failing[:5]:
        with pytest.raises(OutcomeUnknown):
            stage.exchange.send(stage.exchange.prepare(order))
    with pytest.raises(NotProcessed) as caught:
        stage.exchange.send(stage.exchange.prepare(failing[5]))
    assert caught.value.problem.kind is ErrorKind.CIRCUIT_OPEN
    assert stage.exchange.cancel_order(stage.symbol, client_order_id="rests").status is OrderStatus.CANCELLED
    assert stage.exchange.place_order(failing[5]).status is OrderStatus.NEW
