"""OKX's rate limits: per user, instrument and operation, over two rolling seconds; addresses that a fault banned.

Source: OKX v5 docs, "Rate Limits", and the limit named at each call. Not documented, so taken strictly: the window
rolls, and what is refused counts as well. No header tells the usage; overflow is the gateway's 429 without `data`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from simulator.clock import Clock
from simulator.limits import Bans, Policy
from simulator.okx.errors import error, gateway
from simulator.okx.names import counted_as, is_contract
from simulator.okx.params import Params
from simulator.rolling import RollingMeter

TWO_SECONDS_MS = 2_000
ONE_SECOND_MS = 1_000
ORDERS_PER_SUB_ACCOUNT = 1_000
"""New and amended orders of one sub-account in two seconds, spot and margin exempt (code 50061)."""


class Per(Enum):
    """What a limit counts per, besides the call itself."""

    ADDRESS = "IP"
    ADDRESS_KIND = "IP + instrument type"
    ADDRESS_INSTRUMENT = "IP + instrument ID"
    USER = "User ID"
    USER_KIND = "User ID + instrument type"
    USER_INSTRUMENT = "User ID + instrument ID (options: family)"
    USER_TAG = "User ID + tag"


@dataclass(frozen=True, slots=True)
class Quota:
    """So many requests (of a batch: items) per window. `single` is the call whose quota a one-item batch draws on."""

    limit: int
    per: Per = Per.USER
    window_ms: int = TWO_SECONDS_MS
    single: str = ""
    counts_orders: bool = False


class Limits:
    """The meters of one simulated OKX."""

    def __init__(self, clock: Clock, policy: Policy) -> None:
        self._clock = clock
        self._policy = policy
        self._meters: dict[str, RollingMeter] = {}
        self._orders = RollingMeter(TWO_SECONDS_MS)
        self.bans = Bans()

    def admit(self, name: str, quota: Quota, caller: str, items: Sequence[Params]) -> None:
        """Count a request in to the call of this name (method and path).

        Its items are its one set of parameters, or those of a batch.

        Raises: ApiError 50011 (429) when the call's quota is spent, 50061 when the sub-account's is.
        """
        now = self._clock.now_ms()
        meter = self._meters.get(name)
        if meter is None:
            meter = self._meters[name] = RollingMeter(quota.window_ms)
        # Every key is counted before any of them refuses: what was received has been received.
        spent = [meter.add(f"{caller}/{key}", amount, now) for key, amount in _spendings(quota, items).items()]
        if max(spent) > self._policy.limit(quota.limit):
            raise gateway("50011")
        if quota.counts_orders:
            self._count_orders(caller, items, now)

    def _count_orders(self, caller: str, items: Sequence[Params], now_ms: int) -> None:
        contracts = sum(is_contract(item.text("instId")) for item in items)
        if contracts and self._orders.add(caller, contracts, now_ms) > self._policy.limit(ORDERS_PER_SUB_ACCOUNT):
            raise error("50061")


def _spendings(quota: Quota, items: Sequence[Params]) -> Mapping[str, int]:
    """What a request spends, per key: one per item and instrument, otherwise one."""
    if quota.per is Per.USER_INSTRUMENT:
        return Counter(counted_as(item.text("instId")) for item in items) or {"": 1}
    if quota.per is Per.ADDRESS_INSTRUMENT:
        return {items[0].text("instId"): 1}
    if quota.per in (Per.USER_KIND, Per.ADDRESS_KIND):
        return {items[0].text("instType"): 1}
    return {items[0].text("tag") if quota.per is Per.USER_TAG else "": 1}
