"""Parts of an exchange with hosts of their own: where their calls go, and what happens while one cannot be read."""

from __future__ import annotations

import pytest
import redis
from pydantic import SecretStr
from support.exchanges import FUTURES, LISTING, binance

from router.errors import ConfigurationError, NotProcessed
from router.journal import Journal
from router.keys import Keys
from workers.exchanges.assembly import _route
from workers.exchanges.binance.exchange import BinanceExchange
from workers.exchanges.binance.rules import to_listing
from workers.exchanges.binance.usdm.rules import to_listing as to_futures_listing
from workers.exchanges.line import Area
from workers.exchanges.listing import Instruments, Listing
from workers.redis_clock import RedisClock
from workers.settings import AccountSettings, Environment
from workers.upkeep import Upkeep

MAIN = Area(BinanceExchange.hosts, BinanceExchange.dialect)
USDM = BinanceExchange.areas["usdm"]


def an_account(**fields: object) -> AccountSettings:
    keys = {"api_key": SecretStr("key"), "api_secret": SecretStr("secret")}
    return AccountSettings.model_validate({"name": "main", "exchange": "binance", **keys, **fields})


@pytest.mark.parametrize(
    ("fields", "main", "usdm"),
    [
        ({"environment": "live"}, "https://api.binance.com", "https://fapi.binance.com"),
        ({"environment": "testnet"}, "https://testnet.binance.vision", "https://demo-fapi.binance.com"),
        ({"environment": "demo"}, "https://demo-api.binance.com", "https://demo-fapi.binance.com"),
        ({"environment": "simulator"}, "http://127.0.0.1:9100", "http://127.0.0.1:9100"),
        (
            {"environment": "live", "base_url": "https://api1.binance.com"},
            "https://api1.binance.com",
            "https://fapi.binance.com",
        ),
        (
            {"environment": "live", "base_url": "https://gateway.internal"},
            "https://gateway.internal",
            "https://gateway.internal",
        ),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_each_part_has_its_host(fields: dict[str, object], main: str, usdm: str) -> None:
    account = an_account(**fields)
    assert _route(BinanceExchange, account, MAIN).base_url == main
    assert _route(BinanceExchange, account, USDM).base_url == usdm


@pytest.mark.parametrize("host", ["api.binance.com", "api4.binance.com", "fapi.binance.com"])
def test_no_other_environment_reaches_a_host_that_trades_real_money(host: str) -> None:
    account = an_account(environment=Environment.TESTNET, base_url=f"https://{host}")
    with pytest.raises(ConfigurationError, match="real money"):
        _route(BinanceExchange, account, MAIN)


def test_an_environment_that_a_part_does_not_have_is_named() -> None:
    with pytest.raises(ConfigurationError, match="environment"):
        _route(BinanceExchange, an_account(environment="live"), Area({}, USDM.dialect))


class Reads:
    """Both parts of Binance's markets, the second of which may be away."""

    def __init__(self) -> None:
        self.away = True

    def spot(self) -> Listing:
        return to_listing(LISTING)

    def futures(self) -> Listing:
        if self.away:
            raise NotProcessed("futures are away")
        return to_futures_listing(FUTURES)


def test_producers_are_not_told_half_of_the_markets(redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or they would refuse the other half as unlisted, for as long as nobody tells them better."""
    exchange, reads, journal = binance(), Reads(), Journal(redis_client, Keys("pointsman"))
    exchange.instruments = Instruments(reads.spot, reads.futures)
    upkeep = Upkeep(journal, exchange, RedisClock(journal), "me")
    key = journal.keys.instruments("binance", "simulator")
    assert upkeep._tell_markets() is False
    assert not redis_client.exists(key)
    reads.away = False
    monkeypatch.setattr("workers.upkeep._PART_SECONDS", 0.0)
    assert upkeep._tell_markets() is True
    told = {name.decode() for name in redis_client.hkeys(key)}
    assert {"BTC/USDT", "BTC/USDT:USDT"} <= told
    reads.away = True
    exchange.instruments.refresh()
    assert upkeep._tell_markets() is True, "what was read once is known"
