"""One run from its seed to its table."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import redis
from support.processes import eventually

from chaos.actors import House, a_house
from chaos.audit import Findings, Truth, audit
from chaos.faults import Faults
from chaos.markets import VENUES
from chaos.report import story, table
from chaos.schedule import Schedule, Size
from chaos.watch import Watch
from router.queues import queues_of

_TOLD = 5  # of what went wrong, the whole story


def run(folder: Path, seed: int, size: Size, plant: str = "") -> Findings:
    """Trade while everything breaks, wait until nothing is open, and count."""
    schedule = Schedule.of(seed, size)
    with a_house(folder, schedule, plant) as house:
        watch, faults = Watch(house), Faults(house)
        watch.start()
        house.start_producers(schedule.acts)
        breaking = threading.Thread(target=faults.run, args=(schedule.breaks,), daemon=True)
        breaking.start()
        while (breaking.is_alive() or not house.produced()) and time.time() < house.started + size.seconds + size.grace:
            house.keep_alive()
            faults.exchange.count()
            time.sleep(1)
        struck = faults.counted()
        house.simulator.clear_faults()
        _until_nothing_is_open(house, size.grace)
        watch.stop()
        truth = Truth.of(house.simulator.ledger(), faults.exchange.skews, schedule.commands)
        found = audit(house.client, schedule.commands, _accepted(house, schedule), truth)
        found.bad["moved after its end"] += watch.moved_after_their_end()
        title = f"Chaos run, seed {seed}{', planted: ' + plant if plant else ''}"
        print(table(title, found, struck, watch.unknown_for()))
        print(f"workers that ended by themselves     {house.ended_by_themselves}", *faults.trouble, sep="\n")
        for name in list(dict.fromkeys(name for names in found.bad.values() for name in names))[:_TOLD]:
            print(story(name, house.client, truth, watch))
    return found


def _accepted(house: House, schedule: Schedule) -> set[str]:
    """What a producer was told is accepted; a foreign message is accepted only when a worker has read it."""
    foreign = {act.commands[0].id for act in schedule.acts if act.how.startswith("foreign")}
    return house.accepted() - foreign


def _until_nothing_is_open(house: House, seconds: float) -> None:
    client = house.client

    def nothing_open() -> bool:
        house.keep_alive()
        queues = [queue for exchange in VENUES for queue in queues_of(exchange)]
        return not client.zcard("pointsman:agenda") and not any(map(client.llen, queues))

    try:
        eventually(nothing_open, seconds)
    except AssertionError:
        print(f"not everything has ended after {seconds} s")
    except redis.RedisError as error:
        print(f"Valkey does not answer: {error}")
