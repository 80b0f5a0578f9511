"""The kill switch on a running house: by hand as by an app, for every worker's very next order, shown everywhere."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from support.command_line import Done, at_once, one_sentence, pointsman
from support.house import House, a_house
from support.processes import eventually

from router import CommandFailed, ErrorKind, OrderRouter, OrderStatus, Ticket
from router.keys import Keys

pytestmark = pytest.mark.processes
KEYS = Keys("pointsman")
AT = {"exchange": "binance", "account": "sim-1"}
OTHER = {"exchange": "binance", "account": "sim-2"}
WAYS = {
    "halt --reason now": "all",
    "halt --exchange binance --reason now": "exchange:binance",
    "halt -a sim-1 -r now": "account:sim-1",
    "halt -e binance -s BTC/USDT -r now": "symbol:binance:BTC/USDT",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("house"), workers=2) as built:
        client = built.valkey.client()
        eventually(lambda: client.exists(KEYS.instruments("binance", "simulator")), 20, "the markets are known")
        client.close()
        yield built


@pytest.fixture
def router(house: House) -> Iterator[OrderRouter]:
    with house.router() as made:
        yield made
        made.journal.client.delete(KEYS.halts)


def tell(house: House, *words: str) -> Done:
    return pointsman(*words, **house.environment)


def test_every_scope_is_halted_and_resumed_by_hand(house: House, router: OrderRouter) -> None:
    for done in at_once(lambda *words: tell(house, *words, "--by", "ann", "--json"), list(WAYS)).values():
        assert done.code == 0, done
        assert (done.document["by"], done.document["why"], done.document["stood_before"]) == ("ann", "now", False)
    assert {halt.what for halt in router.halts()} == set(WAYS.values())
    lifting = [words.replace("halt", "resume").replace("--reason now", "").replace("-r now", "") for words in WAYS]
    for done in at_once(lambda *words: tell(house, *words), lifting).values():
        assert done.code == 0, done
        assert "is resumed; it was halted since 20" in done.out
    assert router.halts() == []


def test_what_a_person_reads(house: House, router: OrderRouter) -> None:
    assert (
        tell(house, "halt", "-e", "binance", "-r", "fat [red]finger[/b]", "--by", "ann")
        .out.strip()
        .endswith("UTC by ann: fat [red]finger[/b]")
    )
    again = tell(house, "halt", "-e", "binance", "-r", "another")
    assert (again.code, "was halted before, since" in again.out, "another" in again.out) == (0, True, False)
    router.halt("and all", by="bob")
    told = at_once(lambda *words: tell(house, *words), ["status", "status --json", "doctor", "doctor --json"])
    for table in (told["status"].out, told["doctor"].out):
        assert "exchange:binance" in table
        assert "fat [red]finger[/b]" in table
    assert [halt["what"] for halt in told["status --json"].document["halts"]] == ["exchange:binance", "all"]
    found = {finding["what"]: finding["means"] for finding in told["doctor --json"].document}
    assert "ann halted it" in found["exchange:binance is halted"]
    assert "bob halted it" in found["all is halted"]
    resumed = tell(house, "resume", "-e", "binance")
    assert resumed.out.splitlines()[-1] == "still halted: all"


WRONG = {
    "halt -r x --exchange binnance": "exchange 'binnance': must be one of binance",
    "halt -r x --account mian": "account 'mian': must be one of sim-1, sim-2",
    "halt -r x --exchange binance --symbol BTC/USTD": "symbol 'BTC/USTD': is not listed on binance",
    "halt -r x --symbol BTC/USDT": "symbol 'BTC/USDT': needs its exchange",
    "resume --account sim-1": "halt 'account:sim-1': is not halted; halted now: nothing",
}


def test_a_slip_of_the_pen_is_named_and_halts_nothing(house: House, router: OrderRouter) -> None:
    for words, done in at_once(lambda *typed: tell(house, *typed), list(WRONG)).items():
        assert WRONG[words] in one_sentence(done, 2)
    assert tell(house, "halt").code == 2  # a reason is asked for
    assert router.halts() == []


def test_bans_breakers_and_clocks_are_shown(house: House, router: OrderRouter) -> None:
    client, way = router.journal.client, "binance:simulator:elsewhere"  # no worker's, so that no gate touches it
    client.set(KEYS.ban(way), round(time.time() * 1_000) + 60_000, px=60_000)
    client.hset(KEYS.breaker(way), mapping={"failures": 6, "opened": round(time.time() * 1_000) - 3_000})
    client.hset(KEYS.clock(way), mapping={"offset_ms": 2, "uncertainty_ms": 900, "stable": "0"})
    try:
        told = at_once(lambda *words: tell(house, *words), ["status", "status --json", "doctor --json"])
    finally:
        client.delete(KEYS.ban(way), KEYS.breaker(way), KEYS.clock(way))
    shown = told["status --json"].document
    assert 0 < next(ban["left_seconds"] for ban in shown["bans"] if ban["egress"] == way) <= 60
    assert next(breaker for breaker in shown["breakers"] if breaker["way"] == way)["failures"] == 6
    assert next(clock for clock in shown["clocks"] if clock["way"] == way)["uncertainty_ms"] == 900
    assert {"binance.orders", "binance.cancels", "binance.queries"} <= set(shown["queues"])
    assert len(shown["workers"]) == 2
    for title in ("Queues", "Workers", "Bans", "Breakers open", "Clocks"):
        assert title in told["status"].out
    found = [finding["what"] for finding in told["doctor --json"].document]
    for what in (f"{way} is banned for ", f"the way {way} is broken for ", f"the clock of {way} is not known well"):
        assert any(each.startswith(what) for each in found), found


def test_a_command_in_doubt_is_shown_with_its_age(house: House, router: OrderRouter) -> None:
    house.simulator.fault("lose_reply", method="POST", path="/api/v3/order", times=1)
    house.simulator.fault("reset_before", method="GET", path="/api/v3/order", times=None)
    try:
        ticket = router.buy_limit("BTC/USDT", "0.01", "50000", **AT)
        eventually(lambda: ticket.state() == "unknown", 20, "its reply is lost")
        (doubt,) = tell(house, "status", "--json").document["in_doubt"]
        assert (doubt["id"], doubt["queue"], doubt["account"]) == (ticket.id, "binance.orders", "sim-1")
        assert doubt["age_seconds"] > 0
        assert ticket.id in tell(house, "status").out
    finally:
        house.simulator.clear_faults()
    assert ticket.order(60).status is OrderStatus.NEW
    router.cancel(ticket).order(20)


def refused(ticket: Ticket) -> str:
    with pytest.raises(CommandFailed) as caught:
        ticket.result(20)
    assert caught.value.problem.kind is ErrorKind.HALTED
    return caught.value.problem.message


def orders(house: House) -> int:
    return len(house.simulator.orders())


NARROW: list[dict[str, str]] = [{"account": "sim-1"}, {"exchange": "binance", "symbol": "BTC/USDT"}]
WIDE: list[dict[str, str]] = [{}, {"exchange": "binance"}]


@pytest.mark.parametrize("scope", [*NARROW, *WIDE], ids=lambda scope: " ".join(scope) or "all")
def test_a_halt_stops_the_very_next_order_and_lets_cancels_and_reads_pass(
    house: House, router: OrderRouter, scope: dict[str, str]
) -> None:
    """Twenty orders at once, so that both workers take some."""
    resting = router.buy_limit("BTC/USDT", "0.02", "50000", **AT)
    assert resting.order(20).status is OrderStatus.NEW
    amended = router.buy_limit("BTC/USDT", "0.02", "50000", **AT)
    assert amended.order(20).status is OrderStatus.NEW
    router.halt("fat finger", by="ann", **scope)
    before = orders(house)
    stopped = [router.buy_market("BTC/USDT", quantity="0.01", **AT) for _ in range(20)]
    for ticket in [*stopped, router.amend(amended, quantity="0.01")]:
        message = refused(ticket)
        assert "ann" in message
        assert "fat finger" in message
    assert orders(house) == before
    assert router.cancel(resting).order(20).status is OrderStatus.CANCELLED
    assert router.get_order(command_id=amended.id, **AT).quantity == amended.order().quantity
    assert router.get_balances(**AT)["BTC"].total > 0
    cancelled = router.cancel_all(symbol="BTC/USDT", **AT).result(20)
    assert isinstance(cancelled, list)
    elsewhere = [router.buy_market("ETH/USDT", quantity="0.1", **OTHER) for _ in range(4)]
    for ticket in elsewhere:
        if scope in WIDE:
            refused(ticket)
        else:
            assert ticket.order(20).status is OrderStatus.FILLED
    router.resume(**scope)
    assert router.buy_market("BTC/USDT", quantity="0.01", **AT).order(20).status is OrderStatus.FILLED


def test_what_waited_when_it_was_halted_ends_too(house: House, router: OrderRouter) -> None:
    """An order that the exchange told to wait is not sent when its time has come, if it was halted meanwhile."""
    house.simulator.fault("rate_limit", method="POST", path="/api/v3/order", times=1, retry_after_s=3)
    ticket = router.buy_market("BTC/USDT", quantity="0.01", expires_in=120, **AT)
    eventually(lambda: ticket.state() == "waiting", 20, "it waits")
    router.halt("fat finger", by="ann", account="sim-1")
    refused(ticket)
    assert not [order for order in house.simulator.orders() if order["client_order_id"] == ticket.id]


def test_both_workers_refused_some(house: House) -> None:
    """Of the eighty and more orders above; a worker logs what became of each."""
    for worker in house.workers:
        assert "failed: halted" in worker.output()
