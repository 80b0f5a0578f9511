"""With a producers file, only signed commands trade: each way to cheat is tried on a real worker, over a real Redis."""

from __future__ import annotations

import functools
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from celery import Celery
from support.house import House, a_house
from support.processes import eventually

from router import CommandFailed, ConfigurationError, OrderRouter, OrderStatus, RouterSettings, UnknownAccount
from router.commands import read_command
from router.insight import letters
from router.signature import mac_of

pytestmark = pytest.mark.processes
AT = {"exchange": "binance", "account": "sim-1"}
SECRET, OTHER = "0123456789abcdef" * 2, "fedcba9876543210" * 2
PRODUCERS = f"""
[producers.desk-1]
key = {{ env = "DESK_1_KEY" }}
accounts = ["sim-1", "sim-3*"]

[producers.desk-2]
key = "{OTHER}"
accounts = ["sim-2"]
"""
ORDER = {"kind": "market_order", "symbol": "BTC/USDT", "side": "buy", "quantity": "0.001", **AT}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    (folder / "producers.toml").write_text(PRODUCERS)
    extra = {"POINTSMAN_PRODUCERS": str(folder / "producers.toml"), "DESK_1_KEY": SECRET}
    with a_house(folder, **extra) as built:
        yield built


@pytest.fixture
def router(house: House) -> Iterator[OrderRouter]:
    with house.router(signing_key=f"desk-1:{SECRET}") as made:
        yield made


@pytest.fixture
def client(house: House) -> Iterator[redis.Redis]:
    made = house.valkey.client()
    yield made
    made.close()


def code_of(failure: pytest.ExceptionInfo[CommandFailed]) -> tuple[str, str | None]:
    return failure.value.problem.kind, failure.value.problem.code


def state_of(router: OrderRouter, name: str) -> str:
    """Where it stands; '' as long as no worker has journaled it."""
    record = router.journal.record(name)
    return record.state if record is not None else ""


def placed(house: House) -> list[str]:
    return [order["client_order_id"] for order in house.simulator.orders()]


def send(house: House, command: dict[str, Any]) -> str:
    """As a plain Celery client would, or anybody else who can write to Redis."""
    task_id = uuid.uuid4().hex
    app = Celery("stranger", broker=house.valkey.url, set_as_current=False)
    app.send_task("orders.place", kwargs={"command": command}, queue="binance.orders", task_id=task_id)
    app.close()
    return str(command.get("id", task_id))


def signed(fields: dict[str, Any], **more: object) -> dict[str, Any]:
    """A command as a stranger's program would sign it, by docs/signatures.md."""
    told: dict[str, Any] = {
        "key": "desk-1",
        "until_ms": round(time.time() * 1_000) + 30_000,
        "text": json.dumps(fields),
        **more,
    }
    mac = mac_of(SECRET, told["key"], told["until_ms"], told["text"])
    return {**fields, "signature": {"mac": mac, **told}}


def refusal(house: House, router: OrderRouter, command: dict[str, Any]) -> str | None:
    """The code with which it is refused; nothing may reach the exchange, and it is told and kept with its reason."""
    before, since = placed(house), router.newest_event()
    name = send(house, command)
    eventually(lambda: state_of(router, name) == "failed", 10, "it is refused")
    with pytest.raises(CommandFailed) as failure:
        router.ticket(name).result(1)
    assert placed(house) == before
    problem = failure.value.problem
    assert problem.kind == "signature"
    assert str(problem) in [letter.reason for letter in letters(router.journal, 1_000) if name in letter.message]
    told = router.events(since, patience=0.1)
    assert [event.problem for event in told if event.command_id == name and event.is_final] == [problem]
    return problem.code


def test_a_signed_producer_trades_as_usual(router: OrderRouter) -> None:
    ticket = router.buy_limit("BTC/USDT", "0.01", "50000", **AT)
    assert ticket.order(10).status is OrderStatus.NEW
    assert router.cancel(ticket).order(10).status is OrderStatus.CANCELLED
    batch = router.place_orders([ORDER] * 3)
    assert [each.order(10).status for each in batch] == [OrderStatus.FILLED] * 3
    assert router.buy_market("BTC/USDT", quantity="0.001", expires_in=None, **AT).order(10).status is OrderStatus.FILLED


