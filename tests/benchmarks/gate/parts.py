"""The benchmark's four parts, each a table and the verdicts on what is promised."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.gate import lanes, rivals, script_time, share
from benchmarks.gate.cases import Case, cases
from benchmarks.gate.figures import Figures, percentile
from benchmarks.gate.report import Column, Report

_FIGURES = (
    Column("windows", "windows"),
    Column("accepted", "accepted"),
    Column("foreign", "foreign"),
    Column("share", "share", ".1%"),
    Column("refused", "refused"),
    Column("most/window", "refused_most"),
    Column("gap p50 ms", "gap_p50_ms", ".1f"),
    Column("gap p99 ms", "gap_p99_ms", ".1f"),
)
_CORES = (Column("cores: workers", "worker_cores", ".2f"), Column("Valkey", "valkey_cores", ".2f"))
_LANES = tuple(
    Column(f"{title} {name}", f"{kind}_{name}", ".1f")
    for title, kind in (("without", "without"), ("beside", "beside"), ("added", "added"))
    for name in ("p50", "p99")
)
_SCRIPT = (
    Column("calls", "calls"),
    Column("p50 µs", "p50"),
    Column("p99 µs", "p99"),
    Column("yardstick p50", "yardstick_p50"),
    Column("yardstick p99", "yardstick_p99"),
)


@dataclass(frozen=True)
class Options:
    """How much is measured, and where logs and data go.

    ``seconds`` for each case, ``samples`` for each lane with and without, ``calls`` of the script; ``depth`` orders are
    kept waiting. With ``only``, the cases whose title has one of these texts.
    """

    seconds: float
    samples: int
    calls: int
    depth: int
    only: tuple[str, ...]
    folder: Path

    def chosen(self, found: Iterable[Case]) -> list[Case]:
        return [case for case in found if not self.only or any(text in case.title for text in self.only)]

    def room(self, name: str) -> Path:
        """A folder of its own for every run."""
        return self.folder / name.replace(" ", "-").replace(",", "")


def allowance(options: Options, report: Report) -> None:
    """How much of the allowance is used, and what the exchange refuses."""
    table = report.begin("Share of the allowance, real workers, endless backlog", "case", (*_FIGURES, *_CORES))
    for case in options.chosen(cases()):
        found = share.run(case, options.seconds, options.depth, options.room(case.title))
        cores = {"worker_cores": found.worker_cores, "valkey_cores": found.valkey_cores, "fewest": found.fewest}
        table.row(case.title, {**_fields(found.figures), **cores})
        report.judge(case.title, found.misses)


def compared(options: Options, report: Report) -> None:
    """The same limits kept in other ways, for half the time."""
    title = f"The same by other means, {rivals.PROCESSES} processes"
    table = report.begin(title, "way", _FIGURES)
    for case in options.chosen(rivals.rival_cases()):
        found = rivals.run(case, options.seconds / 2, options.room(case.title)).figures
        table.row(case.title, _fields(found))


def _fields(figures: Figures) -> dict[str, object]:
    return {**asdict(figures), "refused_most": figures.refused_most}


def beside(options: Options, report: Report) -> None:
    """What a backlog adds to the latency of those who are not in it."""
    for layout in lanes.LAYOUTS:
        table = report.begin(f"Milliseconds from submit to result, {layout}", "command", (*_LANES, _SAMPLES), 54)
        for measure in (lanes.beside_reads, lanes.beside_orders):
            name = f"{measure.__name__} {layout}"
            for lane in _lanes_of(measure, layout, options, name):
                table.row(lane.question, _lane_fields(lane))
                report.judge(f"{lane.question} ({layout})", lane.misses)


_SAMPLES = Column("samples", "samples")
Measure = Callable[[str, int, Path], list[lanes.Lane]]


def _lanes_of(measure: Measure, layout: str, options: Options, name: str) -> list[lanes.Lane]:
    if options.only and not any(text in name for text in options.only):
        return []
    return measure(layout, options.samples, options.room(name))


def _lane_fields(lane: lanes.Lane) -> dict[str, object]:
    found: dict[str, object] = {"layout": lane.layout, "samples": len(lane.beside)}
    for name, hundredths in (("p50", 50), ("p99", 99)):
        found[f"without_{name}"] = percentile(lane.without, hundredths)
        found[f"beside_{name}"] = percentile(lane.beside, hundredths)
        found[f"added_{name}"] = lane.added_ms(hundredths)
    return found


def script(options: Options, report: Report) -> None:
    """How long the gate's script keeps Redis busy."""
    table = report.begin("begin.lua, as long as Valkey was busy with it; the yardstick does nothing", "call", _SCRIPT)
    for found in script_time.run(options.calls, options.room("script")):
        fields: dict[str, object] = {"calls": len(found.taken_us)}
        for prefix, taken in (("", found.taken_us), ("yardstick_", found.yardstick_us)):
            fields |= {f"{prefix}p{p}": percentile(taken, p) for p in (50, 99)}
        table.row(found.what, fields)
        if found.bounded:
            report.judge(f"begin.lua, {found.what}", found.misses)


PARTS = {"share": allowance, "rivals": compared, "lanes": beside, "script": script}
