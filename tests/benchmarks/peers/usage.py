"""What processes have used so far, read from /proc: processor time of a whole family, memory, Redis' own counts."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import redis

_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _SYSTEM, _CHILDREN_USER, _CHILDREN_SYSTEM, _BEGUN = 1, 11, 12, 13, 14, 19


def _stat(pid: int | str) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def family(pids: Iterable[int]) -> list[int]:
    """These processes and all that descend from them and live."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(_stat(entry.name)[_PARENT])
            except OSError:
                continue
    found = set(pids)
    grown = True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        grown, found = bool(more), found | more
    return sorted(found)


def born(pids: Iterable[int]) -> dict[int, str]:
    """The families, with when each process was begun: what tells it from a later one of the same number."""
    found = {}
    for pid in family(pids):
        with contextlib.suppress(OSError):
            found[pid] = _stat(pid)[_BEGUN]
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes' families, children that have ended included."""
    total = 0
    for pid in family(pids):
        try:
            fields = _stat(pid)
        except OSError:
            continue
        total += sum(int(fields[at]) for at in (_USER, _SYSTEM, _CHILDREN_USER, _CHILDREN_SYSTEM))
    return total / _TICKS


def memory_mb(pids: Iterable[int]) -> float:
    """Proportional set size of the families: what several share is counted once."""
    kilobytes = 0
    for pid in family(pids):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes / 1_024


class ServerCounts(NamedTuple):
    """What a Redis server has counted: commands (those inside scripts too), scripts run, reads from sockets."""

    commands: int
    scripts: int
    reads: int

    def since(self, before: ServerCounts) -> ServerCounts:
        return ServerCounts(*(now - then for now, then in zip(self, before, strict=True)))


def server_counts(client: redis.Redis) -> ServerCounts:
    """Read them; reading costs three commands, which is nothing beside some hundred orders."""
    stats: Any = client.info("commandstats")
    calls = {name.removeprefix("cmdstat_"): row["calls"] for name, row in stats.items()}
    scripts = sum(calls.get(name, 0) for name in ("eval", "evalsha", "fcall"))
    reads: Any = client.info("stats")
    return ServerCounts(sum(calls.values()), scripts, int(reads.get("total_reads_processed", 0)))


def dataset_bytes(client: redis.Redis) -> int:
    """What the server's data takes."""
    told: Any = client.info("memory")
    return int(told["used_memory_dataset"])
