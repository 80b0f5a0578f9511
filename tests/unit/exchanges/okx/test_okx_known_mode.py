"""What is known of an account's mode, when it is read again, and what cannot be read."""

from __future__ import annotations

import pytest
from support.okx import HEDGE, ONE_WAY, SPOT, SWAP, okx

from router.commands import LimitOrder, MarketOrder
from router.errors import Unsupported
from workers.exchanges.okx.modes import KnownMode, Mode, to_mode


class Account:
    """Tells its modes one after the other, the last one again and again."""

    def __init__(self, *modes: Mode) -> None:
        self.modes = list(modes)
        self.reads = 0

    def __call__(self) -> Mode:
        self.reads += 1
        return self.modes.pop(0) if len(self.modes) > 1 else self.modes[0]


def test_it_is_read_once_and_again_when_it_is_forgotten() -> None:
    account = Account(Mode(2, ONE_WAY), Mode(3, ONE_WAY))
    known = KnownMode(account)
    assert [known.get().level, known.get().level, account.reads] == [2, 2, 1]
    known.forget()
    assert [known.get().level, account.reads] == [3, 2]


def test_before_it_refuses_it_is_read_again_unless_that_was_a_moment_ago() -> None:
    account = Account(Mode(1, ONE_WAY), Mode(2, ONE_WAY))
    known = KnownMode(account)
    assert [known.get().level, known.again().level, account.reads] == [1, 1, 1]
    mode, read_at = known._known or (Mode(1, ONE_WAY), 0.0)
    known._known = mode, read_at - 60
    assert [known.again().level, account.reads] == [2, 2]


@pytest.mark.parametrize(
    ("row", "mode"),
    [
        ({"acctLv": "1", "posMode": "net_mode"}, Mode(1, ONE_WAY)),
        ({"acctLv": "4", "posMode": "long_short_mode"}, Mode(4, HEDGE)),
    ],
)
def test_what_the_configuration_tells(row: dict[str, str], mode: Mode) -> None:
    assert to_mode(row) == mode


@pytest.mark.parametrize(
    "row",
    [{"acctLv": "5", "posMode": "net_mode"}, {"acctLv": "0", "posMode": "net_mode"}, {"acctLv": "2", "posMode": "x"}],
)
def test_a_mode_of_tomorrow_is_not_guessed_at(row: dict[str, str]) -> None:
    with pytest.raises((ValueError, KeyError)):
        to_mode(row)


def an_order(**fields: object) -> LimitOrder:
    given = {"exchange": "okx", "account": "main", "side": "buy", "id": "a1", "quantity": "0.01", "price": "50000"}
    return LimitOrder.model_validate({**given, **fields})


@pytest.mark.parametrize(
    ("mode", "fields", "said"),
    [
        (Mode(1, ONE_WAY), {"symbol": SPOT}, {"tdMode": "cash"}),
        (Mode(2, ONE_WAY), {"symbol": SPOT}, {"tdMode": "cash"}),
        (Mode(2, ONE_WAY), {"symbol": SPOT, "margin_mode": "cross"}, {"tdMode": "cross", "ccy": "USDT"}),
        (Mode(2, ONE_WAY), {"symbol": SPOT, "margin_mode": "isolated"}, {"tdMode": "isolated", "ccy": "USDT"}),
        (Mode(3, ONE_WAY), {"symbol": SPOT}, {"tdMode": "cross"}),
        (Mode(3, ONE_WAY), {"symbol": SPOT, "margin_mode": "cross"}, {"tdMode": "cross"}),
        (Mode(4, ONE_WAY), {"symbol": SPOT}, {"tdMode": "cross"}),
        (Mode(2, ONE_WAY), {"symbol": SWAP}, {"tdMode": "cross"}),
        (Mode(2, ONE_WAY), {"symbol": SWAP, "margin_mode": "isolated"}, {"tdMode": "isolated"}),
        (Mode(3, HEDGE), {"symbol": SWAP, "position_side": "short"}, {"tdMode": "cross", "posSide": "short"}),
        (Mode(4, ONE_WAY), {"symbol": SWAP, "margin_mode": "cross"}, {"tdMode": "cross"}),
        (Mode(2, HEDGE), {"symbol": SPOT}, {"tdMode": "cash"}),
        (Mode(2, ONE_WAY), {"symbol": SWAP, "reduce_only": True}, {"tdMode": "cross", "reduceOnly": True}),
    ],
)
def test_what_an_order_says_of_its_mode(mode: Mode, fields: dict[str, object], said: dict[str, object]) -> None:
    body = okx(mode=mode).prepare(an_order(**fields)).body
    assert isinstance(body, dict)
    about = ("tdMode", "ccy", "posSide", "reduceOnly")
    assert {name: body[name] for name in about if name in body} == said


@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize("sized", ["quantity", "notional"])
def test_where_the_balance_could_shrink_an_order_it_must_not(side: str, sized: str) -> None:
    """OKX cuts a buy sized in base and a sell sized in quote, unless it is told not to."""
    fields = {"exchange": "okx", "account": "main", "symbol": SPOT, "side": side, sized: "1", "id": "a1"}
    body = okx().prepare(MarketOrder.model_validate(fields)).body
    assert isinstance(body, dict)
    assert body["tgtCcy"] == {"quantity": "base_ccy", "notional": "quote_ccy"}[sized]
    assert body.get("banAmend", False) is ((side == "buy") == (sized == "quantity"))


def test_at_level_4_nothing_only_reduces() -> None:
    with pytest.raises(Unsupported, match="reduce_only True: an okx account of level 4 has no such orders"):
        okx(mode=Mode(4, ONE_WAY)).prepare(an_order(symbol=SWAP, reduce_only=True))
