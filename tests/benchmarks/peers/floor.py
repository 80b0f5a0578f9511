"""The same path as bare as Python allows: LPUSH, BRPOP, a hand-signed http.client, SET.

It promises nothing. A PUBLISH is added, so that a result can be waited for. As a program it is the worker; `Sender` is
its app.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import time
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import redis
from benchmarks.peers.driving import RESULT_SECONDS, Taken
from benchmarks.peers.orders import Order

QUEUE, DONE = "floor:orders", "floor:done"
_HEADERS = {"X-MBX-APIKEY": "k" * 64, "Content-Type": "application/x-www-form-urlencoded"}
_SECRET = b"secret"
_KEPT_SECONDS = 3_600


def signed(client_order_id: str) -> bytes:
    """Binance's form of one limit order."""
    form = (
        f"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=60000&newOrderRespType=FULL"
        f"&newClientOrderId={client_order_id}&recvWindow=5000&timestamp={time.time_ns() // 1_000_000}"
    ).encode()
    return form + b"&signature=" + hmac.new(_SECRET, form, hashlib.sha256).hexdigest().encode()


class Bare:
    """A kept connection to the exchange."""

    def __init__(self) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(os.environ["BENCH_VENUE_URL"]).netloc)

    def place(self, client_order_id: str) -> bytes:
        self.connection.request("POST", "/api/v3/order", signed(client_order_id), _HEADERS)
        return self.connection.getresponse().read()


def carry() -> None:
    """Take orders one by one until ended."""
    client, exchange = redis.Redis.from_url(os.environ["BENCH_REDIS_URL"]), Bare()
    while True:
        found = client.brpop([QUEUE], timeout=1)
        if found is not None:
            _, name = json.loads(found[1])
            reply = exchange.place(name)
            client.set(f"floor:{name}", reply, ex=_KEPT_SECONDS)
            client.publish(DONE, name)


class Sender:
    """One app process with one connection pool. A result is waited for by its announcement, as ours is."""

    def __init__(self) -> None:
        self._client = redis.Redis.from_url(os.environ["BENCH_REDIS_URL"])

    def many(self, given: Sequence[Order]) -> None:
        with self._client.pipeline(transaction=False) as pipeline:
            for order in given:
                pipeline.lpush(QUEUE, json.dumps(order))
            pipeline.execute()

    def steps(self, count: int) -> None:
        order = Order("main-0", "0" * 32)
        for _ in range(count):
            self._client.lpush(QUEUE, json.dumps(order))

    def paced(self, given: Sequence[Order], gap_seconds: float) -> list[Taken]:
        names = {order.client_order_id for order in given}
        subscription = self._client.pubsub(ignore_subscribe_messages=True)
        subscription.subscribe(DONE)
        subscription.get_message(timeout=1.0)  # the server has it
        with ThreadPoolExecutor(1) as pool:
            heard = pool.submit(_listen, subscription, names)
            times = {}
            begun = time.monotonic()
            for number, order in enumerate(given):
                time.sleep(max(0.0, begun + number * gap_seconds - time.monotonic()))
                given_ns = time.monotonic_ns()
                self._client.lpush(QUEUE, json.dumps(order))
                times[order.client_order_id] = given_ns, time.monotonic_ns()
            results = heard.result()
        subscription.close()
        return [Taken(name, *times[name], results[name]) for name in results]

    def close(self) -> None:
        self._client.close()


def _listen(subscription: redis.client.PubSub, names: Collection[str]) -> dict[str, int]:
    """When each of them was done; those that are not after a while are left out."""
    found: dict[str, int] = {}
    heard_at = time.monotonic()
    while len(found) < len(names) and time.monotonic() - heard_at < RESULT_SECONDS:
        message = subscription.get_message(timeout=1.0)
        if message is not None and (name := message["data"].decode()) in names:
            found[name] = time.monotonic_ns()
            heard_at = time.monotonic()
    return found


if __name__ == "__main__":
    carry()
