"""Polls of many accounts through real workers on three exchanges: each account comes to an outcome of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
import redis
from support.command_line import at_once, pointsman
from support.house import House, a_house

from router import BalancePoll, OrderRouter, Progress, RouterSettings, UnknownExchange
from router.errors import InvalidCommand

pytestmark = pytest.mark.processes
ALL = "binance,bybit,okx"
OKX_READ = "/api/v5/account/balance"
BYBIT_READ = "/v5/account/wallet-balance"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("house"), workers=1, exchanges=ALL) as built:
        yield built


@pytest.fixture
def router(house: House) -> Iterator[OrderRouter]:
    house.simulator.clear_faults()
    with house.router() as made:
        yield made
    house.simulator.clear_faults()


def requests(house: House) -> int:
    counts: dict[str, int] = house.simulator.ledger()["counts"]  # type: ignore[assignment]
    return counts["requests"]


def statuses(poll: BalancePoll) -> dict[str, str]:
    return {name: outcome.status for name, outcome in poll.accounts.items()}


def test_all_accounts_of_three_exchanges_answer_and_add_up(router: OrderRouter) -> None:
    heard: list[Progress] = []
    poll = router.poll_balances(on_progress=heard.append, value_in="USDT")
    assert (poll.counts, poll.calls, poll.missing) == ({"fresh": 27}, 27, [])
    held = [outcome.balances["BTC"].total for outcome in poll.accounts.values() if outcome.balances]
    assert poll.totals["BTC"].free + poll.totals["BTC"].locked == sum(held)
    assert all(0 <= (outcome.age_seconds or 0) < 30 for outcome in poll.accounts.values())
    assert (heard[0].done, heard[-1].done, heard[-1].total, heard[-1].calls) == (0, 27, 27, 27)
    assert heard[-1].seconds_to_go == 0.0
    assert 0 < (heard[-1].budget_left or 0) < 1
    assert [told.done for told in heard] == sorted(told.done for told in heard)
    assert poll.valuation is not None
    assert set(poll.totals) == {each.asset for each in poll.valuation.assets} | set(poll.valuation.unpriced)
    assert poll.valuation.value == sum(each.value for each in poll.valuation.assets) > 0


def test_who_is_chosen_by_name_or_exchange(router: OrderRouter) -> None:
    assert set(statuses(router.poll_balances(exchange="okx"))) == {f"sim-okx-{number}" for number in range(1, 10)}
    poll = router.poll_balances(["sim-okx-1", "sim-1", "sim-1"], exchange="binance")
    assert statuses(poll) == {"sim-okx-1": "failed", "sim-1": "fresh"}
    assert "no worker serves an account of that name on binance" in str(poll["sim-okx-1"].problem)
    assert router.poll_balances([]).accounts == {}
    with pytest.raises(UnknownExchange):
        router.poll_balances(exchange="nowhere")
    with pytest.raises(InvalidCommand) as caught:
        router.poll_balances(["sim-1"], market="margin")  # type: ignore[arg-type]  # what a caller may get wrong
    assert caught.value.problem.field == "market"


def test_one_bad_key_spoils_no_other(house: House, router: OrderRouter) -> None:
    refused = {"path": OKX_READ, "account": "sim-2", "times": None, "status": 401, "code": 50111, "msg": "Invalid key"}
    house.simulator.fault("error_before", **refused)
    poll = router.poll_balances(exchange="okx", deadline=10)
    assert poll.counts == {"fresh": 8, "failed": 1}
    problem = poll["sim-okx-2"].problem
    assert problem is not None
    assert (str(problem.kind), problem.code) == ("bad_credentials", "50111")


def test_a_lost_answer_is_asked_again(house: House, router: OrderRouter) -> None:
    house.simulator.fault("lose_reply", path=BYBIT_READ, times=2)
    poll = router.poll_balances(exchange="bybit")
    assert poll.counts == {"fresh": 9}
    assert poll.calls == 11


def test_half_of_the_exchanges_down_is_told_per_account_at_the_deadline(house: House, router: OrderRouter) -> None:
    before = router.poll_balances(exchange="okx")
    house.simulator.fault("error_before", path=OKX_READ, times=None, status=503, code=50001, msg="down")
    poll = router.poll_balances([*before.accounts, "sim-1", "sim-bybit-1"], deadline=1.5)
    assert poll.counts == {"late": 9, "fresh": 2}
    late = poll["sim-okx-3"]
    assert late.problem is not None
    assert "no answer within 1.5 s; it waited: " in late.problem.message
    assert late.balances == before["sim-okx-3"].balances  # the last there is, and its age says so
    assert (late.age_seconds or 0) >= 1.5
    assert poll.missing == sorted(before.accounts)
    assert poll.totals["BTC"].accounts == 2


def test_young_answers_are_kept_and_older_ones_are_not(house: House, router: OrderRouter) -> None:
    router.poll_balances(exchange="okx")
    before = requests(house)
    assert router.poll_balances(exchange="okx", max_age=60).counts == {"kept": 9}
    assert requests(house) == before
    poll = router.poll_balances(exchange="okx", max_age=0.001)
    assert (poll.counts, poll.calls) == ({"fresh": 9}, 9)


def test_polls_of_the_same_accounts_under_way_are_one(house: House) -> None:
    house.simulator.fault("stall", path=BYBIT_READ, times=None, delay_ms=400, when="before")
    polls: list[BalancePoll] = []

    def ask() -> None:
        with house.router() as own:
            polls.append(own.poll_balances(exchange="bybit", max_age=0.3))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
        time.sleep(0.02)
    for thread in threads:
        thread.join()
    assert [poll.counts for poll in polls] == [{"fresh": 9}] * 4
    assert sum(poll.calls for poll in polls) == 9
    house.simulator.clear_faults()


def test_a_call_that_was_sent_too_long_ago_does_not_answer_for_who_wants_it_younger(house: House) -> None:
    house.simulator.fault("stall", path=BYBIT_READ, account="sim-1", times=1, delay_ms=800, when="before")
    polls: list[BalancePoll] = []

    def ask(max_age: float) -> None:
        with house.router() as own:
            polls.append(own.poll_balances(["sim-bybit-1"], max_age=max_age))

    first = threading.Thread(target=ask, args=(0.001,))
    first.start()
    time.sleep(0.5)
    ask(0.1)
    first.join()
    house.simulator.clear_faults()
    assert [(poll.counts, poll.calls) for poll in polls] == [({"fresh": 1}, 1)] * 2


def test_a_poll_whose_asker_died_before_it_was_accepted_is_taken_over(house: House, router: OrderRouter) -> None:
    client = redis.Redis.from_url(house.valkey.url)
    now_ms = client.time()[0] * 1_000
    client.hset("pointsman:flights:balances:okx", "sim-okx-1", f"{'0' * 32}:{now_ms + 2_500}")
    client.close()
    poll = router.poll_balances(["sim-okx-1", "sim-okx-2"], max_age=0.001)
    assert (poll.counts, poll.calls) == ({"fresh": 2}, 2)


def test_positions_and_open_orders_of_many(router: OrderRouter) -> None:
    router.buy_limit("BTC/USDT", "0.01", "20000", exchange="okx", account="sim-okx-5").result(10)
    router.buy_market("BTC/USDT:USDT", quantity="0.01", exchange="okx", account="sim-okx-5").result(10)
    orders = router.poll_open_orders(["sim-okx-5", "sim-okx-6"])
    assert [len(orders.accounts[name].orders or []) for name in ("sim-okx-5", "sim-okx-6")] == [1, 0]
    positions = router.poll_positions(["sim-okx-5", "sim-okx-6"])
    assert [len(positions.accounts[name].positions or []) for name in ("sim-okx-5", "sim-okx-6")] == [1, 0]
    assert positions.accounts["sim-okx-5"].status == "fresh"
    kept = router.poll_positions(["sim-okx-5"], max_age=60)
    assert (kept.accounts["sim-okx-5"].status, kept.calls) == ("kept", 0)
    assert kept.accounts["sim-okx-5"].positions == positions.accounts["sim-okx-5"].positions


def test_changes_are_told_and_nothing_else(router: OrderRouter) -> None:
    account = {"exchange": "okx", "account": "sim-okx-7"}
    router.get_balances(**account)
    changes = router.watch_balances(["sim-okx-7"], patience=1.0)
    before = router.get_balances(**account)
    router.buy_market("BTC/USDT", quantity="0.01", **account).result(10)
    router.poll_balances(["sim-okx-7", "sim-okx-8"])
    told = {change.asset: change for change in changes}
    assert set(told) == {"BTC", "USDT"}
    assert told["BTC"].before_free == before["BTC"].free
    assert Decimal(0) < told["BTC"].free - before["BTC"].free <= Decimal("0.01")
    assert told["USDT"].free < before["USDT"].free
    again = list(router.watch_balances(["sim-okx-7"], since=min(change.id for change in told.values()), patience=0.1))
    assert len(again) == 1


def test_nobody_there_is_told_at_the_deadline(house: House) -> None:
    settings = RouterSettings.from_environment({}, redis_url=house.valkey.url, prefix="empty")
    with OrderRouter(settings=settings) as alone:
        assert alone.poll_balances(deadline=0.2).accounts == {}
        assert statuses(alone.poll_balances(["sim-1"], deadline=0.2)) == {"sim-1": "failed"}


def test_a_plain_celery_message_polls_all_accounts_of_an_exchange(house: House, router: OrderRouter) -> None:
    command = {"kind": "poll_accounts", "exchange": "okx", "expires_in": 10, "id": "plain-poll"}
    ticket = router.submit(command)
    assert ticket.result(10).accounts == 9  # type: ignore[union-attr]  # a PollTally
    client = redis.Redis.from_url(house.valkey.url)
    told = client.hgetall("pointsman:poll:plain-poll")
    assert told.pop(b":left") == b"0"
    assert set(told.values()) == {b"fresh"}
    assert client.ttl("pointsman:poll:plain-poll") > 0
    assert client.ttl("pointsman:poll:plain-poll:news") > 0
    client.close()


def test_the_command_line_tells_outcomes_totals_and_worth(house: House) -> None:
    house.simulator.clear_faults()
    words = ["balances --exchange bybit --all --json --value-in USDT", "balances -a sim-bybit-1 -a nobody"]
    words += ["balances -a nobody", "balances --all -a sim-1", "balances --every soon"]
    told = at_once(lambda *some: pointsman(*some, POINTSMAN_REDIS_URL=house.valkey.url), words)
    whole, some, none, both, wrong = (told[each] for each in words)
    assert (whole.code, len(whole.document["accounts"]), whole.document["calls"]) == (0, 9, 9)
    assert whole.document["valuation"]["quote"] == "USDT"
    assert (some.code, none.code, both.code, wrong.code) == (3, 4, 2, 2)
    assert "2 accounts (1 failed, 1 fresh), 1 calls" in some.out
    assert "goes without --account" in both.err
    assert "must be a time such as '30s'" in wrong.err
