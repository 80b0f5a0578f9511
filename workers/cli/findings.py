"""What `pointsman doctor` finds, and what its checks look at."""

from __future__ import annotations

from typing import NamedTuple

from router import OrderRouter
from router.journal import Journal
from router.standing import Standing


class Finding(NamedTuple):
    """What is wrong, what it means, and what to do."""

    what: str
    means: str
    do: str


class Look(NamedTuple):
    """The router, its journal, and how the house stands as seen once."""

    router: OrderRouter
    house: Standing

    @property
    def journal(self) -> Journal:
        """The journal."""
        return self.router.journal
