"""Reads the journal's stream of events while a run goes on, since the stream keeps only the last of them."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import NamedTuple

import redis

from chaos.actors import House
from router.results import FINAL_STATES


class Event(NamedTuple):
    """A change of state, at a moment of Valkey's clock."""

    at_ms: int
    state: str
    detail: str = ""


class Watch(threading.Thread):
    """Every event of every command, in order."""

    def __init__(self, house: House) -> None:
        super().__init__(name="chaos-watch", daemon=True)
        self._house = house
        self._last = "0"
        self._stopping = threading.Event()
        self.events: dict[str, list[Event]] = defaultdict(list)

    def run(self) -> None:
        client = self._house.client
        while not self._stopping.wait(0.3):
            try:
                while self._read(client):
                    pass
            except redis.RedisError:
                continue  # killed or stalled just now

    def stop(self) -> None:
        """Read what is left, and end."""
        self._stopping.set()
        self.join()
        client = self._house.client
        while self._read(client):
            pass
        client.close()

    def moved_after_their_end(self) -> list[str]:
        """Commands with an event after their final one."""
        return [
            name for name, events in self.events.items() if any(event.state in FINAL_STATES for event in events[:-1])
        ]

    def unknown_for(self) -> list[int]:
        """Per command that was ever unknown and has ended: ms from then to its end."""
        spans = []
        for events in self.events.values():
            since = next((event.at_ms for event in events if event.state == "unknown"), None)
            if since is not None and events[-1].state in FINAL_STATES:
                spans.append(events[-1].at_ms - since)
        return sorted(spans)

    def _read(self, client: redis.Redis) -> bool:
        found = client.xrange("pointsman:events", min=f"({self._last}", count=5_000)
        for moment, fields in found:
            self._last = moment.decode()
            at_ms = int(self._last.split("-")[0])
            self.events[fields[b"id"].decode()].append(
                Event(at_ms, fields[b"state"].decode(), fields[b"detail"].decode())
            )
        return bool(found)
