"""Fixtures for the gates' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from support.rates.gates import Stand
from support.rates.house import House


@pytest.fixture
def quick(redis_client: redis.Redis) -> Iterator[redis.Redis]:
    """Nothing here kills the server, so nothing has to wait for its disk."""
    redis_client.config_set("appendfsync", "no")
    yield redis_client
    redis_client.config_set("appendfsync", "always")


@pytest.fixture(params=["local", "shared"])
def house(request: pytest.FixtureRequest, quick: redis.Redis) -> House:
    return House(Stand(request.param, quick))
