"""Binance spot's rate limits, with the figures of 2026-04.

Source: Binance spot docs, "Rate limits" and FAQ `order_count_decrement`.

Weight and raw requests count per address, unfilled orders per account, in clock-aligned windows.
"""

from simulator.binance.errors import TOO_MANY_ORDERS, TOO_MANY_REQUESTS, ApiError
from simulator.clock import Clock
from simulator.limits import Bans, Meter, Policy

WEIGHT, RAW, ORDERS_10S, ORDERS_1D = 6_000, 300_000, 100, 200_000
MINUTE_MS, TEN_SECONDS_MS, DAY_MS = 60_000, 10_000, 86_400_000
TAKER_CREDIT, MAKER_CREDIT = 1, 5
"""What the first fill of an order gives back (the FAQ names 5 as an example for makers; it promises no figure)."""


class Limits:
    """Meters and bans of one simulated Binance."""

    def __init__(self, clock: Clock, policy: Policy) -> None:
        self._clock = clock
        self.weight = Meter(policy.limit(WEIGHT), MINUTE_MS)
        self.raw = Meter(policy.limit(RAW), 5 * MINUTE_MS)
        self.orders_10s = Meter(policy.limit(ORDERS_10S), TEN_SECONDS_MS)
        self.orders_1d = Meter(policy.limit(ORDERS_1D), DAY_MS)
        self.bans = Bans()

    def admit(self, address: str, weight: int) -> None:
        """Count a request in or refuse it; `weight` zero still asks for room for one.

        Raises: ApiError -1003 with 418 (banned) or 429.
        """
        now = self._clock.now_ms()
        until = self.bans.until(address, now)
        if until:
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
        now = self._clock.now_ms()
        for meter, words in ((self.orders_10s, "10 SECOND"), (self.orders_1d, "1 DAY")):
            if meter.used(account, now) >= meter.limit:
                text = f"Too many new orders; current limit is {meter.limit} orders per {words}."
                raise ApiError(TOO_MANY_ORDERS, text, 429, headers={"Retry-After": str(meter.wait_seconds(now))})

    def order_accepted(self, account: str) -> None:
        """Count an unfilled order."""
        now = self._clock.now_ms()
        self.orders_10s.add(account, 1, now)
        self.orders_1d.add(account, 1, now)

    def order_refused(self, account: str) -> None:
        """Take back the count of an order that the engine did not accept."""
        now = self._clock.now_ms()
        self.orders_10s.add(account, -1, now)
        self.orders_1d.add(account, -1, now)

    def first_fill(self, account: str, *, maker: bool) -> None:
        """Give back for an order's first fill, in the current windows."""
        now = self._clock.now_ms()
        credit = MAKER_CREDIT if maker else TAKER_CREDIT
        self.orders_10s.add(account, -credit, now)
        self.orders_1d.add(account, -credit, now)

    def weight_headers(self, address: str) -> dict[str, str]:
        """What every reply tells about the address."""
        used = str(self.weight.used(address, self._clock.now_ms()))
        return {"X-MBX-USED-WEIGHT": used, "X-MBX-USED-WEIGHT-1M": used}

    def order_headers(self, account: str) -> dict[str, str]:
        """What a successful order reply tells about the account."""
        now = self._clock.now_ms()
        return {
            "X-MBX-ORDER-COUNT-10S": str(self.orders_10s.used(account, now)),
            "X-MBX-ORDER-COUNT-1D": str(self.orders_1d.used(account, now)),
        }

    def documents(self, account: str | None = None) -> list[dict[str, object]]:
        """The limits in force as in exchangeInfo; with an account, its order limits with their counts."""
        now = self._clock.now_ms()
        orders = [
            (_rule("ORDERS", "SECOND", 10, self.orders_10s), self.orders_10s),
            (_rule("ORDERS", "DAY", 1, self.orders_1d), self.orders_1d),
        ]
        if account is not None:
            return [{**rule, "count": meter.used(account, now)} for rule, meter in orders]
        first = _rule("REQUEST_WEIGHT", "MINUTE", 1, self.weight)
        return [first, *(rule for rule, _ in orders), _rule("RAW_REQUESTS", "MINUTE", 5, self.raw)]

    def _refuse(self, address: str, meter: Meter, text: str, now_ms: int) -> ApiError:
        self.bans.refused(address, meter.window_ms, now_ms)
        return ApiError(TOO_MANY_REQUESTS, text, 429, headers={"Retry-After": str(meter.wait_seconds(now_ms))})


def _rule(kind: str, interval: str, number: int, meter: Meter) -> dict[str, object]:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": meter.limit}
