"""A market of an exchange, open for one test, on a simulator that starts over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from every_market import MARKETS
from markets import Stage, a_stage
from support.processes import Simulator


@pytest.fixture(params=MARKETS, ids=lambda market: market.name)
def stage(request: pytest.FixtureRequest, exchange_simulator: Simulator) -> Iterator[Stage]:
    with a_stage(request.param, exchange_simulator) as opened:
        yield opened