def test_an_unsigned_producer_only_reads(house: House) -> None:
    with house.router() as router:
        assert router.get_balances(**AT).balances
        with pytest.raises(CommandFailed) as failure:
            router.buy_market("BTC/USDT", quantity="0.001", **AT).result(10)
        assert code_of(failure) == ("signature", "unsigned")
        with pytest.raises(CommandFailed):
            router.set_leverage(symbol="BTC/USDT:USDT", leverage=2, **AT).result(10)
        for each in router.place_orders([ORDER] * 3):
            with pytest.raises(CommandFailed) as failure:
                each.result(10)
            assert code_of(failure) == ("signature", "unsigned")


def test_an_unsigned_producer_cancels_nothing_that_stands(house: House, router: OrderRouter) -> None:
    ticket = router.buy_limit("BTC/USDT", "0.01", "50000", **AT)
    assert ticket.order(10).status is OrderStatus.NEW
    with house.router() as stranger:
        for act in (stranger.cancel, functools.partial(stranger.amend, quantity="0.02")):
            with pytest.raises(CommandFailed) as failure:
                act(ticket).result(10)
            assert code_of(failure) == ("signature", "unsigned")
    assert router.get_order(command_id=ticket.id, **AT).status is OrderStatus.NEW
    assert router.cancel(ticket).order(10).status is OrderStatus.CANCELLED


def test_a_key_is_good_for_its_accounts_only(house: House, router: OrderRouter) -> None:
    with pytest.raises(CommandFailed) as failure:
        router.buy_market("BTC/USDT", quantity="0.001", exchange="binance", account="sim-2").result(10)
    assert code_of(failure) == ("signature", "wrong_account")
    foreign = signed({**ORDER, "id": uuid.uuid4().hex, "account": "sim-2"})
    assert refusal(house, router, foreign) == "wrong_account"
    with house.router(signing_key=f"desk-2:{SECRET}") as thief, pytest.raises(CommandFailed) as failure:
        thief.buy_market("BTC/USDT", quantity="0.001", exchange="binance", account="sim-2").result(10)
    assert code_of(failure) == ("signature", "tampered")
    with house.router(signing_key=f"desk-9:{SECRET}") as stranger, pytest.raises(CommandFailed) as failure:
        stranger.buy_market("BTC/USDT", quantity="0.001", **AT).result(10)
    assert code_of(failure) == ("signature", "unknown_key")


def test_a_foreign_client_signs_too(house: House, router: OrderRouter) -> None:
    name = send(house, signed({**ORDER, "id": uuid.uuid4().hex, "quantity": "0.00100"}))
    eventually(lambda: state_of(router, name) == "done", 10, "it is done")
    key = send(house, signed({**ORDER, "idempotency_key": "stranger-1"}))
    assert (
        router.buy_market("BTC/USDT", quantity="0.001", idempotency_key="stranger-1", **AT).order(10).status == "filled"
    )
    assert key not in placed(house), "its id is that of its idempotency key"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantity": "0.1"}, "tampered"),
        ({"account": "sim-3"}, "tampered"),
        ({"side": "sell"}, "tampered"),
        ({"expires_in": 3_000}, "tampered"),
        ({"signature": None}, "unsigned"),
    ],
)
def test_a_changed_command_is_refused(house: House, router: OrderRouter, change: dict[str, Any], code: str) -> None:
    assert refusal(house, router, {**signed({**ORDER, "id": uuid.uuid4().hex}), **change}) == code


