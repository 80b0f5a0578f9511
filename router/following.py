"""Follows the event stream: from now on or from where one left off, and the ends of many over one connection."""

from __future__ import annotations

import math
import re
import time
from abc import ABC
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

import redis

from router.connection import answering
from router.errors import InvalidCommand, RouterError
from router.events import About, Entry, Event
from router.journal import Journal, Record
from router.keys import Keys
from router.portions import Portions, longest_wait
from router.results import FINAL_STATES, Result, no_such_command, read_result
from router.settings import RouterSettings
from router.tickets import Named

_OLDEST = (0, 0)
_ID = re.compile(r"\d{1,20}(-\d{1,20})?")
AT_ONCE = 500  # entries of one read
_LOOK_AGAIN_SECONDS = 5.0  # an entry may be trimmed before it is read; the records are the truth
_REMEMBERED = 20_000  # commands whose owner is kept in mind between their first event and their last


class Ending(NamedTuple):
    """How a command ended: its ``result``, or the ``error`` that waiting for it would raise."""

    id: str
    state: str
    result: Result | None
    error: RouterError | None


class Stream:
    """A reader's place in the stream of events. Not shared between threads. Raises: redis.RedisError."""

    longest_seconds: ClassVar[float | None] = None  # of one read; None is what a client's time-out leaves

    def __init__(self, client: redis.Redis, keys: Keys, since: str | None) -> None:
        self._client = client
        self._keys = keys
        self._about: dict[str, About] = {}
        self.last = self.newest() if since is None else since
        if since is not None:
            self._check_kept()

    def newest(self) -> str:
        """The id of the last event."""
        found: Any = self._client.xrevrange(self._keys.events, count=1)
        return found[0][0].decode() if found else "0-0"

    def read(self, seconds: float) -> list[Entry]:
        """The next entries, waiting for the first of them; empty when none came. `pass_by` goes on to those after them.

        Raises: InvalidCommand when the stream was trimmed beyond our place, so that events were missed.
        """
        found: Any = self._client.xread({self._keys.events: self.last}, count=AT_ONCE, block=_ms(seconds))
        rows = found[0][1] if found else []
        if len(rows) == AT_ONCE:
            self._check_kept()
        return [Entry.read(name, fields) for name, fields in rows]

    def pass_by(self, entries: Sequence[Entry]) -> None:
        """Take the place behind them."""
        if entries:
            self.last = entries[-1].id

    def events(self, entries: Sequence[Entry]) -> list[Event]:
        """The entries as models, with whose command each is as far as anybody still knows."""
        self._learn(entries)
        events = []
        for entry in entries:
            events.append(entry.to_event(self._about.get(entry.command_id)))
            if entry.state in FINAL_STATES:
                self._about.pop(entry.command_id, None)
        return events

    def _learn(self, entries: Sequence[Entry]) -> None:
        self._about.update({each.command_id: about for each in entries if (about := each.about()) is not None})
        unknown = (each.command_id for each in entries if each.command_id not in self._about)
        missing = [name for name in dict.fromkeys(unknown) if name]
        with self._client.pipeline(transaction=False) as pipeline:
            for name in missing:
                pipeline.hmget(self._keys.command(name), *About._fields)
            found = pipeline.execute() if missing else []
        for name, fields in zip(missing, found, strict=True):
            if all(fields):
                self._about[name] = About(*(field.decode() for field in fields))
        for name in list(self._about)[: max(0, len(self._about) - _REMEMBERED)]:
            del self._about[name]

    def _check_kept(self) -> None:
        if order_of(self.last) == _OLDEST:
            return
        first: Any = self._client.xrange(self._keys.events, count=1)
        if first and order_of(first[0][0].decode()) > order_of(self.last):
            rule = (
                f"is older than the oldest event that is kept, {first[0][0].decode()}: some were missed; look at the "
                "records of what was under way, and go on with since='0'"
            )
            raise InvalidCommand.because("since", self.last, rule)


class Events(Portions[Event]):
    """Every event behind the stream's place, of an exchange or an account if one is wanted."""

    def __init__(
        self, stream: Stream, settings: RouterSettings, wanted: tuple[str | None, str | None], patience: float | None
    ) -> None:
        super().__init__(settings, patience, stream.longest_seconds)
        self._stream = stream
        self._wanted = wanted

    def _more(self, seconds: float) -> list[Event]:
        entries = self._stream.read(seconds)
        events = self._stream.events(entries)
        self._stream.pass_by(entries)
        return [event for event in events if self._is_wanted(event)]

    def _is_wanted(self, event: Event) -> bool:
        return all(
            wish in (None, told) for wish, told in zip(self._wanted, (event.exchange, event.account), strict=True)
        )


