"""OrderRouter: accept commands, hand out tickets, wait for results."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import redis

from router.batches import AnyBatch
from router.catalog import Catalog
from router.commands import (
    ORDER_LIFE_SECONDS,
    AmendOrder,
    AnyCommand,
    AnyQuery,
    C,
    CancelAll,
    CancelOrder,
    build,
    new_order,
    read_command,
)
from router.connection import answering, connect, hang_up
from router.errors import IdempotencyConflict, InvalidCommand
from router.following import Following
from router.halts import Halting
from router.identity import with_id
from router.journal import Acceptance, Copies, Doorbell, Journal, Record, Submission
from router.keys import Keys
from router.polling import Polling
from router.publish import publisher
from router.queues import envelope, line_of, queue_of, readable, writes
from router.reads import Reads
from router.results import no_such_command
from router.settings import RouterSettings
from router.shortcuts import Shortcuts
from router.signing import Signer
from router.snapshots import Snapshots
from router.tickets import Named, Ticket
from router.together import Together
from router.tuning import Tuning
from router.waiting import Waiting, Waits

log = logging.getLogger("pointsman.router")
_AT_ONCE = 500  # commands in one round trip of submit_many


class OrderRouter(Shortcuts[Ticket], Together, Tuning, Reads, Polling, Halting, Following):
    """The producer's side: holds no exchange keys, and needs only Redis.

    Safe to share between threads. Raises ConfigurationError for a setting that cannot be; Redis itself is first
    asked by the first command.
    """

    def __init__(self, redis_url: str | None = None, *, settings: RouterSettings | None = None) -> None:
        self.settings = settings or RouterSettings.from_environment(redis_url=redis_url)
        client = connect(self.settings)
        self._open(client)
        self._waiting: Waits = Waiting(self.journal)

    def _open(self, client: redis.Redis) -> None:
        """Take a client into use; that of `router.aio` waits on an event loop."""
        self._redis = client
        keys = Keys(self.settings.prefix)
        self.journal = Journal(client, keys, Copies.of(self.settings))
        self.catalog = Catalog(client, keys)
        self.snapshots = Snapshots(client, keys)
        self._publisher = publisher(self.settings, client)
        self._signer = None if self.settings.signing_key is None else Signer(self.settings.signing_key)

    def place_order(self, /, *, type: str, **fields: object) -> Ticket:  # noqa: A002 - the field's name, as callers write it
        """Place an order of the class that ``type`` names: market, limit, stop, stop_limit, take_profit, ...

        Raises: InvalidCommand and its kin for what is known to be wrong, with nothing queued; IdempotencyConflict;
        QueueUnavailable.
        """
        return self.submit(new_order(type, **fields))

    def _place(self, type: str, **fields: object) -> Ticket:  # noqa: A002 - the same
        return self.place_order(type=type, **fields)

    def submit(self, command: AnyCommand | Mapping[str, Any]) -> Ticket:
        """Accept one command, as a model or as plain data with its ``kind``.

        The same id or idempotency key again gives the same ticket. Raises: as place_order.
        """
        return self.submit_many([command])[0]

    def submit_many(self, commands: Iterable[AnyCommand | Mapping[str, Any]]) -> list[Ticket]:
        """Accept commands in order, each by itself, in few round trips.

        All are checked before the first is queued. Raises: as place_order; a conflict leaves the others accepted.
        """
        read = [read_command(dict(each)) if isinstance(each, Mapping) else each for each in commands]
        named = [self._identified(command) for command in read]
        self._check_all(named)
        with answering(self.settings):
            for at in range(0, len(named), _AT_ONCE):
                _complain(named[at : at + _AT_ONCE], self._submit(named[at : at + _AT_ONCE]))
        return [self.ticket(command.id or "") for command in named]

    def _submit_read(self, command: AnyQuery, flight: str, joins_ms: int) -> Ticket:
        named = with_id(command)
        with answering(self.settings):
            given = submission(named, self.settings)._replace(flight=flight, joins_ms=joins_ms)
            answer = self._accept([given])[0]
        _complain([named], [answer])
        return self.ticket(answer.owner or named.id or "")

    def _identified(self, command: C) -> C:
        named = with_id(command)
        return named if self._signer is None else self._signer.sign(named)

    def _check_all(self, commands: Iterable[AnyCommand]) -> None:
        with answering(self.settings):
            for command in commands:
                self.catalog.check(command)

    def _submit_together(self, batch: AnyBatch) -> list[Ticket]:
        with answering(self.settings):
            answers = self._submit(batch.items, quiet=True)
            called = [command for command, answer in zip(batch.items, answers, strict=True) if answer.called]
            if called:
                bell = batch.model_copy(update={"orders": called})
                queue = queue_of(batch.exchange, batch.task)
                self._call([Doorbell(uuid.uuid4().hex, batch.task, queue, bell.to_json())])
        _complain(batch.items, answers)
        return [self.ticket(command.id or "") for command in batch.items]

    def ticket(self, command_id: str) -> Ticket:
        """The ticket of a command accepted earlier, by whomever."""
        return Ticket(self, command_id)

    def cancel(self, /, ticket: Named | str, **fields: object) -> Ticket:
        """Take a command back: at once if it was not sent yet, at the exchange otherwise.

        The result is the order as it ended. Raises: as place_order, and RouterError for a command nobody knows.
        """
        return self._about(CancelOrder, ticket, fields)

    def amend(self, /, ticket: Named | str, **fields: object) -> Ticket:
        """Change an order's total ``quantity`` or its ``price``. Raises: as cancel."""
        return self._about(AmendOrder, ticket, fields)

    def cancel_all(self, /, **fields: object) -> Ticket:
        """Cancel every open order of one symbol. Raises: as place_order."""
        return self.submit(build(CancelAll, **fields))

    def replay(self, ticket: Named | str, *, expires_in: float | None = ORDER_LIFE_SECONDS) -> Ticket:
        """Take a command up again that failed or expired, with a fresh deadline.

        What changes something at the exchange is looked up there first, so that an order that landed after all is found
        and not placed twice. Raises: InvalidCommand for a command that is in any other state; RouterError for one
        nobody knows; QueueUnavailable.
        """
        command_id = ticket if isinstance(ticket, str) else ticket.id
        document = self.record(command_id).document
        if not document:
            raise no_such_command(command_id)
        command = read_command(document)
        fields = {**command.model_dump(exclude={"signature"}), "expires_in": expires_in}
        again = submission(self._identified(build(type(command), **fields)), self.settings)
        with answering(self.settings):
            if self.journal.replay(again) != "written":
                state = self.record(command_id).state
                raise InvalidCommand.because("state", state, "only failed and expired commands can be replayed")
            if not self.settings.one_redis:
                self._publisher.ring([Doorbell(again.id, again.task, again.queue, again.document)])
        return self.ticket(command_id)

    def record(self, command_id: str) -> Record:
        """The journal's record of a command. Raises: RouterError when there is none; QueueUnavailable."""
        with answering(self.settings):
            record = self.journal.record(command_id)
        if record is None:
            raise no_such_command(command_id)
        return record

    def wait(self, command_id: str, timeout: float | None) -> Record:
        """The record of an ended command. Raises: TimeoutError; as `record`."""
        with answering(self.settings):
            record = self._waiting.until_final(command_id, timeout)
        if record is None:
            raise no_such_command(command_id)
        return record

    def close(self) -> None:
        """Let go of the connections."""
        self._waiting.close()
        hang_up(self._redis)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _about(self, model: type[CancelOrder | AmendOrder], ticket: Named | str, fields: dict[str, object]) -> Ticket:
        target = ticket if isinstance(ticket, str) else ticket.id
        document = self.record(target).document
        if not document:
            raise no_such_command(target)
        placed = read_command(document)
        fields = {"exchange": placed.exchange, "account": placed.account, **fields, "command_id": target}
        return self.submit(build(model, **fields))

    def _submit(self, commands: Sequence[AnyCommand], *, quiet: bool = False) -> list[Acceptance]:
        """Write the commands down and call them; ``quiet`` when a message of their own calls them together."""
        return self._accept([submission(command, self.settings, quiet=quiet) for command in commands])

    def _accept(self, submissions: Sequence[Submission]) -> list[Acceptance]:
        fsync_ms = round(self.settings.redis_timeout_seconds * 1_000) if self.settings.durable else None
        answers = self.journal.submit(*submissions, fsync_ms=fsync_ms)
        if not self.settings.one_redis:
            self._ring([(given, answer) for given, answer in zip(submissions, answers, strict=True) if not given.quiet])
        return answers

    def _ring(self, accepted: Sequence[tuple[Submission, Acceptance]]) -> None:
        called = [given for given, answer in accepted if answer.called]
        if called:
            self._call([Doorbell(given.id, given.task, given.queue, given.document) for given in called])

    def _call(self, bells: Sequence[Doorbell]) -> None:
        try:
            self._publisher.ring(bells)
        except Exception as error:  # noqa: BLE001 - whatever the broker's library raises; the journal decides
            log.warning("accepted commands wait for the sweeper (%d messages): %s", len(bells), error)


