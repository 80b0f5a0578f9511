"""Celery's side of the work: read the message, run the command, say what came of it. The logic lives elsewhere."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import redis
from celery import Celery, Task
from celery.exceptions import Ignore

from router.batches import BATCHES, item_id, read_batch
from router.commands import AnyCommand, read_command
from router.errors import InvalidCommand
from router.identity import with_id
from router.queues import TASKS
from router.taking import Taken
from workers import tracing
from workers.hands import Hands
from workers.message import Message
from workers.records import Delivery, Outcome
from workers.runtime import Runtime
from workers.slots import Slots

log = logging.getLogger("pointsman.tasks")
_LINE: Final = "task=%(task)s command=%(command)s outcome=%(outcome)s"
_GOES_ON: Final = ("waiting", "unknown")
_ENDED_BADLY: Final = ("rejected", "failed", "expired")
_SUCCEEDED: Final = "task-succeeded"


class Office:
    """Where the tasks find their process's runtime; set when the worker, or its child process, starts.

    ``tell`` sends an event to Flower: its type, and fields; None where this process has no way to do so (prefork).
    """

    runtime: Runtime | None = None
    tell: Callable[..., None] | None = None
    queues: tuple[str, ...] | list[str] = ()
    slots: Slots = Slots(1)
    hands: Hands | None = None


office = Office()


def register(app: Celery) -> None:
    """Give every task its name of the wire contract."""
    for name in TASKS:
        app.task(name=name, bind=True, ignore_result=True, acks_late=False, max_retries=None)(_carry)


def _carry(self: Task[Any, Any], /, command: object = None, **unknown: object) -> str:
    """Carry the command of a message that Celery has read."""
    request, begun = self.request, time.monotonic()
    queue = str((request.delivery_info or {}).get("routing_key", self.name))
    message = Message(request.id or "", self.name, queue, bool(request.get("journaled")), command, unknown)
    with office.slots.taken():
        outcome = _run(message)
    if office.tell is None or _end_of(outcome) == _SUCCEEDED:
        return str(outcome)  # Celery tells that by itself
    _tell_end(message, outcome, begun)
    raise Ignore


def follow(taken: Taken, next_queues: Callable[[], Sequence[str]]) -> Taken | None:
    """Carry a message that Celery has not seen, and tell Flower what Celery would have told; the next one, if any.

    Raises: RuntimeError before the worker has started.
    """
    begun = time.monotonic()
    try:
        message = Message.read(*taken)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"not a Celery message: {type(error).__name__} {error}"
        _started().dead_letters.bury(taken.queue, reason, taken.message.decode(errors="replace"))
        return None
    named = {"uuid": message.id, "name": message.task, "root_id": message.id}
    _tell("task-received", **named, args="()", kwargs=message.shown, retries=0)
    _tell("task-started", uuid=message.id)
    outcome = _run(message, next_queues)
    _tell_end(message, outcome, begun)
    return outcome.following


def _end_of(outcome: Outcome) -> str:
    """What Flower shows: RETRY for a command that is taken up again later, FAILURE for one that ended badly.

    It is the command's fate that people look for, not the message's, which was handled well either way.
    """
    if outcome.state in _GOES_ON:
        return "task-retried"
    return "task-failed" if outcome.state in _ENDED_BADLY else _SUCCEEDED


def _tell_end(message: Message, outcome: Outcome, begun: float) -> None:
    """Tell Flower and the log how a command's turn ended."""
    told = str(outcome)
    runtime = time.monotonic() - begun
    _tell(_end_of(outcome), uuid=message.id, exception=told, result=repr(told), runtime=runtime)
    log.info(_LINE, {"task": message.task, "command": message.id, "outcome": told})


def _tell(kind: str, **fields: object) -> None:
    if office.tell is not None:
        office.tell(kind, **fields)


def _started() -> Runtime:
    if office.runtime is None:
        raise RuntimeError("the worker has no runtime yet")
    return office.runtime


def _run(message: Message, next_queues: Callable[[], Sequence[str]] = tuple) -> Outcome:
    runtime = _started()
    try:
        document = _document(message)
        read = _read_batch(message, document) if message.task in BATCHES else [_read(message, document)]
    except InvalidCommand as error:
        text = json.dumps({"command": message.command, **message.unknown}, default=repr)
        runtime.dead_letters.bury(message.queue, str(error.problem), text)
        return Outcome("dead letter", str(error.problem))
    try:
        if message.task in BATCHES:
            outcomes = runtime.run_batch([Delivery(each, message.journaled) for each in read])
            return Outcome("; ".join(map(str, outcomes)), "")
        return _turn(runtime, Delivery(read[0], message.journaled, next_queues))
    except redis.RedisError as error:
        names = ", ".join(each.id or "" for each in read)
        log.warning("%s: interrupted, Redis does not answer (%s); the sweeper brings it up", names, error)
        return Outcome("interrupted", str(error))


def _turn(runtime: Runtime, delivery: Delivery) -> Outcome:
    command = delivery.command
    with tracing.turn(delivery.id, command.task, command.account) as note:
        outcome = runtime.run(delivery)
        note("state", outcome.state)
        return outcome


def _document(message: Message) -> str | dict[str, Any]:
    if message.unknown:
        text = "the task takes one keyword argument, command"
        raise InvalidCommand.because(next(iter(message.unknown)), "", text)
    if not isinstance(message.command, (str, dict)):
        raise InvalidCommand.because("command", message.command, "must be the command model as JSON")
    return message.command


def _read_batch(message: Message, document: str | dict[str, Any]) -> list[AnyCommand]:
    """The commands of a batch; each has an id, however often the message comes."""
    batch = read_batch(document)
    if batch.task != message.task:
        raise InvalidCommand.because("kind", batch.kind, f"belongs to task {batch.task}, not {message.task}")
    return [
        item if item.id is not None else _named(item, item_id(message.id, place))
        for place, item in enumerate(batch.items)
    ]


def _read(message: Message, document: str | dict[str, Any]) -> AnyCommand:
    read = read_command(document)
    if read.task != message.task:
        text = f"belongs to task {read.task}, not {message.task}"
        raise InvalidCommand.because("kind", getattr(read, "kind", ""), text)
    return read if read.id is not None else _named(read, message.id)


def _named(command: AnyCommand, task_id: str) -> AnyCommand:
    """A plain Celery message: its id is derived from its idempotency key, else it is the task's own."""
    return with_id(command if command.idempotency_key else command.model_copy(update={"id": task_id}))
