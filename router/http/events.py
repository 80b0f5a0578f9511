"""What happens, as server-sent events: resumable with the header that browsers send by themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Query
from fastapi.responses import StreamingResponse

from router.command_base import Name
from router.errors import RouterError
from router.events import Event
from router.http.access import AtDesk, Caller, Desk
from router.http.problems import Responses, shown, told
from router.http.tokens import Token

routes = APIRouter(prefix="/v1")
Place = Annotated[
    str | None, Query(pattern=r"^[0-9]{1,20}(-[0-9]{1,20})?$", description="the last event that was seen")
]
Last = Annotated[
    str | None, Header(alias="Last-Event-ID", description="the same, as a browser sends it; it goes first")
]
_STREAM: Responses = {
    200: {
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
        "description": "an Event after another; a last one named problem if Redis is away or the reader too slow",
    }
}
_ALIVE_SECONDS = 15.0  # a comment this often keeps proxies from hanging up, and finds out who has gone


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
    if len(desk.streams) >= desk.settings.http_streams:
        text = f"this server keeps {desk.settings.http_streams} streams of events, and has them"
        raise HTTPException(429, text, {"Retry-After": "10"})
    place = last or since or await desk.router.newest_event()
    events = await desk.router.events(place, exchange=exchange, account=account).begin()
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _counted(desk, _lines(desk, token, events)), media_type="text/event-stream", headers=headers
    )


async def _counted(desk: Desk, lines: AsyncIterator[str]) -> AsyncIterator[str]:
    """The lines, as one of the server's streams for as long as somebody reads them."""
    desk.streams.add(lines)
    try:
        async for line in lines:
            yield line
    finally:
        desk.streams.remove(lines)


async def _lines(desk: Desk, token: Token, events: AsyncIterator[Event]) -> AsyncIterator[str]:
    """Events as they are written, comments in between, until the server leaves or an error, which is told.

    A slow reader holds up only its own reading of the stream.
    """
    yield ": following\n\n"
    while not desk.leaving.said:
        try:
            async with desk.leaving.limit(_ALIVE_SECONDS, left=0):
                event = await _next(token, events)
        except TimeoutError:
            yield ": still here\n\n"
        except RouterError as error:
            yield f"event: problem\ndata: {shown(error).model_dump_json(exclude_none=True)}\n\n"
            return
        else:
            yield f"id: {event.id}\nevent: {event.state}\ndata: {event.model_dump_json(exclude_none=True)}\n\n"


async def _next(token: Token, events: AsyncIterator[Event]) -> Event:
    while True:
        event = await anext(events)
        if event.account is not None and token.allows("read", event.account):
            return event