def _complain(commands: Sequence[AnyCommand], answers: Sequence[Acceptance]) -> None:
    """Raise IdempotencyConflict for the first whose key or id is another's."""
    for command, answer in zip(commands, answers, strict=True):
        if answer.how == "conflict":
            name = f"idempotency key {command.idempotency_key!r}" if command.idempotency_key else f"id {command.id}"
            raise IdempotencyConflict(f"the {name} belongs to another command, which is {answer.state}")


def submission(command: AnyCommand, settings: RouterSettings, *, here: bool = False, quiet: bool = False) -> Submission:
    """A command that has an id, as the journal takes it.

    ``here`` when a worker has it in hand and needs no message; ``quiet`` when a batch's message calls it.
    """
    command_id = command.id or ""
    document = command.to_json()
    task, queue = command.task, queue_of(command.exchange, command.task)
    changes = writes(command)
    message = ""
    if settings.one_redis and not here:
        message = envelope(command_id, task, queue, document, readable(command))
    return Submission(
        id=command_id,
        document=document,
        digest=command.digest(),
        task=task,
        queue=queue,
        exchange=command.exchange,
        account=command.account,
        life_ms=-1 if command.expires_in is None else max(1, round(command.expires_in * 1000)),
        keep_ms=round((settings.keep_seconds if changes else settings.keep_query_seconds) * 1000),
        writes=changes,
        line=line_of(command),
        message=message,
        grace_ms=round(settings.grace_seconds * 1000),
        target=command.command_id if isinstance(command, CancelOrder) else None,
        here=here,
        quiet=quiet,
    )
