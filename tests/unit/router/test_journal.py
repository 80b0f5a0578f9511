"""Every move of a command, against a real server."""

from __future__ import annotations

import json
import time

import pytest
import redis
from support.gate import a_charge, a_passage, a_report
from support.processes import eventually

from router.claims import Claim, Verdict
from router.client import submission
from router.commands import AnyCommand, CancelOrder, GetBalances, new_order
from router.identity import with_id
from router.journal import Acceptance, Finish, Journal
from router.keys import Keys
from router.results import FINAL_STATES
from router.settings import RouterSettings

SETTINGS = RouterSettings()
OPEN_GATE = a_passage()


@pytest.fixture
def journal(redis_client: redis.Redis) -> Journal:
    return Journal(redis_client, Keys("pointsman"))


def an_order(**fields: object) -> AnyCommand:
    given = {"exchange": "binance", "account": "main", "symbol": "BTC/USDT", "side": "buy", "quantity": "0.01"}
    return with_id(new_order("market", **{**given, **fields}))


def accept(journal: Journal, command: AnyCommand) -> Acceptance:
    return journal.submit(submission(command, SETTINGS))[0]


def begin(
    journal: Journal, command: AnyCommand, owner: str = "a", lease_ms: int = 5_000, gate: str = OPEN_GATE
) -> Verdict:
    now = round(time.time() * 1000)
    return journal.begin(Claim(command.id or "", command.digest(), owner, lease_ms, now, 3_000, 10, gate))


def finish(journal: Journal, command: AnyCommand, state: str, attempt: int = 1, delay_ms: int = 0) -> bool:
    result = '{"x":1}' if state in FINAL_STATES else ""
    return journal.finish(Finish(command.id or "", attempt, state, result, delay_ms, "because", ""))


def test_accepting_writes_the_record_and_rings_the_doorbell_at_once(
    journal: Journal, redis_client: redis.Redis
) -> None:
    order = an_order()
    assert accept(journal, order)[:3] == ("accepted", "queued", True)
    message = json.loads(redis_client.lrange("binance.orders", 0, -1)[0])
    assert (message["headers"]["id"], message["headers"]["task"]) == (order.id, "orders.place")
    record = journal.record(order.id or "")
    assert record is not None
    assert record[:4] == ("queued", "orders.place", "", order.to_json())


def test_the_same_command_again_is_the_same_command(journal: Journal, redis_client: redis.Redis) -> None:
    order = an_order(idempotency_key="k1")
    again = an_order(idempotency_key="k1", expires_in=5)
    assert accept(journal, order).how == "accepted"
    assert accept(journal, again).how == "same"
    assert redis_client.llen("binance.orders") == 1


def test_the_same_key_for_another_content_is_a_conflict(journal: Journal) -> None:
    accept(journal, an_order(idempotency_key="k1"))
    assert accept(journal, an_order(idempotency_key="k1", quantity="0.02")).how == "conflict"


def test_only_one_worker_may_send(journal: Journal) -> None:
    order = an_order()
    accept(journal, order)
    assert begin(journal, order, "a").what == "send"
    assert begin(journal, order, "b").what == "busy"


def test_a_begin_whose_reply_was_lost_may_be_repeated_by_the_same_call(journal: Journal) -> None:
    order = an_order()
    accept(journal, order)
    now = round(time.time() * 1000)
    claim = Claim(order.id or "", order.digest(), "a:7", 5_000, now, 3_000, 10, OPEN_GATE)
    first, second = journal.begin(claim), journal.begin(claim)
    assert (
        (first.what, first.attempt, first.window_ms)
        == (second.what, second.attempt, second.window_ms)
        == ("send", 1, 3_000)
    )


def test_the_receive_window_never_outlasts_the_deadline(journal: Journal) -> None:
    order = an_order(expires_in=1.0)
    accept(journal, order)
    verdict = begin(journal, order)
    assert 0 < verdict.window_ms <= 1_000
    assert verdict.window_ms == verdict.left_ms


def test_a_late_command_ends_expired_and_says_how_late(journal: Journal) -> None:
    order = an_order(expires_in=0.02)
    accept(journal, order)
    time.sleep(0.05)
    assert begin(journal, order).what == "expired"
    record = journal.record(order.id or "")
    assert record is not None
    assert record.state == "expired"
    assert "before it was sent" in record.result


def test_a_command_without_a_deadline_never_expires(journal: Journal) -> None:
    order = an_order(expires_in=None)
    accept(journal, order)
    assert begin(journal, order).left_ms == -1


def test_an_outcome_is_written_once(journal: Journal, redis_client: redis.Redis) -> None:
    order = an_order()
    accept(journal, order)
    begin(journal, order)
    assert finish(journal, order, "done")
    assert not finish(journal, order, "rejected")
    record = journal.record(order.id or "")
    assert record is not None
    assert record.state == "done"
    assert redis_client.zcard("pointsman:agenda") == 0
    assert redis_client.pttl(f"pointsman:command:{order.id}") > 80_000_000


