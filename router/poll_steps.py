"""How a poll stands in Redis: a typed face for its scripts, for those who ask and for those who carry it out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import redis

from router.keys import Keys
from router.poll_command import PollAccounts, What
from router.scripts import Script
from router.snapshots import Place, Snapshots, polled_as

_HOLD_MS = 2_000  # between holding an account and having the poll accepted
_AT_ONCE = 1_000


class Told(NamedTuple):
    """What became of one account: ``status`` is fresh or failed, ``problem`` and ``document`` are JSON.

    ``calls`` is how many were spent on it, ``left`` what the gate said is left (see `Turn`).
    """

    account: str
    status: str
    calls: int
    as_of_ms: float = 0.0
    document: str = ""
    problem: str = ""
    left: str = ""


class Step(NamedTuple):
    """One step of a chunk. ``wish`` is next, park or end; ``report`` and ``passage`` are the gate's papers.

    ``memory`` is for whoever takes a parked chunk up.
    """

    command: PollAccounts
    owner: str
    turn: str
    lease_ms: int
    patience_ms: int
    told: Told | None = None
    report: bytes = b""
    passage: bytes = b""
    wish: str = "next"
    park_ms: int = 0
    why: str = ""
    memory: str = ""


class Turn(NamedTuple):
    """What a worker may do: go (mark, left), soon (wait_ms), wait (wait_ms, why, budget), refused (why); or how it is.

    ``left`` is 'units:cost:ceiling:window_ms' of the tightest limit that everybody draws on; '' where there is none.
    """

    what: str
    mark: str = ""
    left: str = ""
    wait_ms: int = 0
    why: str = ""
    budget: str = ""


class Opened(NamedTuple):
    """A poll as a worker finds it.

    ``known`` is False for a command without a record; ``told`` are the accounts that are done with; ``left_ms`` is how
    long the command still lives, None for ever; ``now_ms`` is Redis' clock; ``memory`` is from when it was parked.
    """

    known: bool
    told: frozenset[str]
    left_ms: int | None
    now_ms: float
    memory: str


class Polls:
    """The polls under one prefix. Every method may raise redis.RedisError."""

    def __init__(self, client: redis.Redis, keys: Keys, keep_ms: int) -> None:
        self._client = client
        self._keys = keys
        self._keep_ms = keep_ms
        self._snapshots = Snapshots(client, keys)
        self._step = Script(client, "poll")
        self._flights = Script(client, "flights")

    def hold(self, poll_id: str, place: tuple[str, str], accounts: Sequence[str]) -> dict[str, str]:
        """Ask for accounts once: which poll asks for each, this one or another that is under way.

        ``place`` is what is asked, as its snapshots are called, and the exchange.
        """
        owners: dict[str, str] = {}
        for at in range(0, len(accounts), _AT_ONCE):
            some = accounts[at : at + _AT_ONCE]
            found = self._flights((self._keys.flights(*place),), (poll_id, self._keys.commands, _HOLD_MS, *some))
            owners.update(zip(some, (owner.decode() for owner in found), strict=True))
        return owners

    def open(self, command: PollAccounts, total: int) -> Opened:
        """Take a poll up: note how many accounts it has, unless that is noted, and see what is told already."""
        key = self._keys.poll(command.whole)
        accounts = list(command.accounts or ())
        with self._client.pipeline(transaction=False) as pipeline:
            if command.poll is None:
                pipeline.hsetnx(key, ":left", str(total))
            pipeline.pexpire(key, max(self._keep_ms, round((command.expires_in or 0) * 1_000) + self._keep_ms))
            pipeline.time()
            pipeline.hmget(self._keys.command(command.id or ""), "expires", "memory")
            if accounts:
                pipeline.hmget(key, accounts)
            replies = pipeline.execute()
        _, (seconds, micros), (expires, memory), *rows = replies[1:] if command.poll is None else replies
        told = frozenset(name for name, row in zip(accounts, rows[0], strict=True) if row) if rows else frozenset[str]()
        now_ms = seconds * 1_000 + micros / 1_000
        left = None if not int(expires or 0) else round(int(expires) - now_ms)
        return Opened(expires is not None, told, left, now_ms, (memory or b"").decode())

    def step(self, step: Step) -> Turn:
        """Tell, ask the gate, park or end; see router/lua/poll.lua."""
        command, told = step.command, step.told
        whole, place = command.whole, Place(polled_as(command.what, command.market), command.exchange, "")
        snapshot = self._keys.snapshot(place.what, place.exchange, told.account) if told and told.document else ""
        poll = self._keys.poll(whole)
        keys = (
            *(self._keys.command(command.id or ""), self._keys.agenda, self._keys.events, poll, f"{poll}:news"),
            *(self._keys.flights(place.what, place.exchange), snapshot),
            self._keys.command(whole) if command.poll else "",
        )
        args = (
            *(command.id or "", command.digest(), step.owner, step.turn, step.lease_ms, step.patience_ms),
            *(self._answer(told, place, whole), told.document if told else "", step.report, step.passage),
            *(step.wish, step.park_ms, step.why, whole, self._keep_ms, step.memory),
        )
        return _turn(self._step(keys, args))

    def news(self, seen: Mapping[str, str], wait_ms: int) -> dict[str, list[tuple[str, dict[str, str]]]]:
        """What was told since, per poll: entries with their ids; waits for the first. ``seen``: poll → last id."""
        streams = {f"{self._keys.poll(poll)}:news": last for poll, last in seen.items()}
        polls = dict(zip(streams, seen, strict=True))
        found: Any = self._client.xread(streams, count=_AT_ONCE, block=max(wait_ms, 1))  # type: ignore[arg-type]
        return {
            polls[stream.decode()]: [
                (entry.decode(), {name.decode(): value.decode() for name, value in fields.items()})
                for entry, fields in entries
            ]
            for stream, entries in found or ()
        }

    def _answer(self, told: Told | None, place: Place, whole: str) -> str:
        if told is None:
            return ""
        answer: dict[str, object] = {
            "account": told.account,
            "status": told.status,
            "calls": told.calls,
            "left": told.left,
            "problem": told.problem,
        }
        if told.document:
            answer["place"] = self._snapshots.told(place._replace(of=told.account), told.as_of_ms, whole)
        return json.dumps(answer)


def _turn(reply: Sequence[bytes]) -> Turn:
    what, *rest = (value.decode() if isinstance(value, bytes) else value for value in reply)
    match what:
        case "go":
            return Turn(what, mark=rest[0], left=rest[1])
        case "soon":
            return Turn(what, wait_ms=int(rest[0]))
        case "wait":
            return Turn(what, wait_ms=int(rest[0]), why=rest[1], budget=rest[2])
        case "refused":
            return Turn(what, why=rest[0])
        case _:
            return Turn(what)


def flights_of(what: What, market: str | None, exchange: str) -> tuple[str, str]:
    """What is asked for and where, as `Polls.hold` wants it."""
    return polled_as(what, market), exchange
