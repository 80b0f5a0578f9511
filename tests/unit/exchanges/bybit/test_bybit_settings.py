"""Leverage, margin mode, position mode, protection against disconnects: what is sent, and what "so already" means."""

from __future__ import annotations

from typing import Any

import pytest
from support.bybit import INVERSE, LINEAR, OPTION, SPOT, answering, bybit, envelope, listed
from test_bybit_wire import POSITION

from router.errors import ErrorKind, Rejected, Unsupported
from router.terms import MarginMode, PositionMode, PositionSide

LEVERAGE, MODE, MARGIN = "/v5/position/set-leverage", "/v5/position/switch-mode", "/v5/account/set-margin-mode"
POSITIONS, PROTECTION = "/v5/position/list", "/v5/order/disconnected-cancel-all"
DONE = envelope()


def test_leverage_of_both_sides() -> None:
    with answering({LEVERAGE: [DONE]}) as talk:
        told = bybit(talk.url).set_leverage(INVERSE, "12.5")
    assert (str(told.symbol), told.leverage) == (INVERSE, 12.5)
    assert talk.asked[0].body == {
        "category": "inverse",
        "symbol": "BTCUSD",
        "buyLeverage": "12.5",
        "sellLeverage": "12.5",
    }


@pytest.mark.parametrize(
    ("side", "sent"),
    [(PositionSide.LONG, ("3", "5")), (PositionSide.SHORT, ("10", "3"))],
)
def test_leverage_of_one_side_keeps_the_others(side: PositionSide, sent: tuple[str, str]) -> None:
    rows = [{**POSITION, "positionIdx": 1}, {**POSITION, "positionIdx": 2, "leverage": "5"}]
    with answering({POSITIONS: [listed(*rows)], LEVERAGE: [DONE]}) as talk:
        bybit(talk.url).set_leverage(LINEAR, "3", position_side=side)
    body = talk.of(LEVERAGE)[0].body
    assert (body["buyLeverage"], body["sellLeverage"]) == sent


def test_leverage_of_one_side_where_the_other_is_not_told() -> None:
    with answering({POSITIONS: [listed({**POSITION, "leverage": ""})]}) as talk:
        with pytest.raises(Unsupported, match="other side's leverage is not told"):
            bybit(talk.url).set_leverage(LINEAR, "3", position_side=PositionSide.LONG)
        assert talk.of(LEVERAGE) == []


@pytest.mark.parametrize(
    ("path", "code", "ask"),
    [
        (LEVERAGE, 110043, lambda exchange: exchange.set_leverage(LINEAR, "3")),
        (MODE, 110025, lambda exchange: exchange.set_position_mode(PositionMode.HEDGE)),
        (MARGIN, 110026, lambda exchange: exchange.set_margin_mode(MarginMode.ISOLATED)),
    ],
)
def test_what_is_so_already_is_done(path: str, code: int, ask: Any) -> None:  # noqa: ANN401
    with answering({path: [envelope(code=code, message="not modified")]}) as talk:
        told = ask(bybit(talk.url))
    assert told.exchange == "bybit"
    assert len(talk.asked) == 1


def test_what_is_refused_is_not() -> None:
    with answering({MODE: [envelope(code=110024, message="You have an existing position")]}) as talk:
        with pytest.raises(Rejected) as caught:
            bybit(talk.url).set_position_mode(PositionMode.HEDGE)
        assert caught.value.problem.kind is ErrorKind.REFUSED


@pytest.mark.parametrize(
    ("symbol", "mode", "body"),
    [
        (None, PositionMode.HEDGE, {"category": "linear", "coin": "USDT", "mode": 3}),
        (LINEAR, PositionMode.ONE_WAY, {"category": "linear", "symbol": "BTCUSDT", "mode": 0}),
    ],
)
def test_position_mode(symbol: str | None, mode: PositionMode, body: dict[str, object]) -> None:
    with answering({MODE: [DONE]}) as talk:
        assert bybit(talk.url).set_position_mode(mode, symbol).position_mode is mode
    assert talk.asked[0].body == body


@pytest.mark.parametrize(
    ("mode", "spelt"), [(MarginMode.CROSS, "REGULAR_MARGIN"), (MarginMode.ISOLATED, "ISOLATED_MARGIN")]
)
def test_margin_mode_is_the_whole_accounts(mode: MarginMode, spelt: str) -> None:
    with answering({MARGIN: [DONE]}) as talk:
        assert bybit(talk.url).set_margin_mode(mode).margin_mode is mode
    assert talk.asked[0].body == {"setMarginMode": spelt}


@pytest.mark.parametrize(
    ("told", "mode"),
    [("REGULAR_MARGIN", MarginMode.CROSS), ("ISOLATED_MARGIN", MarginMode.ISOLATED), ("PORTFOLIO_MARGIN", None)],
)
def test_reading_the_settings(told: str, mode: MarginMode | None) -> None:
    info = {"retCode": 0, "retMsg": "", "result": {"marginMode": told, "unifiedMarginStatus": 5}}
    with answering({POSITIONS: [listed(POSITION)], "/v5/account/info": [info]}) as talk:
        settings = bybit(talk.url).get_trading_settings(LINEAR)
    assert (settings.leverage, settings.margin_mode, settings.position_mode) == (10, mode, PositionMode.ONE_WAY)


def test_protection_of_every_kind_of_market() -> None:
    done = {"retCode": 0, "retMsg": "success"}
    with answering({PROTECTION: [done]}) as talk:
        countdown = bybit(talk.url).cancel_after(40)
    assert (countdown.seconds, countdown.ends_at_ms) == (40, None), "nothing runs while the stream stands"
    assert [each.body for each in talk.asked] == [
        {"product": product, "timeWindow": 40} for product in ("SPOT", "DERIVATIVES", "OPTIONS")
    ]


@pytest.mark.parametrize(
    ("symbol", "product"), [(SPOT, "SPOT"), (LINEAR, "DERIVATIVES"), (INVERSE, "DERIVATIVES"), (OPTION, "OPTIONS")]
)
def test_protection_of_one_kind(symbol: str, product: str) -> None:
    with answering({PROTECTION: [{"retCode": 0, "retMsg": "success"}]}) as talk:
        bybit(talk.url).cancel_after(3, symbol)
    assert [each.body["product"] for each in talk.asked] == [product]


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        (lambda exchange: exchange.set_leverage(SPOT, "3"), "symbol"),
        (lambda exchange: exchange.set_leverage(OPTION, "3"), "symbol"),
        (lambda exchange: exchange.set_leverage(LINEAR, "3", margin_mode=MarginMode.CROSS), "margin_mode"),
        (lambda exchange: exchange.set_margin_mode(MarginMode.CROSS, LINEAR), "symbol"),
        (lambda exchange: exchange.set_position_mode(PositionMode.HEDGE, INVERSE), "symbol"),
        (lambda exchange: exchange.get_trading_settings(SPOT), "symbol"),
        (lambda exchange: exchange.cancel_after(2), "seconds"),
        (lambda exchange: exchange.cancel_after(301), "seconds"),
        (lambda exchange: exchange.cancel_after(0), "seconds"),
        (lambda exchange: exchange.get_income(), "market"),
    ],
)
def test_what_bybit_does_not_have_is_refused_by_name(ask: Any, field: str) -> None:  # noqa: ANN401
    with pytest.raises(Unsupported) as caught:
        ask(bybit())
    assert caught.value.problem.field == field
