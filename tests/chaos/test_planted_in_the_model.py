"""The model of the protocol is strong enough: it finds each bug that is planted."""

from __future__ import annotations

import pytest
import redis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from support.protocol.machine import Protocol
from support.protocol.plants import PLANTS, planted

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]
LONG = settings(
    max_examples=2_000,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


@pytest.mark.parametrize("plant", PLANTS)
def test_the_model_finds_what_is_planted(redis_client: redis.Redis, plant: str) -> None:
    redis_client.config_set("appendfsync", "no")
    with planted(plant) as mutations:
        machine = type("Planted", (Protocol,), {"client": redis_client, "mutations": mutations})
        with pytest.raises(AssertionError) as caught:
            run_state_machine_as_test(machine, settings=LONG)
    print(f"\n{plant}: {str(caught.value)[:90]}")
