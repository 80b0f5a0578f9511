"""The window of time within which a request counts.

A request is accepted iff server time - recv_window <= timestamp < server time + 1000 ms. No greatest receive window is
documented, so there is none here.

Source: Bybit v5 docs, "Integration guidance", authentication; both edges were seen on the wire.
"""

import re
from dataclasses import dataclass

from simulator.bybit import errors

DEFAULT_WINDOW_MS = 5000
AHEAD_MS = 1000
_NUMBER = re.compile("[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Window:
    """When a request was made and for how long it counts, in milliseconds."""

    timestamp_ms: int
    length_ms: int

    def check(self, now_ms: int) -> None:
        """Refuse what is too old or from the future. Raises: ApiError 10002."""
        if self.timestamp_ms >= now_ms + AHEAD_MS:
            raise self._refusal(now_ms)
        self.check_age(now_ms)

    def check_age(self, now_ms: int) -> None:
        """Refuse what has become too old; checked again before it is executed. Raises: ApiError 10002."""
        if self.timestamp_ms < now_ms - self.length_ms:
            raise self._refusal(now_ms)

    def _refusal(self, now_ms: int) -> errors.ApiError:
        return errors.ApiError(
            errors.TIMESTAMP,
            "invalid request, please check your server timestamp or recv_window param. "
            f"req_timestamp[{self.timestamp_ms}],server_timestamp[{now_ms}],recv_window[{self.length_ms}]",
        )


def read_window(timestamp: str, window: str) -> Window:
    """Read the two headers (ms); without a receive window 5000 counts. Raises: ApiError 10001."""
    for name, text in (("X-BAPI-TIMESTAMP", timestamp), ("X-BAPI-RECV-WINDOW", window)):
        if text and not _NUMBER.fullmatch(text):
            raise errors.parameter(f"{name} invalid: openapi sign params error!")
    return Window(int(timestamp), int(window) if window else DEFAULT_WINDOW_MS)
