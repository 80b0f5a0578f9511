"""Workers, queues and the exchange of the model, with everything that can be done to them."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from types import SimpleNamespace

import redis

from router.client import submission
from router.commands import AnyCommand, CancelOrder, LimitOrder, MarketOrder, read_command
from router.identity import with_id
from router.journal import Journal
from router.keys import Keys
from router.publish import RedisPublisher
from router.settings import RouterSettings
from support.gate import a_passage
from support.protocol.exchange import Exchange
from support.protocol.journal import Call, Line
from support.protocol.stage import Actor
from support.protocol.time import Mutation, Time, ours
from support.protocol.venue import RESTING_PRICE, Venue
from workers.executor import Executor, Limits
from workers.records import Delivery, Records

QUEUES = ("binance.orders", "binance.cancels")
AT = {"exchange": "binance", "account": "main", "symbol": "BTC/USDT"}
LEASE_MS, GRACE_MS = 15_000, 3_000
CLOCK_ERRORS_MS = (0, -400, 900)
_MOST_TURNS = 100
SETTINGS = RouterSettings()
OPEN_GATE = a_passage()
_GATE = SimpleNamespace(passage_document=lambda _passage: OPEN_GATE, report_document=lambda _report: b"")


class House:
    """Three workers on one Valkey and one tiny exchange."""

    def __init__(self, client: redis.Redis, *mutations: Mutation) -> None:
        client.flushall()
        self.client = client
        self.time = Time(client)
        self.venue = Venue(self.time)
        self.late: list[Call] = []
        with ours(*mutations):
            self.journal = Journal(client, Keys("pointsman"))
            line = Line(client, Keys("pointsman"))
        line.late = self.late
        self._records = Records(line, SETTINGS)
        self._publisher = RedisPublisher(client)
        self.actors: list[Actor] = []
        self.delivered: list[bytes] = []
        self.workers: dict[str, Executor] = {}
        for number in range(len(CLOCK_ERRORS_MS)):
            self.start(number)

    def start(self, number: int) -> None:
        """Start a worker, or start it again: in a container it has the host name and the process id it had before."""
        name = f"container-{number}:1"
        exchange = Exchange(self.venue, CLOCK_ERRORS_MS[number])
        self.workers[name] = Executor(self._records, _GATE, exchange, name, Limits(lease_ms=LEASE_MS))

    def crash(self, number: int) -> None:
        """A worker's process is gone, with all it was doing, and starts again."""
        name = f"container-{number}:1"
        for actor in [actor for actor in self.actors if actor.worker == name]:
            self.actors.remove(actor)
            actor.crash()
        self.start(number)

    def place(self, life: float | None, *, resting: bool, key: str | None = None) -> AnyCommand:
        common = {**AT, "side": "buy", "expires_in": life, "idempotency_key": key, "quantity": "1"}
        kind = LimitOrder(**common, price=RESTING_PRICE) if resting else MarketOrder(**common)
        return self.submit(kind)

    def cancel(self, target: str) -> AnyCommand:
        return self.submit(CancelOrder(exchange="binance", account="main", command_id=target))

    def submit(self, command: AnyCommand) -> AnyCommand:
        named = with_id(command)
        self.journal.submit(submission(named, SETTINGS))
        return named

    def foreign(self, life: float | None) -> AnyCommand:
        """A plain Celery message: nothing is in the journal before a worker reads it."""
        named = with_id(MarketOrder(**AT, side="buy", quantity="1", expires_in=life))
        message = json.loads(submission(named, SETTINGS).message)
        del message["headers"]["journaled"]
        self.client.lpush(QUEUES[0], json.dumps(message))
        return named

    def messages(self) -> list[str]:
        """The queues' names, each as often as it has messages."""
        return [queue for queue in QUEUES for _ in range(self.client.llen(queue))]

    def take(self, which: int) -> bytes:
        """Pop the oldest message of a queue that has any."""
        waiting = self.messages()
        message: bytes = self.client.rpop(waiting[which % len(waiting)])
        return message

    def read(self, message: bytes, number: int) -> None:
        self.delivered.append(message)
        envelope = json.loads(message)
        command = read_command(json.loads(base64.b64decode(envelope["body"]))[1]["command"])
        delivery = Delivery(command, journaled=bool(envelope["headers"].get("journaled")))
        name = f"container-{number}:1"
        executor = self.workers[name]
        self._keep(Actor(lambda: executor.run(delivery), name))

    def steps(self, index: int, luck: Sequence[int]) -> None:
        """Let one of those at work take so many steps, unless it comes to its end before."""
        actor = self.actors.pop(index % len(self.actors))
        for each in luck:
            if actor.dead:
                break
            actor.go_on(each)
        self._keep(actor)

    def sweep(self, *, rings: bool = True) -> None:
        found = self.journal.sweep(500, GRACE_MS)
        if rings:
            self._publisher.ring(found.rings)

    def drain(self, rounds: int = 400) -> None:
        """Nothing new goes wrong, what is under way arrives: everything that was accepted must come to its end."""
        for round_number in range(rounds):
            self.sweep()
            while self.messages():
                self.read(self.take(0), round_number % len(self.workers))
            for _ in range(_MOST_TURNS):
                if self.actors:
                    self.steps(0, [0] * 40)
            assert not self.actors, f"{self.actors[0].worker} goes round in circles while time stands still"
            if round_number and self.venue.on_the_way:
                self.venue.later(self.venue.on_the_way[0], 0)
            if not self.client.zcard("pointsman:agenda"):
                return
            self.time.advance(250 + 10 * round_number)

    def close(self) -> None:
        while self.actors:
            self.actors.pop().crash()

    def _keep(self, actor: Actor) -> None:
        if not actor.dead:
            self.actors.append(actor)
        elif actor.trouble is not None and not isinstance(actor.trouble, redis.RedisError):
            raise actor.trouble
