"""A command as HTTP shows it, and waiting for its end."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from fastapi import HTTPException, Query, Response

from router.command_base import CommandId
from router.commands import AnyCommand, read_command
from router.errors import Problem
from router.http.access import Desk
from router.http.tokens import Scope, Token
from router.journal import Record
from router.models import Model
from router.results import FINAL_STATES, Result

Wait = Annotated[
    float,
    Query(ge=0, le=300, allow_inf_nan=False, description="seconds to wait for the end; the server has its own limit"),
]


class CommandView(Model):
    """A command: where it stands, and what it came to.

    ``state`` is queued, sending, waiting or unknown, or one of the ends done, rejected, expired, cancelled, failed;
    ``result`` is there when it is done, ``problem`` when it ended in another way, ``why`` while it waits.
    """

    id: CommandId
    state: str
    task: str
    exchange: str
    account: str
    result: Result | None = None
    problem: Problem | None = None
    why: str | None = None


async def found(desk: Desk, token: Token, scope: Scope, command_id: str) -> AnyCommand:
    """A command that the token may see. Raises: HTTPException 404, also for one of an account that it may not see."""
    record = await desk.find(command_id)
    command = None if record is None or not record.document else read_command(record.document)
    if command is None or not token.allows(scope, command.account):
        raise HTTPException(404, f"no command {command_id} is known, or it is none of yours")
    return command


async def answer(desk: Desk, command_id: str, about: AnyCommand, wait: float) -> Response:
    """The command after a wait for its end, or until the server leaves: 200 when it has ended, 202 while it goes on.

    ``about`` is the command itself, or the one that it is about: they are of one exchange and account.
    """
    record = None
    if wait > 0:
        with suppress(TimeoutError):
            longest = min(wait, desk.settings.http_longest_wait_seconds)
            record = await desk.in_time(desk.router.wait(command_id, longest))
    record = record or await desk.router.record(command_id)
    view = CommandView(
        id=command_id,
        state=record.state,
        task=record.task,
        exchange=about.exchange,
        account=about.account,
        why=record.why or None,
    )
    where = {"Location": f"/v1/commands/{command_id}"}
    ended = record.state in FINAL_STATES
    return Response(_with_outcome(view, record), 200 if ended else 202, where, "application/json")


def _with_outcome(view: CommandView, record: Record) -> str:
    """As JSON. The result goes out as it was written, without being read on the way."""
    told = view.model_dump_json(exclude_none=True)
    if record.state not in FINAL_STATES or not record.result:
        return told
    return f'{told[:-1]},"{"result" if record.state == "done" else "problem"}":{record.result}}}'
