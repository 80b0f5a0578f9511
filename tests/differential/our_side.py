"""Asks our exchange layer for what an intent wants."""

from __future__ import annotations

from typing import cast

from intents import Intent
from proofs import KEY, PASSPHRASE, SECRET, WINDOW_MS
from pydantic import SecretStr

from router.commands import AnyCommand
from workers.calls.local_gate import LocalGate
from workers.exchanges import get_exchange
from workers.exchanges.base import BaseExchange
from workers.exchanges.batches import Batchable
from workers.exchanges.common import Common
from workers.exchanges.okx.exchange import OkxExchange
from workers.settings import AccountSettings, Environment


def settings(exchange: str, url: str) -> AccountSettings:
    return AccountSettings(
        name="sim-2",
        exchange=exchange,
        environment=Environment.SIMULATOR,
        base_url=url,
        api_key=SecretStr(KEY),
        api_secret=SecretStr(SECRET),
        passphrase=SecretStr(PASSPHRASE),
        receive_window_ms=WINDOW_MS,
    )


class Ours:
    """One exchange with the simulator's markets and clock, whose requests go to another address."""

    def __init__(self, exchange: str, simulator_url: str, url: str) -> None:
        self._common = Common()
        self.known = get_exchange(exchange, settings(exchange, simulator_url), LocalGate(), self._common)
        self.known.connect()
        self._account = settings(exchange, url)

    def ask(self, intent: Intent) -> None:
        """Raises: InvalidCommand for what is refused before it is sent; what the answers mean."""
        exchange = self._fresh(intent)
        if len(intent.commands) > 1:
            self._ask_together(exchange, intent.commands)
        else:
            exchange.send(exchange.prepare(intent.commands[0]))

    def _ask_together(self, exchange: BaseExchange, commands: tuple[AnyCommand, ...]) -> None:
        batch = cast("tuple[Batchable, ...]", commands)
        for command in batch:
            exchange.prepare(command)
        for group in exchange.groups(batch):
            if len(group) > 1:
                exchange.send(exchange.batch_call([batch[place] for place in group]))
            else:
                exchange.send(exchange.prepare(batch[group[0]]))

    def _fresh(self, intent: Intent) -> BaseExchange:
        """With a gate of its own, so that no limit that others spent holds it up."""
        exchange = get_exchange(self.known.name, self._account, LocalGate(), self._common)
        if isinstance(exchange, OkxExchange):
            exchange.mode._known = intent.mode, float("inf")
        return exchange
