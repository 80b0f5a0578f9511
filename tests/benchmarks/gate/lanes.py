"""What a backlog costs those who are not in it: orders beside reads, others' orders and cancels beside orders."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.gate.cases import Case
from benchmarks.gate.client import PlainClient
from benchmarks.gate.figures import percentile
from benchmarks.gate.producer import ACCOUNT, an_order
from benchmarks.gate.stage import QUIET, a_stage, add_workers
from support.house import House
from support.processes import eventually

from router import CancelOrder, GetTicker, OrderRouter
from router.queues import queues_of

BACKLOG, ROUNDS = 10_000, 5
_STILL_WAITING = 0.6 * BACKLOG  # samples beside a backlog end when fewer are left: it has begun to expire
WANTED_MS = 5.0
_PACE_SECONDS = 1 / 12  # below ten orders a second and account, so that no sample itself waits for a limit
_OTHERS = [f"sim-{number}" for number in range(2, 10)]
_WORKER = ("workers.cli", "worker", "binance", *QUIET)
LAYOUTS = {
    "2 processes, reads apart": [(*_WORKER, "--lanes", lanes) for lanes in ("cancels,orders", "queries")],
    "2 processes, each all lanes": [_WORKER] * 2,
}
NOT_LIMITED = Case("", "fixed", 1_000_000, 10_000)
LIMITED = Case("", "fixed", 100, 10_000)


@dataclass
class Lane:
    """Milliseconds from submit to result, without and with the backlog, of one kind of command."""

    question: str
    layout: str
    wanted: int
    without: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)

    def added_ms(self, hundredths: float) -> float:
        return percentile(self.beside, hundredths) - percentile(self.without, hundredths)

    @property
    def misses(self) -> list[str]:
        added, found = self.added_ms(99), []
        if not added < WANTED_MS:
            found.append(f"{added:.1f} ms added to p99, under {WANTED_MS:g} wanted")
        if len(self.beside) < self.wanted:
            found.append(f"only {len(self.beside)} samples of {self.wanted} before the backlog had ended")
        return found


Sample = Callable[[int], dict[str, float]]


@dataclass(frozen=True)
class Phases:
    """Takes samples in turn without and beside a backlog, which ends by its own time to live."""

    house: House
    router: OrderRouter
    samples: int

    def run(self, sample: Sample, pile_up: Callable[[float], None]) -> tuple[dict[str, list[float]], ...]:
        """The samples taken without, and with it; fewer with it when they took so long that it ended."""
        without, beside = defaultdict(list), defaultdict(list)
        each = -(-self.samples // ROUNDS)
        for number in range(ROUNDS):
            self._take(sample, range(number * each, (number + 1) * each), without)
            pile_up(1.2 * each * _PACE_SECONDS + 10)
            beginning = (ROUNDS + number) * each
            self._take(sample, range(beginning, beginning + each), beside, while_waiting=_STILL_WAITING)
            self._end_backlog()
        return without, beside

    def _take(self, sample: Sample, numbers: range, into: dict[str, list[float]], *, while_waiting: float = 0) -> None:
        for number in numbers:
            if self._waiting() < while_waiting:
                return
            begun = time.perf_counter()
            for name, ms in sample(number).items():
                into[name].append(ms)
            time.sleep(max(0.0, _PACE_SECONDS - (time.perf_counter() - begun)))

    def _waiting(self) -> int:
        return self.router.journal.client.zcard(self.router.journal.keys.agenda)

    def _end_backlog(self) -> None:
        """Wait until it has expired, and its messages are read."""
        client = self.router.journal.client
        eventually(lambda: not self._waiting(), 120, "the backlog has expired")
        eventually(lambda: not any(map(client.llen, queues_of("binance"))), 120, "its messages have been read")


def timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1_000


def beside_reads(layout: str, samples: int, folder: Path) -> list[Lane]:
    """An order's latency beside 10,000 reads, which their own part of the request weight holds up."""
    with _staffed(folder, NOT_LIMITED, layout) as (house, router):
        reads = [GetTicker(exchange="binance", account=ACCOUNT, symbol="BTC/USDT") for _ in range(BACKLOG)]

        def sample(number: int) -> dict[str, float]:
            order = an_order(_OTHERS[number % len(_OTHERS)], 60)
            return {"an order": timed(lambda: router.submit(order).result(60))}

        def pile_up(seconds: float) -> None:
            router.submit_many(read.model_copy(update={"expires_in": seconds}) for read in reads)

        found = Phases(house, router, samples).run(sample, pile_up)
        return _lanes("beside 10,000 reads", layout, samples, found)


def beside_orders(layout: str, samples: int, folder: Path) -> list[Lane]:
    """Another account's order, and a cancel of the very account, beside 10,000 orders that its limit holds up."""
    with _staffed(folder, LIMITED, layout) as (house, router):
        resting = _resting(house)

        def sample(number: int) -> dict[str, float]:
            order, target = an_order(_OTHERS[number % len(_OTHERS)], 60), next(resting)
            cancel = CancelOrder(exchange="binance", account=ACCOUNT, symbol="BTC/USDT", client_order_id=target)
            return {
                "another account's order": timed(lambda: router.submit(order).result(60)),
                "a cancel of the same account": timed(lambda: router.submit(cancel).result(60)),
            }

        def pile_up(seconds: float) -> None:
            router.submit_many([an_order(ACCOUNT, seconds) for _ in range(BACKLOG)])

        found = Phases(house, router, samples).run(sample, pile_up)
        return _lanes("beside 10,000 orders", layout, samples, found)


def _resting(house: House) -> Iterator[str]:
    """Client order ids of orders that rest in the book, placed past the router; the limit steps aside meanwhile."""
    client = PlainClient(house.simulator.url, 1)
    for turn in itertools.count():
        house.simulator.limit_orders(NOT_LIMITED.limit, NOT_LIMITED.window_ms, NOT_LIMITED.kind)
        names = [f"rests-{turn}-{number}" for number in range(100)]  # below the 200 that may be open
        for name in names:
            if client.place(name, rests=True).status != 200:
                raise RuntimeError(f"the simulator did not take {name}, which is to be cancelled later")
        house.simulator.limit_orders(LIMITED.limit, LIMITED.window_ms, LIMITED.kind)
        yield from names


@contextlib.contextmanager
def _staffed(folder: Path, case: Case, layout: str) -> Iterator[tuple[House, OrderRouter]]:
    with a_stage(folder, case) as house, house.router() as router:
        for argv in LAYOUTS[layout]:
            add_workers(house, argv, 1)
        for account in (ACCOUNT, *_OTHERS):  # whoever comes first pays for connections and rules
            router.submit(an_order(account, 60)).result(60)
        yield house, router


def _lanes(backlog: str, layout: str, wanted: int, found: tuple[dict[str, list[float]], ...]) -> list[Lane]:
    without, beside = found
    return [Lane(f"{what} {backlog}", layout, wanted, without[what], beside[what]) for what in without]
