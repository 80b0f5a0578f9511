"""Halts on a real server: the first one stands, every change is in the event stream, and a slip is no halt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
from support.processes import Valkey

from router import InvalidCommand, OrderRouter, QueueUnavailable, UnknownAccount, UnknownExchange, UnknownSymbol
from router.halts import Halts
from router.keys import Keys

KEYS = Keys("pointsman")


@pytest.fixture
def halts(redis_client: redis.Redis) -> Halts:
    return Halts(redis_client, KEYS)


@pytest.fixture
def router(valkey: Valkey, redis_client: redis.Redis) -> Iterator[OrderRouter]:
    """A house where a worker has told of one account and one market."""
    redis_client.hset(KEYS.accounts, "main", '{"exchange":"binance","environment":"testnet"}')
    example = Path(__file__).parents[2] / "support" / "binance_exchange_info.json"
    from workers.exchanges.binance.rules import to_listing  # noqa: PLC0415 - rules of a market, for the catalog only

    listing = to_listing(json.loads(example.read_text()))
    symbol = next(each for each in listing.spellings.values() if str(each) == "BTC/USDT")
    redis_client.hset(KEYS.instruments("binance", "testnet"), str(symbol), listing.build(symbol).model_dump_json())
    with OrderRouter(valkey.url) as made:
        yield made


def events(client: redis.Redis) -> list[dict[str, str]]:
    return [{k.decode(): v.decode() for k, v in fields.items()} for _, fields in client.xrange(KEYS.events)]


def test_a_halt_stands_where_the_gate_looks_and_is_told(halts: Halts, redis_client: redis.Redis) -> None:
    halt = halts.set("exchange:binance", "ann@desk", "fat finger")
    held = json.loads(redis_client.hget(KEYS.halts, "exchange:binance") or b"")
    assert held == {"by": "ann@desk", "why": "fat finger", "since_ms": halt.since_ms}
    assert abs(redis_client.time()[0] * 1_000 - halt.since_ms) < 60_000
    (event,) = events(redis_client)
    told = {"what": "exchange:binance", "why": "fat finger", "since_ms": halt.since_ms}
    assert (event["id"], event["state"], event["by"], json.loads(event["detail"])) == ("", "halted", "ann@desk", told)
    assert halts.all() == [halt]
    assert not halt.stood_before


def test_halting_again_changes_nothing(halts: Halts, redis_client: redis.Redis) -> None:
    first = halts.set("all", "ann", "fat finger")
    again = halts.set("all", "bob", "something else")
    assert again == first.model_copy(update={"stood_before": True})
    assert halts.all() == [first]
    assert len(events(redis_client)) == 1


def test_lifting_gives_back_what_stood(halts: Halts, redis_client: redis.Redis) -> None:
    first = halts.set("account:main", "ann", "fat finger")
    other = halts.set("all", "ann", "the sky falls")
    assert halts.lift("account:main", "bob", "mended") == first
    assert halts.all() == [other]
    last = events(redis_client)[-1]
    assert (last["state"], last["by"], json.loads(last["detail"])["why"]) == ("resumed", "bob", "mended")


def test_lifting_what_is_not_halted_tells_nothing(halts: Halts, redis_client: redis.Redis) -> None:
    assert halts.lift("all", "ann", "") is None
    assert events(redis_client) == []


def test_of_many_at_once_one_halts(halts: Halts, redis_client: redis.Redis) -> None:
    with ThreadPoolExecutor(8) as threads:
        for what in ("all", "exchange:binance", "account:main"):
            found = list(threads.map(lambda who, what=what: halts.set(what, f"person {who}", "now"), range(8)))
            assert [halt.stood_before for halt in found].count(False) == 1
            assert len({(halt.by, halt.since_ms) for halt in found}) == 1
            lifted = list(threads.map(lambda who, what=what: halts.lift(what, f"person {who}", ""), range(8)))
            assert len([halt for halt in lifted if halt is not None]) == 1
    assert [event["state"] for event in events(redis_client)] == ["halted", "resumed"] * 3


@pytest.mark.parametrize("row", ["yes", '"yes"', "{}", '{"by": 1}', "\xff"])
def test_what_was_set_by_other_means_is_a_halt_all_the_same(halts: Halts, redis_client: redis.Redis, row: str) -> None:
    redis_client.hset(KEYS.halts, "all", row)
    (halt,) = halts.all()
    assert (halt.what, halt.since_ms, halt.why) == ("all", 0, row)
    assert halts.set("all", "ann", "now").stood_before
    assert halts.lift("all", "ann", "") == halt
    assert halts.all() == []


NAMES: list[tuple[dict[str, str], str]] = [
    ({}, "all"),
    ({"exchange": "binance"}, "exchange:binance"),
    ({"account": "main"}, "account:main"),
    ({"exchange": "binance", "symbol": "BTC/USDT"}, "symbol:binance:BTC/USDT"),
]


@pytest.mark.parametrize(("given", "what"), NAMES)
def test_the_router_halts_and_resumes_by_name(router: OrderRouter, given: dict[str, str], what: str) -> None:
    halt = router.halt("fat finger", **given)
    assert (halt.what, halt.why) == (what, "fat finger")
    assert "@" in halt.by
    assert router.halts() == [halt]
    assert router.resume(by="ann", **given) == halt
    assert router.halts() == []


WRONG: list[tuple[dict[str, str], type[InvalidCommand], str, str]] = [
    ({"exchange": "binnance"}, UnknownExchange, "exchange", "must be one of binance"),
    ({"account": "mian"}, UnknownAccount, "account", "must be one of main"),
    ({"exchange": "binance", "symbol": "BTC/USTD"}, UnknownSymbol, "symbol", "the whole exchange can be halted"),
    ({"exchange": "binance", "symbol": "BTCUSDT"}, InvalidCommand, "symbol", "must be a unified symbol"),
    ({"exchange": "binnance", "symbol": "BTC/USDT"}, UnknownExchange, "exchange", "must be one of binance"),
    ({"symbol": "BTC/USDT"}, InvalidCommand, "symbol", "needs its exchange"),
    ({"exchange": "binance", "account": "main"}, InvalidCommand, "account", "stands alone"),
    ({"account": "main", "symbol": "BTC/USDT"}, InvalidCommand, "account", "stands alone"),
    ({"reason": " "}, InvalidCommand, "reason", "must be 1 to 500 characters"),
    ({"reason": "x" * 501}, InvalidCommand, "reason", "must be 1 to 500 characters"),
    ({"by": "x" * 101}, InvalidCommand, "by", "must be 1 to 100 characters"),
]


@pytest.mark.parametrize(("given", "error", "field", "rule"), WRONG)
def test_a_slip_of_the_pen_is_no_halt(
    router: OrderRouter, given: dict[str, str], error: type[InvalidCommand], field: str, rule: str
) -> None:
    with pytest.raises(InvalidCommand) as caught:
        router.halt(**{"reason": "fat finger", **given})
    assert type(caught.value) is error
    assert caught.value.problem.field == field
    assert rule in (caught.value.problem.rule or "")
    assert router.halts() == []


def test_a_resume_of_what_is_not_halted_names_what_is(router: OrderRouter) -> None:
    with pytest.raises(InvalidCommand, match="'all': is not halted; halted now: nothing"):
        router.resume()
    router.halt("fat finger", exchange="binance")
    router.halt("fat finger", account="main")
    with pytest.raises(InvalidCommand, match="is not halted; halted now: exchange:binance, account:main"):
        router.resume()


def test_an_account_that_is_gone_can_be_resumed(router: OrderRouter, redis_client: redis.Redis) -> None:
    router.halt("fat finger", account="main")
    redis_client.delete(KEYS.accounts)
    with OrderRouter(router.settings.redis_url) as another:
        assert another.resume(account="main").what == "account:main"


def test_without_redis_it_says_so() -> None:
    with OrderRouter("redis://127.0.0.1:1/0") as router:
        for act in (lambda: router.halt("now"), router.resume, router.halts):
            with pytest.raises(QueueUnavailable):
                act()
