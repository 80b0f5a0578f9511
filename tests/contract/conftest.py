"""A market of an exchange, open for one test, on a simulator that starts over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from every_market import MARKETS
from markets import Stage, a_stage
from support.processes import Simulator

from workers.accounts import simulator_accounts
from workers.calls.local_gate import LocalGate
from workers.exchanges import get_exchange
from workers.exchanges.okx.exchange import OkxExchange


@pytest.fixture(params=MARKETS, ids=lambda market: market.name)
def stage(request: pytest.FixtureRequest, exchange_simulator: Simulator) -> Iterator[Stage]:
    with a_stage(request.param, exchange_simulator) as opened:
        yield opened


@pytest.fixture
def okx_exchange(exchange_simulator: Simulator) -> Iterator[OkxExchange]:
    account = simulator_accounts(exchange_simulator.url, "okx")["sim-1"]
    with get_exchange("okx", account, LocalGate()) as opened:
        assert isinstance(opened, OkxExchange)
        yield opened
