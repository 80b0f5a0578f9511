"""What `pointsman doctor` finds, and what its checks look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from router import OrderRouter
from router.journal import Journal
from router.standing import Standing


class Finding(NamedTuple):
    """What is wrong, what it means, and what to do."""

    what: str
    means: str
    do: str


@dataclass(frozen=True)
class Look:
    """The router, its journal, and how the house stands as seen once; and what could not be looked at, and why."""

    router: OrderRouter
    house: Standing
    left_out: list[str] = field(default_factory=list)

    @property
    def journal(self) -> Journal:
        """The journal."""
        return self.router.journal
