"""The command that reads something of many accounts of one exchange."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from router.command_base import Command, CommandId, Market, Name

What = Literal["balances", "positions", "open_orders"]
"""What can be read of many accounts in one command."""

WHATS: tuple[What, ...] = get_args(What)
EVERYBODY: Literal["*"] = "*"
"""What stands in the place of an account's name."""

MOST_ACCOUNTS = 100_000


class PollAccounts(Command):
    """One thing of many accounts (all of the exchange's, if none are named); each comes to an outcome of its own.

    ``expires_in`` is the deadline of all: what was answered by then stays answered. ``poll`` is set by the worker that
    takes the command apart: the id of the whole of which this is a chunk, the number ``part``. Results: see
    `router.keys.Keys.poll`.
    """

    task = "queries.poll"
    kind: Literal["poll_accounts"] = "poll_accounts"
    account: Literal["*"] = EVERYBODY
    what: What = "balances"
    market: Market | None = None
    accounts: Annotated[tuple[Name, ...], Field(min_length=1, max_length=MOST_ACCOUNTS)] | None = None
    poll: CommandId | None = None
    part: Annotated[int, Field(ge=0)] = 0

    @property
    def whole(self) -> str:
        """The id under which the outcomes are told."""
        return self.poll or self.id or ""
