"""Who trades with whom, at which price, and what becomes of the rest."""

from __future__ import annotations

import pytest
from sim_support import Local, new_order

from simulator.amounts import parse
from simulator.clock import Clock
from simulator.instruments import SPOT
from simulator.ledger import Ledger
from simulator.listing import Listing, Rates
from simulator.market import Market
from simulator.orders import Side
from simulator.pool import Pool


def book(local: Local, side: str, count: int = 3) -> list[list[str]]:
    return local.call("GET", "/api/v3/depth", None, symbol="BTCUSDT", limit=count).body[side]


class TestTimeInForce:
    def test_gtc_rests_with_its_remainder(self, local: Local) -> None:
        reply = local.limit("BUY", "60000.01", "5").body
        assert (reply["status"], reply["executedQty"]) == ("PARTIALLY_FILLED", "1.04000000")
        assert book(local, "bids")[0] == ["60000.01000000", "3.96000000"]
        assert book(local, "asks")[0][0] == "60003.01000000", "the ladder stays out of a user's way"
        local.cancel(orderId=reply["orderId"])
        assert book(local, "asks")[0] == ["60000.01000000", "1.04000000"], "and comes back"

    def test_ioc_expires_its_remainder(self, local: Local) -> None:
        reply = local.limit("BUY", "60000.01", "5", timeInForce="IOC").body
        assert (reply["status"], reply["executedQty"]) == ("EXPIRED", "1.04000000")
        assert local.call("GET", "/api/v3/openOrders").body == []

    def test_fok_is_all_or_nothing(self, local: Local) -> None:
        missed = local.limit("BUY", "60000.01", "5", timeInForce="FOK").body
        assert (missed["status"], missed["executedQty"]) == ("EXPIRED", "0.00000000")
        assert missed["expiryReason"] == "UNFILLED_FOK_ORDER_EXPIRED"
        filled = local.limit("BUY", "60000.01", "1.04", timeInForce="FOK").body
        assert filled["status"] == "FILLED"

    def test_a_limit_order_takes_better_prices_and_pays_them(self, local: Local) -> None:
        reply = local.limit("BUY", "61000", "1").body
        assert [fill["price"] for fill in reply["fills"]] == ["60000.01000000"]
        assert local.balance("USDT") == ("9939999.99000000", "0.00000000")

    def test_market_orders_end_with_the_book(self, local: Local) -> None:
        local.call("GET", "/api/v3/depth", None, symbol="BTCUSDT")
        reply = local.buy_market("112").body
        assert (reply["status"], reply["expiryReason"]) == ("EXPIRED", "INSUFFICIENT_LIQUIDITY")
        assert 0 < float(reply["executedQty"]) < 112
        assert local.balance("USDT")[1] == "0.00000000"
        assert local.buy_market("1").body["status"] == "FILLED", "the ladder is filled up again"


class TestQuoteAmounts:
    def test_buying_spends_at_most_the_amount(self, local: Local) -> None:
        reply = local.order(side="BUY", type="MARKET", quoteOrderQty="1000").body
        assert (reply["status"], reply["origQty"]) == ("FILLED", reply["executedQty"])
        assert 999 < float(reply["cummulativeQuoteQty"]) <= 1000
        assert reply["origQuoteOrderQty"] == "1000.00000000"

    def test_selling_receives_at_most_the_amount(self, local: Local) -> None:
        reply = local.order(side="SELL", type="MARKET", quoteOrderQty="200000").body
        assert reply["status"] == "FILLED"
        assert len(reply["fills"]) > 1
        assert 199_998 < float(reply["cummulativeQuoteQty"]) <= 200_000

    def test_more_than_the_book_has(self, local: Local) -> None:
        reply = local.order(side="BUY", type="MARKET", quoteOrderQty="9000000").body
        assert reply["status"] == "EXPIRED"
        assert reply["origQty"] == reply["executedQty"]

    def test_less_than_one_lot(self, local: Local) -> None:
        local.world.markets["binance", "spot"].move("BTCUSDT", 900_000 * 10**12)
        reply = local.order(side="BUY", type="MARKET", quoteOrderQty="5")
        assert reply.refusal[1:] == (-2010, "Order book liquidity is less than `LOT_SIZE` filter minimum quantity.")


