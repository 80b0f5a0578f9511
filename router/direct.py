"""redis-py's client with a shorter way for scripts, which are nearly all that an order needs of Redis.

A script's call needs no lock, no look at the socket beforehand and no measuring, as redis-py's way has them for
everybody. What is repeated, when and how often, is as ever.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any, Final

import redis

_FRESH_SECONDS: Final = 1.0  # whoever has said nothing for longer may have been hung up on, and is looked at first


class Packer:
    """Spells commands as Redis reads them, by hiredis, without the look that redis-py has at each word beforehand."""

    def __init__(self, pack: Callable[[tuple[Any, ...]], bytes]) -> None:
        self._pack = pack

    def pack(self, *args: Any) -> list[bytes]:  # noqa: ANN401 - text, bytes and numbers
        """One command; redis-py may give a name of several words as one."""
        name = args[0]
        if (" " if isinstance(name, str) else b" ") in name:
            args = (*name.split(), *args[1:])
        return [self._pack(args)]


def packing() -> dict[str, Packer]:
    """What a client is told of it, where hiredis is installed."""
    try:
        from hiredis import pack_command  # noqa: PLC0415 - an app may do without
    except ImportError:
        return {}
    return {"command_packer": Packer(pack_command)}


class DirectPool(redis.ConnectionPool):
    """Keeps the connections that scripts have used apart: whatever was asked over them has been answered in full."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - redis-py's
        super().__init__(*args, **options)
        self._answered: deque[tuple[redis.Connection, float]] = deque()

    def get_connection(self, *args: Any, **options: Any) -> redis.Connection:  # noqa: ANN401 - redis-py's
        """For any other command: one that was looked at. Raises: as redis-py's."""
        self._give_back()
        return super().get_connection(*args, **options)

    def take(self) -> redis.Connection:
        """For a script: one that has just been used, else one that was looked at. Raises: as `get_connection`."""
        now, process = monotonic(), os.getpid()
        while self._answered:
            try:
                connection, since = self._answered.pop()
            except IndexError:  # another thread was quicker
                break
            if now - since < _FRESH_SECONDS and connection.pid == process:
                return connection
            self.release(connection)
        return super().get_connection()

    def lay_down(self, connection: redis.Connection) -> None:
        """Take back one whose script was answered, or that is disconnected."""
        self._answered.append((connection, monotonic()))

    def _give_back(self) -> None:
        """Let redis-py have one, for which it would otherwise open another: it counts all of them."""
        try:
            connection, _ = self._answered.popleft()
        except IndexError:
            return
        self.release(connection)


class DirectRedis(redis.Redis):
    """The client; its pool is a `DirectPool`."""

    def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - redis-py's
        """Send one command and read its answer; scripts go the shorter way. Raises: redis.RedisError."""
        if options or args[0] != "EVALSHA":
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        pool: DirectPool = self.connection_pool  # type: ignore[assignment]
        connection = pool.take()
        answered = False
        try:
            answer = connection.retry.call_with_retry(partial(_ask, connection, args), connection.disconnect)
            answered = not connection.should_reconnect()  # type: ignore[no-untyped-call]
        except redis.ResponseError:
            answered = True
            raise
        except BaseException:
            connection.disconnect()  # type: ignore[no-untyped-call]  # or a late answer is taken for the next one's
            raise
        finally:
            (pool.lay_down if answered else pool.release)(connection)
        return answer


def _ask(connection: redis.Connection, args: tuple[Any, ...]) -> Any:  # noqa: ANN401 - whatever the script answers
    packed = connection.pack_command(*args)  # type: ignore[no-untyped-call]
    connection.send_packed_command(packed, check_health=False)  # type: ignore[no-untyped-call]
    return connection.read_response()
