"""What a worker is told by its environment, and which accounts it therefore serves."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from router.settings import RouterSettings
from workers.accounts import every_simulator_account, load_accounts, load_schedules
from workers.producers import Producer, load_producers
from workers.redaction import redact
from workers.schedules import Schedule
from workers.settings import SIMULATOR_URL, AccountSettings, secrets_of

log = logging.getLogger("pointsman.configuration")


def _names(text: str) -> str:
    if any(not name.strip() for name in text.split(",")):
        raise ValueError("must be account names separated by commas")
    return text


class WorkerSettings(RouterSettings):
    """A producer's settings and what a worker needs besides.

    ``accounts`` is the accounts file; without one the simulator's accounts at ``simulator_url`` are served.
    ``producers`` is the producers file: with one, only signed commands trade (docs/signatures.md).
    ``live_accounts`` arms accounts of the live environment, each by name. ``state`` is where `pointsman up` keeps its
    embedded server's data.
    """

    accounts: Path | None = None
    producers: Path | None = None
    live_accounts: Annotated[str, AfterValidator(_names)] | None = None
    simulator_url: str = SIMULATOR_URL
    concurrency: Annotated[int, Field(gt=0, le=1024)] = 32
    state: Path = Path("state")

    def load(self) -> dict[str, AccountSettings]:
        """Every account of the file, or the simulator's. Raises: ConfigurationError."""
        if self.accounts is None:
            log.warning("POINTSMAN_ACCOUNTS is not set: serving the simulator's accounts at %s", self.simulator_url)
            return every_simulator_account(self.simulator_url)
        armed = frozenset(name.strip() for name in (self.live_accounts or "").split(",") if name)
        accounts = load_accounts(self.accounts, armed)
        redact.learn(secret for account in accounts.values() for secret in secrets_of(account))
        return accounts

    def load_producers(self) -> dict[str, Producer]:
        """Whose commands are taken; nobody in particular where there is no file. Raises: ConfigurationError."""
        if self.producers is None:
            return {}
        producers = load_producers(self.producers)
        redact.learn(producer.key.get_secret_value() for producer in producers.values())
        return producers

    def load_schedules(self) -> list[Schedule]:
        """What is to be read from time to time. Raises: ConfigurationError."""
        return [] if self.accounts is None else load_schedules(self.accounts)