class TestPriority:
    def test_price_comes_before_time(self, local: Local) -> None:
        worse = local.limit("SELL", "60000.00", "0.01", who=2).body
        better = local.limit("SELL", "59999.999".replace("999.999", "999.99"), "0.01", who=3)
        assert better.body["status"] == "FILLED", "it met the ladder's bid"
        assert local.get(2, orderId=worse["orderId"]).body["status"] == "NEW"
        local.buy_market("0.01")
        assert local.get(2, orderId=worse["orderId"]).body["status"] == "FILLED"

    def test_first_come_first_served(self, local: Local) -> None:
        first, second = (local.limit("SELL", "60000", "0.01", who=who).body["orderId"] for who in (2, 3))
        local.buy_market("0.01")
        assert local.get(2, orderId=first).body["status"] == "FILLED"
        assert local.get(3, orderId=second).body["status"] == "NEW"

    def test_the_ladder_refilled_goes_behind_a_user(self, local: Local) -> None:
        mine = local.limit("SELL", "60000.01", "0.5", who=2).body["orderId"]
        local.buy_market("1.04", who=3)
        assert local.get(2, orderId=mine).body["executedQty"] == "0.00000000", "the ladder was there first"
        local.buy_market("0.5", who=3)
        assert local.get(2, orderId=mine).body["status"] == "FILLED", "its refill came later"

    def test_an_iceberg_shows_a_part_and_loses_its_place(self, local: Local) -> None:
        berg = local.limit("SELL", "60000", "1", who=2, icebergQty="0.1").body["orderId"]
        assert book(local, "asks")[0] == ["60000.00000000", "0.10000000"]
        plain = local.limit("SELL", "60000", "0.1", who=3).body["orderId"]
        local.buy_market("0.15")
        assert local.get(2, orderId=berg).body["executedQty"] == "0.10000000"
        assert local.get(3, orderId=plain).body["executedQty"] == "0.05000000"
        local.buy_market("0.5")
        assert local.get(2, orderId=berg).body["executedQty"] == "0.55000000"
        assert book(local, "asks")[0] == ["60000.00000000", "0.05000000"]

    def test_maker_and_taker_are_told_apart(self, local: Local) -> None:
        local.limit("SELL", "60000", "0.01", who=2)
        local.buy_market("0.01")
        maker = local.call("GET", "/api/v3/myTrades", 2, symbol="BTCUSDT").body[0]
        taker = local.call("GET", "/api/v3/myTrades", 1, symbol="BTCUSDT").body[0]
        assert (maker["isMaker"], maker["isBuyer"], maker["commissionAsset"]) == (True, False, "USDT")
        assert (taker["isMaker"], taker["isBuyer"], taker["commission"]) == (False, True, "0.00001000")
        assert maker["id"] == taker["id"]


class TestPostOnly:
    def test_refused_when_it_would_take(self, local: Local) -> None:
        wish = {"side": "BUY", "type": "LIMIT_MAKER", "quantity": "0.01"}
        refused = local.order(**wish, price="60000.01")
        assert refused.refusal == (400, -2010, "Order would immediately match and take.")
        assert local.order(**wish, price="60000").status == 200


class TestFunds:
    def test_insufficient(self, local: Local) -> None:
        text = "Account has insufficient balance for requested action."
        assert local.limit("SELL", "61000", "146", who=1).status == 200
        for _ in range(5):
            local.limit("SELL", "61000", "146")
        assert local.limit("SELL", "61000", "146").refusal == (400, -2010, text)
        assert local.limit("SELL", "61000", "123.99").status == 200
        assert local.order(side="SELL", type="MARKET", quantity="0.01").status == 200
        assert local.order(side="SELL", type="MARKET", quantity="0.01").refusal == (400, -2010, text)
        assert local.order(side="BUY", type="MARKET", quoteOrderQty="20000000").refusal == (400, -2010, text)
        assert local.world.ledger.counts()["refused"] == {"-2010": 3}

    def test_locked_and_freed(self, local: Local) -> None:
        number = local.limit("BUY", "59000", "1").body["orderId"]
        assert local.balance("USDT") == ("9941000.00000000", "59000.00000000")
        local.order(who=2, side="SELL", type="MARKET", quantity="0.1")
        local.cancel(orderId=number)
        assert local.balance("USDT") == ("10000000.00000000", "0.00000000")


