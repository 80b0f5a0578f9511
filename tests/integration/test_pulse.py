"""A worker is well when it takes messages, not when it is up."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import redis
from support.house import House, a_house
from support.processes import ROOT, eventually

from router.journal import Journal
from router.keys import Keys
from router.standing import standing
from workers.pulse import Pulse

pytestmark = pytest.mark.processes


def a_pulse(client: redis.Redis, ended: threading.Event) -> Pulse:
    journal = Journal(client, Keys("pointsman"))
    return Pulse(journal, "here:1", {"queues": ["binance.orders"]}, stalled_seconds=0.5, end=ended.set)


def test_a_worker_that_takes_nothing_ends_itself(redis_client: redis.Redis) -> None:
    ended = threading.Event()
    pulse = a_pulse(redis_client, ended)
    pulse.start()
    assert ended.wait(10)
    pulse.stop()
    assert redis_client.keys("pointsman*") == []


def test_a_worker_that_takes_its_canaries_goes_on(redis_client: redis.Redis) -> None:
    ended = threading.Event()
    pulse = a_pulse(redis_client, ended)
    pulse.start()
    for _ in range(20):
        redis_client.brpop([pulse.queue], timeout=0.3)
        pulse.taken()
    assert not ended.is_set()
    assert standing(Journal(redis_client, Keys("pointsman"))).workers["here:1"].quiet_seconds < 5
    pulse.stop()


def healthy(house: House, within: str = "15") -> int:
    argv = [sys.executable, "-m", "workers.cli", "healthy", "--within", within]
    environment = {**house.environment, "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    return subprocess.run(argv, env=environment, cwd=ROOT, check=False, capture_output=True).returncode


def test_a_real_worker_takes_its_canaries_and_a_stopped_one_is_not_healthy(tmp_path: Path) -> None:
    with a_house(tmp_path, workers=1) as house, house.router() as router:
        eventually(lambda: healthy(house, "5") == 0, 20, "the worker is healthy")
        [(name, beat)] = standing(router.journal).workers.items()
        assert beat.queues == ["binance.cancels", "binance.orders", "binance.queries"]
        assert name.endswith(f":{house.workers[0].pid}")
        house.workers[0].signal(signal.SIGSTOP)
        eventually(lambda: healthy(house, "5") == 3, 20, "a stopped worker is not")
        house.workers[0].signal(signal.SIGCONT)
        eventually(lambda: healthy(house, "5") == 0, 20, "it is again")
