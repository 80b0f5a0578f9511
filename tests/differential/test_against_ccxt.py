"""For the same intent, our request and ccxt's differ only by a choice of ours that the documentation names."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import binance_intents
import bybit_intents
import okx_intents
import pytest
from bench import a_bench
from capture import Captured
from differences import NOTHING, Difference, compare
from intents import Intent
from proofs import Sent, read
from reasons import TABLE, Choice, Reason, explained
from support.processes import Simulator

from workers.exchanges.base import BaseExchange

_INTENTS: dict[str, Callable[[BaseExchange], Iterator[Intent]]] = {
    "binance": binance_intents.intents,
    "bybit": bybit_intents.intents,
    "okx": okx_intents.intents,
}
_DOCUMENT = Path(__file__).parents[2] / "docs" / "adding-an-exchange.md"
_AT_LEAST = 150


@pytest.mark.processes
@pytest.mark.parametrize("name", _INTENTS)
def test_differs_by_choice_only(name: str, exchange_simulator: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "pointsman")  # every refused call is logged, and most are
    unexplained: list[str] = []
    used: set[Reason] = set()
    with a_bench(name, exchange_simulator.url) as bench:
        intents = list(_INTENTS[name](bench.ours.known))
        for intent in intents:
            for found in bench.differences(intent):
                reasons = explained(name, intent.name, found)
                used.update(reasons)
                unexplained += [] if reasons else [f"{intent.name}: {found}"]
    assert len({intent.name for intent in intents}) == len(intents) >= _AT_LEAST
    assert not unexplained, "no reason is given for:\n" + "\n".join(unexplained)
    unused = [reason for reason in TABLE if reason.exchange == name and reason not in used]
    assert not unused, "no difference has this reason:\n" + "\n".join(map(str, unused))


def test_the_choices_are_those_of_the_documentation() -> None:
    _, _, section = _DOCUMENT.read_text().partition("## Against ccxt")
    told = re.findall(r"^\| \*(.+?)\* \|", section, re.MULTILINE)
    assert sorted(told) == sorted(Choice)
    assert {reason.choice for reason in TABLE} == set(Choice)


def test_what_is_not_in_the_table_is_not_explained() -> None:
    for found in (
        Difference("body.side", "BUY", "SELL"),
        Difference("body.price", "59000.1", "59000.2"),
        Difference("request", "POST /api/v3/order", NOTHING),
        Difference("refusal", "sends", "InvalidOrder"),
    ):
        assert not explained("binance", "spot/place/limit:side=buy,time_in_force=GTC", found)


def test_sees_each_kind_of_difference() -> None:
    ours = [Sent("POST", "/order", {"body.side": "buy", "body.price": "1", "body.px": "7"}), Sent("GET", "/more", {})]
    theirs = [Sent("POST", "/order", {"body.side": "sell", "body.price": "1", "body.pricePx": "7"})]
    found = [("name", "body.px", "body.pricePx"), ("body.side", "buy", "sell"), ("request", "GET /more", NOTHING)]
    assert list(compare(ours, theirs)) == found
    assert list(compare([Sent("PUT", "/a", {})], [Sent("POST", "/b", {})])) == [("path", "PUT /a", "POST /b")]


@pytest.mark.parametrize(
    ("exchange", "headers"),
    [
        ("binance", {"x-mbx-apikey": "sim-key-2"}),
        (
            "bybit",
            {
                "x-bapi-api-key": "sim-key-2",
                "x-bapi-sign": "0",
                "x-bapi-timestamp": "1700000000000",
                "x-bapi-recv-window": "1",
            },
        ),
        (
            "okx",
            {
                "ok-access-key": "sim-key-2",
                "ok-access-passphrase": "sim-pass-2",
                "ok-access-sign": "0",
                "ok-access-timestamp": "2023-11-14T22:13:20.000Z",
            },
        ),
    ],
)
def test_a_wrong_signature_and_none_at_all_are_seen(exchange: str, headers: dict[str, str]) -> None:
    with pytest.raises(AssertionError):
        read(exchange, Captured("POST", "/order", "side=BUY&timestamp=1&signature=0", headers, ""), frozenset())
    with pytest.raises(AssertionError, match="is not signed"):
        read(exchange, Captured("POST", "/order", "side=BUY", {}, ""), frozenset())
