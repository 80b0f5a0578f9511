"""The audit after a fail-over, and what counts only when replicas have it: scripts on a real server."""

from __future__ import annotations

import pytest
import redis
from support.gate import a_passage
from support.processes import Valkey

from router import OrderRouter, QueueUnavailable, RouterSettings
from router.claims import Claim
from router.failover import Audit
from router.journal import Copies, Finish, Journal
from router.keys import Keys

KEYS = Keys("pointsman")
AT = {"exchange": "binance", "account": "sim-1"}
OPEN = a_passage(
    halted=KEYS.halts, halts=["all"], ban=KEYS.ban("x"), thaw=KEYS.thaw("x"), way="x", breaker=KEYS.breaker("x")
)


def greeted(client: redis.Redis, audit: Audit) -> None:
    connection = client.connection_pool.get_connection()
    try:
        audit.greet(connection)
    finally:
        client.connection_pool.release(connection)


def claim(journal: Journal, name: str, timestamp_ms: int = 1_000, owner: str = "me", passage: bytes = b"") -> Claim:
    digest = journal.client.hget(KEYS.command(name), "digest")
    assert digest is not None
    return Claim(name, digest.decode(), owner, 1, timestamp_ms, 5_000, 0, passage)


@pytest.fixture
def router(valkey: Valkey, redis_client: redis.Redis) -> OrderRouter:
    del redis_client
    return OrderRouter(valkey.url)


def test_the_first_primary_is_remembered(redis_client: redis.Redis) -> None:
    greeted(redis_client, Audit(KEYS))
    told = redis_client.info("replication")["master_replid"]
    assert redis_client.get(KEYS.era) == told.encode()


def test_what_could_have_been_sent_is_asked_of_the_exchange(redis_client: redis.Redis, router: OrderRouter) -> None:
    tickets = [router.buy_market("BTC/USDT", quantity="0.01", **AT) for _ in range(8)]  # the later ones wait in line
    cancel = router.submit({"kind": "cancel_order", **AT, "symbol": "BTC/USDT", "client_order_id": "elsewhere"})
    read = router.submit({"kind": "get_balances", **AT})
    redis_client.set(KEYS.era, "another")
    greeted(redis_client, Audit(KEYS))
    assert {ticket.state() for ticket in [*tickets, cancel]} == {"unknown"}
    assert read.state() == "queued"
    verdict = router.journal.begin(claim(router.journal, tickets[0].id, timestamp_ms=70_000))
    assert (verdict.what, verdict.fence_ms) == ("reconcile", 75_000)
    router.journal.finish(Finish(tickets[0].id, verdict.attempt, "queued", why="proven not executed"))
    greeted(redis_client, Audit(KEYS))
    assert tickets[0].state() == "queued"  # the same primary: nothing was lost since
    lined = redis_client.hgetall(f"{KEYS.agenda}:lined")
    assert {int(count) for count in lined.values()} <= {0}


def test_the_fence_of_an_attempt_that_was_forgotten_counts(redis_client: redis.Redis, router: OrderRouter) -> None:
    ticket = router.buy_market("BTC/USDT", quantity="0.01", **AT)
    key = KEYS.command(ticket.id)
    redis_client.hset(key, mapping={"state": "unknown", "fence": 6_000, "attempts": 1})
    redis_client.set(KEYS.era, "another")
    greeted(redis_client, Audit(KEYS))
    first = router.journal.begin(claim(router.journal, ticket.id, timestamp_ms=70_000))
    assert (first.what, first.attempt, first.fence_ms) == ("reconcile", 1, 75_000)
    redis_client.hset(key, "lease", 0)
    again = router.journal.begin(claim(router.journal, ticket.id, timestamp_ms=90_000))
    assert again.fence_ms == 75_000  # set once: or nothing would ever count as absent


def test_a_replica_is_not_spoken_to(redis_client: redis.Redis) -> None:
    redis_client.replicaof("127.0.0.1", 1)
    try:
        with pytest.raises(redis.ConnectionError, match="is no primary"):
            greeted(redis_client, Audit(KEYS))
    finally:
        redis_client.replicaof("NO", "ONE")


def test_nothing_is_accepted_that_no_replica_has(valkey: Valkey, redis_client: redis.Redis) -> None:
    settings = RouterSettings(redis_url=valkey.url, replicas=1, redis_timeout_seconds=0.4)
    with OrderRouter(settings=settings) as router:
        with pytest.raises(QueueUnavailable, match="0 of 1 replicas had it within 200 ms"):
            router.buy_market("BTC/USDT", quantity="0.01", **AT)
        assert router.submit({"kind": "get_balances", **AT}).state() == "queued"  # a read is no worse for being lost
    assert redis_client.zcard(KEYS.agenda) == 2


def test_a_claim_that_no_replica_has_is_taken_back(redis_client: redis.Redis, router: OrderRouter) -> None:
    ticket = router.buy_market("BTC/USDT", quantity="0.01", **AT)
    careful = Journal(redis_client, KEYS, Copies(1, 100))
    verdict = careful.begin(claim(careful, ticket.id, passage=OPEN))
    assert (verdict.what, verdict.reason) == ("wait", "not_replicated")
    record = router.record(ticket.id)
    assert (record.state, record.why) == ("waiting", "0 of 1 replicas had it within 100 ms")
    redis_client.hset(KEYS.command(ticket.id), "due", 0)
    assert careful.begin(claim(careful, ticket.id, passage=OPEN), changes=False).what == "send"
