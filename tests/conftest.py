"""Fixtures that start the real parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from support.house import House, a_house
from support.processes import Simulator, Valkey, running


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    with running(server):
        yield server


@pytest.fixture
def redis_client(valkey: Valkey) -> Iterator[redis.Redis]:
    client = valkey.client()
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    server = Simulator(tmp_path_factory.mktemp("simulator"))
    with running(server):
        yield server


@pytest.fixture
def exchange_simulator(simulator_process: Simulator) -> Simulator:
    simulator_process.clear_faults()
    simulator_process.reset()
    return simulator_process


@pytest.fixture(scope="session")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for tests that leave it as they found it."""
    with a_house(tmp_path_factory.mktemp("shared")) as built:
        yield built
