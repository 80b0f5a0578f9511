"""The exchange's clock as seen from here: an offset, how far it may be off, and whether it can be relied upon."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from threading import Lock
from time import monotonic_ns, time_ns
from typing import Final

from router.errors import RouterError
from workers.calls.looks import Look, Reading, read

logger = logging.getLogger("pointsman.clock")
_LOOKS: Final = 5
_OLD_NS: Final = 300 * 10**9  # measured every few seconds; five minutes without one means that nobody can
_RECENT_NS: Final = 120 * 10**9
# An exchange refuses a timestamp that is a second ahead of its clock (Binance, Bybit: `timestamp < serverTime + 1000`;
# OKX allows 30 s) and one that is older than the receive window. Half of either is left to the way there.
_LEAD_MS: Final = 1_000
_PART: Final = 0.5


class Clock:
    """Exchange time on a monotonic base, so that a step of the local wall clock does not move it.

    Before the first measurement it is the wall clock, of unknown uncertainty. Thread-safe.
    """

    def __init__(self) -> None:
        self._measuring = Lock()
        self._guess_ns = time_ns() - monotonic_ns()
        self._known: tuple[Reading, float] | None = None  # one field, so that no reader sees half of a change
        self._trips: deque[tuple[int, float]] = deque(maxlen=32)

    def now_ms(self) -> int:
        """The exchange's present, in milliseconds since 1970."""
        return (monotonic_ns() + self._base_ns) // 1_000_000

    @property
    def offset_ms(self) -> float:
        """Exchange clock minus the local wall clock, as both stand now."""
        return (monotonic_ns() + self._base_ns - time_ns()) / 1e6

    @property
    def uncertainty_ms(self) -> float | None:
        """How far off the offset may be by now, either way; None until it was measured."""
        reading = self.reading
        return None if reading is None else reading.uncertainty_at(monotonic_ns())

    @property
    def round_trip_ms(self) -> float | None:
        """The smallest round trip of the last two minutes; None until it was measured."""
        reading, since_ns = self.reading, monotonic_ns() - _RECENT_NS
        recent = [trip_ms for at_ns, trip_ms in self._trips.copy() if at_ns > since_ns]
        if recent:
            return min(recent)
        return None if reading is None else reading.round_trip_ms

    @property
    def reading(self) -> Reading | None:
        """The measurement it goes by; None until there is one."""
        return None if self._known is None else self._known[0]

    @property
    def stable(self) -> bool:
        """Whether it can be relied upon for new orders; see `doubt`."""
        return self.doubt() is None

    def doubt(self, window_ms: int = _LEAD_MS) -> str | None:
        """Why no new order should be signed by it, for an account of that receive window; None if all is well."""
        known, now_ns = self._known, monotonic_ns()
        if known is None:
            return "it was not measured yet"
        reading, disagreed_ms = known
        if now_ns - reading.at_ns > _OLD_NS:
            return f"it was last measured {(now_ns - reading.at_ns) / 1e9:.0f} s ago"
        if disagreed_ms:
            return f"its last two measurements differ by {disagreed_ms:.1f} ms more than their uncertainty allows"
        most_ms, uncertainty_ms = _PART * min(window_ms, _LEAD_MS), reading.uncertainty_at(now_ns)
        if uncertainty_ms > most_ms:
            return f"it is known to within {uncertainty_ms:.0f} ms, and {most_ms:.0f} ms is the most that can be borne"
        return None

    def adopt(self, offset_ms: float, uncertainty_ms: float) -> None:
        """Take over an offset (exchange clock minus wall clock) that is known otherwise, without a round trip."""
        now_ns = monotonic_ns()
        self.take(Reading(time_ns() + round(offset_ms * 1e6) - now_ns, uncertainty_ms, 0.0, now_ns))

    def take(self, reading: Reading, disagreed_ms: float = 0.0) -> None:
        """Go by this measurement from now on; ``disagreed_ms`` is by how much it contradicts the one before."""
        self._known = reading, disagreed_ms

    def note_round_trip(self, took_ns: int) -> None:
        """A read of the exchange's time came back after so long."""
        self._trips.append((monotonic_ns(), took_ns / 1e6))

    def measure(self, ask: Callable[[], tuple[int, int, int]], looks: int = _LOOKS) -> None:
        """Look several times and go by what they agree on; look again at once if that contradicts what was known.

        Two measurements in a row that agree are believed against an older one: a clock that was set right. Else the
        clock is not stable until two do. ``ask`` returns (server time in ms, monotonic ns before, monotonic ns after);
        what it raises passes through, and the clock stays as it was, unless some looks had succeeded before.
        Of several threads that want a measurement at the same time one makes it for all.
        """
        wanted_ns = monotonic_ns()
        with self._measuring:
            known = self.reading
            if known is not None and known.at_ns > wanted_ns:
                return
            reading = self._look(ask, looks)
            disagreed_ms = reading.disagreement_ms(known) if known is not None else 0.0
            if disagreed_ms:
                reading, disagreed_ms = self._confirmed(reading, disagreed_ms, lambda: self._look(ask, looks))
            self.take(reading, disagreed_ms)

    def _confirmed(self, first: Reading, disagreed_ms: float, look: Callable[[], Reading]) -> tuple[Reading, float]:
        logger.warning(
            "an exchange's clock is not where it was expected: off by %.0f ms more than possible", disagreed_ms
        )
        try:
            second = look()
        except RouterError as error:
            logger.warning("its measurement could not be repeated: %s", error)
            return first, disagreed_ms
        return second, second.disagreement_ms(first)

    def _look(self, ask: Callable[[], tuple[int, int, int]], times: int) -> Reading:
        looks: list[Look] = []
        for _ in range(times):
            try:
                server_ms, before_ns, after_ns = ask()
            except RouterError as error:
                if not looks:
                    raise
                logger.info("an exchange's clock was measured with %d of %d looks: %s", len(looks), times, error)
                break
            self.note_round_trip(after_ns - before_ns)
            looks.append(Look(server_ms * 1_000_000, before_ns, after_ns))
        return read(looks)

    @property
    def _base_ns(self) -> int:
        return self._guess_ns if self._known is None else self._known[0].base_ns