def test_an_outcome_of_another_attempt_is_refused(journal: Journal) -> None:
    order = an_order()
    accept(journal, order)
    begin(journal, order)
    finish(journal, order, "waiting")
    time.sleep(0.002)
    assert begin(journal, order).attempt == 2
    assert not finish(journal, order, "done", attempt=1)
    assert finish(journal, order, "done", attempt=2)


def test_an_order_whose_worker_is_gone_is_asked_for_and_not_sent_again(journal: Journal) -> None:
    order = an_order()
    accept(journal, order)
    assert begin(journal, order, "a", lease_ms=1).what == "send"
    time.sleep(0.005)
    verdict = begin(journal, order, "b")
    assert (verdict.what, verdict.attempt) == ("reconcile", 1)
    assert verdict.fence_ms == verdict.first_sent_ms + 3_000


def test_a_read_whose_worker_is_gone_is_simply_repeated(journal: Journal) -> None:
    read = with_id(GetBalances(exchange="binance", account="main"))
    accept(journal, read)
    begin(journal, read, "a", lease_ms=1)
    time.sleep(0.005)
    assert begin(journal, read, "b").what == "send"


def test_proven_absence_lets_it_be_sent_again(journal: Journal) -> None:
    order = an_order()
    accept(journal, order)
    begin(journal, order)
    finish(journal, order, "unknown")
    assert begin(journal, order).what == "reconcile"
    finish(journal, order, "queued")
    verdict = begin(journal, order)
    assert (verdict.what, verdict.attempt, verdict.doubt) == ("send", 2, True)


def test_a_suspected_refusal_is_believed_when_it_comes_again(journal: Journal) -> None:
    order = an_order()
    accept(journal, order)
    begin(journal, order)
    assert journal.finish(Finish(order.id or "", 1, "unknown"))
    begin(journal, order)
    finish(journal, order, "queued")
    assert begin(journal, order).doubt
    assert journal.finish(Finish(order.id or "", 2, "unknown", '{"kind":"insufficient_balance"}'))
    begin(journal, order)
    finish(journal, order, "queued", attempt=2)
    assert not begin(journal, order).doubt


def test_absence_proven_after_the_deadline_ends_expired(journal: Journal) -> None:
    order = an_order(expires_in=0.5)
    accept(journal, order)
    begin(journal, order)
    finish(journal, order, "unknown")
    time.sleep(0.51)
    assert begin(journal, order).what == "reconcile"
    assert finish(journal, order, "queued")
    record = journal.record(order.id or "")
    assert record is not None
    assert record.state == "expired"


def test_a_cancel_stops_what_was_not_sent(journal: Journal) -> None:
    order = an_order()
    accept(journal, order)
    accept(journal, with_id(CancelOrder(exchange="binance", account="main", command_id=order.id)))
    assert begin(journal, order).what == "final"
    record = journal.record(order.id or "")
    assert record is not None
    assert record.state == "cancelled"


def test_a_cancel_that_overtakes_its_order_leaves_a_tombstone(journal: Journal, redis_client: redis.Redis) -> None:
    order = an_order()
    accept(journal, with_id(CancelOrder(exchange="binance", account="main", command_id=order.id)))
    assert accept(journal, order)[:2] == ("same", "cancelled")
    assert redis_client.llen("binance.orders") == 0


def test_a_cancel_of_a_sent_order_leaves_its_record_alone(journal: Journal) -> None:
    order = an_order()
    accept(journal, order)
    begin(journal, order)
    accept(journal, with_id(CancelOrder(exchange="binance", account="main", command_id=order.id)))
    record = journal.record(order.id or "")
    assert record is not None
    assert record.state == "sending"


def test_a_spent_budget_parks_the_command_until_the_window_turns(journal: Journal) -> None:
    gate = a_passage(charges=[a_charge("budget", 1, 60_000)])
    first, second = an_order(), an_order()
    accept(journal, first)
    accept(journal, second)
    if 60_000 - time.time() * 1000 % 60_000 < 200:
        time.sleep(0.3)
    assert begin(journal, first, gate=gate).what == "send"
    verdict = begin(journal, second, gate=gate)
    assert (verdict.what, verdict.reason) == ("wait", "rate_limited")
    assert abs(verdict.wait_ms - (60_000 - time.time() * 1000 % 60_000)) < 100
    assert begin(journal, second, gate=gate).what == "early"