class TestStops:
    def place(self, local: Local, side: str, kind: str, **params: object) -> int:
        reply = local.order(side=side, type=kind, quantity="0.01", newOrderRespType="RESULT", **params)
        assert reply.body["status"] == "NEW", reply
        return int(reply.body["orderId"])

    @pytest.mark.parametrize(
        ("side", "kind", "wrong", "right"),
        [
            ("BUY", "STOP_LOSS", "59000", "61000"),
            ("SELL", "STOP_LOSS", "61000", "59000"),
            ("BUY", "TAKE_PROFIT", "61000", "59000"),
            ("SELL", "TAKE_PROFIT", "59000", "61000"),
        ],
    )
    def test_the_side_of_the_stop(self, local: Local, side: str, kind: str, wrong: str, right: str) -> None:
        for price in (wrong, "60000"):
            refused = local.order(side=side, type=kind, quantity="0.01", stopPrice=price)
            assert refused.refusal == (400, -2010, "Order would trigger immediately.")
        number = self.place(local, side, kind, stopPrice=right)
        assert local.get(orderId=number).body["isWorking"] is False
        edge = "60999" if right == "61000" else "59001"
        local.market.move("BTCUSDT", int(edge) * 10**12)
        assert local.get(orderId=number).body["status"] == "NEW"
        local.market.move("BTCUSDT", int(right) * 10**12)
        found = local.get(orderId=number).body
        assert (found["status"], found["isWorking"]) == ("FILLED", True)

    def test_a_stop_limit_rests_after_waking(self, local: Local) -> None:
        number = self.place(local, "BUY", "STOP_LOSS_LIMIT", stopPrice="61000", price="60500", timeInForce="GTC")
        assert local.balance("USDT")[1] == "605.00000000"
        local.market.move("BTCUSDT", 61_000 * 10**12)
        found = local.get(orderId=number).body
        assert (found["status"], found["isWorking"], found["workingTime"]) == ("NEW", True, local.clock.now_ms())
        local.market.move("BTCUSDT", 60_400 * 10**12)
        assert local.get(orderId=number).body["status"] == "FILLED"

    def test_a_trade_wakes_a_stop(self, local: Local) -> None:
        number = self.place(local, "BUY", "STOP_LOSS", stopPrice="60003.01")
        local.buy_market("1.05", who=2)
        assert local.get(orderId=number).body["status"] == "FILLED"

    def test_a_trailing_stop_follows_the_market_up(self, local: Local) -> None:
        number = self.place(local, "SELL", "STOP_LOSS", trailingDelta="100")
        local.market.move("BTCUSDT", 62_000 * 10**12)
        local.market.move("BTCUSDT", 61_381 * 10**12)
        assert local.get(orderId=number).body["status"] == "NEW", "61380 is one percent below the peak"
        local.market.move("BTCUSDT", 61_380 * 10**12)
        assert local.get(orderId=number).body["status"] == "FILLED"

    def test_a_trailing_stop_with_an_activation_price(self, local: Local) -> None:
        number = self.place(local, "BUY", "TAKE_PROFIT", trailingDelta="100", stopPrice="59000")
        for price in (59_500, 58_900, 58_400):
            local.market.move("BTCUSDT", price * 10**12)
            assert local.get(orderId=number).body["status"] == "NEW"
        local.market.move("BTCUSDT", 58_311 * 10**12)
        assert local.get(orderId=number).body["status"] == "FILLED", "one percent below 58900"

    def test_a_stop_that_can_no_longer_be_paid_expires(self, local: Local) -> None:
        number = self.place(local, "BUY", "STOP_LOSS", stopPrice="61000")
        local.order(side="BUY", type="MARKET", quoteOrderQty="5000000")
        free = local.market.wallet("sim-1").free
        free["USDT"] = 0
        local.market.move("BTCUSDT", 200_000 * 10**12)
        assert local.get(orderId=number).body["status"] == "EXPIRED"
        assert local.balance("USDT") == ("610.00000000", "0.00000000")

    def test_waiting_stops_can_be_cancelled(self, local: Local) -> None:
        number = self.place(local, "SELL", "STOP_LOSS", stopPrice="59000")
        assert local.balance("BTC")[1] == "0.01000000"
        assert local.cancel(orderId=number).body["status"] == "CANCELED"
        assert local.balance("BTC") == ("1000.00000000", "0.00000000")


