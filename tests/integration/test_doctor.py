"""`pointsman doctor` finds what endangers the promise, and says what to do."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.command_line import Done, typed
from support.house import House, a_house
from support.processes import eventually

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("house"), workers=1) as built:
        yield built


def doctor(house: House, *words: str) -> Done:
    return typed("doctor", *words, **house.environment)


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


def test_it_finds_a_key_that_is_refused_and_one_without_permission(tmp_path: Path) -> None:
    """A testnet key on another world, and a read-only one, as the exchange says it."""
    accounts = tmp_path / "accounts.toml"
    account = '[accounts.{0}]\nexchange = "binance"\nenvironment = "simulator"\napi_key = "{1}"\napi_secret = "{2}"\n'
    rows = [
        ("good", "sim-key-1", "sim-secret-1"),
        ("stray", "other-key", "other-secret"),
        ("mixed", "sim-key-2", "wrong"),
    ]
    with a_house(tmp_path, workers=0) as made:
        text = "".join(f'{account.format(*row)}base_url = "{made.simulator.url}"\n' for row in rows)
        accounts.write_text(text)
        made.extra["POINTSMAN_ACCOUNTS"] = str(accounts)
        made.add_worker()
        made.wait_for_workers(1)
        eventually(lambda: len(found(made)) == 2, 20, "both are found")
        told = doctor(made, "--json").document
        assert [each["what"] for each in told] == [
            f"binance simulator refuses the key of {name}" for name in ("mixed", "stray")
        ]
        assert all("[-" in each["means"] for each in told)  # the exchange's own code
        assert not [secret for _, _, secret in rows[1:] if secret in doctor(made).out.split()]


def test_it_finds_a_limit_that_is_used_up(house: House) -> None:
    client = house.valkey.client()
    limit = ["binance", "simulator", "sim-1", "orders_10s", "", 100, 86_400_000, False]
    client.hset("pointsman:limits", "x:made:up", json.dumps(limit))
    day = int(client.time()[0]) // 86_400
    client.set("pointsman:budget:x:made:up", struct.pack("<10d", day, 97, 97, 0, 0, 0, 0, 0, 0, 0))
    assert found(house) == ["orders_10s of sim-1 on binance: 3 of 100 left"]
    client.hdel("pointsman:limits", "x:made:up")
    client.delete("pointsman:budget:x:made:up")
    client.close()


def test_it_finds_that_nobody_works(house: House) -> None:
    client = house.valkey.client()
    house.workers[0].stop()
    client.lpush("binance.orders", "{}")
    assert found(house) == ["nobody serves binance.orders", "no worker beats"]
    client.close()
