"""Algo orders: they wait outside the book and place an order of another number when a price is reached."""

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from simulator.orders import NewOrder, Order, Reason
from simulator.triggers import Trigger


class AlgoStatus(StrEnum):
    """An algo order's life; everything but WAITING is final here, the order it placed lives on by itself."""

    WAITING = "WAITING"
    TRIGGERED = "TRIGGERED"
    REJECTED = "REJECTED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


@dataclass(slots=True)
class Algo:
    """One algo order. `ask` is placed when the trigger fires; with `close_all` for as much as the position is then.

    Nothing is set aside for it before. `reason` tells why the engine refused what it placed. Times in microseconds.
    """

    algo_id: int
    client_id: str
    ask: NewOrder
    trigger: Trigger
    seq: int
    created_us: int
    updated_us: int
    visible_from_us: int
    close_all: bool = False
    status: AlgoStatus = AlgoStatus.WAITING
    triggered_us: int = 0
    order: Order | None = None
    reason: Reason | None = None


class AlgoRegistry:
    """All algo orders of one market, and where to find them again."""

    def __init__(self) -> None:
        self.by_id: dict[int, Algo] = {}
        self._by_client: dict[tuple[str, str], Algo] = {}
        self._of: dict[str, list[Algo]] = defaultdict(list)

    def add(self, algo: Algo) -> None:
        """Enter one."""
        self.by_id[algo.algo_id] = algo
        self._by_client[algo.ask.account, algo.client_id] = algo
        self._of[algo.ask.account].append(algo)

    def by_client(self, account: str, client_id: str) -> Algo | None:
        """The newest of an account's with this client id."""
        return self._by_client.get((account, client_id))

    def of(self, account: str, symbol: str | None = None) -> list[Algo]:
        """An account's, oldest first."""
        return [each for each in self._of[account] if symbol in (None, each.ask.instrument.symbol)]

    def waiting(self, account: str, symbol: str | None = None) -> list[Algo]:
        """Those of an account that have not fired."""
        return [each for each in self.of(account, symbol) if each.status is AlgoStatus.WAITING]
