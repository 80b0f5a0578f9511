"""OKX's rate limits: which requests share a quota, what is counted, and how too many are told."""

from __future__ import annotations

import pytest
from okx_support import INVERSE, SPOT, SWAP, Answer, Local

from simulator.limits import Policy

GATEWAY = (429, {"msg": "Too Many Requests", "code": "50011"})


@pytest.fixture
def local() -> Local:
    return Local(policy=Policy())


def order(inst_id: str = SPOT, **fields: object) -> dict[str, object]:
    mode = "cash" if inst_id.count("-") == 1 else "cross"
    return {"instId": inst_id, "tdMode": mode, "side": "buy", "ordType": "limit", "px": "1", "sz": "1", **fields}


def spend(local: Local, path: str, count: int, body: object, who: int = 1) -> list[Answer]:
    return [local.post(path, body, who) for _ in range(count)]


def limited(reply: Answer) -> bool:
    return (reply.status, reply.body) == GATEWAY


def test_sixty_orders_per_user_and_instrument_in_two_seconds(local: Local) -> None:
    replies = spend(local, "/trade/order", 61, order())
    assert [limited(reply) for reply in replies] == [False] * 60 + [True]
    assert not limited(local.post("/trade/order", order("ETH-USDT"))), "another instrument"
    assert not limited(local.post("/trade/order", order(), who=2)), "another user"
    assert not limited(local.post("/trade/cancel-order", {"instId": SPOT, "ordId": "1"})), "another operation"
    assert not limited(local.get("/trade/order", instId=SPOT, ordId="1")), "another call"


def test_the_window_rolls_and_counts_refusals(local: Local) -> None:
    spend(local, "/trade/order", 30, order())
    local.clock.advance(1000)
    assert [limited(reply) for reply in spend(local, "/trade/order", 31, order())] == [False] * 30 + [True]
    local.clock.advance(999)
    assert limited(local.post("/trade/order", order()))
    local.clock.advance(1)  # the first thirty are gone; thirty, and two that were refused, are left
    assert [limited(reply) for reply in spend(local, "/trade/order", 29, order())] == [False] * 28 + [True]


def test_no_header_tells_how_much_is_used(local: Local) -> None:
    job = local.okx.job(local.ask("POST", "/trade/order", body=order()))
    reply = job.begin() or job.finish()
    assert reply.headers == {}


def test_batches_have_a_quota_of_their_own_counted_in_orders(local: Local) -> None:
    batch = [order() for _ in range(20)]
    replies = spend(local, "/trade/batch-orders", 16, batch)
    assert [limited(reply) for reply in replies] == [False] * 15 + [True]
    assert not limited(local.post("/trade/order", order()))


def test_a_batch_of_one_draws_on_the_quota_of_single_orders(local: Local) -> None:
    spend(local, "/trade/batch-orders", 60, [order()])
    assert limited(local.post("/trade/order", order()))
    assert limited(local.post("/trade/batch-orders", [order()]))
    assert not limited(local.post("/trade/batch-orders", [order(), order()]))


def test_options_count_per_family(local: Local) -> None:
    names = [row["instId"] for row in local.get("/public/instruments", instType="OPTION", instFamily="BTC-USD").data]
    other = local.get("/public/instruments", instType="OPTION", instFamily="ETH-USD").data[0]["instId"]
    replies = [local.post("/trade/order", order(names[n % len(names)])) for n in range(61)]
    assert [limited(reply) for reply in replies] == [False] * 60 + [True]
    assert not limited(local.post("/trade/order", order(other)))


def test_the_sub_accounts_cap_counts_new_and_amended_contracts_only(local: Local) -> None:
    """1000 in two seconds over all instruments and the eight calls; spot is exempt."""
    instruments = [
        row["instId"] for kind in ("SWAP", "FUTURES") for row in local.get("/public/instruments", instType=kind).data
    ]
    for n in range(50):
        name = instruments[n % len(instruments)]
        assert local.post("/trade/batch-orders", [order(name) for _ in range(20)]).code != "50061"
    over = local.post("/trade/order", order(SWAP))
    assert (over.status, over.code, over.body["data"]) == (200, "50061", [])
    assert local.post("/trade/amend-order", {"instId": INVERSE, "ordId": "1", "newPx": "1"}).code == "50061"
    assert local.post("/trade/order", order(SPOT)).code != "50061"
    assert local.post("/trade/cancel-order", {"instId": SWAP, "ordId": "1"}).code != "50061"
    assert local.post("/trade/order", order(SWAP), who=2).code != "50061"
    local.clock.advance(2000)
    assert local.post("/trade/order", order(SWAP)).code != "50061"


@pytest.mark.parametrize(
    ("path", "limit", "window_ms", "params"),
    [
        ("/public/time", 10, 2000, {}),
        ("/public/instruments", 20, 2000, {"instType": "SPOT"}),
        ("/market/books", 40, 2000, {"instId": SPOT}),
        ("/market/ticker", 20, 2000, {"instId": SPOT}),
        ("/account/balance", 10, 2000, {}),
        ("/account/positions", 10, 2000, {}),
        ("/account/config", 5, 2000, {}),
        ("/trade/orders-pending", 60, 2000, {}),
        ("/trade/orders-history", 40, 2000, {"instType": "SPOT"}),
        ("/trade/fills", 60, 2000, {}),
        ("/trade/fills-history", 10, 2000, {"instType": "SPOT"}),
        ("/trade/account-rate-limit", 1, 1000, {}),
        ("/asset/balances", 6, 1000, {}),
        ("/system/status", 1, 5000, {}),
    ],
)
def test_the_quotas_of_queries(local: Local, path: str, limit: int, window_ms: int, params: dict[str, str]) -> None:
    replies = [local.get(path, **params) for _ in range(limit + 1)]
    assert [limited(reply) for reply in replies] == [False] * limit + [True]
    local.clock.advance(window_ms)
    assert not limited(local.get(path, **params))


def test_public_calls_count_per_address_and_type(local: Local) -> None:
    for _ in range(20):
        local.get("/public/instruments", instType="SPOT")
    assert limited(local.get("/public/instruments", 2, instType="SPOT"))
    assert not limited(local.get("/public/instruments", instType="SWAP"))
    elsewhere = local.ask("GET", "/public/instruments", instType="SPOT")
    elsewhere.peer = "10.0.0.2"
    assert not limited(local.send(elsewhere))


def test_countdowns_count_per_tag(local: Local) -> None:
    replies = [local.post("/trade/cancel-all-after", {"timeOut": "10", "tag": tag}) for tag in ("a", "b", "a")]
    assert [limited(reply) for reply in replies] == [False, False, True]


def test_the_policy_multiplies() -> None:
    local = Local(policy=Policy(0.5))
    assert [limited(reply) for reply in spend(local, "/trade/order", 31, order())] == [False] * 30 + [True]