def test_a_signature_that_is_changed_borrowed_or_too_old_is_refused(house: House, router: OrderRouter) -> None:
    mine = {**ORDER, "id": uuid.uuid4().hex}
    good = signed(mine)["signature"]
    assert refusal(house, router, {**mine, "signature": {**good, "until_ms": good["until_ms"] + 1}}) == "tampered"
    other = {**ORDER, "id": uuid.uuid4().hex}
    assert refusal(house, router, {**other, "signature": good}) == "tampered", "it is another command's"
    assert refusal(house, router, signed({**ORDER, "id": uuid.uuid4().hex}, until_ms=1)) == "expired"
    assert refusal(house, router, signed({**ORDER, "id": uuid.uuid4().hex}, text="{}")) == "tampered"
    assert refusal(house, router, signed(ORDER)) == "tampered", (
        "without an id of its own it could be sent again and again"
    )


def test_an_impostor_does_not_end_the_command_whose_id_it_bears(house: House, router: OrderRouter) -> None:
    house.simulator.fault("stall", delay_ms=1_000, times=1)
    ticket = router.buy_limit("BTC/USDT", "0.01", "50000", **AT)
    send(house, {**ORDER, "id": ticket.id, "quantity": "0.5"})
    assert ticket.order(15).status is OrderStatus.NEW


def test_a_command_whose_record_was_wiped_is_not_repeated(
    house: House, router: OrderRouter, client: redis.Redis
) -> None:
    command = signed({**ORDER, "id": uuid.uuid4().hex})
    name = send(house, command)
    eventually(lambda: state_of(router, name) == "done", 10, "it is done")
    client.delete(f"pointsman:command:{name}")
    assert refusal(house, router, command) == "replayed"
    assert placed(house).count(name) == 1
    client.hset(f"pointsman:command:{name}", mapping={"state": "queued", "attempts": 0})
    send(house, command)
    eventually(lambda: state_of(router, name) in ("failed", "queued"), 10, "and again")
    assert placed(house).count(name) == 1


def test_a_lost_reply_is_looked_up_even_when_the_signature_is_too_old_by_then(
    house: House, router: OrderRouter
) -> None:
    house.simulator.fault("invisible", delay_ms=2_500)
    house.simulator.fault("lose_reply", times=1)
    until_ms = round(time.time() * 1_000) + 1_500
    name = send(house, signed({**ORDER, "id": uuid.uuid4().hex}, until_ms=until_ms))
    eventually(lambda: state_of(router, name) == "unknown", 10, "its reply was lost")
    eventually(lambda: state_of(router, name) == "done", 40, "it was found at the exchange")
    house.simulator.clear_faults()
    assert time.time() * 1_000 > until_ms
    assert placed(house).count(name) == 1


def test_a_replay_by_hand_is_signed_anew(router: OrderRouter) -> None:
    router.halt("a test", account="sim-1")
    ticket = router.buy_market("BTC/USDT", quantity="0.001", **AT)
    with pytest.raises(CommandFailed):
        ticket.result(10)
    router.resume(account="sim-1")
    before = read_command(router.record(ticket.id).document)
    assert router.replay(ticket).order(30).status is OrderStatus.FILLED
    after = read_command(router.record(ticket.id).document)
    assert before.signature is not None
    assert after.signature is not None
    assert after.signature.until_ms > before.signature.until_ms


@pytest.mark.parametrize("given", ["desk-1", "desk-1:short", ":0123456789abcdef0123456789abcdef", f"Desk 1:{SECRET}"])
def test_a_key_that_is_none_is_refused_and_not_shown(given: str) -> None:
    with pytest.raises(ConfigurationError, match=r"POINTSMAN_SIGNING_KEY '\(not shown\)'") as failure:
        RouterSettings.from_environment({"POINTSMAN_SIGNING_KEY": given})
    assert not {"short", SECRET} & set(str(failure.value).replace("'", " ").split())
    assert SECRET not in repr(RouterSettings(signing_key=f"desk-1:{SECRET}"))


def test_an_unknown_account_is_still_told_first(router: OrderRouter) -> None:
    with pytest.raises(UnknownAccount):
        router.buy_market("BTC/USDT", quantity="1", exchange="binance", account="nobody")
