"""What a worker asks of the journal and the gate before it may send, and what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self


class Claim(NamedTuple):
    """What a worker asks for: ``digest`` is of the command it read, ``passage`` is for the gate (`router.gate_papers`).

    With ``together`` 1 it is for a call that carries several: the command may come before its time, and it is
    claimed or left as it was.
    """

    id: str
    digest: str
    owner: str
    lease_ms: int
    timestamp_ms: int
    window_ms: int
    patience_ms: int
    passage: bytes
    together: int = 0


class Verdict(NamedTuple):
    """What a worker may do with a command; only the fields that go with ``what`` are set.

    send: attempt, window_ms, left_ms (-1 for ever), doubt, mark (of the gate). reconcile: attempt, fence_ms,
    first_sent_ms, acknowledged. soon: wait_ms. wait: wait_ms, reason. refused: reason, detail.
    missing, differs, early, busy, final, expired, shut: nothing.
    """

    what: str
    attempt: int = 0
    window_ms: int = 0
    left_ms: int = -1
    doubt: bool = False
    fence_ms: int = 0
    first_sent_ms: int = 0
    acknowledged: bool = False
    wait_ms: int = 0
    reason: str = ""
    mark: str = ""
    detail: str = ""

    @classmethod
    def read(cls, reply: Sequence[bytes]) -> Self:
        """As `begin.lua` answers."""
        what = reply[0].decode()
        match what:
            case "send":
                attempt, window, left, doubt = (int(value) for value in reply[1:5])
                mark = reply[5].decode()
                return cls(what, attempt=attempt, window_ms=window, left_ms=left, doubt=bool(doubt), mark=mark)
            case "reconcile":
                attempt, fence, first_sent, taken = (int(value) for value in reply[1:5])
                return cls(what, attempt=attempt, fence_ms=fence, first_sent_ms=first_sent, acknowledged=bool(taken))
            case "soon":
                return cls(what, wait_ms=int(reply[1]))
            case "wait":
                return cls(what, wait_ms=int(reply[1]), reason=reply[2].decode())
            case "refused":
                return cls(what, reason=reply[1].decode(), detail=reply[2].decode())
            case _:
                return cls(what)


class Answer(NamedTuple):
    """The gate's answer to a call of no command: its ``mark``, or why not and for how many ms (-1: for good)."""

    reason: str = ""
    wait_ms: float = 0.0
    detail: str = ""
    mark: str = ""
