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

    ``latency_ms`` is the round trip of one small read. ``clock_offset_ms`` is exchange clock minus ours, known to
    within ``clock_uncertainty_ms``; while ``clock_doubt`` names a reason, no new order is sent. ``limits_left`` tells
    per budget what its answer says is left of our share. ``problem`` says what is wrong.
    """

    reachable: bool
    latency_ms: float | None = None
    clock_offset_ms: int | None = None
    clock_uncertainty_ms: float | None = None
    clock_doubt: str | None = None
    limits_left: dict[str, int] = Field(default_factory=dict)
    problem: Problem | None = None


def examine(exchange: BaseExchange) -> Health:
    """Ask the exchange for its time. Never raises one of our errors: it is what there is to report."""
    call = exchange.server_time_call()
    call.probe = True
    clock = exchange.clock
    seen = Health(
        reachable=False,
        clock_offset_ms=None if clock.reading is None else round(clock.offset_ms),
        clock_uncertainty_ms=clock.uncertainty_ms,
        clock_doubt=clock.doubt(exchange.account.receive_window_ms),
    )
    try:
        exchange.send(call)
    except RouterError as error:
        return seen.model_copy(update={"problem": error.problem})
    trace, tariff = call.trace, exchange.tariff
    taken_ns = (trace.answered_ns or 0) - (trace.sent_ns or 0)
    left = {each.name: max(tariff.limit(each) - tariff.own_use(each, used), 0) for each, used in trace.usage.items()}
    return seen.model_copy(update={"reachable": True, "latency_ms": taken_ns / 1e6, "limits_left": left})
