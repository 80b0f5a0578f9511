"""Celery's side of the work: read the message, run the command, say what came of it. The logic lives elsewhere."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, Final

import redis
from celery import Celery, Task
from celery.exceptions import Ignore

from router.batches import BATCHES, item_id, read_batch
from router.commands import AnyCommand, read_command
from router.errors import InvalidCommand
from router.identity import with_id
from router.queues import TASKS
from workers import tracing
from workers.records import Delivery, Outcome
from workers.runtime import Runtime
from workers.slots import Slots

log = logging.getLogger("pointsman.tasks")
_LINE: Final = "task=%(task)s command=%(command)s outcome=%(outcome)s"
_GOES_ON: Final = ("waiting", "unknown")
_ENDED_BADLY: Final = ("rejected", "failed", "expired")


class Office:
    """Where the tasks find their process's runtime; set when the worker, or its child process, starts.

    ``tell`` sends an event to Flower: its type, and fields; None where this process has no way to do so (prefork).
    """

    runtime: Runtime | None = None
    tell: Callable[..., None] | None = None
    queues: tuple[str, ...] | list[str] = ()
    slots: Slots = Slots(1)


office = Office()


def register(app: Celery) -> None:
    """Give every task its name of the wire contract."""
    for name in TASKS:
        app.task(name=name, bind=True, ignore_result=True, acks_late=False, max_retries=None)(_carry)


def _carry(self: Task[Any, Any], /, command: object = None, **unknown: object) -> str:
    with office.slots.taken():
        outcome = _run(self, command, unknown)
    return _shown(self, outcome)


def _shown(task: Task[Any, Any], outcome: Outcome | str) -> str:
    """What Flower shows: RETRY for a command that is taken up again later, FAILURE for one that ended badly.

    It is the command's fate that people look for, not the message's, which was handled well either way. So only the
    event is Celery's. Raises: Ignore, after such an event.
    """
    if not isinstance(outcome, Outcome) or office.tell is None:
        return str(outcome)
    kind = "task-retried" if outcome.state in _GOES_ON else "task-failed" if outcome.state in _ENDED_BADLY else ""
    if not kind:
        return str(outcome)
    office.tell(kind, uuid=task.request.id, exception=str(outcome), result=repr(str(outcome)))
    log.info(_LINE, {"task": task.name, "command": task.request.id, "outcome": str(outcome)})
    raise Ignore


def _run(self: Task[Any, Any], command: object, unknown: dict[str, object]) -> Outcome | str:
    runtime = office.runtime
    if runtime is None:
        raise RuntimeError("the worker has no runtime yet")
    try:
        document = _document(command, unknown)
        read = _read_batch(self, document) if self.name in BATCHES else [_read(self, document)]
    except InvalidCommand as error:
        text = json.dumps({"command": command, **unknown}, default=repr)
        queue = str((self.request.delivery_info or {}).get("routing_key", self.name))
        runtime.dead_letters.bury(queue, str(error.problem), text)
        return f"dead letter: {error.problem}"
    deliveries = [Delivery(each, journaled=bool(self.request.get("journaled"))) for each in read]
    try:
        if self.name in BATCHES:
            return "; ".join(str(outcome) for outcome in runtime.run_batch(deliveries))
        return _turn(runtime, deliveries[0])
    except redis.RedisError as error:
        names = ", ".join(each.id for each in deliveries)
        log.warning("%s: interrupted, Redis does not answer (%s); the sweeper brings it up", names, error)
        return f"interrupted: {error}"


def _turn(runtime: Runtime, delivery: Delivery) -> Outcome:
    command = delivery.command
    with tracing.turn(delivery.id, command.task, command.account) as note:
        outcome = runtime.run(delivery)
        note("state", outcome.state)
        return outcome


def _document(command: object, unknown: dict[str, object]) -> str | dict[str, Any]:
    if unknown:
        raise InvalidCommand.because(next(iter(unknown)), "", "the task takes one keyword argument, command")
    if not isinstance(command, (str, dict)):
        raise InvalidCommand.because("command", command, "must be the command model as JSON")
    return command


def _read_batch(task: Task[Any, Any], document: str | dict[str, Any]) -> list[AnyCommand]:
    """The commands of a batch; each has an id, however often the message comes."""
    batch = read_batch(document)
    if batch.task != task.name:
        raise InvalidCommand.because("kind", batch.kind, f"belongs to task {batch.task}, not {task.name}")
    return [
        item if item.id is not None else _named(item, item_id(task.request.id or "", place))
        for place, item in enumerate(batch.items)
    ]


def _read(task: Task[Any, Any], document: str | dict[str, Any]) -> AnyCommand:
    read = read_command(document)
    if read.task != task.name:
        raise InvalidCommand.because("kind", getattr(read, "kind", ""), f"belongs to task {read.task}, not {task.name}")
    if read.id is not None:
        return read
    return _named(read, task.request.id or "")


def _named(command: AnyCommand, task_id: str) -> AnyCommand:
    """A plain Celery message: its id is derived from its idempotency key, else it is the task's own."""
    return with_id(command if command.idempotency_key else command.model_copy(update={"id": task_id}))
