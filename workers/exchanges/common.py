"""What all accounts of one exchange environment have in common: clock, limits, markets, prices, connections."""

from __future__ import annotations

from dataclasses import dataclass, field

from workers.calls.clock import Clock
from workers.calls.endpoint import Budget
from workers.calls.pool import Connections
from workers.exchanges.listing import Instruments
from workers.recent_prices import RecentPrices


@dataclass
class Common:
    """Shared by accounts, so that a thousand of them measure the clock, read the rules and shake hands once.

    ``limits`` is what the exchange told; ``instruments`` is brought by the first account, who reads them for all.
    """

    clock: Clock = field(default_factory=Clock)
    limits: dict[Budget, int] = field(default_factory=dict)
    instruments: Instruments | None = None
    prices: RecentPrices = field(default_factory=RecentPrices)
    _connections: dict[tuple[str, str | None], Connections] = field(default_factory=dict, repr=False)

    def connections(self, base_url: str, proxy: str | None) -> Connections:
        """The connections to an address through a proxy; who logs in to the proxy as somebody else has others."""
        known = self._connections.get((base_url, proxy))
        if known is None:
            known = self._connections[base_url, proxy] = Connections(base_url, proxy)
        return known
