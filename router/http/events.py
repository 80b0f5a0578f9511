"""What happens, as server-sent events: resumable with the header that browsers send by themselves."""

from __future__ import annotations

import asyncio
from asyncio import FIRST_COMPLETED
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Query
from fastapi.responses import StreamingResponse

from router.command_base import Name
from router.errors import RouterError
from router.events import Event
from router.http.access import AtDesk, Caller, Desk
from router.http.problems import Responses, told
from router.http.tokens import Token

routes = APIRouter(prefix="/v1")
Place = Annotated[
    str | None, Query(pattern=r"^[0-9]{1,20}(-[0-9]{1,20})?$", description="the last event that was seen")
]
Last = Annotated[
    str | None, Header(alias="Last-Event-ID", description="the same, as a browser sends it; it goes first")
]
_STREAM: Responses = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "an Event after another"}
}
_ALIVE_SECONDS = 15.0  # a comment this often keeps proxies from hanging up, and finds out who has gone
_WAITING = 100  # events for a slow reader; then the stream is read no further


@routes.get("/events", response_class=StreamingResponse, responses={**_STREAM, **told()})
async def get_events(
    desk: AtDesk,
    token: Caller,
    since: Place = None,
    last: Last = None,
    exchange: Name | None = None,
    account: Name | None = None,
) -> StreamingResponse:
    """Follow every change of state on the accounts that the token may read; an event's id is where to go on from."""
    if "read" not in token.scopes:
        raise HTTPException(403, "this token does not allow to read")
    place = last or since or await desk.router.newest_event()
    events = await desk.router.events(place, exchange=exchange, account=account).begin()
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_lines(desk, _allowed(token, events)), media_type="text/event-stream", headers=headers)


async def _allowed(token: Token, events: AsyncIterator[Event]) -> AsyncIterator[Event]:
    async for event in events:
        if event.account is not None and token.allows("read", event.account):
            yield event


async def _lines(desk: Desk, events: AsyncIterator[Event]) -> AsyncIterator[str]:
    """Events as they are written, comments in between, until the server leaves or Redis does not answer."""
    queue: asyncio.Queue[Event | None] = asyncio.Queue(_WAITING)

    async def pump() -> None:
        with suppress(RouterError):  # Redis is away, or the reader too slow: it comes again with the last id it has
            async for event in events:
                await queue.put(event)
        await queue.put(None)

    yield ": following\n\n"
    leaving = asyncio.create_task(desk.leaving.wait())
    pumping = asyncio.create_task(pump())
    try:
        while not desk.leaving.said:
            getting = asyncio.create_task(queue.get())
            done, _ = await asyncio.wait((getting, leaving), timeout=_ALIVE_SECONDS, return_when=FIRST_COMPLETED)
            if getting not in done:
                getting.cancel()
                yield ": still here\n\n"
                continue
            event = getting.result()
            if event is None:
                return
            yield f"id: {event.id}\nevent: {event.state}\ndata: {event.model_dump_json(exclude_none=True)}\n\n"
    finally:
        for task in (leaving, pumping):
            task.cancel()
        await asyncio.gather(leaving, pumping, return_exceptions=True)
