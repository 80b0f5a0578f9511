"""The metrics by name: what each tells, with which labels; and the figures in Redis as their samples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from workers.calls.figures import BETWEEN, BOUND, BOUNDS_SECONDS, CALLS, ENDLESS, HOPS, SUM
from workers.metrics.fold import COMMANDS, DOUBTS, TOOK, WAITS
from workers.metrics.tally import GAPS

COUNTERS: Final = {
    COMMANDS: ("pointsman_commands", "Commands that have ended.", ("exchange", "account", "kind", "state", "reason")),
    WAITS: ("pointsman_waits", "Times a command was made to wait.", ("exchange", "account", "kind", "reason")),
    DOUBTS: ("pointsman_doubts", "Replies lost, and what became of them.", ("exchange", "account", "kind", "outcome")),
    CALLS: ("pointsman_calls", "Calls of exchanges' endpoints.", ("exchange", "account", "endpoint", "outcome")),
    GAPS: ("pointsman_event_gaps", "Times events were dropped before they were counted.", ()),
}
HISTOGRAMS: Final = {
    HOPS: ("pointsman_hop_seconds", "Time of each part of a command's way.", ("exchange", "lane", "hop")),
    TOOK: ("pointsman_command_seconds", "Time from acceptance to the end.", ("exchange", "lane")),
}
Rows = Iterable[tuple[tuple[str, ...], float]]


def gauge(name: str, documentation: str, labels: tuple[str, ...], rows: Rows) -> GaugeMetricFamily:
    """A gauge and its samples."""
    family = GaugeMetricFamily(f"pointsman_{name}", documentation, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


def counted(figures: Mapping[str, int]) -> Iterator[Metric]:
    """Every counter and histogram that the figures hold. What an older version counted otherwise is left out."""
    by_name: defaultdict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
    for name, amount in figures.items():
        first, *values = name.split(BETWEEN)
        by_name[first][tuple(values)] = amount
    for name, (metric, documentation, labels) in COUNTERS.items():
        counter = CounterMetricFamily(metric, documentation, labels=labels)
        for row, amount in sorted(by_name[name].items()):
            if len(row) == len(labels):
                counter.add_metric(row, amount)
        yield counter
    for name, (metric, documentation, labels) in HISTOGRAMS.items():
        yield _histogram(HistogramMetricFamily(metric, documentation, labels=labels), len(labels), by_name[name])


def _histogram(
    family: HistogramMetricFamily, labels: int, amounts: Mapping[tuple[str, ...], int]
) -> HistogramMetricFamily:
    """Figures have a bucket each; Prometheus wants them cumulated."""
    measured: defaultdict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    for values, amount in amounts.items():
        if len(values) == labels + 1:
            measured[values[:-1]][values[-1]] = amount
    for values, found in sorted(measured.items()):
        total, buckets = 0, []
        for bound in BOUNDS_SECONDS:
            total += found.get(f"{BOUND}{bound}", 0)
            buckets.append((str(bound), total))
        buckets.append(("+Inf", total + found.get(ENDLESS, 0)))
        family.add_metric(values, buckets, found.get(SUM, 0) / 1e6)
    return family
