"""What a route is given: the router behind it, and who asks."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Annotated, TypeVar, cast

from fastapi import Depends, HTTPException, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from router.aio.client import AsyncOrderRouter
from router.errors import QueueUnavailable, RouterError
from router.http.leaving import Leaving
from router.http.limits import Rate
from router.http.settings import HttpSettings
from router.http.tokens import Scope, Token, Tokens
from router.journal import Record

T = TypeVar("T")
_bearer = HTTPBearer(auto_error=False, description="a token of the tokens file")


@dataclass(frozen=True)
class Desk:
    """What all requests share."""

    router: AsyncOrderRouter
    settings: HttpSettings
    tokens: Tokens
    rate: Rate
    leaving: Leaving
    streams: set[object] = field(default_factory=set)  # of events, that are under way

    async def in_time(self, asked: Awaitable[T]) -> T:
        """What comes of it. Raises: TimeoutError if it does not come before the server leaves; its own errors."""
        async with self.leaving.limit():
            return await asked

    async def find(self, command_id: str) -> Record | None:
        """A command's record; None when nobody knows it. Raises: QueueUnavailable."""
        try:
            return await self.router.record(command_id)
        except QueueUnavailable:
            raise
        except RouterError:
            return None


async def _desk(request: Request) -> Desk:
    return cast("Desk", request.app.state.desk)


AtDesk = Annotated[Desk, Depends(_desk)]


async def _caller(desk: AtDesk, given: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]) -> Token:
    """Raises: HTTPException 401 for a token nobody gave out, 429 for one that asks too often."""
    token = None if given is None else desk.tokens.find(given.credentials)
    if token is None:
        text = "send Authorization: Bearer TOKEN, with a token of this server's"
        raise HTTPException(401, text, {"WWW-Authenticate": "Bearer"})
    wait = desk.rate.wait(token.sha256)
    if wait:
        text = f"this token may make {desk.settings.http_rate:g} requests a second"
        raise HTTPException(429, text, {"Retry-After": str(max(1, round(wait + 0.5)))})
    return token


Caller = Annotated[Token, Depends(_caller)]


def demand(token: Token, scope: Scope, account: str) -> None:
    """Raises: HTTPException 403 unless the token allows that."""
    if not token.allows(scope, account):
        raise HTTPException(403, f"this token does not allow to {scope} on the account {account}")
