"""A producer's process: submits its part of the schedule, and after being killed goes on where its log ends.

What it was submitting when it was killed it submits again, under the same idempotency key.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from celery import Celery
from kombu.exceptions import KombuError
from redis import RedisError
from support.protocol.plants import planted

from router import OrderRouter, QueueUnavailable, RouterSettings
from router.commands import read_command

# Records of reads are kept until the audit has seen them.
_SETTINGS = {"redis_timeout_seconds": 1.0, "grace_seconds": 1.0, "keep_query_seconds": 3_600.0}


def main(plan: str, log: str, redis_url: str, start: str, plant: str) -> None:
    with planted(plant) if plant else contextlib.nullcontext():
        settings = RouterSettings(redis_url=redis_url, **_SETTINGS)
        _submit_all(Path(plan), Path(log), OrderRouter(settings=settings), float(start))


def _submit_all(plan: Path, log: Path, router: OrderRouter, start: float) -> None:
    app = Celery("elsewhere", broker=router.settings.redis_url, set_as_current=False)
    app.conf.broker_transport_options = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0}
    acts = json.loads(plan.read_text())
    done = len(log.read_text().splitlines()) if log.exists() else 0
    with log.open("a") as out:
        for act in acts[done:]:
            time.sleep(max(0.0, start + act["at"] - time.time()))
            if act["how"] == "submit":
                _until_accepted(lambda: router.submit(read_command(act["command"])))  # noqa: B023 - called at once
            else:
                for _ in range(2 if act["how"] == "foreign_twice" else 1):
                    _until_accepted(lambda: _send(app, act["command"]))  # noqa: B023 - the same
            out.write(f"{json.loads(act['command'])['id']}\n")
            out.flush()
    app.close()


def _send(app: Celery, document: str) -> None:
    name = json.loads(document)["id"]
    app.send_task("orders.place", kwargs={"command": document}, task_id=name, queue="binance.orders", retry=False)


def _until_accepted(submit: Callable[[], object]) -> None:
    while True:
        try:
            submit()
        except (QueueUnavailable, KombuError, RedisError, OSError):
            time.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
