"""How many orders an account has open: the exchange's own list, and what this process has placed since."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from time import monotonic

from router.models import Order
from workers.freshness import Fresh, Kept

FRESH_SECONDS = 10.0
AGAIN_SECONDS = 3.0
"""How old the list must be before it is read again because it is in an order's way."""

_UNDER_WAY_SECONDS = 20.0  # longer than a call with all its time-outs: until then an order may yet appear
_VISIBLE_SECONDS = 2.0  # an order that was just accepted may be missing from the list for a moment


class OpenOrders:
    """One account's. Thread-safe.

    An order of ours counts from the moment it is let through: it stops when its answer says that it has ended or never
    was, or when a list that is late enough to show it does not. Those of others count as the last list showed them.
    ``now`` tells monotonic seconds.
    """

    def __init__(self, read: Callable[[], Iterable[Order]], now: Callable[[], float] = monotonic) -> None:
        self._read = read
        self._now = now
        self._list: Fresh[frozenset[str]] = Fresh(now)
        self._lock = Lock()
        self._listed: set[str] = set()
        self._listed_at = float("-inf")
        self._ours: dict[str, float] = {}

    def take(self, name: str, limit: int) -> int | None:
        """Let one more order stand open, under its client order id. Returns: None, or how many stand in its way.

        Raises: what the read of the list raises.
        """
        self._look(FRESH_SECONDS)
        taken = self._take(name, limit)
        if taken is None:
            return None
        self._look(AGAIN_SECONDS)
        return self._take(name, limit)

    def learn(self, order: Order) -> None:
        """An answer tells of an order: it stands open, or has ended."""
        with self._lock:
            if order.status.is_final:
                self._drop(_name(order))
            else:
                self._ours[_name(order)] = self._now() + _VISIBLE_SECONDS

    def release(self, name: str) -> None:
        """An order that was let through was certainly not placed."""
        with self._lock:
            self._drop(name)

    def _look(self, max_age: float) -> None:
        kept = self._list.get(lambda: frozenset(_name(order) for order in self._read()), max_age)
        with self._lock:
            if kept.read_at > self._listed_at:
                self._adopt(kept)

    def _adopt(self, kept: Kept[frozenset[str]]) -> None:
        self._listed, self._listed_at = set(kept.value), kept.read_at
        self._ours = {name: until for name, until in self._ours.items() if until > kept.read_at}

    def _take(self, name: str, limit: int) -> int | None:
        with self._lock:
            others = len((self._listed | self._ours.keys()) - {name})
            if others >= limit:
                return others
            self._ours[name] = self._now() + _UNDER_WAY_SECONDS
            return None

    def _drop(self, name: str) -> None:
        self._ours.pop(name, None)
        self._listed.discard(name)


def _name(order: Order) -> str:
    """Orders placed by hand may have no client order id."""
    return order.client_order_id or f"#{order.order_id}"
