"""What is due at a time: good-till dates, countdowns. Run before every request, so that nobody sees it late."""

import heapq
from collections.abc import Callable, Hashable


class Timers:
    """Actions by key and due time (microseconds of the exchange's clock); a key has at most one."""

    def __init__(self) -> None:
        self._due: dict[Hashable, tuple[int, Callable[[], None]]] = {}
        self._heap: list[tuple[int, int, Hashable]] = []
        self._count = 0

    def set(self, key: Hashable, due_us: int, action: Callable[[], None]) -> None:
        """Have something done at a time, instead of what the key stood for before."""
        self._due[key] = (due_us, action)
        self._count += 1
        heapq.heappush(self._heap, (due_us, self._count, key))

    def clear(self, key: Hashable) -> None:
        """Forget it."""
        self._due.pop(key, None)

    def due_us(self, key: Hashable) -> int:
        """When it will be done; 0 when there is nothing."""
        return self._due[key][0] if key in self._due else 0

    def run(self, now_us: int) -> None:
        """Do everything that is due, in order of time."""
        while self._heap and self._heap[0][0] <= now_us:
            due, _, key = heapq.heappop(self._heap)
            found = self._due.get(key)
            if found is not None and found[0] == due:
                del self._due[key]
                found[1]()
