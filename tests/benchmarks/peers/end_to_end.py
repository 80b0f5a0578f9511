"""Orders end to end: every system in turn, round after round; two worker processes, an exchange without limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.peers import ceiling
from benchmarks.peers.figures import Raw
from benchmarks.peers.loads import Load, a_visit
from benchmarks.peers.stage import Checkout, a_stage
from benchmarks.peers.systems import SYSTEMS

Say = Callable[[str], None]
_CEILING_SECONDS = 2.0


def bursts(count: int, delays_ms: Sequence[float], accounts: Sequence[int]) -> list[Load]:
    """All at once: for one account at each delay, and for several."""
    return [Load(count, delay, number) for delay in delays_ms for number in accounts]


def paced(count: int, per_second: float, delays_ms: Sequence[float]) -> list[Load]:
    """One after the other."""
    return [Load(count, delay, 1, per_second) for delay in delays_ms]


def run(folder: Path, checkout: Checkout, names: Sequence[str], loads: Sequence[Load], rounds: int, say: Say) -> Raw:
    """What each visit measured. A system that fails is told of and leaves its rounds empty; the others go on."""
    measured: list[Raw] = []
    failed: list[str] = []
    with a_stage(folder / "ceiling", checkout) as stage:
        highest = ceiling.measure(stage.venue, min(_CEILING_SECONDS, 2 * checkout.settle_seconds))
    for number in range(rounds):
        turn = number % max(len(names), 1)
        for name in [*names[turn:], *names[:turn]]:
            if not SYSTEMS[name].is_here(checkout):
                continue
            try:
                measured += _visit(folder / f"{name}-{number}", checkout, name, loads, say)
            except (RuntimeError, TimeoutError, AssertionError) as trouble:
                failed.append(f"{name}, round {number + 1}: {trouble}")
                say(f"FAILED  {failed[-1]}")
    return {"rounds": rounds, "ceiling": highest, "measured": measured, "failed": failed}


def _visit(folder: Path, checkout: Checkout, name: str, loads: Sequence[Load], say: Say) -> list[Raw]:
    found = []
    with a_stage(folder, checkout) as stage, a_visit(stage, SYSTEMS[name]) as visit:
        for load in loads:
            figures = visit.carry(load)
            found.append(figures)
            say(_line(figures))
    return found


def _line(figures: Raw) -> str:
    about = f"{figures['system']:28} {figures['kind']} {figures['delay_ms']:>2g} ms, {figures['accounts']:>2} accounts"
    cost = (
        f"CPU {figures['worker_cpu_ms']:.2f} ms + server {figures['server_cpu_ms']:.3f}, "
        f"Redis {figures['redis_commands']:.1f} commands, {figures['redis_scripts']:.1f} scripts, "
        f"{figures['redis_reads']:.1f} reads, {figures['memory_mb']:.0f} MB"
    )
    if figures["kind"] == "burst":
        return f"{about}: {figures['per_second']:7.0f}/s (drain {figures['drained_per_second']:6.0f}/s), {cost}"
    there = f"{figures['to_exchange_p50_ms']:.2f}, {figures['to_exchange_p99_ms']:.2f}"
    back = f"{figures['to_result_p50_ms']:.2f}, {figures['to_result_p99_ms']:.2f}"
    return f"{about}: to exchange p50, p99 {there} ms; to result {back} ms; {cost}"
