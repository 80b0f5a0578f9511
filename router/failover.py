"""What is asked of a primary before anything else is: whether it is one, and whether it has become one meanwhile.

Replication is behind by a moment, and a fail-over loses that moment: a claim, perhaps, whose order the exchange has.
So the first worker that speaks to a new primary has every open command put in doubt that could have been sent, before
it claims any; the exchange then says what happened (docs/growing.md).
"""

from __future__ import annotations

import logging
from typing import Any, Final

import redis

from router.keys import Keys
from router.scripts import source

log = logging.getLogger("pointsman.failover")
_AT_ONCE: Final = 200


class Audit:
    """Greets each connection of a worker to its primary; see `router.connection.connect`."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def greet(self, connection: redis.Connection) -> None:
        """Let a connection be used, after an audit if the primary is another than the last one.

        Whoever holds a connection to a primary has seen its audit end, so nobody claims a command before that.
        Raises: redis.ConnectionError for a server that is no primary (any more); redis.RedisError.
        """
        role, era = _replication(connection)
        if role != "master":
            raise redis.ConnectionError(f"{connection.host}:{connection.port} is no primary")
        if _ask(connection, "GET", self._keys.era) == era.encode():
            return
        doubted = self._doubt(connection, era)
        _ask(connection, "SET", self._keys.era, era)
        place = f"{connection.host}:{connection.port}"
        log.warning("%s has become the primary: %d open commands are asked of their exchanges", place, doubted)

    def _doubt(self, connection: redis.Connection, era: str) -> int:
        ids = [name.decode() for name in _ask(connection, "ZRANGE", self._keys.agenda, 0, -1)]
        script = _ask(connection, "SCRIPT", "LOAD", source("audit")).decode()
        keys = ("", self._keys.agenda, self._keys.events)
        doubted = 0
        for at in range(0, len(ids), _AT_ONCE):
            told = (self._keys.commands, era, *ids[at : at + _AT_ONCE])
            doubted += int(_ask(connection, "EVALSHA", script, len(keys), *keys, *told)[0])
        return doubted


def _replication(connection: redis.Connection) -> tuple[str, str]:
    """The server's role, and the id of the history that it holds: another one since it became primary."""
    text = _ask(connection, "INFO", "replication").decode()
    told = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return told["role"], told["master_replid"]


def _ask(connection: redis.Connection, *words: Any) -> Any:  # noqa: ANN401 - as redis-py's own
    connection.send_command(*words)  # type: ignore[no-untyped-call]
    return connection.read_response()
