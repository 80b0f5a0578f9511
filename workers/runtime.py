"""Everything one worker process holds: its accounts' executors, the sweeper and the sign of life."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from router.catalog import Catalog, ServedAccount
from router.commands import AnyCommand, CancelAfter, PollAccounts
from router.connection import answering, connect
from router.errors import ErrorKind, Problem
from router.failover import Audit
from router.journal import Copies, Journal
from router.keys import Keys
from router.poll_steps import Polls
from router.publish import Publisher, publisher
from router.queues import LANES, queue_of
from router.server import check_server
from workers.chunk_run import Bureau
from workers.company import CompanyExecutor
from workers.configuration import WorkerSettings
from workers.dead_letters import DeadLetters
from workers.dead_man import FRESH_SECONDS, DeadMan
from workers.exchanges import get_exchange
from workers.exchanges.base import BaseExchange
from workers.exchanges.common import Common
from workers.executor import Limits
from workers.figures_report import FiguresReport
from workers.poll_executor import PollExecutor
from workers.presence import no_such_account, register
from workers.pulse import Pulse, end_process
from workers.records import Delivery, Outcome, Records
from workers.redis_clock import RedisClock
from workers.scheduler import Scheduler
from workers.settings import AccountSettings
from workers.shared_gate import SharedGate
from workers.sweeper import Sweeper
from workers.upkeep import Upkeep

log = logging.getLogger("pointsman.runtime")
Way = tuple[str, str, str | None, str]
_FIRST_LOOK_SECONDS = 2.0  # an exchange that does not answer must not keep a worker from its other ones


class Runtime:
    """Built once per worker process from its settings and the queues it consumes.

    Raises: ConfigurationError; QueueUnavailable when Redis does not answer at start.
    """

    def __init__(self, settings: WorkerSettings, queues: Collection[str]) -> None:
        self.settings = settings
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        keys = Keys(settings.prefix)
        client = connect(settings, retries=8, greet=Audit(keys).greet)
        self.journal = Journal(client, keys, Copies.of(settings))
        self.records = Records(self.journal, settings, settings.load_producers())
        self.dead_letters = DeadLetters(self.journal)
        redis_clock = RedisClock(self.journal)
        self._gate = SharedGate(self.journal, redis_clock)
        accounts = settings.load()
        self._accounts = _served(accounts.values(), queues)
        self._exchanges: dict[str, BaseExchange] = {}
        self._common: dict[Way, Common] = {}
        self._executors: dict[str, CompanyExecutor] = {}
        for account in self._accounts.values():
            self._open(account)
        ring = publisher(settings, client)
        bureau = self._bureau(ring)
        self._polls = PollExecutor(bureau, self._exchanges, self.name, Limits(lease_ms=_poll_lease_ms(self._accounts)))
        exchange_of = {name: account.exchange for name, account in accounts.items()}
        schedules = settings.load_schedules()
        self._scheduler = Scheduler(bureau, schedules, exchange_of, redis_clock, self.name) if schedules else None
        self._sweeper = Sweeper(self.journal, ring, self.name, round(settings.grace_seconds * 1000))
        serves = {"queues": sorted(queues), "accounts": sorted(self._accounts)}
        self.pulse = Pulse(self.journal, self.name, serves, end=end_process if settings.one_redis else None)
        self._upkeep = [Upkeep(self.journal, exchange, redis_clock, self.name) for exchange in self._one_per_way()]
        self._figures = FiguresReport(self.journal, list(self._exchanges.values()))
        self._dead_men = [
            DeadMan(self.journal, exchange, self.name, partial(self.pulse.consumes, FRESH_SECONDS))
            for exchange in self._exchanges.values()
            if exchange.account.dead_man_seconds is not None and queue_of(exchange.name, CancelAfter.task) in queues
        ]
        with answering(settings):
            check_server(client, settings.redis_url)
            register(self.journal, self._accounts.values())

    def start(self) -> None:
        """Begin to look after the exchanges, to sweep and to beat."""
        for upkeep in self._upkeep:
            upkeep.start()
        ready_by = time.monotonic() + _FIRST_LOOK_SECONDS
        for upkeep in self._upkeep:
            upkeep.wait_for_first_look(ready_by - time.monotonic())
        self._sweeper.start()
        self.pulse.start()
        self._figures.start()
        if self._scheduler is not None:
            self._scheduler.start()
        for dead_man in self._dead_men:
            dead_man.start()
        log.info("worker %s serves %s", self.name, ", ".join(sorted(self._accounts)) or "no account")

    def stop(self) -> None:
        """Stop sweeping, take the sign of life down, close the connections.

        All parts end at the same time: with Redis away each takes some seconds to see that it does not answer.
        """
        stops = [self._sweeper.stop, self.pulse.stop, self._figures.stop, *(each.stop for each in self._dead_men)]
        if self._scheduler is not None:
            stops.append(self._scheduler.stop)
        with ThreadPoolExecutor(len(stops)) as pool:
            for ended in [pool.submit(stop) for stop in stops]:
                ended.result()
        for dead_man in self._dead_men:
            if dead_man.is_alive():
                dead_man.join(timeout=5)
        for upkeep in self._upkeep:
            upkeep.stop()
        for exchange in self._exchanges.values():
            exchange.disconnect()

    def run(self, delivery: Delivery) -> Outcome:
        """Carry one command. Raises: redis.RedisError; the sweeper brings the command up again."""
        if isinstance(delivery.command, PollAccounts):
            return self._polls.run(delivery, delivery.command)
        executor = self._executor_of(delivery.command)
        return self._no_such_account(delivery) if executor is None else executor.run(delivery)

    def run_batch(self, deliveries: Sequence[Delivery]) -> list[Outcome]:
        """Carry commands of one account, together where that is possible. Raises: as `run`."""
        executor = self._executor_of(deliveries[0].command)
        if executor is None:
            return [self._no_such_account(delivery) for delivery in deliveries]
        return executor.run_batch(deliveries)

    def _executor_of(self, command: AnyCommand) -> CompanyExecutor | None:
        served = self._accounts.get(command.account)
        if served is None or served.exchange != command.exchange:
            return None
        return self._executors.get(command.account)

    def _open(self, account: AccountSettings) -> None:
        common = self._common.setdefault(_way(account), Common())
        exchange = get_exchange(account.exchange, account, self._gate, common)
        limits = Limits(lease_ms=_lease_ms(account))
        self._exchanges[account.name] = exchange
        self._executors[account.name] = CompanyExecutor(self.records, self._gate, exchange, self.name, limits)

    def _bureau(self, ring: Publisher) -> Bureau:
        client, keys = self.journal.client, self.journal.keys
        polls = Polls(client, keys, round(self.settings.keep_query_seconds * 1_000))
        return Bureau(self.records, polls, self._gate, Catalog(client, keys), ring, self.settings)

    def _one_per_way(self) -> list[BaseExchange]:
        ways = {_way(account): self._exchanges[name] for name, account in self._accounts.items()}
        return list(ways.values())

    def _no_such_account(self, delivery: Delivery) -> Outcome:
        """Another worker may serve the account; only if none ever did is the command refused."""
        command = delivery.command
        document = self.journal.client.hget(self.journal.keys.accounts, command.account)
        known = ServedAccount.model_validate_json(document) if document else None
        if known is not None and known.exchange == command.exchange:
            text = f"this worker does not serve {command.account}; waiting for one that does"
            return self.records.park_unsent(delivery, 1_000, Problem(kind=ErrorKind.UNKNOWN_ACCOUNT, message=text))
        problem = no_such_account(command.account, command.exchange)
        return self.records.end_unsent(delivery, "failed", problem.model_dump_json(), str(problem))


def _served(accounts: Iterable[AccountSettings], queues: Collection[str]) -> dict[str, AccountSettings]:
    """The accounts of the exchanges whose queues are consumed."""
    exchanges = {queue.rpartition(".")[0] for queue in queues if queue.rpartition(".")[2] in LANES}
    return {account.name: account for account in accounts if account.exchange in exchanges}


def _way(account: AccountSettings) -> Way:
    """What accounts must share to be judged alike: one's dead proxy says nothing about the others' exchange."""
    return account.exchange, account.environment, account.base_url, account.egress


def _lease_ms(account: AccountSettings) -> int:
    """Longer than the longest way of a call and one look-up after it.

    A cancel that reads fees too can outlast it; then another worker asks as well, and the attempt's number keeps the
    two answers apart.
    """
    return round(2_000 * (account.connect_timeout_seconds + account.timeout_seconds)) + 1_000


def _poll_lease_ms(accounts: Mapping[str, AccountSettings]) -> int:
    """How long one account of a poll may keep a worker silent; asking twice does no harm, so it need not be longer."""
    longest = max((each.connect_timeout_seconds + each.timeout_seconds for each in accounts.values()), default=0.0)
    return round(1_000 * longest) + 1_000
