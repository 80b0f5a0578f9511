"""Carries the schedule's faults out, each at its time; counts those that met something to break."""

from __future__ import annotations

import collections
import contextlib
import random
import signal
import threading
import time
from collections.abc import Callable, Sequence

import redis

from chaos.actors import LEASE_SECONDS, House
from chaos.exchange_faults import Exchange
from chaos.markets import VENUES
from chaos.schedule import EXCHANGE_FAULTS, Break

_SHORT_BANS = ("binance", "okx")  # after one of Bybit's, which says not for how long, nobody calls it for ten minutes
_QUEUES = [[f"{name}.orders", f"{name}.cancels"] for name in VENUES]


class Faults:
    """One thread keeps the time; what takes a while runs in a thread of its own."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.exchange = Exchange(house.simulator)
        self._injected: collections.Counter[str] = collections.Counter()
        self._busy: list[threading.Thread] = []
        self._messages: list[tuple[str, bytes]] = []
        self._valkey = threading.Lock()  # it is killed or stopped by one at a time
        self.trouble: list[str] = []

    def run(self, breaks: list[Break]) -> None:
        """Break one thing after the other; returns when the last is mended."""
        for each in breaks:
            time.sleep(max(0.0, self._house.started + each.at - time.time()))
            if each.kind in EXCHANGE_FAULTS:
                self.exchange.once(each.kind, each.luck)
                continue
            self._busy = [thread for thread in self._busy if thread.is_alive()]
            self._busy.append(threading.Thread(target=self._carry_out, args=(each,), daemon=True))
            self._busy[-1].start()
        for thread in self._busy:
            thread.join(30)

    def counted(self) -> dict[str, int]:
        """Every kind, with how often it struck."""
        self.exchange.count()
        return dict(sorted((self._injected + self.exchange.struck).items()))

    def _carry_out(self, fault: Break) -> None:
        try:
            if getattr(self, f"_{fault.kind}")(fault.luck):
                self._injected[fault.kind] += 1
        except redis.RedisError:
            return  # Valkey is down at this moment: nothing to break
        except Exception as error:  # noqa: BLE001 - told in the report; a fault that fails must not pass for one that struck
            self.trouble.append(f"{fault.kind}: {error!r}")

    def _worker_killed(self, luck: float) -> bool:
        return self._with_worker(luck, lambda worker: worker.kill())

    def _worker_terminated(self, luck: float) -> bool:
        return self._with_worker(luck, lambda worker: worker.stop(15))

    def _worker_frozen(self, luck: float) -> bool:
        worker = self._house.workers[int(luck * len(self._house.workers))]
        with self._house.lock:
            if not worker.alive():
                return False
            worker.signal(signal.SIGSTOP)
        time.sleep(LEASE_SECONDS + 1 + 3 * luck)
        with contextlib.suppress(ProcessLookupError):
            worker.signal(signal.SIGCONT)
        return True

    def _with_worker(self, luck: float, end: Callable[..., object]) -> bool:
        worker = self._house.workers[int(luck * len(self._house.workers))]
        with self._house.lock:
            if not worker.alive():
                return False
            end(worker)
            worker.start()
        return True

    def _producer_killed(self, luck: float) -> bool:
        producer = self._house.producers[int(luck * len(self._house.producers))]
        with self._house.lock:
            if not producer.alive():
                return False
            producer.kill()
            producer.start()
        return True

    def _valkey_killed(self, luck: float) -> bool:
        with self._valkey:
            self._house.valkey.kill()
            time.sleep(0.2 + 2 * luck)
            self._house.valkey.start()
        return True

    def _valkey_stalled(self, luck: float) -> bool:
        with self._valkey:
            self._house.valkey.signal(signal.SIGSTOP)
            time.sleep(0.5 + 4 * luck)
            self._house.valkey.signal(signal.SIGCONT)
        return True

    def _message_dropped(self, luck: float) -> bool:
        return self._pop(luck) is not None

    def _message_doubled(self, luck: float) -> bool:
        found = self._pop(luck)
        if found is None:
            return False
        self._house.client.lpush(found[0], found[1], found[1])
        return True

    def _message_restored(self, luck: float) -> bool:
        """As the visibility timeout does: whoever took it, and whatever became of it, it comes again."""
        if not self._messages:
            return False
        queue, message = random.Random(luck).choice(self._messages)
        self._house.client.lpush(queue, message)
        return True

    def _pop(self, luck: float) -> tuple[str, bytes] | None:
        """Take a message from under the workers, who are quick: wait a while to be the first."""
        client = self._house.client
        chance = random.Random(luck)
        queues = chance.choice(_QUEUES)
        found = client.brpop(chance.choice([queues, queues[:1]]), timeout=3)
        client.close()
        if found is None:
            return None
        self._messages.append((found[0].decode(), found[1]))
        return self._messages[-1]

    def _producer_hop_reset(self, _: float) -> bool:
        return self._house.hops["producer"].reset() > 0

    def _worker_hop_reset(self, _: float) -> bool:
        return self._house.hops["worker"].reset() > 0

    def _exchange_hop_reset(self, _: float) -> bool:
        return self._house.hops["exchange"].reset() > 0

    def _producer_hop_deaf(self, _: float) -> bool:
        return self._house.hops["producer"].swallow_replies() > 0

    def _worker_hop_deaf(self, _: float) -> bool:
        return self._house.hops["worker"].swallow_replies() > 0

    def _exchange_hop_deaf(self, _: float) -> bool:
        return self._house.hops["exchange"].swallow_replies() > 0

    def _worker_hop_stalled(self, luck: float) -> bool:
        return self._house.hops["worker"].stall(0.5 + 4 * luck) > 0

    def _exchange_hop_stalled(self, luck: float) -> bool:
        return self._house.hops["exchange"].stall(0.5 + 3 * luck) > 0

    def _clock_jump(self, luck: float) -> bool:
        self.exchange.skewed(3_000 if luck < 0.5 else -3_000, 3 + 3 * luck)
        return False  # counted by the exchange

    def _ban(self, luck: float) -> bool:
        self.exchange.banned(_venue(luck, _SHORT_BANS), 1 + int(3 * luck))
        return False

    def _maintenance(self, luck: float) -> bool:
        self.exchange.in_maintenance(_venue(luck), 1 + 3 * luck)
        return False


def _venue(luck: float, among: Sequence[str] = tuple(VENUES)) -> str:
    return random.Random(luck).choice(among)
