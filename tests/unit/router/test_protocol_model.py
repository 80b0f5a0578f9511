"""Claim, lease, fence and reconcile, in every order that hypothesis can think of: the promise holds.

The executor, the reconciler and the Lua scripts are the real ones, on a real Valkey; time, the exchange and every
interruption are the test's (`support.protocol`). tests/chaos/test_planted_in_the_model.py shows what it finds.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from support.examples import examples
from support.protocol.machine import Protocol

BOUNDED = settings(
    max_examples=examples(125),
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)


@pytest.fixture
def quick(redis_client: redis.Redis) -> Iterator[redis.Redis]:
    """Nothing here kills the server, so nothing has to wait for its disk."""
    redis_client.config_set("appendfsync", "no")
    yield redis_client
    redis_client.config_set("appendfsync", "always")


@pytest.mark.timeout(180)
def test_whatever_happens_an_order_exists_at_most_once_and_its_end_is_known(quick: redis.Redis) -> None:
    machine = type("Machine", (Protocol,), {"client": quick})
    run_state_machine_as_test(machine, settings=BOUNDED)
