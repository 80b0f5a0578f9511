"""What a run needs: many accounts at the simulator, workers as `pointsman up` starts them; all end with the run."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from support.house import House
from support.processes import Process, Simulator, Valkey, Worker, eventually, ready_workers, running

EXCHANGES = ("binance", "bybit", "okx")
LIMIT_CODES = frozenset({"-1003", "-1015", "10006", "10018", "403", "429", "50011", "50061"})
_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE = 240.0
_FUNDS = '{ USDT = "10000", BTC = "1", ETH = "10", SOL = "100" }'


def write_accounts(folder: Path, url: str, counts: Mapping[str, int]) -> tuple[Path, list[str]]:
    """The workers' accounts file, and the names in it. A number has the same keys on each exchange."""
    (folder / "secret").write_text("secret")
    (folder / "passphrase").write_text("pass")
    (folder / "keys").mkdir(exist_ok=True)
    rows, names = [], []
    for number in range(1, max(counts.values()) + 1):
        (folder / "keys" / str(number)).write_text(f"key-{number}")
    for exchange, count in counts.items():
        for number in range(1, count + 1):
            names.append(f"{exchange}-{number}")
            rows.append(
                f'[accounts.{exchange}-{number}]\nexchange = "{exchange}"\nenvironment = "simulator"\n'
                f'base_url = "{url}"\n'
                f'api_key = {{ file = "{folder}/keys/{number}" }}\napi_secret = {{ file = "{folder}/secret" }}\n'
                f'passphrase = {{ file = "{folder}/passphrase" }}\n'
            )
    path = folder / "accounts.toml"
    path.write_text("".join(rows))
    return path, names


def write_simulated(folder: Path, count: int) -> Path:
    """The simulator's accounts file."""
    path = folder / "simulated.toml"
    path.write_text(
        "".join(
            f'[accounts.user-{number}]\napi_key = "key-{number}"\napi_secret = "secret"\npassphrase = "pass"\n'
            f"balances = {_FUNDS}\n"
            for number in range(1, count + 1)
        )
    )
    return path


@contextlib.contextmanager
def a_stage(folder: Path, counts: Mapping[str, int], limits: str = "real") -> Iterator[tuple[House, list[str]]]:
    """Valkey, the simulator, one worker for orders and cancels and one for reads; and the accounts' names."""
    folder.mkdir(parents=True)
    simulated = write_simulated(folder, max(counts.values()))
    valkey, simulator = Valkey(folder), Simulator(folder, "--accounts", str(simulated), "--limits", limits)
    with running(valkey, simulator):
        accounts, names = write_accounts(folder, simulator.url, counts)
        served = ",".join(exchange for exchange, count in counts.items() if count)
        house = House(folder, valkey, simulator, extra={"POINTSMAN_ACCOUNTS": str(accounts)}, exchanges=served)
        try:
            house.add_worker("--lanes", "cancels,orders", "--log-level", "warning")
            house.add_worker("--lanes", "queries", "--log-level", "warning")
            client = house.valkey.client()
            eventually(lambda: len(ready_workers(client)) == 2, _PATIENCE, "both workers beat")
            client.close()
            yield house, names
        finally:
            for worker in house.workers:
                worker.stop()


def reads_worker(house: House) -> Worker:
    """The worker that carries polls."""
    return house.workers[1]


def cpu_seconds(processes: Sequence[Process]) -> float:
    """User and system time of processes so far."""
    total = 0.0
    for process in processes:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / _TICKS
    return total


def own_cpu_seconds() -> float:
    """The same of this process: the one that asks."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def resident_mb(process: Process) -> float:
    """The memory that a process has at present."""
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def redis_bytes(house: House) -> int:
    """What the server's data takes."""
    client = house.valkey.client()
    used = int(client.info("memory")["used_memory_dataset"])
    client.close()
    return used


def refusals(house: House) -> int:
    """Calls that the simulator refused for a limit, or because the address was banned, on every exchange."""
    counts: dict[str, Any] = house.simulator.ledger()["counts"]  # type: ignore[assignment]
    return sum(count for code, count in counts["refused"].items() if code in LIMIT_CODES)


def requests(house: House) -> int:
    """Requests that the simulator has seen."""
    counts: dict[str, Any] = house.simulator.ledger()["counts"]  # type: ignore[assignment]
    return int(counts["requests"])