def test_the_sweeper_rings_again_for_a_lost_message(journal: Journal, redis_client: redis.Redis) -> None:
    order = an_order()
    journal.submit(submission(order, SETTINGS.model_copy(update={"grace_seconds": 0.01})))
    redis_client.delete("binance.orders")
    time.sleep(0.02)
    sweep = journal.sweep(10, 1_000)
    assert [bell.id for bell in sweep.rings] == [order.id]
    assert sweep.rings[0].document == order.to_json()
    assert journal.sweep(10, 1_000).rings == []


def test_the_sweeper_hands_over_what_a_dead_worker_left(journal: Journal) -> None:
    order = an_order()
    accept(journal, order)
    begin(journal, order, lease_ms=5)
    time.sleep(0.01)
    assert [bell.id for bell in journal.sweep(10, 1_000).rings] == [order.id]
    record = journal.record(order.id or "")
    assert record is not None
    assert record.state == "unknown"


def test_the_sweeper_expires_what_nobody_began(journal: Journal) -> None:
    order = an_order(expires_in=0.01)
    accept(journal, order)
    time.sleep(0.02)
    assert journal.sweep(10, 1_000).rings == []
    record = journal.record(order.id or "")
    assert record is not None
    assert record.state == "expired"


def test_one_sweeper_leads(journal: Journal) -> None:
    assert journal.lead("a", 50)
    assert not journal.lead("b", 50)
    assert journal.lead("a", 50)
    time.sleep(0.06)
    assert journal.lead("b", 50)


def test_a_ban_stops_everything_and_ends_by_itself(journal: Journal) -> None:
    journal.report(a_report(banned_for_ms=60))
    assert journal.enter(OPEN_GATE).reason == "banned"
    time.sleep(0.07)
    assert journal.enter(OPEN_GATE).mark


def test_after_a_ban_calls_start_again_gently(journal: Journal) -> None:
    journal.report(a_report(banned_for_ms=1))
    time.sleep(0.002)
    assert journal.enter(OPEN_GATE).mark
    refused = journal.enter(OPEN_GATE)
    assert (refused.reason, 0 < refused.wait_ms <= 1_000) == ("banned", True)
    assert journal.enter(a_passage(lane="cancels")).mark


