"""The lines of waiting commands, whatever happens in whatever order: see `support.rates.lines`."""

from __future__ import annotations

import pytest
import redis
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from support.rates.lines import Lines
from support.rates.scenes import bounded


@pytest.mark.timeout(180)
def test_nobody_is_lost_or_called_twice_and_the_order_is_kept(quick: redis.Redis) -> None:
    machine = type("Machine", (Lines,), {"client": quick})
    run_state_machine_as_test(machine, settings=settings(bounded(100), stateful_step_count=30))