class Endings(Iterator[Ending]):
    """The ends of commands, each once, as they end. A step that failed or was interrupted may be taken again."""

    def __init__(
        self, journal: Journal, settings: RouterSettings, stream: Stream, names: Iterable[str], timeout: float | None
    ) -> None:
        self._journal = journal
        self._settings = settings
        self._names = dict.fromkeys(names)
        self._timeout = timeout
        self._end = None if timeout is None else time.monotonic() + timeout
        self._stream = stream
        self._look_at = 0.0
        self._fresh: list[str] = []
        self._ready: deque[Ending] = deque()

    def __next__(self) -> Ending:
        while not self._ready:
            if not self._names:
                raise StopIteration
            with answering(self._settings):
                self._look()
                if not self._ready and self._names:
                    self._listen()
        return self._ready.popleft()

    def _look(self) -> None:
        """Read the records of those that are said to have ended; of all from time to time."""
        if time.monotonic() >= self._look_at:
            self._fresh = list(self._names)
            self._look_at = time.monotonic() + _LOOK_AGAIN_SECONDS
        ended = _ended(self._journal, self._fresh)
        self._fresh = []
        self._ready.extend(ended)
        for each in ended:
            del self._names[each.id]

    def _listen(self) -> None:
        left = math.inf if self._end is None else self._end - time.monotonic()
        if left <= 0:
            text = f"{len(self._names)} commands have not ended after {self._timeout} s; they go on running"
            raise TimeoutError(text)
        entries = self._stream.read(min(left, longest_wait(self._settings)))
        told = dict.fromkeys(each.command_id for each in entries if each.state in FINAL_STATES)
        self._fresh = [name for name in told if name in self._names]
        self._stream.pass_by(entries)


class Following(ABC):
    """Events and ends; the rest of the router's face is elsewhere."""

    settings: RouterSettings
    journal: Journal

    def newest_event(self) -> str:
        """The id of the last event, to follow on from later. Raises: QueueUnavailable."""
        with answering(self.settings):
            return self._stream(None).last

    def events(
        self, since: str | None = None, *,
        exchange: str | None = None, account: str | None = None, patience: float | None = None,
    ) -> Iterator[Event]:  # fmt: skip
        """What happens, in order: every change of state of every command, by whomever, as it comes.

        ``since`` is the id of the last event that was dealt with: what came after it is told again, so that nothing is
        missed (at least once); '0' begins with the oldest that is kept, None with what comes from now on. ``exchange``
        and ``account`` leave out what is not known to be theirs. Ends after ``patience`` seconds without an event,
        never if None. About the last 100,000 are kept. Raises: InvalidCommand for a ``since`` that is none or is older
        than what is kept; QueueUnavailable, after which the next step goes on where it was.
        """
        if since is not None and not _ID.fullmatch(since):
            raise InvalidCommand.because("since", since, "must be the id of an event, as in 1790000000000-0, or 0")
        with answering(self.settings):
            stream = self._stream(since)
        return Events(stream, self.settings, (exchange, account), patience)

    def results(self, tickets: Iterable[Named | str], *, timeout: float | None = None) -> Iterator[Ending]:
        """How commands end, each once, as they end: one connection for all of them.

        Raises: TimeoutError when some have not ended ``timeout`` seconds from now, which leaves them running;
        QueueUnavailable, after which the next step goes on where it was.
        """
        names = [each if isinstance(each, str) else each.id for each in tickets]
        with answering(self.settings):
            return Endings(self.journal, self.settings, self._stream(None), names, timeout)

    def _stream(self, since: str | None) -> Stream:
        return Stream(self.journal.client, self.journal.keys, since)


def _ended(journal: Journal, names: Sequence[str]) -> list[Ending]:
    """Those that have ended, or of which nobody knows."""
    found: list[Ending] = []
    for at in range(0, len(names), AT_ONCE):
        some = names[at : at + AT_ONCE]
        for name, record in zip(some, journal.records(some), strict=True):
            if record is None:
                found.append(Ending(name, "", None, no_such_command(name)))
            elif record.state in FINAL_STATES:
                found.append(_how(name, record))
    return found


def _how(name: str, record: Record) -> Ending:
    try:
        return Ending(name, record.state, read_result(record), None)
    except RouterError as error:
        return Ending(name, record.state, None, error)


def order_of(name: str) -> tuple[int, int]:
    """An event's id as something that can be compared."""
    at_ms, _, number = name.partition("-")
    return int(at_ms), int(number or 0)


def _ms(seconds: float) -> int:
    return max(round(seconds * 1_000), 1)
