"""`pointsman doctor` finds what endangers the promise, and says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.command_line import Done, pointsman
from support.house import House, a_house
from support.processes import eventually

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("house"), workers=1) as built:
        yield built


def doctor(house: House, *words: str) -> Done:
    return pointsman("doctor", *words, **house.environment)


def found(house: House) -> list[str]:
    findings: list[dict[str, Any]] = doctor(house, "--json").document
    return [finding["what"] for finding in findings]


def test_a_well_house_has_no_findings(house: House) -> None:
    eventually(lambda: doctor(house).code == 0, 20, "the worker takes its canaries")
    assert doctor(house).out.strip() == "All is well."


@pytest.mark.parametrize(
    ("setting", "bad", "good", "what"),
    [
        ("appendfsync", "everysec", "always", "Redis writes to disk everysec"),
        ("appendonly", "no", "yes", "Redis keeps no append-only file"),
    ],
)
def test_it_finds_a_redis_that_forgets(house: House, setting: str, bad: str, good: str, what: str) -> None:
    client = house.valkey.client()
    client.config_set(setting, bad)
    try:
        assert found(house) == [what]
        assert doctor(house).code == 3
    finally:
        client.config_set(setting, good)
        eventually(lambda: not client.info("persistence")["aof_rewrite_in_progress"], what="its file is whole again")
        client.close()


def test_it_finds_other_programs_and_dead_letters(house: House) -> None:
    client = house.valkey.client()
    client.set("somebody:else", "x")
    client.lpush("binance.orders", "garbage")
    eventually(lambda: len(found(house)) == 2, 20, "both are found")
    assert found(house) == ["foreign keys: somebody:else, ...", "1 dead letters"]
    client.delete("somebody:else", "pointsman:dead")
    client.close()


def test_it_finds_that_nobody_works(house: House) -> None:
    client = house.valkey.client()
    house.workers[0].stop()
    client.lpush("binance.orders", "{}")
    assert found(house) == ["nobody serves binance.orders", "no worker beats"]
    client.close()
