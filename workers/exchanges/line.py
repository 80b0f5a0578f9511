"""An account's way to its exchange: the steps put together, the parts it leads to, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from workers.calls.classify import Dialect
from workers.calls.clock import Clock
from workers.calls.pipeline import Proceed
from workers.calls.tariff import Tariff
from workers.recent_prices import RecentPrices
from workers.settings import Environment

Tended = Callable[[int], AbstractContextManager[int]]


@dataclass(frozen=True)
class Area:
    """A part of an exchange with hosts and codes of its own, as Binance's futures are.

    ``hosts`` are the environments' addresses; an account with an address of its own reaches every part there.
    """

    hosts: Mapping[Environment, str]
    dialect: Dialect


@dataclass(frozen=True)
class Line:
    """One account's. ``tended`` keeps each area's connections warm; '' is the main one."""

    send: Proceed
    tariff: Tariff
    clock: Clock
    close: Callable[[], None]
    tended: Mapping[str, Tended]
    prices: RecentPrices = field(default_factory=RecentPrices)
