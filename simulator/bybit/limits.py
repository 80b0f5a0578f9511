"""Bybit's rate limits: per account and call in a rolling second, per address in rolling five seconds.

Assumptions where the documents are silent: linear and inverse share a budget; a refused request counts as well; a
batch that finds no unit left is refused as a whole.

Source: Bybit v5 docs, "Rate limit".
"""

from dataclasses import dataclass

from simulator.bybit import errors
from simulator.clock import Clock
from simulator.limits import Bans, Policy
from simulator.rolling import RollingMeter

ADDRESS_REQUESTS, ADDRESS_WINDOW_MS = 600, 5_000
BAN_MS = 600_000
"""The documents say "at least 10 minutes"."""
SECOND_MS = 1_000
TOO_FREQUENT = "access too frequent"


@dataclass(frozen=True, slots=True)
class Budget:
    """One account's budget for one call: `limit` units within a second."""

    key: str
    limit: int


class Limits:
    """Meters and bans of one simulated Bybit. With `tells` off replies lack the headers, as some on the wire do."""

    def __init__(self, clock: Clock, policy: Policy) -> None:
        self._clock = clock
        self._policy = policy
        self._addresses = RollingMeter(ADDRESS_WINDOW_MS)
        self._calls = RollingMeter(SECOND_MS)
        self.bans = Bans()
        self.tells = True

    def admit(self, address: str) -> None:
        """Count a request of an address in. Raises: GatewayError 403 when it is banned or becomes so."""
        now = self._clock.now_ms()
        if self.bans.until(address, now):
            raise self.forbidden()
        if self._addresses.add(address, 1, now) > self._policy.limit(ADDRESS_REQUESTS):
            self.bans.impose(address, BAN_MS, now)
            raise self.forbidden()

    def forbidden(self) -> errors.GatewayError:
        """The answer to a banned address; no JSON (what it is is not documented)."""
        return errors.GatewayError(403, TOO_FREQUENT)

    def budget(self, account: str, call: str, published: int) -> Budget:
        """The budget that a call of an account draws on; `call` tells endpoint and category."""
        return Budget(f"{account} {call}", self._policy.limit(published))

    def take(self, budget: Budget, units: int) -> int:
        """Spend units, or as many as are left. Returns: how many. Raises: ApiError 10006 when there are none."""
        now = self._clock.now_ms()
        left = budget.limit - self._calls.used(budget.key, now)
        self._calls.add(budget.key, max(1, min(units, left)), now)
        if left <= 0:
            raise errors.too_many_visits()
        return min(units, left)

    def headers(self, budget: Budget) -> dict[str, str]:
        """What a reply tells: the ceiling, what is left of it, and the time."""
        now = self._clock.now_ms()
        left = max(0, budget.limit - self._calls.used(budget.key, now))
        return _headers(budget, left, now)

    def breached(self, budget: Budget, wait_ms: int | None = None) -> dict[str, str]:
        """What a refusal tells: nothing is left until (ms since the epoch) the limit frees up, or for a given time."""
        now = self._clock.now_ms()
        frees = self._calls.frees_ms(budget.key, budget.limit - 1, now) if wait_ms is None else now + wait_ms
        return _headers(budget, 0, frees)


def _headers(budget: Budget, left: int, reset_ms: int) -> dict[str, str]:
    return {
        "X-Bapi-Limit": str(budget.limit),
        "X-Bapi-Limit-Status": str(left),
        "X-Bapi-Limit-Reset-Timestamp": str(reset_ms),
    }
