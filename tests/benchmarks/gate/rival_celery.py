"""Celery's own ``rate_limit``: it counts per worker, so each worker gets its part of the limit."""

from __future__ import annotations

import threading

from benchmarks.gate.client import PlainClient
from benchmarks.gate.rules import told
from celery import Celery

RULES = told()
SECONDS_PER_MINUTE = 60
app = Celery("rival", broker=RULES.redis_url)
app.conf.update(worker_pool="threads", worker_concurrency=8, task_ignore_result=True, worker_hijack_root_logger=False)
_of_this_thread = threading.local()


@app.task(name="post_order", rate_limit=f"{RULES.per_second * SECONDS_PER_MINUTE / RULES.processes:g}/m")
def post_order() -> None:
    if not hasattr(_of_this_thread, "client"):
        _of_this_thread.client = PlainClient(RULES.url, 1)
    _of_this_thread.client.place()
