"""Bybit's batches: items stand or fall alone, in two parallel lists."""

from __future__ import annotations

from typing import Any

import pytest
from bybit_support import LocalBybit, Said


@pytest.fixture
def bybit() -> LocalBybit:
    return LocalBybit()


def item(link: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    wish = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "price": "59000", "qty": "0.01"}
    return {**wish, "orderLinkId": link, **more}


def codes(said: Said) -> list[int]:
    assert said.code == 0, said.body
    found = [each["code"] for each in said.body["retExtInfo"]["list"]]
    assert len(found) == len(said.rows)
    return found


def test_create(bybit: LocalBybit) -> None:
    answer = bybit.post(
        "order/create-batch", category="linear", request=[item("a"), item("b", positionIdx=1), item("a")]
    )
    assert codes(answer) == [0, 10001, 110072]
    assert answer.body["retExtInfo"]["list"][1]["msg"] == "position idx not match position mode"
    good, bad, _ = answer.rows
    assert (good["category"], good["symbol"], good["orderLinkId"]) == ("linear", "BTCUSDT", "a")
    assert good["createAt"] == str(bybit.clock.now_ms())
    assert bad == {"category": "linear", "symbol": "BTCUSDT", "orderId": "", "orderLinkId": "b", "createAt": ""}
    assert bybit.get("order/realtime", category="linear", orderLinkId="a").rows[0]["orderId"] == good["orderId"]


def test_all_items_may_fail_and_the_top_still_says_fine(bybit: LocalBybit) -> None:
    answer = bybit.post("order/create-batch", category="spot", request=[item("a", qty="0"), item("b", symbol="X")])
    assert codes(answer) == [170136, 170121]
    assert bybit.world.ledger.refused == {"170136": 1, "170121": 1}


def test_amend_and_cancel(bybit: LocalBybit) -> None:
    bybit.post("order/create-batch", category="spot", request=[item("a"), item("b")])
    changes = [
        {"symbol": "BTCUSDT", "orderLinkId": "a", "price": "58000"},
        {"symbol": "BTCUSDT", "orderLinkId": "c", "price": "58000"},
    ]
    assert codes(bybit.post("order/amend-batch", category="spot", request=changes)) == [0, 170213]
    gone = [{"symbol": "BTCUSDT", "orderLinkId": link} for link in ("a", "b", "a")]
    answer = bybit.post("order/cancel-batch", category="spot", request=gone)
    assert codes(answer) == [0, 0, 170213]
    assert answer.rows[2] == {"category": "spot", "symbol": "BTCUSDT", "orderId": "", "orderLinkId": "a"}
    assert bybit.get("order/realtime", category="spot").rows == []


@pytest.mark.parametrize(("category", "most"), [("spot", 10), ("linear", 20)])
def test_sizes(bybit: LocalBybit, category: str, most: int) -> None:
    many = [item(f"t-{n}") for n in range(most + 1)]
    assert bybit.post("order/create-batch", category=category, request=many).code == 10001
    assert codes(bybit.post("order/create-batch", category=category, request=many[1:])) == [0] * most
    assert bybit.post("order/create-batch", category=category, request=[]).code == 10001
    assert bybit.post("order/create-batch", category=category, request=["a"]).code == 10001
    assert bybit.post("order/create-batch", category="bonds", request=many).code == 10001
