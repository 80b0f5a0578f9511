"""Is the exchange there, how far away, and how much may still be asked of it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from router.errors import Problem, RouterError
from router.models import Model

if TYPE_CHECKING:
    from workers.exchanges.base import BaseExchange


class Health(Model):
    """One look at an exchange.

    ``latency_ms`` is the round trip of one small read. ``clock_offset_ms`` is exchange clock minus ours.
    ``limits_left`` tells per budget what its answer says is left of our share. ``problem`` says what is wrong.
    """

    reachable: bool
    latency_ms: float | None = None
    clock_offset_ms: int | None = None
    clock_uncertainty_ms: float | None = None
    limits_left: dict[str, int] = Field(default_factory=dict)
    problem: Problem | None = None


def examine(exchange: BaseExchange) -> Health:
    """Ask the exchange for its time. Never raises one of our errors: it is what there is to report."""
    call = exchange.server_time_call()
    call.probe = True
    try:
        exchange.send(call)
    except RouterError as error:
        return Health(reachable=False, problem=error.problem)
    trace, tariff = call.trace, exchange.tariff
    taken_ns = (trace.answered_ns or 0) - (trace.sent_ns or 0)
    return Health(
        reachable=True,
        latency_ms=taken_ns / 1e6,
        clock_offset_ms=exchange.clock.offset_ms,
        clock_uncertainty_ms=exchange.clock.uncertainty_ms,
        limits_left={
            budget.name: max(tariff.limit(budget) - tariff.own_use(budget, used), 0)
            for budget, used in trace.usage.items()
        },
    )
