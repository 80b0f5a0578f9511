"""Follows the event stream and adds what it tells to the figures in Redis, each event once, however many follow it.

The position in the stream, the figures and the commands that have begun change in one script. So a follower may be
killed and started again, and two may run for safety: nothing is counted twice, and nothing is missed as long as
somebody looks before the stream (about 100,000 events) has dropped it.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from router.catalog import Catalog
from router.journal import Journal
from router.results import FINAL_STATES
from router.scripts import Script
from workers.calls.figures import field
from workers.exchanges import exchange_names
from workers.metrics.fold import OTHER, Begun, Event, Fold

log = logging.getLogger("pointsman.metrics")
_START: Final = "0-0"
_AT_ONCE: Final = 2_000
_ACCOUNTS_SHOWN: Final = 200
_FRESH_SECONDS: Final = 10.0
GAPS: Final = "gaps"


class Bounds:
    """Keeps the label sets small: an exchange or account that nobody serves is '(other)', and so is the 201st."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._exchanges = frozenset(exchange_names())  # looked up once: it reads what is installed
        self._known: dict[str, str] = {}
        self._read_at = float("-inf")

    def __call__(self, exchange: str, account: str) -> tuple[str, str]:
        """The names as labels. Raises: redis.RedisError."""
        if account not in self._known and time.monotonic() - self._read_at > _FRESH_SECONDS:
            served = self._catalog.accounts()
            self._known = {name: served[name].exchange for name in sorted(served)[:_ACCOUNTS_SHOWN]}
            self._read_at = time.monotonic()
        known = exchange if exchange in self._exchanges else OTHER
        return known, account if self._known.get(account) == exchange else OTHER


class Tally:
    """One follower. Every method may raise redis.RedisError; then the same turn is taken again."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._keys = journal.keys
        self._add = Script(journal.client, "tally")
        self._bounds = Bounds(Catalog(journal.client, journal.keys))
        self._position: str | None = None
        self._open: dict[str, Begun] = {}

    def turn(self, wait_ms: int = 1_000) -> int:
        """Count what is new, waiting so long for something if nothing is; how many events that were."""
        position = self._resume()
        events = self._read(position, wait_ms)
        if not events:
            return 0
        fold = Fold(self._known(events), self._bounds)
        if self._has_gap(position):
            log.warning(
                "events have been dropped before they were counted: is this the only exporter, and was it away?"
            )
            fold.figures[field(GAPS)] += 1
        for _, event in events:
            fold.add(event)
        if self._apply(position, events[-1][0], fold):
            self._position, self._open = events[-1][0], fold.open
            return len(events)
        self._position = None  # somebody else has counted these
        return 0

    def _resume(self) -> str:
        """Where to go on; what has begun is read anew when somebody else has moved the position."""
        told: Any = self._journal.client.get(f"{self._keys.figures}:position")
        position = told.decode() if told else _START
        if position != self._position:
            rows: Any = self._journal.client.hgetall(f"{self._keys.figures}:open")
            self._open = {name.decode(): Begun(*json.loads(row)) for name, row in rows.items()}
            self._position = position
        return position

    def _read(self, position: str, wait_ms: int) -> list[tuple[str, Event]]:
        found: Any = self._journal.client.xread({self._keys.events: position}, count=_AT_ONCE, block=wait_ms)
        rows = found[0][1] if isinstance(found, list) and found else _entries(found)
        return [(name.decode(), _event(name.decode(), fields)) for name, fields in rows]

    def _has_gap(self, position: str) -> bool:
        """Whether the stream now begins after what was counted last."""
        first: Any = self._journal.client.xrange(self._keys.events, count=1)
        return position != _START and bool(first) and _order(first[0][0].decode()) > _order(position)

    def _known(self, events: Sequence[tuple[str, Event]]) -> dict[str, Begun]:
        """The commands that have begun; those whose beginning is not in the stream are read up in their records."""
        known, missing = dict(self._open), dict[str, int]()
        accepted: set[str] = set()
        for _, event in events:
            if event.state == "queued" and event.detail.startswith("{"):
                accepted.add(event.id)
            elif event.id and event.id not in known and event.id not in accepted:
                missing.setdefault(event.id, event.at_ms)
        with self._journal.client.pipeline(transaction=False) as pipeline:
            for name in missing:
                pipeline.hmget(self._keys.command(name), "exchange", "account", "task")
            for (name, at_ms), fields in zip(missing.items(), pipeline.execute(), strict=True):
                if all(fields):
                    exchange, account, task = (value.decode() for value in fields)
                    known[name] = Begun(exchange, account, task, at_ms)
        return known

    def _apply(self, position: str, reached: str, fold: Fold) -> bool:
        keys = (f"{self._keys.figures}:position", self._keys.figures, f"{self._keys.figures}:open")
        figures = [part for pair in fold.figures.items() for part in pair]
        begun = [part for name in sorted(fold.changed) for part in (name, json.dumps(fold.open[name]))]
        args = [position, reached, len(fold.figures), *figures, len(fold.changed), *begun, *sorted(fold.gone)]
        return bool(self._add(keys, args)[0])

    def forget_ended(self) -> int:
        """Drop commands that count as begun and have ended unseen, as after a gap; how many those were."""
        client = self._journal.client
        held: Any = client.hkeys(f"{self._keys.figures}:open")
        names = [name.decode() for name in held]
        with client.pipeline(transaction=False) as pipeline:
            for name in names:
                pipeline.hget(self._keys.command(name), "state")
            states = pipeline.execute()
        ended = [
            name for name, state in zip(names, states, strict=True) if state is None or state.decode() in FINAL_STATES
        ]
        if ended:
            client.hdel(f"{self._keys.figures}:open", *ended)
            self._position = None
        return len(ended)


def _entries(found: Any) -> list[Any]:  # noqa: ANN401 - redis-py answers a list, or with RESP3 a dict
    return next(iter(found.values()))[0] if isinstance(found, dict) and found else []


def _event(name: str, fields: Mapping[bytes, bytes]) -> Event:
    texts = {key.decode(): value.decode(errors="replace") for key, value in fields.items()}
    return Event(texts.get("id", ""), texts.get("state", ""), texts.get("detail", ""), _order(name)[0])


def _order(name: str) -> tuple[int, int]:
    at_ms, _, number = name.partition("-")
    return int(at_ms), int(number)
