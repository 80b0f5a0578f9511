"""One account whose proxy or address is dead keeps no other account of its exchange waiting."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.house import House
from support.processes import Simulator, Valkey, Worker, free_port, running

from router import OrderStatus

pytestmark = pytest.mark.processes
FAILURES = 6  # more than it takes to open a breaker


@pytest.mark.parametrize("dead", ["proxy", "base_url"])
def test_a_dead_way_is_one_accounts_own_trouble(tmp_path: Path, dead: str) -> None:
    valkey, simulator = Valkey(tmp_path), Simulator(tmp_path)
    with running(valkey, simulator):
        nowhere = {"base_url": simulator.url, dead: f"http://127.0.0.1:{free_port()}"}
        ways = {"bad-1": nowhere, "good": {"base_url": simulator.url}, "bad-2": nowhere}  # first or last, all the same
        told = {"POINTSMAN_ACCOUNTS": str(accounts(tmp_path, ways))}
        house = House(tmp_path, valkey, simulator, extra=told)
        with running(Worker(tmp_path, "worker", house.environment)), house.router() as router:
            house.wait_for_workers(1)
            for _ in range(FAILURES):
                for bad in ("bad-1", "bad-2"):
                    router.buy_market("BTC/USDT", quantity="0.01", exchange="binance", account=bad, expires_in=60)
                good = router.buy_market("BTC/USDT", quantity="0.01", exchange="binance", account="good")
                assert good.order(5).status is OrderStatus.FILLED


def accounts(folder: Path, ways: dict[str, dict[str, str]]) -> Path:
    tables = []
    for number, (name, way) in enumerate(ways.items(), 1):
        fields = {"exchange": "binance", "environment": "simulator", **way}
        fields |= {"api_key": f"sim-key-{number}", "api_secret": f"sim-secret-{number}"}
        tables.append("\n".join([f"[accounts.{name}]", *(f'{field} = "{value}"' for field, value in fields.items())]))
    path = folder / "accounts.toml"
    path.write_text("\n".join(tables))
    return path
