"""What is measured: limits, numbers of worker processes, and what makes it harder."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Case:
    """One run against ``limit`` orders per ``window_ms`` of a ``kind`` (fixed, rolling) of window.

    ``foreign`` is the share of the limit that another client of the account takes, evenly; ``skew_ms`` how far the
    exchange's clock is ahead of ours; ``latency_ms`` how long a request takes to the exchange, and its answer back.
    """

    name: str
    kind: str
    limit: int
    window_ms: int
    workers: int = 4
    foreign: float = 0.0
    skew_ms: int = 0
    latency_ms: int = 0

    @property
    def title(self) -> str:
        """As in ``fixed, 4 workers, clock +200 ms``."""
        return f"{self.kind}, {self.name}"

    def whole_windows(self, seconds: float) -> int:
        """How many windows fit into so many seconds; one at least."""
        return max(1, int(seconds * 1_000 // self.window_ms))


FIXED = Case("", "fixed", 100, 10_000)
ROLLING = Case("", "rolling", 10, 1_000)


def cases() -> list[Case]:
    """Both kinds of window, each with 1, 2, 4 and 8 workers, and with four under each trouble."""
    found = []
    for kind in (FIXED, ROLLING):
        found += [replace(kind, name=f"{n} worker{'s' * (n > 1)}", workers=n) for n in (1, 2, 4, 8)]
        found.append(replace(kind, name="4 workers, 20% foreign", foreign=0.2))
        found += [replace(kind, name=f"4 workers, clock {ms:+d} ms", skew_ms=ms) for ms in (200, -200)]
        found.append(replace(kind, name="4 workers, 25 ms each way", latency_ms=25))
    return found
