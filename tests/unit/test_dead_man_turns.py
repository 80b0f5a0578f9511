"""Who keeps an account's timers up, when, and which ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import pytest
import redis
from support.processes import Simulator

from router.commands import AnyCommand, CancelAfter
from router.journal import Journal
from router.keys import Keys
from router.results import Result
from workers import dead_man
from workers.accounts import simulator_accounts
from workers.calls.local_gate import LocalGate
from workers.dead_man import DeadMan
from workers.exchanges.assembly import assemble
from workers.exchanges.base import BaseExchange
from workers.exchanges.binance.exchange import BinanceExchange
from workers.exchanges.common import Common
from workers.exchanges.okx.exchange import OkxExchange

pytestmark = pytest.mark.processes
SECONDS = 40
BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
TIMER = "pointsman:timer:sim-1"


class Listening:
    """What an exchange was asked to do; it does it as ever."""

    def execute(self, command: AnyCommand) -> Result:
        if isinstance(command, CancelAfter):
            self.told.append((command.seconds, None if command.symbol is None else str(command.symbol)))
        result: Result = super().execute(command)  # type: ignore[misc]  # mixed into an exchange
        return result

    @property
    def told(self) -> list[tuple[int, str | None]]:
        return self.__dict__.setdefault("_told", [])  # type: ignore[no-any-return]


class ListeningBinance(Listening, BinanceExchange):
    pass


class ListeningOkx(Listening, OkxExchange):
    pass


@dataclass
class Stage:
    client: redis.Redis
    simulator: Simulator
    ahead: float = 0.0
    opened: list[BaseExchange] = field(default_factory=list)

    def exchange(self, kind: type[Any]) -> Any:  # noqa: ANN401 - an exchange that listens
        account = simulator_accounts(self.simulator.url, kind.name)["sim-1"]
        account = account.model_copy(update={"dead_man_seconds": SECONDS})
        exchange = assemble(kind, account, LocalGate(), Common())
        exchange.connect()
        self.opened.append(exchange)
        return exchange

    def dead_man(self, exchange: BaseExchange, name: str = "here:1", *, consumes: bool = True) -> DeadMan:
        return DeadMan(Journal(self.client, Keys("pointsman")), exchange, name, lambda: consumes)

    def later(self, seconds: float) -> None:
        """So much later; the lease has lapsed meanwhile, as none was kept."""
        self.ahead += seconds

    def rest(self, exchange: BaseExchange, symbol: str, name: str) -> None:
        instrument = exchange.get_instrument(symbol)
        price = instrument.quantise_price(exchange.get_market_data(symbol).last_price * 9 / 10, "buy")  # type: ignore[arg-type]
        exchange.buy_limit(symbol, "0.1", price, client_order_id=name)


@pytest.fixture
def stage(redis_client: redis.Redis, exchange_simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    stage = Stage(redis_client, exchange_simulator)
    monkeypatch.setattr(dead_man, "monotonic", lambda: monotonic() + stage.ahead)
    yield stage
    for exchange in stage.opened:
        exchange.disconnect()


def test_one_worker_keeps_an_accounts_timer_up_and_another_takes_over_at_once(stage: Stage) -> None:
    okx = stage.exchange(ListeningOkx)
    one, other = stage.dead_man(okx), stage.dead_man(okx, "there:2")
    one._turn()
    other._turn()
    assert okx.told == [(SECONDS, None)]
    stage.client.delete(f"{TIMER}:lease")  # as when it has lapsed
    other._turn()
    one._turn()
    assert okx.told == [(SECONDS, None)] * 2
    assert stage.client.get(f"{TIMER}:lease") == b"there:2"


def test_it_is_set_anew_after_a_quarter_of_its_length(stage: Stage) -> None:
    okx = stage.exchange(ListeningOkx)
    keeper = stage.dead_man(okx)
    for _ in range(4):
        keeper._turn()
        keeper._turn()
        stage.later(SECONDS / 4)
    assert okx.told == [(SECONDS, None)] * 4


def test_a_worker_that_does_not_consume_neither_leads_nor_keeps_anything_up(stage: Stage) -> None:
    okx = stage.exchange(ListeningOkx)
    stage.dead_man(okx, consumes=False)._turn()
    assert (okx.told, stage.client.exists(f"{TIMER}:lease")) == ([], 0)


def test_symbols_with_open_orders_have_timers_and_are_known_to_who_takes_over(stage: Stage) -> None:
    binance = stage.exchange(ListeningBinance)
    stage.rest(binance, BTC, "rests")
    stage.dead_man(binance)._turn()
    assert binance.told == [(SECONDS, BTC)]
    assert stage.client.smembers(TIMER) == {BTC.encode()}
    binance.cancel_all_orders(BTC)
    stage.client.delete(f"{TIMER}:lease")
    heir = stage.dead_man(binance, "there:2")
    heir._turn()
    assert binance.told == [(SECONDS, BTC)] * 2, "it may be running, so it must not end unheeded"


def test_a_symbol_without_orders_is_given_up_only_after_a_whole_length(stage: Stage) -> None:
    binance = stage.exchange(ListeningBinance)
    keeper = stage.dead_man(binance)
    stage.rest(binance, BTC, "rests")
    stage.rest(binance, ETH, "stays")
    keeper._turn()
    binance.cancel_all_orders(BTC)
    stage.later(SECONDS / 2)
    keeper._turn()
    assert (0, BTC) not in binance.told
    stage.later(SECONDS)
    keeper._turn()
    assert binance.told[-1] == (0, BTC)
    assert stage.client.smembers(TIMER) == {ETH.encode()}
    stage.later(SECONDS / 4)
    keeper._turn()
    assert binance.told[-1] == (SECONDS, ETH)


def test_trouble_with_one_symbol_keeps_no_other_from_its_timer(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    binance = stage.exchange(ListeningBinance)
    stage.client.sadd(TIMER, "GONE/USDT:USDT", BTC, ETH)
    keeper = stage.dead_man(binance)
    keeper._turn()
    assert {(SECONDS, BTC), (SECONDS, ETH)} <= set(binance.told)
    assert "the timer of binance sim-1 was not kept up" in caplog.text


def test_what_was_not_set_is_tried_again_on_the_next_turn(stage: Stage) -> None:
    binance = stage.exchange(ListeningBinance)
    stage.rest(binance, BTC, "rests")
    keeper = stage.dead_man(binance)
    stage.simulator.fault("error_before", status=503, method="POST", path="/fapi/v1/countdownCancelAll", times=20)
    keeper._turn()
    tried = len(binance.told)
    stage.simulator.clear_faults()
    keeper._turn()
    keeper._turn()
    assert (tried, len(binance.told)) == (1, 2)


def test_it_runs_until_stopped_and_hands_its_lease_over(stage: Stage) -> None:
    okx = stage.exchange(ListeningOkx)
    keeper = stage.dead_man(okx)
    keeper.start()
    while not okx.told:
        assert keeper.is_alive()
    keeper.stop()
    keeper.join(10)
    assert not keeper.is_alive()
    assert stage.client.exists(f"{TIMER}:lease") == 0
