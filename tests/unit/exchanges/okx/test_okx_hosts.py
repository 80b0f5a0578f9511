"""Where OKX accounts may go: the demo is on the live hosts, told apart by a header; nothing else may reach them."""

from __future__ import annotations

import pytest
from support.okx import account

from router.errors import ConfigurationError
from workers.calls.local_gate import LocalGate
from workers.exchanges import get_exchange
from workers.settings import Environment

REGIONS = ["https://eea.okx.com", "https://us.okx.com", "https://app.okx.com", "https://tr.okx.com"]


@pytest.mark.parametrize("environment", [Environment.LIVE, Environment.DEMO])
@pytest.mark.parametrize("base_url", [None, *REGIONS])
def test_live_and_demo_accounts_reach_their_region(environment: Environment, base_url: str | None) -> None:
    exchange = get_exchange("okx", account(base_url, environment=environment), LocalGate())
    assert exchange.name == "okx"
    assert exchange.hosts[environment] == "https://openapi.okx.com"


@pytest.mark.parametrize("environment", [Environment.SIMULATOR, Environment.TESTNET])
@pytest.mark.parametrize("base_url", [*REGIONS, "https://openapi.okx.com", "https://www.okx.com", "https://my.okx.com"])
def test_no_other_account_reaches_real_money(environment: Environment, base_url: str) -> None:
    with pytest.raises(ConfigurationError, match="is where real money trades"):
        get_exchange("okx", account(base_url, environment=environment), LocalGate())


def test_there_is_no_testnet() -> None:
    with pytest.raises(ConfigurationError, match=r"accounts.main.environment 'testnet': okx has live, demo"):
        get_exchange("okx", account(None, environment=Environment.TESTNET), LocalGate())


def test_a_passphrase_is_asked_for_before_anything_is_sent() -> None:
    with pytest.raises(ConfigurationError, match=r"accounts.main.passphrase"):
        get_exchange("okx", account(passphrase=None), LocalGate())
