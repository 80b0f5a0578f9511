"""Tells Redis which accounts are served, so that producers refuse a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from router.catalog import ServedAccount
from router.errors import ErrorKind, Problem
from router.journal import Journal
from workers.settings import AccountSettings


def no_such_account(account: str, exchange: str) -> Problem:
    """What is said of an account that no worker serves there."""
    return Problem(
        kind=ErrorKind.UNKNOWN_ACCOUNT,
        message=f"account '{account}': no worker serves it on {exchange}",
        field="account",
        value=account,
        rule=f"must be an account of {exchange} in the workers' accounts file",
    )


def register(journal: Journal, accounts: Iterable[AccountSettings]) -> None:
    """Write the accounts down; no secret is among what is written. Raises: redis.RedisError."""
    rows: dict[Any, Any] = {
        account.name: ServedAccount(exchange=account.exchange, environment=account.environment).model_dump_json()
        for account in accounts
    }
    if rows:
        journal.client.hset(journal.keys.accounts, mapping=rows)
