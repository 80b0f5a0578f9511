"""Binance spot's rate limits, with the figures of 2026-04.

Source: Binance spot docs, "Rate limits" and FAQ `order_count_decrement`.

Weight and raw requests count per address, unfilled orders per account, in clock-aligned windows. Another limit may
stand in for the one per 10 seconds, in rolling windows even, which Binance has not: gates are tested on it.
"""

from array import array
from collections import defaultdict

from simulator.binance.errors import TOO_MANY_ORDERS, TOO_MANY_REQUESTS, ApiError
from simulator.clock import Clock
from simulator.limits import Bans, Meter, Policy
from simulator.order_count import OrderCount, Rule

WEIGHT, RAW, ORDERS_10S, ORDERS_1D = 6_000, 300_000, 100, 200_000
MINUTE_MS, TEN_SECONDS_MS, DAY_MS = 60_000, 10_000, 86_400_000
TAKER_CREDIT, MAKER_CREDIT = 1, 5
"""What the first fill of an order gives back (the FAQ names 5 as an example for makers; it promises no figure)."""
_INTERVALS = (("DAY", DAY_MS), ("HOUR", 3_600_000), ("MINUTE", MINUTE_MS), ("SECOND", 1_000))


class Limits:
    """Meters and bans of one simulated Binance."""

    def __init__(self, clock: Clock, policy: Policy, orders: Rule | None = None) -> None:
        self._clock = clock
        self.weight = Meter(policy.limit(WEIGHT), MINUTE_MS)
        self.raw = Meter(policy.limit(RAW), 5 * MINUTE_MS)
        self.orders = OrderCount(orders or Rule(policy.limit(ORDERS_10S), TEN_SECONDS_MS), clock)
        interval, number = _interval(self.orders.rule.window_ms)
        self._count_header = f"X-MBX-ORDER-COUNT-{number}{interval[0]}"
        self.orders_1d = Meter(policy.limit(ORDERS_1D), DAY_MS)
        self.bans = Bans()
        self._refused_us: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))

    def admit(self, address: str, weight: int) -> None:
        """Count a request in or refuse it; `weight` zero still asks for room for one.

        Raises: ApiError -1003 with 418 (banned) or 429.
        """
        now = self._clock.now_ms()
        until = self.bans.until(address, now)
        if until:
            self._refused_us[address].append(self._clock.now_us())
            raise self.banned(until, now)
        if self.raw.add(address, 1, now) > self.raw.limit:
            raise self._refuse(address, self.raw, f"current limit is {self.raw.limit} raw requests per 5 MINUTE.", now)
        if self.weight.used(address, now) + max(weight, 1) > self.weight.limit:
            text = (
                f"Too much request weight used; current limit is {self.weight.limit} request weight per 1 MINUTE. "
                "Please use WebSocket Streams for live updates to avoid polling the API."
            )
            raise self._refuse(address, self.weight, text, now)
        if weight:
            self.weight.add(address, weight, now)

    def charge(self, address: str, weight: int) -> None:
        """Charge a call that is free only when it succeeds, after it failed."""
        self.weight.add(address, weight, self._clock.now_ms())

    def banned(self, until_ms: int, now_ms: int) -> ApiError:
        """The answer to a banned address."""
        text = (
            f"Way too much request weight used; IP banned until {until_ms}. "
            "Please use WebSocket Streams for live updates to avoid bans."
        )
        return ApiError(TOO_MANY_REQUESTS, text, 418, headers={"Retry-After": str(-(-(until_ms - now_ms) // 1000))})

    def order_room(self, account: str) -> None:
        """Refuse a new order when the account has too many unfilled ones.

        Raises: ApiError -1015 with 429.
        """
        now, rule = self._clock.now_ms(), self.orders.rule
        if self.orders.full(account):
            raise self._too_many(account, rule.limit, rule.window_ms, self.orders.wait_seconds(account))
        if self.orders_1d.used(account, now) >= self.orders_1d.limit:
            raise self._too_many(account, self.orders_1d.limit, DAY_MS, self.orders_1d.wait_seconds(now))

    def order_accepted(self, account: str) -> None:
        """Count an unfilled order."""
        self.orders.add(account)
        self.orders_1d.add(account, 1, self._clock.now_ms())

    def order_refused(self, account: str) -> None:
        """Take back the count of an order that the engine did not accept."""
        self._give_back(account, 1)

    def first_fill(self, account: str, *, maker: bool) -> None:
        """Give back for an order's first fill, in the current windows."""
        self._give_back(account, MAKER_CREDIT if maker else TAKER_CREDIT)

    def weight_headers(self, address: str) -> dict[str, str]:
        """What every reply tells about the address."""
        used = str(self.weight.used(address, self._clock.now_ms()))
        return {"X-MBX-USED-WEIGHT": used, "X-MBX-USED-WEIGHT-1M": used}

    def order_headers(self, account: str) -> dict[str, str]:
        """What a successful order reply tells about the account."""
        return {
            self._count_header: str(self.orders.used(account)),
            "X-MBX-ORDER-COUNT-1D": str(self.orders_1d.used(account, self._clock.now_ms())),
        }

    def documents(self, account: str | None = None) -> list[dict[str, object]]:
        """The limits in force as in exchangeInfo; with an account, its order limits with their counts."""
        rule = self.orders.rule
        orders = [_rule("ORDERS", rule.window_ms, rule.limit), _rule("ORDERS", DAY_MS, self.orders_1d.limit)]
        if account is not None:
            counts = self.orders.used(account), self.orders_1d.used(account, self._clock.now_ms())
            return [{**rule, "count": count} for rule, count in zip(orders, counts, strict=True)]
        first = _rule("REQUEST_WEIGHT", MINUTE_MS, self.weight.limit)
        return [first, *orders, _rule("RAW_REQUESTS", 5 * MINUTE_MS, self.raw.limit)]

    def report(self) -> dict[str, object]:
        """The limit on orders, and everything that was counted or refused, to the microsecond."""
        rule = self.orders.rule
        accounts = {name: seen.document(rule.window_ms) for name, seen in self.orders.arrivals.items()}
        addresses = {
            name: {"refused": len(times), "refused_us": times.tolist()} for name, times in self._refused_us.items()
        }
        return {"orders": rule.document(), "accounts": accounts, "addresses": addresses}

    def _give_back(self, account: str, amount: int) -> None:
        self.orders.give_back(account, amount)
        self.orders_1d.add(account, -amount, self._clock.now_ms())

    def _too_many(self, account: str, limit: int, window_ms: int, wait_seconds: int) -> ApiError:
        self.orders.refuse(account)
        interval, number = _interval(window_ms)
        text = f"Too many new orders; current limit is {limit} orders per {number} {interval}."
        return ApiError(TOO_MANY_ORDERS, text, 429, headers={"Retry-After": str(wait_seconds)})

    def _refuse(self, address: str, meter: Meter, text: str, now_ms: int) -> ApiError:
        self._refused_us[address].append(self._clock.now_us())
        self.bans.refused(address, meter.window_ms, now_ms)
        return ApiError(TOO_MANY_REQUESTS, text, 429, headers={"Retry-After": str(meter.wait_seconds(now_ms))})


def _rule(kind: str, window_ms: int, limit: int) -> dict[str, object]:
    interval, number = _interval(window_ms)
    return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}


def _interval(window_ms: int) -> tuple[str, int]:
    """A window in the largest unit that it is whole in, as Binance tells it."""
    return next((name, window_ms // unit_ms) for name, unit_ms in _INTERVALS if window_ms % unit_ms == 0)
