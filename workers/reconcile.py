"""What became of a write whose reply was lost: ask the exchange, and believe a "no" only when nothing more can come.

A placement is never sent again on a guess. It is absent once the fence (the moment after which the sent request can no
longer execute) and the exchange's own margin have passed, two look-ups say so, and open orders, history and trades
agree. An error while asking is no answer.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from typing import NamedTuple

from router.commands import AmendOrder, AnyCommand, AnyNewOrder, CancelAll, CancelOrder, NewOrder
from router.errors import RouterError
from router.results import Result
from workers.exchanges.acknowledged import is_as_asked
from workers.exchanges.base import BaseExchange

log = logging.getLogger("pointsman.reconcile")
_SOONEST_MS, _LATEST_MS = 500, 16_000
_BETWEEN_LOOKUPS_SECONDS = 0.5


class Sent(NamedTuple):
    """When the lost request dies (``fence_ms``) and when the first one was sent, both on the exchange's clock.

    ``acknowledged`` says that the exchange took a request of ours, whatever it shows now.
    """

    fence_ms: int
    first_sent_ms: int
    acknowledged: bool = False


@dataclass(frozen=True)
class Found:
    """It happened: here is the result."""

    result: Result


@dataclass(frozen=True)
class Absent:
    """It did not happen and cannot happen any more; or doing it again does no harm."""


@dataclass(frozen=True)
class Unsure:
    """Not known yet; ask again in ``delay_ms``."""

    delay_ms: int
    why: str


Sighting = Found | Absent | Unsure


def look(exchange: BaseExchange, command: AnyCommand, sent: Sent) -> Sighting:
    """Ask the exchange what became of a write."""
    try:
        _know_the_time(exchange)
        match command:
            case CancelOrder() | CancelAll():
                return _look_for_cancel(exchange, command)
            case AmendOrder():
                return _look_for_amendment(exchange, command, sent)
            case NewOrder():
                return _look_for_order(exchange, command, sent)
            case _:
                return Absent()  # a read
    except RouterError as error:
        pause, asked = _pause(exchange, sent), error.problem.retry_after_ms
        return Unsure(pause if asked is None else min(pause, asked + 1), f"the look-up failed: {error.problem}")


def _look_for_order(exchange: BaseExchange, order: AnyNewOrder, sent: Sent) -> Sighting:
    client_order_id = order.client_order_id or order.id or ""
    left = _left_ms(exchange, order, sent)  # before asking: that is what counts
    found = exchange.find_order(order.symbol, client_order_id)
    if found is not None:
        return Found(found)
    if left > 0:
        return Unsure(min(_pause(exchange, sent), left + 1), "not seen yet, and it may still come")
    found = exchange.search_order(order.symbol, client_order_id, sent.first_sent_ms)
    for _ in range(exchange.lookups_after_fence - 1):
        if found is None:
            time.sleep(_BETWEEN_LOOKUPS_SECONDS)
            found = exchange.find_order(order.symbol, client_order_id)
    if found is None and sent.acknowledged:
        return Unsure(_LATEST_MS, "the exchange took it, yet shows it nowhere; somebody should look")
    return Absent() if found is None else Found(found)


def _look_for_cancel(exchange: BaseExchange, command: CancelOrder | CancelAll) -> Sighting:
    """Repeating a cancel is harmless, so only an order that has ended needs no repeating."""
    if isinstance(command, CancelAll):
        return Absent()
    order = exchange.look_up(command)
    return Found(order) if order is not None and order.status.is_final else Absent()


def _look_for_amendment(exchange: BaseExchange, command: AmendOrder, sent: Sent) -> Sighting:
    left = _left_ms(exchange, command, sent)
    order = exchange.look_up(command)
    if order is not None and is_as_asked(order, command):
        return Found(order)
    return Absent() if left <= 0 else Unsure(min(_pause(exchange, sent), left + 1), "not amended yet")


def _know_the_time(exchange: BaseExchange) -> None:
    """The fence is on the exchange's clock. While nobody knows that, an order may still be found, but not missed."""
    if not exchange.clock.stable:
        try:
            exchange.sync_clock()
        except RouterError as trouble:
            log.warning("the clock of %s could not be measured: %s", exchange.name, trouble)


def _left_ms(exchange: BaseExchange, command: AnyCommand, sent: Sent) -> int:
    """How long the lost request may still execute, however wrong our idea of the exchange's clock is."""
    clock = exchange.clock
    if not clock.stable:
        return _pause(exchange, sent)
    margin_ms = exchange.fence_margin_of(command) + math.ceil(clock.uncertainty_ms or 0)
    return sent.fence_ms + margin_ms - clock.now_ms()


def _pause(exchange: BaseExchange, sent: Sent) -> int:
    """As long again as it has been unknown so far, so that the pauses double: 0.5 s, 1 s, 2 s, ... 16 s."""
    since = exchange.clock.now_ms() - sent.first_sent_ms
    return max(_SOONEST_MS, min(_LATEST_MS, since))
