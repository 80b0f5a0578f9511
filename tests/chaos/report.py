"""The one table of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import quantiles

import redis

from chaos.audit import Findings, Truth
from chaos.watch import Watch


def table(title: str, found: Findings, faults: Mapping[str, int], unknown_for_ms: Sequence[int]) -> str:
    """As text: figures first, then every column that must be 0, then the faults by kind."""
    rows = [("commands accepted", f"{found.accepted:,}"), ("faults that struck", f"{sum(faults.values()):,}")]
    rows += [("orders at the exchange", f"{found.at_exchange:,}")]
    rows += [(f"  ended {state}", f"{count:,}") for state, count in found.states.most_common()]
    rows += [(f"{what:<22} (must be 0)", f"{len(names):,}") for what, names in found.bad.items()]
    rows += [("were unknown for a while", f"{len(unknown_for_ms):,}")]
    rows += [("time to resolve an unknown", _spread(unknown_for_ms))]
    rows += [(f"  fault {kind}", f"{count:,}") for kind, count in faults.items() if count]
    lines = [f"{name:<36} {value}" for name, value in rows]
    examples = [f"{what}: {', '.join(names[:5])}" for what, names in found.bad.items() if names]
    return "\n".join(["", title, *lines, *examples])


def _spread(spans_ms: Sequence[int]) -> str:
    if len(spans_ms) < 2:
        return "-"
    cuts = quantiles(spans_ms, n=100)
    return f"p50 {cuts[49] / 1000:.1f} s, p99 {cuts[98] / 1000:.1f} s, max {spans_ms[-1] / 1000:.1f} s"


def story(name: str, client: redis.Redis, truth: Truth, watch: Watch) -> str:
    """Everything that is known of one command: what the journal holds, its events, and what the exchange has."""
    record = {key.decode(): value.decode() for key, value in client.hgetall(f"pointsman:command:{name}").items()}
    events = [f"{event.at_ms} {event.state} {event.detail}" for event in watch.events.get(name, [])]
    rows = [f"at the exchange {dict(row)}" for row in truth.orders.get(name, [])]
    return "\n  ".join([f"\n{name}", *(f"{field} {value}" for field, value in record.items()), *events, *rows])
