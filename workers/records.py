"""What a worker writes about its commands, and how it holds on to a known outcome while Redis is away."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import redis

from router.client import submission
from router.commands import AnyCommand, GetTicker, GetTickers, read_command
from router.errors import InvalidCommand, Problem
from router.journal import Finish, Journal, Record
from router.models import Ticker
from router.queues import queue_of
from router.results import write_result
from router.settings import RouterSettings
from router.snapshots import Place, Snapshots, place_of
from router.taking import Taken
from workers.calls.figures import figures
from workers.producers import Producer
from workers.vetting import Vetting

log = logging.getLogger("pointsman.records")
_HOLD_SECONDS = 120.0
_NOBODY: Mapping[str, Producer] = MappingProxyType({})
_ANSWERED = ("done", "rejected")


class Delivery(NamedTuple):
    """A command as a message brought it; ``journaled`` when the router sent it, whose record is older than it.

    ``next_queues`` tells where the thread that carries it may take the next message from, with its end.
    """

    command: AnyCommand
    journaled: bool
    next_queues: Callable[[], Sequence[str]] = tuple

    @property
    def id(self) -> str:
        """The command's id."""
        return self.command.id or ""


class Outcome(NamedTuple):
    """What happened to a command in one go, for logs and Flower: its state and a line about it.

    ``following`` is the message that was taken with its end, and is now to be carried by the same thread.
    """

    state: str
    detail: str
    following: Taken | None = None

    def __str__(self) -> str:
        return f"{self.state}: {self.detail}" if self.detail else self.state


class Records:
    """The journal from a worker's side."""

    def __init__(self, journal: Journal, settings: RouterSettings, producers: Mapping[str, Producer] = _NOBODY) -> None:
        self.journal = journal
        self.vetting = Vetting(producers, journal)
        self._snapshots = Snapshots(journal.client, journal.keys)
        self._settings = settings

    def arrive(self, delivery: Delivery) -> bool:
        """Journal a command that came as a plain Celery message; its time to live counts from now.

        False for one that the router sent: its record has outlived its keeping, so it ended long ago, and journaling
        it anew could place it twice.
        """
        if delivery.journaled:
            self.bury(delivery.command, "its record is gone, so it ended long ago")
            return False
        self.journal.submit(submission(delivery.command, self._settings, here=True))
        return True

    def end_unsent(self, delivery: Delivery, state: str, result: str, why: str = "") -> Outcome:
        """End a command that was never sent; one that has moved on since is left alone."""
        if self.journal.end_unsent(delivery.id, state, result) == "missing" and self.arrive(delivery):
            self.journal.end_unsent(delivery.id, state, result)
        return Outcome(state, why)

    def refuse(self, delivery: Delivery, problem: Problem) -> Outcome:
        """Put a command aside that its producer does not answer for; end it, unless another one bears its id."""
        self.bury(delivery.command, str(problem))
        record = self.journal.record(delivery.id)
        if record is not None and not _is_of(record, delivery.command):
            return Outcome("dropped", str(problem))
        return self.end_unsent(delivery, "failed", problem.model_dump_json(exclude_none=True), str(problem))

    def end_moot(self, delivery: Delivery, result: str) -> Outcome:
        """End a cancel whose order was never sent; even one that was sent, and whose own reply was lost."""
        outcome = self.end_unsent(delivery, "done", result)
        self.journal.settle(delivery.id, result)
        return outcome

    def park_unsent(self, delivery: Delivery, delay_ms: int, problem: Problem) -> Outcome:
        """Let a command wait that could not even be prepared."""
        why = str(problem)
        if self.journal.park_unsent(delivery.id, delay_ms, why) == "missing" and self.arrive(delivery):
            self.journal.park_unsent(delivery.id, delay_ms, why)
        return Outcome("waiting", why)

    def finish(self, finish: Finish, queues: Sequence[str] = ()) -> Taken | None:
        """Write an outcome down, however long Redis needs to come back (up to two minutes).

        If it does not, the lease runs out and reconcile learns the same outcome from the exchange. The next
        message of ``queues`` comes with it, if there is one.
        Raises: redis.RedisError after two minutes.
        """
        give_up = time.monotonic() + _HOLD_SECONDS
        while True:
            try:
                written, taken = self.journal.finish_and_take(finish, queues)
            except redis.RedisError as error:
                if time.monotonic() > give_up:
                    raise
                log.warning("command %s is %s, but Redis does not take it yet: %s", finish.id, finish.state, error)
                time.sleep(0.5)
                continue
            figures.written()
            if finish.state in _ANSWERED:
                self.vetting.carried(finish.id)
            if not written:
                log.warning("command %s had moved on before its outcome %s was written", finish.id, finish.state)
            return taken

    def keep(self, command: AnyCommand, environment: str, result: str, mark: str) -> None:
        """Keep a read's answer for those who accept its age; ``mark`` is the gate's: when the call was let through."""
        try:
            self._keep(command, environment, result, mark)
        except redis.RedisError as error:  # the answer itself is still to be written down
            log.warning("the answer of %s is not kept for others: %s", command.id, error)

    def _keep(self, command: AnyCommand, environment: str, result: str, mark: str) -> None:
        source = command.id or ""
        if isinstance(command, GetTickers):
            tickers = [Ticker.model_validate(row) for row in json.loads(result)]
            places = [Place("ticker", command.exchange, f"{environment}:{ticker.symbol}") for ticker in tickers]
            documents = [write_result(GetTicker.task, ticker) for ticker in tickers]
            self._snapshots.keep_all(list(zip(places, documents, strict=True)), float(mark), source)
            return
        place = place_of(command, environment)
        if place is not None:
            self._snapshots.keep(place, float(mark), source, result)

    def bury(self, command: AnyCommand, reason: str) -> None:
        """Put a message aside that must not be carried out."""
        self.journal.bury(queue_of(command.exchange, command.task), reason, command.to_json())


def _is_of(record: Record, command: AnyCommand) -> bool:
    """Whether it is this command's record. A tombstone is nobody's, and what stands in it is no command of ours."""
    try:
        return bool(record.document) and read_command(record.document).digest() == command.digest()
    except InvalidCommand:
        return True
