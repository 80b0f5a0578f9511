"""The dead man's switch: the exchange cancels for a fleet that is gone, and never for one that lives."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import redis
from support.command_line import one_sentence, pointsman
from support.house import House, a_house
from support.processes import eventually

from router import OrderRouter

pytestmark = pytest.mark.processes
SECONDS = 12
ACCOUNT = """
[accounts.{name}]
exchange = "{exchange}"
environment = "simulator"
base_url = "{url}"
api_key = "sim-key-{number}"
api_secret = "sim-secret-{number}"
passphrase = "sim-pass-{number}"
"""
SWITCH = f"dead_man_seconds = {SECONDS}\n"
PLACES = {
    "switched-binance": ("binance", "BTC/USDT:USDT"),
    "switched-okx": ("okx", "BTC/USDT:USDT"),
    "free": ("okx", "BTC/USDT:USDT"),
}


def write_accounts(file: Path, url: str) -> None:
    text = ""
    for number, (name, (exchange, _)) in enumerate(PLACES.items(), 1):
        text += ACCOUNT.format(name=name, exchange=exchange, url=url, number=number)
        text += SWITCH if name.startswith("switched") else ""
    file.write_text(text)


def place(router: OrderRouter) -> dict[str, str]:
    """A resting order of each account; by account, the client order id."""
    placed = {}
    for account, (exchange, symbol) in PLACES.items():
        at = {"exchange": exchange, "account": account}
        price = router.get_market_data(**at, symbol=symbol).last_price * 9 / 10
        ticket = router.buy_limit(symbol, "0.02", price.quantize(price.to_integral_value()), **at)
        placed[account] = ticket.order(20).client_order_id
    return placed


def states(house: House, placed: dict[str, str]) -> dict[str, str]:
    found = {row["client_order_id"]: row["status"] for row in house.simulator.orders()}
    return {account: found[name] for account, name in placed.items()}


def leader(client: redis.Redis, account: str) -> str:
    return (client.get(f"pointsman:timer:{account}:lease") or b"").decode().rpartition(":")[2]


def kept_up(client: redis.Redis) -> bool:
    """Both accounts have somebody who keeps their timers up, and the one per symbol is known of."""
    members = client.smembers("pointsman:timer:switched-binance")
    return members == {b"BTC/USDT:USDT"} and bool(leader(client, "switched-okx"))


@pytest.mark.timeout(240)
def test_a_living_fleet_keeps_its_orders_and_a_killed_one_has_them_cancelled(tmp_path: Path) -> None:
    file = tmp_path / "accounts.toml"
    with a_house(tmp_path, workers=0, exchanges="binance,okx", POINTSMAN_ACCOUNTS=str(file)) as house:
        write_accounts(file, house.simulator.url)
        for _ in range(2):
            house.add_worker()
        house.wait_for_workers(2)
        client = house.valkey.client()
        with house.router() as router:
            placed = place(router)
        resting = dict.fromkeys(PLACES, "NEW")
        assert states(house, placed) == resting
        eventually(lambda: kept_up(client), 20, "the timers are kept up")

        first = leader(client, "switched-binance")
        [dies] = [worker for worker in house.workers if str(worker.pid) == first]
        [lives] = [worker for worker in house.workers if worker is not dies]
        dies.kill()
        after = {"switched-binance": str(lives.pid), "switched-okx": str(lives.pid)}
        eventually(lambda: {name: leader(client, name) for name in after} == after, 20, "the other one took over")
        time.sleep(1.5 * SECONDS)  # nothing is timed by it: whatever the dead worker has set would have ended by now
        assert states(house, placed) == resting

        lives.kill()
        cancelled = {account: "NEW" if account == "free" else "CANCELED" for account in PLACES}
        eventually(lambda: states(house, placed) == cancelled, 60, "the exchange cancels")
        client.close()


REFUSED = {
    ("okx", "121"): "dead_man_seconds 121: must be at most 120 (exchange okx)",
    ("okx", "9"): "dead_man_seconds 9: Input should be greater than or equal to 10",
    ("binance", "'30'"): "dead_man_seconds '30': Input should be a valid integer",
    ("bybit", "30"): "dead_man_seconds 30: cannot be had: ",
}


def test_a_length_that_cannot_be_kept_is_refused_when_a_worker_starts(tmp_path: Path) -> None:
    for number, ((exchange, seconds), said) in enumerate(REFUSED.items()):
        file = tmp_path / f"{number}.toml"
        head = ACCOUNT.format(name="main", exchange=exchange, url="http://127.0.0.1:9", number=1)
        file.write_text(f"{head}dead_man_seconds = {seconds}\n")
        told = {"POINTSMAN_ACCOUNTS": str(file), "POINTSMAN_REDIS_URL": "redis://127.0.0.1:1/0"}
        assert f"accounts.main.{said}" in one_sentence(pointsman("worker", exchange, **told), 2)
