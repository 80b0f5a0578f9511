"""Counts events of commands: how each ended and why, what made it wait, what became of doubts, how long each hop took.

Pure: events go in, figures come out; where they come from and go to is `workers.metrics.tally`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from router.commands import AnyCommand
from router.errors import ErrorKind
from router.queues import lane_of
from router.results import FINAL_STATES
from workers.calls.figures import HOPS, field, timed

COMMANDS, WAITS, DOUBTS, TOOK = "commands", "waits", "doubts", "took"
OTHER: Final = "(other)"
_TASK_OF: Final = {model.model_fields["kind"].default: model.task for model in AnyCommand.__args__}
_KINDS: Final = frozenset(map(str, ErrorKind))
_KIND_IN_WORDS: Final = re.compile(r"\[(\w+)(?: [^\]]*)?\]")
Bound = Callable[[str, str], tuple[str, str]]


class Event(NamedTuple):
    """A change of state as the stream has it; ``at_ms`` is on Redis' clock."""

    id: str
    state: str
    detail: str
    at_ms: int


class Begun(NamedTuple):
    """A command that has not ended: ``claimed_ms`` is 0 until it was claimed, ``doubtful`` while its reply is lost."""

    exchange: str
    account: str
    task: str
    created_ms: int
    claimed_ms: int = 0
    doubtful: bool = False


class Fold:
    """Counts one event after the other. ``bound`` replaces an exchange and account that nobody serves.

    ``figures`` is what to add, ``open`` the commands that have not ended, ``changed`` and ``gone`` what of them is new.
    """

    def __init__(self, begun: Mapping[str, Begun], bound: Bound) -> None:
        self.open = dict(begun)
        self.figures: Counter[str] = Counter()
        self.changed: set[str] = set()
        self.gone: set[str] = set()
        self._bound = bound

    def add(self, event: Event) -> None:
        """Count it. An event about no command (a halt, a breaker) is none."""
        if not event.id:
            return
        if event.id not in self.open:
            self._put(event.id, accepted(event) or Begun(OTHER, OTHER, OTHER, event.at_ms))
        if event.state in FINAL_STATES:
            self._end(event)
        elif event.state == "sending":
            self._claim(event)
        elif event.state == "waiting":
            self._count(WAITS, self.open[event.id], reason_in(event.detail))
        elif event.state == "unknown":
            self._doubt(event)
        elif event.state == "queued" and self.open[event.id].doubtful:
            self._settle(event, "absent")

    def _claim(self, event: Event) -> None:
        command = self.open[event.id]
        if command.claimed_ms == 0:
            self._time(HOPS, command, event.at_ms - command.created_ms, "queued_claimed")
            self._put(event.id, command._replace(claimed_ms=event.at_ms))

    def _doubt(self, event: Event) -> None:
        command = self.open[event.id]
        if command.doubtful:
            self._count(DOUBTS, command, "unsure")
        else:
            self._count(DOUBTS, command, "began")
            self._put(event.id, command._replace(doubtful=True))

    def _settle(self, event: Event, outcome: str) -> None:
        self._count(DOUBTS, self.open[event.id], outcome)
        self._put(event.id, self.open[event.id]._replace(doubtful=False))

    def _end(self, event: Event) -> None:
        if self.open[event.id].doubtful:
            self._settle(event, "found" if event.state == "done" else event.state)
        command = self.open.pop(event.id)
        exchange, account = self._bound(command.exchange, command.account)
        reason = "" if event.state == "done" else reason_of(event.detail)
        self.figures[field(COMMANDS, exchange, account, command.task, event.state, reason)] += 1
        self._time(TOOK, command, event.at_ms - command.created_ms)
        self.changed.discard(event.id)
        self.gone.add(event.id)

    def _count(self, name: str, command: Begun, what: str) -> None:
        self.figures[field(name, *self._bound(command.exchange, command.account), command.task, what)] += 1

    def _time(self, name: str, command: Begun, ms: int, *more: str) -> None:
        lane = OTHER if command.task == OTHER else lane_of(command.task)
        exchange, _ = self._bound(command.exchange, command.account)
        self.figures.update(timed(name, max(ms, 0) / 1_000, exchange, lane, *more))

    def _put(self, command_id: str, command: Begun) -> None:
        self.open[command_id] = command
        self.changed.add(command_id)
        self.gone.discard(command_id)


def accepted(event: Event) -> Begun | None:
    """The command of the event that says it was accepted, which carries the whole of it; None for any other event."""
    if event.state != "queued" or not event.detail.startswith("{"):
        return None
    document = json.loads(event.detail)
    task = _TASK_OF.get(document.get("kind"), OTHER)
    return Begun(str(document.get("exchange")), str(document.get("account")), task, event.at_ms)


def reason_of(result: str) -> str:
    """The kind of error in a result; ``other`` when it tells none that we know."""
    try:
        kind = json.loads(result).get("kind")
    except (ValueError, AttributeError):
        return "other"
    return kind if kind in _KINDS else "other"


def reason_in(words: str) -> str:
    """The kind of error a sentence names, be it by itself or in brackets at its end, as a problem is shown."""
    if words in _KINDS:
        return words
    named = [kind for kind in _KIND_IN_WORDS.findall(words) if kind in _KINDS]
    return named[-1] if named else "other"
