"""Celery's side of the work: read the message, run the command, say what came of it. The logic lives elsewhere."""

from __future__ import annotations

import json
import logging
from typing import Any

import redis
from celery import Celery, Task

from router.batches import BATCHES, item_id, read_batch
from router.commands import AnyCommand, read_command
from router.errors import InvalidCommand
from router.identity import with_id
from router.queues import TASKS
from workers.records import Delivery
from workers.runtime import Runtime
from workers.slots import Slots

log = logging.getLogger("pointsman.tasks")


class Office:
    """Where the tasks find their process's runtime; set when the worker, or its child process, starts."""

    runtime: Runtime | None = None
    queues: tuple[str, ...] | list[str] = ()
    slots: Slots = Slots(1)


office = Office()


def register(app: Celery) -> None:
    """Give every task its name of the wire contract."""
    for name in TASKS:
        app.task(name=name, bind=True, ignore_result=True, acks_late=False, max_retries=None)(_carry)


def _carry(self: Task[Any, Any], /, command: object = None, **unknown: object) -> str:
    with office.slots.taken():
        return _run(self, command, unknown)


def _run(self: Task[Any, Any], command: object, unknown: dict[str, object]) -> str:
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
        return str(runtime.run(deliveries[0]))
    except redis.RedisError as error:
        names = ", ".join(each.id for each in deliveries)
        log.warning("%s: interrupted, Redis does not answer (%s); the sweeper brings it up", names, error)
        return f"interrupted: {error}"


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
