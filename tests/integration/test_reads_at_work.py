"""Polls while things break, and polls that the accounts file asks for."""

from __future__ import annotations

import itertools
import json
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.house import House, a_house
from support.processes import eventually

from router import BalancePoll

pytestmark = pytest.mark.processes
READ = "/v5/account/wallet-balance"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path, workers=2, exchanges="bybit") as built:
        yield built


def asked(house: House) -> Counter[str]:
    """How often each account was told of."""
    client = house.valkey.client()
    told: Counter[str] = Counter()
    for key in client.scan_iter("pointsman:poll:*:news"):
        told.update(fields[b"account"].decode() for _, fields in client.xrange(key) if b"account" in fields)
    client.close()
    return told


def test_a_killed_worker_loses_no_account_and_repeats_no_answer(house: House) -> None:
    house.simulator.fault("stall", path=READ, times=None, delay_ms=150, when="before")
    polls: list[BalancePoll] = []

    def ask() -> None:
        with house.router() as router:
            polls.append(router.poll_balances([f"sim-bybit-{number}" for number in range(1, 10)], deadline=40))

    asking = threading.Thread(target=ask)
    asking.start()
    eventually(lambda: len(asked(house)) >= 1, what="an account answered")
    house.workers[0].signal(signal.SIGKILL)
    asking.join()
    (poll,) = polls
    assert poll.counts == {"fresh": 9}
    assert set(asked(house).values()) == {1}
    house.simulator.clear_faults()


SCHEDULED = """
[schedules.balances]
accounts = "all"
every = "2s"
[schedules.positions]
accounts = ["main-1"]
every = "3s"
what = "positions"
"""


def accounts_file(folder: Path, url: str, count: int) -> Path:
    rows = []
    for number in range(1, count + 1):
        for name, text in (("key", f"sim-key-{number}"), ("secret", f"sim-secret-{number}")):
            (folder / f"{name}-{number}").write_text(text)
        rows.append(
            f'[accounts.main-{number}]\nexchange = "bybit"\nenvironment = "simulator"\nbase_url = "{url}"\n'
            f'api_key = {{ file = "{folder}/key-{number}" }}\napi_secret = {{ file = "{folder}/secret-{number}" }}\n'
        )
    path = folder / "accounts.toml"
    path.write_text("\n".join(rows) + SCHEDULED)
    return path


def scheduled(house: House) -> dict[str, list[int]]:
    """When each account was asked for by the schedule of balances; ms."""
    client = house.valkey.client()
    moments: dict[str, list[int]] = {}
    for key in client.scan_iter("pointsman:command:*"):
        created, text = client.hmget(key, "created", "document")
        poll = json.loads(text or b"{}")
        if poll.get("producer") == "schedule balances" and "poll" not in poll:
            for account in poll["accounts"]:
                moments.setdefault(account, []).append(int(created))
    client.close()
    return moments


def test_schedules_ask_each_account_once_a_period_however_many_workers_there_are(tmp_path: Path) -> None:
    with a_house(tmp_path, workers=0, exchanges="bybit") as house:
        house.extra["POINTSMAN_ACCOUNTS"] = str(accounts_file(tmp_path, house.simulator.url, 4))
        house.add_worker()
        house.add_worker()
        house.wait_for_workers(2)
        client = house.valkey.client()
        eventually(lambda: client.exists("pointsman:snapshot:positions:bybit:main-1"), what="positions are kept")
        eventually(lambda: sum(asked(house).values()) >= 12, what="some periods")
        assert set(asked(house)) == {f"main-{number}" for number in range(1, 5)}
        for account, moments in scheduled(house).items():
            gaps = [later - earlier for earlier, later in itertools.pairwise(sorted(moments))]
            assert min(gaps) > 500, account  # twice in a slot, by two workers, would be a few ms
        house.workers[0].signal(signal.SIGKILL)
        before = sum(asked(house).values())
        eventually(lambda: sum(asked(house).values()) >= before + 4, what="the other worker goes on")
        client.close()
