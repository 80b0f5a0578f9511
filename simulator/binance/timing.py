"""The window of time within which a request counts. Source: Binance spot docs, `rest-api.md`, "Timing security"."""

import re
from dataclasses import dataclass

from simulator.binance import errors
from simulator.binance.lookups import micros
from simulator.binance.params import Params

DEFAULT_WINDOW_US = 5_000_000
MAX_WINDOW_US = 60_000_000
AHEAD_US = 1_000_000
_WINDOW = re.compile(r"[0-9]{1,20}(\.[0-9]{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Window:
    """When a request was made and for how long it counts, in microseconds."""

    timestamp_us: int
    length_us: int

    def check(self, now_us: int) -> None:
        """The check on receipt.

        Raises: ApiError -1021. A time stamp before 2017 or more than ten seconds ahead has the same code (assumption).
        """
        if self.timestamp_us >= now_us + AHEAD_US:
            raise errors.early()
        if self.passed(now_us):
            raise errors.late()

    def passed(self, now_us: int) -> bool:
        """Whether the request has become too old; checked again before it is executed."""
        return now_us - self.timestamp_us > self.length_us


def read_window(params: Params) -> Window:
    """Read timestamp (ms or µs) and recvWindow (ms, up to three decimals).

    Raises: ApiError -1102, -1100, -1131.
    """
    if not params.has("timestamp"):
        raise errors.missing("timestamp")
    stamp = micros(params.integer("timestamp")) or 0
    text = params.text("recvWindow")
    if text is None:
        return Window(stamp, DEFAULT_WINDOW_US)
    if not _WINDOW.fullmatch(text):
        raise errors.illegal("recvWindow", errors.LEGAL_WINDOW)
    whole, _, fraction = text.partition(".")
    length = int(whole) * 1000 + int(fraction.ljust(3, "0"))
    if length > MAX_WINDOW_US:
        raise errors.ApiError(-1131, "recvWindow must be less than 60000")
    return Window(stamp, length)
