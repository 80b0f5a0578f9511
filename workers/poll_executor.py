"""Carries a poll of many accounts: takes it apart into chunks, and asks the accounts of each chunk one by one.

A chunk is a command like any other, with a record, a lease and a deadline. Between two accounts it makes one step in
Redis: what became of the last one is told, and the gate is asked for the next. So a killed worker loses the one call it
had under way, another takes up the rest, and who must wait for a limit holds no thread meanwhile.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping

from router.batches import item_id
from router.client import submission
from router.commands import PollAccounts
from router.errors import ErrorKind, Problem
from router.journal import Doorbell
from router.models import PollTally
from workers.chunk import ALONE, chunk_size
from workers.chunk_run import Bureau, ChunkRun
from workers.exchanges.base import BaseExchange
from workers.executor import Limits
from workers.records import Delivery, Outcome

_A_DAY_MS = 86_400_000


class PollExecutor:
    """Carries polls of the exchanges whose accounts a worker serves; shared by all its threads."""

    def __init__(self, bureau: Bureau, exchanges: Mapping[str, BaseExchange], name: str, limits: Limits) -> None:
        self._bureau = bureau
        self._exchanges = exchanges
        self._name = f"{name}:{uuid.uuid4().hex[:8]}"
        self._limits = limits
        self._turns = itertools.count()

    def run(self, delivery: Delivery, command: PollAccounts) -> Outcome:
        """Take a poll, or a chunk of one, as far as it can go now. Raises: redis.RedisError, as any command's run."""
        whole = command.poll is None and (command.accounts is None or len(command.accounts) > ALONE)
        if whole:
            return self._take_apart(delivery, command)
        opened = self._bureau.polls.open(command, len(command.accounts or ()))
        if not opened.known and not self._bureau.records.arrive(delivery):
            return Outcome("dropped", "it ended long ago")
        owner = f"{self._name}:{next(self._turns)}"
        return ChunkRun(self._bureau, self._exchanges, command, self._limits, owner).run(opened)

    def _take_apart(self, delivery: Delivery, command: PollAccounts) -> Outcome:
        """Submit the chunks; their ids follow from the poll's, so that doing it again does nothing again."""
        served = self._bureau.catalog.accounts()
        everybody = [name for name, account in served.items() if account.exchange == command.exchange]
        names = list(dict.fromkeys(command.accounts)) if command.accounts is not None else sorted(everybody)
        opened = self._bureau.polls.open(command.model_copy(update={"accounts": None}), len(names))
        if not opened.known and not self._bureau.records.arrive(delivery):
            return Outcome("dropped", "it ended long ago")
        if not names:
            return self._bureau.records.end_unsent(delivery, "done", PollTally(accounts=0).model_dump_json())
        left_ms = _A_DAY_MS if opened.left_ms is None else max(opened.left_ms, 1)
        chunks = _chunks(command, names, left_ms)
        self._submit(chunks)
        why = Problem(kind=ErrorKind.QUEUE, message=f"{len(names)} accounts are asked in {len(chunks)} chunks")
        self._bureau.records.park_unsent(delivery, left_ms, why)
        return Outcome("waiting", why.message)

    def _submit(self, chunks: list[PollAccounts]) -> None:
        settings = self._bureau.settings
        given = [submission(chunk, settings) for chunk in chunks]
        answers = self._bureau.records.journal.submit(*given)
        if not settings.one_redis:
            called = [each for each, answer in zip(given, answers, strict=True) if answer.called]
            self._bureau.publisher.ring([Doorbell(each.id, each.task, each.queue, each.document) for each in called])


def _chunks(command: PollAccounts, names: list[str], left_ms: int) -> list[PollAccounts]:
    """A command for each chunk, with the whole's deadline."""
    size = chunk_size(len(names))
    shared = {"idempotency_key": None, "poll": command.whole, "expires_in": left_ms / 1_000}
    return [
        command.model_copy(
            update={
                **shared,
                "id": item_id(command.whole, part),
                "accounts": tuple(names[at : at + size]),
                "part": part,
            }
        )
        for part, at in enumerate(range(0, len(names), size))
    ]
