"""Binance futures' rate limits: weight per address, orders per account, both plain counters.

Source: Binance futures docs, "Limits"; figures from exchange info. Assumption: windows are clock-aligned as on spot. A
refused order counts too (the documents promise headers only for accepted ones).
"""

from simulator.binance.call import Call
from simulator.binance.errors import TOO_MANY_ORDERS, TOO_MANY_REQUESTS, ApiError
from simulator.binance.limits import Limits
from simulator.clock import Clock
from simulator.limits import Meter, Policy

WEIGHT, ORDERS_10S, ORDERS_1M = 2_400, 300, 1_200
TEN_SECONDS_MS, MINUTE_MS = 10_000, 60_000
_HINT = "Please use the websocket for live updates to avoid"


class FuturesLimits(Limits):
    """Meters and bans of one simulated Binance futures host."""

    def __init__(self, clock: Clock, policy: Policy) -> None:
        super().__init__(clock, policy)
        self._now_ms = clock.now_ms
        self.weight = Meter(policy.limit(WEIGHT), MINUTE_MS)
        self.orders_10s = Meter(policy.limit(ORDERS_10S), TEN_SECONDS_MS)
        self.orders_1m = Meter(policy.limit(ORDERS_1M), MINUTE_MS)

    def admit(self, address: str, weight: int) -> None:
        """Count a request in or refuse it; placing orders weighs nothing and passes when the weight is spent.

        Raises: ApiError -1003 with 418 (banned) or 429.
        """
        now = self._now_ms()
        until = self.bans.until(address, now)
        if until:
            raise self.banned(until, now)
        if weight and self.weight.used(address, now) + weight > self.weight.limit:
            self.bans.refused(address, self.weight.window_ms, now)
            raise self.too_many(self.weight.wait_seconds(now))
        if weight:
            self.weight.add(address, weight, now)

    def too_many(self, retry_after_s: int) -> ApiError:
        """The answer when the weight is spent."""
        text = f"Too many requests; current limit is {self.weight.limit} requests per minute. {_HINT} polling the API."
        return ApiError(TOO_MANY_REQUESTS, text, 429, headers={"Retry-After": str(retry_after_s)})

    def banned(self, until_ms: int, now_ms: int) -> ApiError:
        """The answer to a banned address."""
        text = f"Way too many requests; IP banned until {until_ms}. {_HINT} bans."
        return ApiError(TOO_MANY_REQUESTS, text, 418, headers={"Retry-After": str(-(-(until_ms - now_ms) // 1000))})

    def take_orders(self, account: str, ten: int = 1, minute: int = 1) -> None:
        """Count orders in. Raises: ApiError -1015 with 429, with none of them counted."""
        now = self._now_ms()
        rows = ((self.orders_10s, ten, "10 SECOND"), (self.orders_1m, minute, "1 MINUTE"))
        for meter, count, words in rows:
            if meter.used(account, now) + count > meter.limit:
                text = f"Too many new orders; current limit is {meter.limit} orders per {words}."
                raise ApiError(TOO_MANY_ORDERS, text, 429, headers={"Retry-After": str(meter.wait_seconds(now))})
        for meter, count, _ in rows:
            meter.add(account, count, now)

    def order_accepted(self, account: str) -> None:
        """Count an order that came too late for the engine."""
        now = self._now_ms()
        self.orders_10s.add(account, 1, now)
        self.orders_1m.add(account, 1, now)

    def weight_headers(self, address: str) -> dict[str, str]:
        """What every reply tells about the address."""
        return {"X-MBX-USED-WEIGHT-1M": str(self.weight.used(address, self._now_ms()))}

    def order_headers(self, account: str) -> dict[str, str]:
        """What an order's reply tells about the account."""
        now = self._now_ms()
        return {
            "X-MBX-ORDER-COUNT-10S": str(self.orders_10s.used(account, now)),
            "X-MBX-ORDER-COUNT-1M": str(self.orders_1m.used(account, now)),
        }

    def documents(self, account: str | None = None) -> list[dict[str, object]]:
        """The limits in force as in exchangeInfo; with an account, its order limits with their counts."""
        now = self._now_ms()
        rows = (("SECOND", 10, self.orders_10s), ("MINUTE", 1, self.orders_1m))
        orders = [
            {"rateLimitType": "ORDERS", "interval": word, "intervalNum": number, "limit": meter.limit}
            for word, number, meter in rows
        ]
        if account is not None:
            meters = [meter for _, _, meter in rows]
            return [{**rule, "count": meter.used(account, now)} for rule, meter in zip(orders, meters, strict=True)]
        weight = {
            "rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": self.weight.limit,
        }  # fmt: skip
        return [weight, *orders]


def limits_of(call: Call) -> FuturesLimits:
    """The futures limits of a futures call."""
    assert isinstance(call.limits, FuturesLimits)  # noqa: S101 - the futures dialect makes no other
    return call.limits
