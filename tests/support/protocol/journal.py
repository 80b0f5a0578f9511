"""The real journal over a line that may fail: before, after, twice, or long after its caller has given up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import redis

from router.claims import Claim, Verdict
from router.journal import Finish, Journal, Record, Submission
from support.protocol.stage import pause

Call = Callable[[], Any]


class Line(Journal):
    """A worker's journal. Calls that were left in a stalled server's socket stand in ``late``."""

    late: list[Call]

    def submit(self, *submissions: Submission) -> Any:  # noqa: ANN401 - as the real one
        return self._over_the_line(lambda: Journal.submit(self, *submissions))

    def begin(self, claim: Claim, *, changes: bool = True) -> Verdict:
        return self._over_the_line(lambda: Journal.begin(self, claim, changes=changes))

    def finish(self, finish: Finish) -> bool:
        return self._over_the_line(lambda: Journal.finish(self, finish))

    def end_unsent(self, command_id: str, state: str, result: str) -> str:
        return self._over_the_line(lambda: Journal.end_unsent(self, command_id, state, result))

    def park_unsent(self, command_id: str, delay_ms: int, why: str) -> str:
        return self._over_the_line(lambda: Journal.park_unsent(self, command_id, delay_ms, why))

    def settle(self, command_id: str, result: str) -> bool:
        return self._over_the_line(lambda: Journal.settle(self, command_id, result))

    def record(self, command_id: str) -> Record | None:
        return self._over_the_line(lambda: Journal.record(self, command_id))

    def _over_the_line(self, call: Call) -> Any:  # noqa: ANN401 - whatever the call gives
        match pause("journal"):
            case "twice":  # the reply was lost, redis-py sent it again
                call()
                pause("nap")
                return call()
            case "lost":
                call()
                raise redis.ConnectionError("its reply was lost")
            case "cut":
                raise redis.ConnectionError("it never arrived")
            case "late":
                self.late.append(call)
                raise redis.TimeoutError("the server stalls")
            case _:
                return call()
