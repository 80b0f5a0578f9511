"""Tells Redis which accounts are served, so that producers refuse a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from router.catalog import ServedAccount
from router.journal import Journal
from workers.settings import AccountSettings


def register(journal: Journal, accounts: Iterable[AccountSettings]) -> None:
    """Write the accounts down; no secret is among what is written. Raises: redis.RedisError."""
    rows: dict[Any, Any] = {
        account.name: ServedAccount(exchange=account.exchange, environment=account.environment).model_dump_json()
        for account in accounts
    }
    if rows:
        journal.client.hset(journal.keys.accounts, mapping=rows)