class TestSelfTrade:
    def meet(self, local: Local, mode: str | None) -> tuple[dict[str, str], dict[str, str]]:
        maker = local.limit("SELL", "60000", "0.01").body["orderId"]
        extra = {} if mode is None else {"selfTradePreventionMode": mode}
        taker = local.limit("BUY", "60000", "0.03", **extra).body
        return local.get(orderId=maker).body, taker

    def test_without_a_mode_one_trades_with_oneself(self, local: Local) -> None:
        maker, taker = self.meet(local, None)
        assert (maker["status"], taker["status"]) == ("FILLED", "PARTIALLY_FILLED")
        assert len(local.call("GET", "/api/v3/myTrades", symbol="BTCUSDT").body) == 2

    @pytest.mark.parametrize(
        ("mode", "maker_status", "taker_status"),
        [
            ("EXPIRE_MAKER", "EXPIRED_IN_MATCH", "NEW"),
            ("EXPIRE_TAKER", "NEW", "EXPIRED_IN_MATCH"),
            ("EXPIRE_BOTH", "EXPIRED_IN_MATCH", "EXPIRED_IN_MATCH"),
        ],
    )
    def test_modes(self, local: Local, mode: str, maker_status: str, taker_status: str) -> None:
        maker, taker = self.meet(local, mode)
        assert (maker["status"], taker["status"]) == (maker_status, taker_status)
        assert "preventedMatchId" in (maker if maker_status != "NEW" else taker)
        assert local.world.ledger.trades == []
        locked = {"EXPIRE_MAKER": "0.00000000", "EXPIRE_TAKER": "0.01000000", "EXPIRE_BOTH": "0.00000000"}
        assert local.balance("BTC") == (f"{1000 - float(locked[mode]):.8f}", locked[mode])

    def test_own_orders_neither_cost_nor_fill(self, local: Local) -> None:
        local.limit("SELL", "60000", "0.02")
        local.market.wallet("sim-1").free["USDT"] = 600 * 10**12
        buy = {"side": "BUY", "type": "MARKET", "quantity": "0.01", "selfTradePreventionMode": "EXPIRE_MAKER"}
        assert local.order(**buy).code == -2010, "the next seller wants 600.0001"
        fok = local.limit("BUY", "60000", "0.01", timeInForce="FOK", selfTradePreventionMode="EXPIRE_MAKER").body
        assert fok["status"] == "EXPIRED"
        assert len(local.call("GET", "/api/v3/openOrders").body) == 1, "an order that expires unmatched expires alone"

    def test_others_are_not_concerned(self, local: Local) -> None:
        local.limit("SELL", "60000", "0.01", who=2)
        taker = local.limit("BUY", "60000", "0.01", selfTradePreventionMode="EXPIRE_BOTH").body
        assert taker["status"] == "FILLED"


