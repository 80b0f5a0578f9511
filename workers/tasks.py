"""Celery's side of the work: read the message, run the command, say what came of it. The logic lives elsewhere."""

from __future__ import annotations

import json
import logging
from typing import Any

import redis
from celery import Celery, Task

from router.client import with_id
from router.commands import AnyCommand, read_command
from router.errors import InvalidCommand
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
        read = _read(self, command, unknown)
    except InvalidCommand as error:
        text = json.dumps({"command": command, **unknown}, default=repr)
        queue = str((self.request.delivery_info or {}).get("routing_key", self.name))
        runtime.dead_letters.bury(queue, str(error.problem), text)
        return f"dead letter: {error.problem}"
    try:
        return str(runtime.run(Delivery(read, journaled=bool(self.request.get("journaled")))))
    except redis.RedisError as error:
        log.warning("command %s was interrupted, Redis does not answer (%s); the sweeper brings it up", read.id, error)
        return f"interrupted: {error}"


def _read(task: Task[Any, Any], command: object, unknown: dict[str, object]) -> AnyCommand:
    if unknown:
        raise InvalidCommand.because(next(iter(unknown)), "", "the task takes one keyword argument, command")
    if not isinstance(command, (str, dict)):
        raise InvalidCommand.because("command", command, "must be the command model as JSON")
    read = read_command(command)
    if read.task != task.name:
        raise InvalidCommand.because("kind", getattr(read, "kind", ""), f"belongs to task {read.task}, not {task.name}")
    if read.id is not None:
        return read
    return _named(read, task.request.id or "")


def _named(command: AnyCommand, task_id: str) -> AnyCommand:
    """A plain Celery message: its id is derived from its idempotency key, else it is the task's own."""
    return with_id(command if command.idempotency_key else command.model_copy(update={"id": task_id}))
