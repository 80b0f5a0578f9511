"""Replies that are lost or doubtful, on every market: never believed to be a no, always found."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from every_market import MARKETS, on, patiently
from markets import Doubt, Stage
from support.processes import eventually

from router.errors import (
    OutcomeUnknown,
)
from router.models import OrderStatus, OrderType
from router.symbols import Symbol
from router.terms import Side

pytestmark = pytest.mark.processes
GENERAL: list[Doubt] = [
    ({"kind": "error_after", "status": 502}, 1),
    ({"kind": "error_before", "status": 502}, 0),
    ({"kind": "reset_before"}, 0),
    ({"kind": "stall", "delay_ms": 1_200}, 1),
    ({"kind": "stall", "delay_ms": 1_200, "when": "after"}, 1),
]


@pytest.mark.parametrize("kind", ["lose_reply", "reset_after", "partial_reply"])
def test_a_lost_reply_is_never_a_no(stage: Stage, kind: str) -> None:
    stage.fault(kind)
    with pytest.raises(OutcomeUnknown):
        stage.exchange.place_order(stage.order("market", client_order_id="lost"))
    assert stage.truly_placed("lost") == 1
    found = patiently(lambda: stage.exchange.find_order(Symbol.parse(stage.symbol), "lost"))
    assert found is not None
    assert found.status is OrderStatus.FILLED


@pytest.mark.parametrize(
    ("stage", "doubt"),
    [
        (market.impatient() if doubt[0]["kind"] == "stall" else market, doubt)
        for market in MARKETS
        for doubt in (*GENERAL, *market.doubts)
    ],
    indirect=["stage"],
    ids=lambda value: "-".join(map(str, value[0].values())) if isinstance(value, tuple) else value.name,
)
def test_a_doubtful_answer_leaves_the_outcome_unknown(stage: Stage, doubt: Doubt) -> None:
    (fault, executed), asked, since = doubt, stage.resting("doubt"), stage.exchange.clock.now_ms()
    stage.fault(**{"call": None, **fault})
    with pytest.raises(OutcomeUnknown):
        stage.exchange.place_order(asked)
    time.sleep(0.6 if fault["kind"] == "stall" else 0)
    assert stage.truly_placed("doubt") == executed
    symbol = Symbol.parse(stage.symbol)
    found = patiently(lambda: stage.exchange.find_order(symbol, "doubt"))
    assert (found is not None) == bool(executed)
    searched = patiently(lambda: stage.exchange.search_order(symbol, "doubt", since))
    assert (searched is not None) == bool(executed)


def test_an_order_that_is_not_visible_yet_is_found_later(stage: Stage) -> None:
    stage.fault("invisible", delay_ms=1_000)
    stage.fault("lose_reply")
    with pytest.raises(OutcomeUnknown):
        stage.exchange.place_order(stage.resting("shy"))
    symbol = Symbol.parse(stage.symbol)
    assert patiently(lambda: stage.exchange.find_order(symbol, "shy")) is None
    eventually(lambda: patiently(lambda: stage.exchange.find_order(symbol, "shy")) is not None, what="it shows")


@on(lambda market: "stop" in market.stops)
def test_a_conditional_order_whose_reply_was_lost_is_found(stage: Stage) -> None:
    trigger = stage.near(Side.BUY, Decimal("1.03"))
    asked = stage.order("stop", trigger_price=trigger, client_order_id="lost-stop")
    place = stage.exchange.prepare(asked).endpoint
    stage.fault("lose_reply", (place.method, place.path))
    since = stage.exchange.clock.now_ms()
    with pytest.raises(OutcomeUnknown):
        stage.exchange.place_order(asked)
    symbol = Symbol.parse(stage.symbol)
    found = patiently(lambda: stage.exchange.find_order(symbol, "lost-stop"))
    assert found is not None
    assert (found.type, found.trigger_price) == (OrderType.STOP, trigger)
    searched = patiently(lambda: stage.exchange.search_order(symbol, "lost-stop", since))
    assert searched is not None
    assert searched.order_id == found.order_id


def test_an_order_that_filled_and_ended_is_found_by_the_search(stage: Stage) -> None:
    since = stage.exchange.clock.now_ms()
    placed = stage.exchange.place_order(stage.order("market", client_order_id="searched"))
    symbol = Symbol.parse(stage.symbol)
    found = patiently(lambda: stage.exchange.search_order(symbol, "searched", since))
    assert found is not None
    assert (found.order_id, found.status) == (placed.order_id, OrderStatus.FILLED)
