"""What happened, one change of state after another: events as models, read from the stream that every script writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from router.commands import AnyCommand, read_command
from router.errors import InvalidCommand, Problem
from router.models import Model
from router.results import FINAL_STATES, RESULT_OF, Result

_FAILED = FINAL_STATES - {"done"}
_TASK_OF = {model.model_fields["kind"].default: model.task for model in AnyCommand.__args__}


class About(NamedTuple):
    """Whose command it is: exchange, account and task."""

    exchange: str
    account: str
    task: str


class Event(Model):
    """One change of state.

    ``id`` is where to go on from (``since``), ``at_ms`` when it happened on Redis' clock. ``command_id`` is None for
    what is about no command: halted, resumed, breaker_open, breaker_closed; then ``detail`` is JSON that says what.
    ``command`` comes with the first event of a command, ``result`` or ``problem`` with the last; ``detail`` is the
    reason in between, and ``by`` whoever did it. ``exchange``, ``account`` and ``task`` are None for an event in
    between whose command has ended so long ago that its record is gone.
    """

    id: str
    at_ms: int
    command_id: str | None
    state: str
    exchange: str | None = None
    account: str | None = None
    task: str | None = None
    by: str | None = None
    detail: str | None = None
    command: AnyCommand | None = None
    result: Result | None = None
    problem: Problem | None = None

    @property
    def is_final(self) -> bool:
        """Whether its command has ended with it."""
        return self.command_id is not None and self.state in FINAL_STATES


class Entry(NamedTuple):
    """An entry of the stream as it is written."""

    id: str
    command_id: str
    state: str
    detail: str
    by: str
    whose: tuple[str, ...]

    @classmethod
    def read(cls, name: bytes, fields: Mapping[bytes, bytes]) -> Entry:
        """Read one."""
        told = {key.decode(): value.decode(errors="replace") for key, value in fields.items()}
        whose = tuple(told.get(field, "") for field in About._fields)
        texts = {field: told.get(field, "") for field in ("state", "detail", "by")}
        return cls(id=name.decode(), command_id=told.get("id", ""), whose=whose, **texts)

    @property
    def is_accepted(self) -> bool:
        """Whether its detail is the command itself."""
        return self.state == "queued" and self.detail.startswith("{")

    def about(self) -> About | None:
        """Whose command it is, as far as the entry says so itself: an end does, and an accepted command."""
        if all(self.whose):
            return About(*self.whose)
        if not self.is_accepted:
            return None
        try:
            command = json.loads(self.detail)
            return About(command["exchange"], command["account"], _TASK_OF[command["kind"]])
        except (ValueError, KeyError):  # a newer version's
            return None

    def to_event(self, about: About | None) -> Event:
        """As a model."""
        whose = {} if about is None else about._asdict()
        return Event.model_construct(
            id=self.id,
            at_ms=int(self.id.partition("-")[0]),
            command_id=self.command_id or None,
            state=self.state,
            by=self.by or None,
            **{**whose, **self._content(about)},
        )

    def _content(self, about: About | None) -> dict[str, Any]:
        """The detail, read as what it is; as text where it cannot be read as that."""
        try:
            if self.command_id and self.is_accepted:
                return {"command": read_command(self.detail)}
            if self.command_id and self.state in _FAILED and self.detail:
                return {"problem": Problem.model_validate_json(self.detail)}
            if self.command_id and self.state == "done" and about is not None and about.task in RESULT_OF:
                return {"result": RESULT_OF[about.task].validate_json(self.detail)}
        except (InvalidCommand, ValidationError):  # a newer version's, or a foreign hand's: it is told all the same
            return {"detail": self.detail}
        return {"detail": self.detail or None}
