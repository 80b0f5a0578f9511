"""One account learns what an exchange allows, for all that share its address; also when little seems to be left."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from router.errors import NotProcessed
from workers.calls.clock import Clock
from workers.calls.endpoint import Call
from workers.calls.gatekeeper import Passage, Refusal, Report
from workers.calls.tariff import Payer, Tariff
from workers.exchanges import get_exchange
from workers.exchanges.binance import endpoints
from workers.settings import AccountSettings, Environment


class Asked:
    """A gatekeeper that remembers what it was asked, and refuses."""

    def __init__(self) -> None:
        self.passages: list[Passage] = []

    def enter(self, passage: Passage) -> Refusal:
        self.passages.append(passage)
        return Refusal("rate_limited", 60_000)

    def report(self, report: Report) -> None:
        """Nothing is ever sent."""


def test_all_accounts_of_an_exchange_follow_the_limits_that_one_has_learnt() -> None:
    limits: dict[object, int] = {}
    one, other = (Tariff(Payer("binance", "testnet", name, "direct"), Clock(), limits) for name in ("a", "b"))
    call = Call(endpoints.ORDER, {}, str, endpoints.ORDER.cost)
    before = other.passage(call).charges[0].limit
    one.learn({endpoints.WEIGHT: 2 * before})
    assert other.passage(call).charges[0].limit == 2 * before


def test_the_declared_limits_do_not_keep_a_new_worker_from_learning_the_true_ones() -> None:
    gatekeeper = Asked()
    account = AccountSettings(
        name="main",
        exchange="binance",
        environment=Environment.SIMULATOR,
        base_url="http://127.0.0.1:9",
        api_key=SecretStr("key"),
        api_secret=SecretStr("secret"),
    )
    exchange = get_exchange("binance", account, gatekeeper)
    with pytest.raises(NotProcessed):
        exchange.instruments.refresh()
    exchange.tariff.learn({endpoints.WEIGHT: 9})
    with pytest.raises(NotProcessed):
        exchange.instruments.refresh()
    assert [bool(passage.charges) for passage in gatekeeper.passages] == [False, False, True, True]
    assert [passage.way.endswith(":usdm:127.0.0.1:9") for passage in gatekeeper.passages] == [False, True] * 2