@pytest.mark.parametrize(("change", "passes"), [({}, False), ({"ignores_breaker": True}, True)])
def test_the_breaker_opens_for_orders_and_never_for_cancels(
    journal: Journal,
    change: dict[str, bool],
    passes: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    for _ in range(5):
        journal.report(a_report(healthy=False))
    assert bool(journal.enter(a_passage(**change)).mark) == passes


def test_a_success_closes_the_breaker(journal: Journal) -> None:
    for healthy in (False, False, False, False, False, True):
        journal.report(a_report(healthy=healthy))
    assert journal.enter(OPEN_GATE).mark


def test_the_breaker_tells_when_it_opens_and_closes(journal: Journal, redis_client: redis.Redis) -> None:
    for healthy in (False, False, False, False, False, False, True, True):
        journal.report(a_report(healthy=healthy))
    told = [fields[b"state"] for _, fields in redis_client.xrange("pointsman:events")]
    assert told == [b"breaker_open", b"breaker_closed"]


def test_refunds_and_observed_usage_move_the_count(journal: Journal) -> None:
    charge = a_charge("budget", 10, 86_400_000, 6)
    gate = a_passage(charges=[charge])
    first = journal.enter(gate)
    assert first.mark
    assert journal.enter(gate).reason == "rate_limited"
    journal.report(a_report(charges=[charge], mark=first.mark, told=[[-1, 6, 0]]))
    second = journal.enter(gate)
    assert second.mark
    journal.report(a_report(charges=[charge], mark=second.mark, told=[[20, 6, 0]]))
    assert journal.enter(gate).reason == "rate_limited"


def test_a_replayed_placement_is_looked_up_before_anything_else(journal: Journal) -> None:
    order = an_order(expires_in=0.01)
    accept(journal, order)
    time.sleep(0.02)
    assert begin(journal, order).what == "expired"
    assert journal.replay(submission(order.model_copy(update={"expires_in": 5.0}), SETTINGS)) == "written"
    verdict = begin(journal, order)
    assert (verdict.what, verdict.attempt) == ("reconcile", 0)
    assert verdict.first_sent_ms > 0
    assert journal.finish(Finish(order.id or "", 0, "queued"))
    assert begin(journal, order).what == "send"


def test_a_replayed_read_is_simply_asked_again(journal: Journal) -> None:
    read = with_id(GetBalances(exchange="binance", account="main", expires_in=0.01))
    accept(journal, read)
    time.sleep(0.02)
    begin(journal, read)
    assert journal.replay(submission(read.model_copy(update={"expires_in": 5.0}), SETTINGS)) == "written"
    assert begin(journal, read).what == "send"


def test_only_what_failed_or_expired_can_be_replayed(journal: Journal) -> None:
    order = an_order()
    assert journal.replay(submission(order, SETTINGS)) == "missing"
    accept(journal, order)
    assert journal.replay(submission(order, SETTINGS)) == "stale"
    begin(journal, order)
    finish(journal, order, "done")
    assert journal.replay(submission(order, SETTINGS)) == "stale"


def test_a_durable_submission_waits_for_the_disk(journal: Journal) -> None:
    assert journal.submit(submission(an_order(), SETTINGS), fsync_ms=2_000)[0].how == "accepted"


def test_a_durable_submission_says_when_the_server_keeps_no_file(journal: Journal, redis_client: redis.Redis) -> None:
    redis_client.config_set("appendonly", "no")
    try:
        with pytest.raises(redis.ResponseError, match="appendonly is disabled"):
            journal.submit(submission(an_order(), SETTINGS), fsync_ms=2_000)
    finally:
        redis_client.config_set("appendonly", "yes")
        eventually(
            lambda: not redis_client.info("persistence")["aof_rewrite_in_progress"], what="its file is whole again"
        )


def test_a_full_server_refuses_and_nothing_is_half_written(journal: Journal, redis_client: redis.Redis) -> None:
    order = an_order()
    redis_client.config_set("maxmemory", 1)
    try:
        with pytest.raises(redis.OutOfMemoryError):
            accept(journal, order)
    finally:
        redis_client.config_set("maxmemory", 0)
    assert redis_client.keys("*") == []
    assert accept(journal, order).how == "accepted"


def test_every_change_is_in_the_events_with_what_was_asked_and_by_whom(
    journal: Journal, redis_client: redis.Redis
) -> None:
    order = an_order()
    accept(journal, order)
    begin(journal, order, "worker-7")
    finish(journal, order, "done")
    told = [
        {k.decode(): v.decode() for k, v in fields.items()} for _, fields in redis_client.xrange("pointsman:events")
    ]
    assert [event["state"] for event in told] == ["queued", "sending", "done"]
    assert told[0]["detail"] == order.to_json()
    assert [event["by"] for event in told] == ["", "worker-7", "worker-7"]
    assert told[2]["detail"] == '{"x":1}'


def test_a_line_that_expires_sends_no_messages_for_the_dead(journal: Journal, redis_client: redis.Redis) -> None:
    orders = [an_order(expires_in=0.05) for _ in range(60)]
    for order in orders:
        accept(journal, order)
    sent = redis_client.llen("binance.orders")
    assert sent < len(orders) / 2
    time.sleep(0.06)
    while journal.sweep(10, 1_000).next_in_ms is not None:
        pass
    assert redis_client.llen("binance.orders") == sent
    assert {journal.record(order.id or "").state for order in orders} == {"expired"}  # type: ignore[union-attr]
    assert redis_client.hvals("pointsman:agenda:lined") == [b"0"]


def test_that_the_exchange_took_a_request_is_never_forgotten(journal: Journal) -> None:
    order = an_order()
    accept(journal, order)
    begin(journal, order)
    assert journal.finish(Finish(order.id or "", 1, "unknown", acknowledged=1))
    first = begin(journal, order, lease_ms=1)
    assert (first.what, first.acknowledged) == ("reconcile", True)
    assert journal.finish(Finish(order.id or "", 1, "unknown"))
    assert begin(journal, order).acknowledged


def test_an_end_takes_the_next_message_along(journal: Journal, redis_client: redis.Redis) -> None:
    first, second, third = an_order(), an_order(account="a"), an_order(account="b")
    for order in (first, second, third):
        accept(journal, order)
    for _ in range(2):  # the doorbells of the first two have been heard
        redis_client.rpop("binance.orders")
    begin(journal, first)
    begin(journal, second)
    waits = redis_client.lindex("binance.orders", -1)
    end = Finish(first.id or "", 1, "done", "{}")
    assert journal.finish_and_take(end, ["binance.cancels", "binance.orders"]) == (True, ("binance.orders", waits))
    assert redis_client.llen("binance.orders") == 0
    assert journal.finish_and_take(end, ["binance.orders"]) == (False, None)  # the same again has nothing to take
    assert journal.finish_and_take(Finish(second.id or "", 1, "done", "{}"), ["binance.orders"]) == (True, None)


def test_an_end_leaves_what_another_client_sent(journal: Journal, redis_client: redis.Redis) -> None:
    order, foreign = an_order(), json.dumps({"headers": {"kwargsrepr": '{"journaled": true}'}})
    accept(journal, order)
    redis_client.delete("binance.orders")
    begin(journal, order)
    redis_client.lpush("binance.orders", foreign)
    assert journal.finish_and_take(Finish(order.id or "", 1, "done", "{}"), ["binance.orders"]) == (True, None)
    assert redis_client.lrange("binance.orders", 0, -1) == [foreign.encode()]
