"""The state of the house as gauges: queues, commands under way, doubts, budgets, bans, breakers, clocks, workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from prometheus_client.core import Metric

from router.catalog import Catalog
from router.journal import Journal
from router.limits import BudgetLeft, budgets_left
from router.queues import queues_of
from router.standing import ExchangeClock, Standing, standing
from router.under_way import UnderWay, under_way
from workers.exchanges import exchange_names
from workers.metrics.families import Rows, gauge
from workers.metrics.tally import Bounds

STATES: Final = ("queued", "waiting", "sending", "unknown")
_LOOKED_AT: Final = 10_000  # commands: some 0.1 s


def state_of(journal: Journal) -> Iterator[Metric]:
    """Everything that holds now. Raises: redis.RedisError."""
    house = standing(journal)
    queues = [queue for exchange in exchange_names() for queue in queues_of(exchange)]
    work = under_way(journal, queues, _LOOKED_AT)
    yield from _queues(work, queues)
    yield from _doubts(work, Bounds(Catalog(journal.client, journal.keys)))
    yield from _workers(house, queues)
    yield from _held_back(house)
    yield from _clocks(house.clocks)
    yield from _budgets(budgets_left(journal))
    yield from _sweeper(journal)
    yield gauge("dead_letters", "Messages kept that nobody could read.", (), [((), house.dead_letters)])


def _queues(work: UnderWay, queues: list[str]) -> Iterator[Metric]:
    loads = {name: work.queues[name] for name in queues}
    of = ("exchange", "lane")
    messages: Rows = [(_split(name), load.messages) for name, load in loads.items()]
    yield gauge("queue_messages", "Messages that no worker has taken yet.", of, messages)
    oldest: Rows = [(_split(name), load.oldest_seconds) for name, load in loads.items()]
    yield gauge("queue_oldest_seconds", "Age of the oldest command that has not ended.", of, oldest)
    states = [((*_split(name), state), load.states.get(state, 0)) for name, load in loads.items() for state in STATES]
    yield gauge("commands_under_way", "Commands by state; sending is in flight.", (*of, "state"), states)
    counts = [(("all",), work.not_ended), (("looked_at",), work.counted)]
    yield gauge("commands_not_ended", "All, and those the figures by queue are about.", ("which",), counts)


def _doubts(work: UnderWay, bounds: Bounds) -> Iterator[Metric]:
    counts: Counter[tuple[str, str]] = Counter()
    oldest: dict[tuple[str, str], float] = {}
    for each in work.in_doubt:
        names = bounds(each.queue.partition(".")[0], each.account)
        counts[names] += 1
        oldest[names] = max(oldest.get(names, 0.0), each.age_seconds)
    of = ("exchange", "account")
    yield gauge("unknown_commands", "Commands whose reply was lost and is being looked for.", of, counts.items())
    yield gauge("unknown_oldest_seconds", "Age of the oldest of them.", of, oldest.items())
    yield gauge("unknown_all", "The same of all accounts together; 0 is well.", (), [((), len(work.in_doubt))])


def _workers(house: Standing, queues: list[str]) -> Iterator[Metric]:
    quiet = {queue: [beat.quiet_seconds for beat in house.workers.values() if queue in beat.queues] for queue in queues}
    of = ("exchange", "lane")
    yield gauge("workers", "Workers that serve the queue.", of, [(_split(name), len(q)) for name, q in quiet.items()])
    freshest = [(_split(name), min(ages)) for name, ages in quiet.items() if ages]
    yield gauge("canary_age_seconds", "Since a worker of the queue last took its canary.", of, freshest)
    stalest = [(_split(name), max(ages)) for name, ages in quiet.items() if ages]
    yield gauge("canary_oldest_age_seconds", "The same of its worst worker.", of, stalest)


def _held_back(house: Standing) -> Iterator[Metric]:
    """A way that is known by its clock is shown when nothing is wrong with it too, so that no series ends."""
    ways = [clock.way for clock in house.clocks]
    halts: Rows = [((halt.what,), 1.0) for halt in house.halts]
    yield gauge("halted", "What a person has halted.", ("what",), halts)
    yield gauge("halts", "How many halts stand.", (), [((), len(house.halts))])
    bans = {ban.egress: ban.left_seconds for ban in house.bans}
    yield gauge(
        "ban_left_seconds", "Until an address may call again.", ("way",), _rows(dict.fromkeys(ways, 0.0) | bans)
    )
    opened = dict.fromkeys(ways, 0.0) | {each.way: 1.0 for each in house.open_breakers}
    yield gauge("breaker_open", "1 while orders wait because calls fail.", ("way",), _rows(opened))
    failures = dict.fromkeys(ways, 0.0) | {each.way: float(each.failures) for each in house.breakers}
    yield gauge("breaker_failures", "Calls that have failed in a row.", ("way",), _rows(failures))


def _clocks(clocks: list[ExchangeClock]) -> Iterator[Metric]:
    figures: dict[str, tuple[str, dict[str, float | None]]] = {
        "clock_offset_seconds": ("Exchange clock minus Redis' clock.", _of(clocks, "offset_ms", 1e-3)),
        "clock_uncertainty_seconds": ("How far off that may be.", _of(clocks, "uncertainty_ms", 1e-3)),
        "clock_age_seconds": ("Since it was measured.", _of(clocks, "age_seconds")),
        "clock_stable": ("1 while it is known well enough for orders.", _of(clocks, "is_stable")),
        "exchange_reachable": ("1 when the last health check was answered.", _of(clocks, "is_reachable")),
    }
    for name, (documentation, values) in figures.items():
        known = {way: value for way, value in values.items() if value is not None}
        yield gauge(name, documentation, ("way",), _rows(known))


def _budgets(budgets: list[BudgetLeft]) -> Iterator[Metric]:
    """Of a limit per instrument the fullest one stands for all, or there would be a series for each."""
    least: dict[tuple[str, ...], BudgetLeft] = {}
    for budget in budgets:
        names = (budget.of.exchange, budget.of.environment, budget.of.payer, budget.of.name)
        if names not in least or budget.share_left < least[names].share_left:
            least[names] = budget
    of = ("exchange", "environment", "payer", "budget")
    yield gauge("budget_limit", "Units per window.", of, [(n, b.of.limit) for n, b in least.items()])
    yield gauge(
        "budget_left", "Units that may still be used in this window.", of, [(n, b.left) for n, b in least.items()]
    )


def _sweeper(journal: Journal) -> Iterator[Metric]:
    with journal.client.pipeline(transaction=False) as pipeline:
        pipeline.time()
        pipeline.zrange(journal.keys.agenda, 0, 0, withscores=True)
        pipeline.exists(journal.keys.sweeper)
        replies: list[Any] = pipeline.execute()
    (seconds, microseconds), first, leads = replies
    late = seconds + microseconds / 1e6 - first[0][1] / 1_000 if first else 0.0
    yield gauge("sweeper_lag_seconds", "How long something due has not been looked at.", (), [((), max(late, 0.0))])
    yield gauge("sweeper_leads", "1 while a worker holds the sweeper's lease.", (), [((), float(leads))])


def _of(clocks: Iterable[ExchangeClock], name: str, factor: float = 1.0) -> dict[str, float | None]:
    values = {clock.way: getattr(clock, name) for clock in clocks}
    return {way: None if value is None else float(value) * factor for way, value in values.items()}


def _rows(values: dict[str, float]) -> Rows:
    return [((name,), value) for name, value in sorted(values.items())]


def _split(queue: str) -> tuple[str, ...]:
    exchange, _, lane = queue.rpartition(".")
    return exchange, lane
