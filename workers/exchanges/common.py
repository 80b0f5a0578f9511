"""What all accounts of one exchange environment have in common: its clock, its limits and its markets."""

from __future__ import annotations

from dataclasses import dataclass, field

from workers.calls.clock import Clock
from workers.calls.endpoint import Budget
from workers.exchanges.listing import Instruments


@dataclass
class Common:
    """Shared by accounts, so that a thousand of them measure the clock and read the rules once.

    ``limits`` is what the exchange told; ``instruments`` is brought by the first account, who reads them for all.
    """

    clock: Clock = field(default_factory=Clock)
    limits: dict[Budget, int] = field(default_factory=dict)
    instruments: Instruments | None = None