class TestTheMarket:
    def test_it_is_the_same_for_a_seed(self) -> None:
        first, second, other = Local(seed=5), Local(seed=5), Local(seed=6)
        assert book(first, "asks") == book(second, "asks") != book(other, "asks")

    def test_thousands_of_market_orders_leave_it_where_it_was(self, local: Local) -> None:
        for n in range(2000):
            side = "SELL" if n % 3 else "BUY"
            assert local.order(side=side, type="MARKET", quantity="0.1").body["status"] == "FILLED"
        assert float(book(local, "bids")[0][0]) == 59_999.99
        assert float(book(local, "asks")[0][0]) == 60_000.01

    def test_public_records_of_trading(self, local: Local) -> None:
        local.buy_market("0.01")
        local.clock.advance(60_000)
        local.order(side="SELL", type="MARKET", quantity="0.02")

        def candles(interval: str, **params: object) -> list[list[object]]:
            path = "/api/v3/klines"
            return local.call("GET", path, None, symbol="BTCUSDT", interval=interval, **params).body

        opened, first, *_, last, volume, closed, quote, count, taker, taker_quote, _ = candles("1h")[0]
        assert (first, last, volume, count) == ("60000.01000000", "59999.99000000", "0.03000000", 2)
        assert (quote, taker, taker_quote) == ("1799.99990000", "0.01000000", "600.00010000")
        assert closed - opened == 3_599_999
        minutes = candles("1m")
        assert [minute[5] for minute in minutes] == ["0.01000000", "0.02000000"]
        assert candles("1m", limit=1) == minutes[1:]
        assert candles("1m", startTime=minutes[1][0]) == minutes[1:]
        assert candles("1m", endTime=minutes[0][6]) == minutes[:1]
        assert local.call("GET", "/api/v3/klines", None, symbol="BTCUSDT", interval="1y").code == -1120
        rows = local.call("GET", "/api/v3/aggTrades", None, symbol="BTCUSDT", fromId=2).body
        assert [(row["a"], row["q"], row["m"]) for row in rows] == [(2, "0.02000000", True)]
        day = local.call("GET", "/api/v3/ticker/24hr", None, symbol="BTCUSDT").body
        assert (day["openPrice"], day["highPrice"], day["lowPrice"]) == (first, first, last)
        assert (day["priceChange"], day["weightedAvgPrice"]) == ("-0.02000000", "59999.99666666")
        assert (day["volume"], day["firstId"], day["lastId"], day["lastQty"]) == ("0.03000000", 1, 2, "0.02000000")
        mini = local.call("GET", "/api/v3/ticker/24hr", None, symbol="BTCUSDT", type="MINI").body
        assert "priceChange" not in mini
        assert mini.items() <= day.items()

    def test_moving_it_sweeps_resting_orders(self, local: Local) -> None:
        bid = local.limit("BUY", "59000", "0.01").body["orderId"]
        far = local.limit("BUY", "57000", "0.01").body["orderId"]
        local.market.move("BTCUSDT", 58_000 * 10**12)
        assert local.get(orderId=bid).body["status"] == "FILLED"
        assert local.get(orderId=far).body["status"] == "NEW"
        assert book(local, "bids")[0][0] == "57999.99000000"
        ticker = local.call("GET", "/api/v3/ticker/24hr", None, symbol="BTCUSDT").body
        assert (ticker["lastPrice"], ticker["count"]) == ("58000.00000000", 1)


@pytest.mark.parametrize(("maker_side", "fees"), [(Side.SELL, ("0.002", "60")), (Side.BUY, ("0.001", "120"))])
def test_makers_and_takers_pay_their_own_rates(maker_side: Side, fees: tuple[str, str]) -> None:
    rates = Rates(maker=parse("0.001"), taker=parse("0.002"))
    clock = Clock()
    market = Market(Listing("binance", "spot", SPOT, rates), Pool(clock, Ledger(clock), 1))
    for name in ("sim-1", "sim-2"):
        market.wallets.open(name, {"BTC": parse("10"), "USDT": parse("600000")})
    taker_side = Side.BUY if maker_side is Side.SELL else Side.SELL
    market.place(new_order(market, maker_side, "60000", "1", account="sim-2"))
    trade = market.place(new_order(market, taker_side, "60000", "1")).trades[0]
    assert (trade.buy_fee, trade.sell_fee) == ((parse(fees[0]), "BTC"), (parse(fees[1]), "USDT"))
    assert market.wallet("fees").free == {"BTC": parse(fees[0]), "USDT": parse(fees[1])}
