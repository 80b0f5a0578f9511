"""RQ's worker that runs each job itself, with no log line for each."""

from __future__ import annotations

import logging
import os

import redis
from rq import Queue, SimpleWorker

if __name__ == "__main__":
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    connection = redis.Redis.from_url(os.environ["BENCH_REDIS_URL"])
    SimpleWorker([Queue("orders", connection=connection)], connection=connection).work(logging_level="WARNING")
