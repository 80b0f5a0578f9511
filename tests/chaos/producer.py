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
            _until_accepted(_submission(router, app, act["how"], act["commands"]))
            out.write(" ".join(json.loads(document)["id"] for document in act["commands"]) + "\n")
            out.flush()
    app.close()


def _submission(router: OrderRouter, app: Celery, how: str, documents: list[str]) -> Callable[[], object]:
    if how == "submit":
        return lambda: router.submit(read_command(documents[0]))
    if how == "batch":
        return lambda: router.place_orders([json.loads(document) for document in documents])
    return lambda: _send(app, documents[0], 2 if how == "foreign_twice" else 1)


def _send(app: Celery, document: str, times: int) -> None:
    told = json.loads(document)
    queue = f"{told['exchange']}.orders"
    for _ in range(times):
        app.send_task("orders.place", kwargs={"command": document}, task_id=told["id"], queue=queue, retry=False)


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
