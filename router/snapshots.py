"""The last answers of reads in Redis: what each is called, how old it is, who keeps it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import redis

from router.commands import AnyCommand, GetBalances, GetOpenOrders, GetOrderBook, GetPositions, GetTicker
from router.keys import Keys
from router.poll_command import What
from router.scripts import Script

_ACCOUNT_LIFE_MS, _PRICE_LIFE_MS = 86_400_000, 3_600_000
_HEAD = re.compile(rb'\{"as_of_ms":(\d+),"source":"([^"]*)","document":')
_AT_ONCE = 1_000


class Place(NamedTuple):
    """Where an answer is kept: ``what`` was read, and of whom: an account, or an environment's symbol."""

    what: str
    exchange: str
    of: str

    @property
    def is_price(self) -> bool:
        """Whether it is the market's, and no account's own."""
        return self.what == "ticker" or self.what.startswith("order_book")


class Snapshot(NamedTuple):
    """An answer that was kept.

    ``as_of_ms`` is when its call was let through, on Redis' clock: the answer shows that moment or a later one.
    ``source`` is the command that read it, ``document`` the result as JSON.
    """

    as_of_ms: int
    source: str
    document: bytes
    age_seconds: float


class Snapshots:
    """Reads and keeps them. Every method is one round trip and may raise redis.RedisError."""

    def __init__(self, client: redis.Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._keep = Script(client, "keep")

    def read(self, place: Place) -> Snapshot | None:
        """The last answer; None when there is none."""
        return self.read_all([place])[0]

    def read_all(self, places: Sequence[Place]) -> list[Snapshot | None]:
        """The last answers, in order; a thousand in one round trip."""
        found: list[Snapshot | None] = []
        for at in range(0, len(places), _AT_ONCE):
            with self._client.pipeline(transaction=False) as pipeline:
                pipeline.time()
                pipeline.mget([self._key(place) for place in places[at : at + _AT_ONCE]])
                (seconds, micros), documents = pipeline.execute()
            now_ms = seconds * 1_000 + micros / 1_000
            found += [_read(document, now_ms) for document in documents]
        return found

    def keep(self, place: Place, as_of_ms: float, source: str, document: str) -> bool:
        """Keep an answer; False when a younger one is there."""
        told = json.dumps(self.told(place, as_of_ms, source))
        return bool(self._keep((self._key(place),), (told, document))[0])

    def keep_all(self, answers: Sequence[tuple[Place, str]], as_of_ms: float, source: str) -> None:
        """Keep the answers of one call."""
        with self._client.pipeline(transaction=False) as pipeline:
            for place, document in answers:
                self._keep((self._key(place),), (json.dumps(self.told(place, as_of_ms, source)), document), pipeline)
            pipeline.execute()

    def told(self, place: Place, as_of_ms: float, source: str) -> dict[str, object]:
        """What the script is told of an answer."""
        return {
            "exchange": place.exchange,
            "account": place.of,
            "what": place.what,
            "as_of": int(as_of_ms),
            "source": source,
            "life": _PRICE_LIFE_MS if place.is_price else _ACCOUNT_LIFE_MS,
            "changes": self._keys.changes if place.what.startswith("balances") else "",
        }

    def _key(self, place: Place) -> str:
        return self._keys.snapshot(*place)


def place_of(command: AnyCommand, environment: str) -> Place | None:
    """Where the answer of a read is kept; None for what is not kept."""
    match command:
        case GetBalances():
            what, of = polled_as("balances", command.market), command.account
        case GetPositions():
            what, of = _named("positions", command.symbol), command.account
        case GetOpenOrders():
            what, of = _named("open_orders", command.market, command.symbol), command.account
        case GetTicker():
            what, of = "ticker", f"{environment}:{command.symbol}"
        case GetOrderBook():
            what, of = f"order_book.{command.depth}", f"{environment}:{command.symbol}"
        case _:
            return None
    return Place(what, command.exchange, of)


def polled_as(what: What, market: str | None) -> str:
    """What the answer of a poll is called; the same as of a single read."""
    return _named(what, market if what != "positions" else None)


def _named(what: str, *parts: object) -> str:
    return ".".join([what, *(str(part) for part in parts if part is not None)])


def _read(raw: Any, now_ms: float) -> Snapshot | None:  # noqa: ANN401 - what MGET gives: bytes or None
    head = _HEAD.match(raw or b"")
    if head is None:
        return None
    as_of_ms = int(head[1])
    return Snapshot(as_of_ms, head[2].decode(), raw[head.end() : -1], max(now_ms - as_of_ms, 0.0) / 1_000)
