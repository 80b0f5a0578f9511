"""Exchanges by name, built in or installed, and accounts that do not fit them."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints
from typing import ClassVar

import pytest
from support.exchanges import account

from router.errors import ConfigurationError, UnknownExchange
from workers import exchanges
from workers.exchanges import exchange_class, exchange_names, get_exchange
from workers.exchanges.binance.exchange import BinanceExchange
from workers.settings import Environment


class Elsewhere(BinanceExchange):
    name = "elsewhere"
    hosts: ClassVar = {Environment.TESTNET: "https://elsewhere.invalid"}


def test_our_own_are_known_by_name() -> None:
    assert "binance" in exchange_names()
    assert exchange_class("binance") is BinanceExchange


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownExchange, match=r"must be one of .*binance") as caught:
        get_exchange("binanse", account())
    assert caught.value.problem.field == "exchange"


def test_a_package_can_bring_another(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("elsewhere", f"{__name__}:Elsewhere", exchanges.ENTRY_POINTS)

    def found(group: str, **more: str) -> EntryPoints:
        return EntryPoints([entry]).select(group=group, **more)

    monkeypatch.setattr(exchanges, "entry_points", found)
    assert exchange_names() == sorted({*exchange_names(), "elsewhere"})
    assert isinstance(get_exchange("elsewhere", account(exchange="elsewhere")), Elsewhere)


def test_an_account_of_another_exchange_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="this is binance"):
        get_exchange("binance", account(exchange="okx"))


def test_an_environment_the_exchange_does_not_have_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="elsewhere has testnet"):
        exchanges_of(Elsewhere, account(exchange="elsewhere", environment=Environment.DEMO, base_url=None))


@pytest.mark.parametrize("host", ["api.binance.com", "api3.binance.com", "api-gcp.binance.com"])
def test_an_own_address_does_not_reach_real_money_by_mistake(host: str) -> None:
    with pytest.raises(ConfigurationError, match="where real money trades"):
        get_exchange("binance", account(environment=Environment.TESTNET, base_url=f"https://{host}"))


def exchanges_of(kind: type[BinanceExchange], settings: object) -> None:
    from workers.calls.local_gate import LocalGate  # noqa: PLC0415
    from workers.exchanges.assembly import assemble  # noqa: PLC0415
    from workers.exchanges.common import Common  # noqa: PLC0415

    assemble(kind, settings, LocalGate(), Common())  # type: ignore[arg-type]
