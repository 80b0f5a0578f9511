"""Which of a host's addresses answer: a new connection tries the ones in good standing first.

Names are looked up anew for every connection, so a host that has moved is followed; nothing is remembered of a name.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from time import monotonic
from typing import Final

from urllib3.util.connection import allowed_gai_family

_REMEMBERED_SECONDS: Final = 60.0


def addresses_of(host: str, port: int) -> list[str]:
    """Every address that the name has now, in the resolver's order. Raises: OSError, UnicodeError."""
    found = socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


class Suspects:
    """Addresses from which an answer was missed, and since when. Thread-safe; times are monotonic seconds."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}

    def accuse(self, address: str, since: float) -> None:
        """What was sent there at that moment was not answered."""
        self._since[address] = since

    def excuse(self, address: str, heard_at: float) -> bool:
        """Whether a connection that was last heard at that moment may be used: nothing older is missed there."""
        return heard_at > self._since.get(address, float("-inf"))

    def in_order(self, addresses: Sequence[str]) -> list[str]:
        """Those that missed no answer within the last minute first, then those whose miss is longest ago."""
        forgotten = monotonic() - _REMEMBERED_SECONDS
        return sorted(addresses, key=lambda address: max(self._since.get(address, forgotten), forgotten))
