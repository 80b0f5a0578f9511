"""An exchange from another package (examples/harbour): found by its entry point, used directly and by a worker."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr
from support.command_line import at_once, pointsman
from support.harbour import KEY, MARKET, SECRET, a_harbour
from support.house import a_house
from support.processes import ROOT

from router import OrderStatus, OutcomeUnknown, Rejected, Unsupported
from workers.calls.local_gate import LocalGate
from workers.exchanges import exchange_names, get_exchange
from workers.settings import AccountSettings, Environment

PACKAGE = ROOT / "examples" / "harbour"


def install(folder: Path) -> list[str]:
    """What an installer leaves behind: the package on the path, and beside it what its pyproject.toml declares."""
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = project["entry-points"].items()
    lines = [line for group, names in groups for line in (f"[{group}]", *(f"{a} = {b}" for a, b in names.items()))]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return [str(folder), str(PACKAGE)]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for path in install(tmp_path):
        monkeypatch.syspath_prepend(path)
    yield
    for name in [name for name in sys.modules if name.startswith("harbour_exchange")]:
        del sys.modules[name]


def an_account(url: str) -> AccountSettings:
    keys = {"api_key": SecretStr(KEY), "api_secret": SecretStr(SECRET)}
    place = {"name": "mine", "exchange": "harbour", "environment": Environment.TESTNET, "base_url": url}
    return AccountSettings.model_validate({**place, **keys})


def test_without_the_package_nobody_knows_it() -> None:
    assert "harbour" not in exchange_names()


@pytest.mark.usefixtures("installed")
def test_it_is_found_by_name_and_trades() -> None:
    assert "harbour" in exchange_names()
    with a_harbour() as (harbour, url), get_exchange("harbour", an_account(url), LocalGate()) as exchange:
        rests = exchange.buy_limit(MARKET, "0.01", "50000", client_order_id="rests")
        assert [order.client_order_id for order in exchange.get_open_orders()] == ["rests"]
        assert exchange.cancel_order(MARKET, order_id=rests.order_id).status is OrderStatus.CANCELLED
        filled = exchange.buy_market(MARKET, quantity="0.02")
        assert (filled.status, filled.average_price) == (OrderStatus.FILLED, Decimal(60_000))
        assert [fill.quantity for fill in exchange.get_fills(MARKET, order_id=filled.order_id)] == [Decimal("0.02")]
        assert exchange.get_balance("BTC").free == Decimal("0.02")
        assert exchange.get_market_data(MARKET).last_price == exchange.get_orderbook(MARKET).asks[0].price - Decimal(
            "0.1"
        )
        with pytest.raises(Rejected, match="insufficient_balance"):
            exchange.buy_market(MARKET, quantity="2")
        with pytest.raises(Unsupported, match="exchange harbour"):
            exchange.amend_order(MARKET, order_id=rests.order_id, price="1")
        harbour.lose = 1
        with pytest.raises(OutcomeUnknown):
            exchange.buy_market(MARKET, quantity="0.03", client_order_id="lost")
        found = exchange.find_order(rests.symbol, "lost")
        assert found is not None
        assert exchange.search_order(rests.symbol, "lost", 0) == found
        assert exchange.find_order(rests.symbol, "never") is None


ACCOUNT = """
[accounts.mine]
exchange = "harbour"
environment = "testnet"
base_url = "{url}"
api_key = "{key}"
api_secret = "{secret}"
"""


@pytest.mark.processes
def test_a_worker_serves_it_and_settles_a_lost_reply(tmp_path: Path) -> None:
    site, file = tmp_path / "site", tmp_path / "accounts.toml"
    site.mkdir()
    told = {"PYTHONPATH": ":".join(install(site)), "POINTSMAN_ACCOUNTS": str(file)}
    with a_harbour() as (harbour, url):
        file.write_text(ACCOUNT.format(url=url, key=KEY, secret=SECRET))
        with a_house(tmp_path, exchanges="harbour", **told) as house, house.router() as router:
            at = {"exchange": "harbour", "account": "mine"}
            rests = router.buy_limit(MARKET, "0.01", "50000", **at)
            assert rests.order(20).status is OrderStatus.NEW
            assert router.cancel(rests).order(20).status is OrderStatus.CANCELLED
            harbour.lose = 1
            lost = router.buy_market(MARKET, quantity="0.02", **at)
            assert lost.order(30).status is OrderStatus.FILLED
            assert router.get_balances(**at)["BTC"].free == Decimal("0.02")
            assert router.get_positions(**at) == []
            assert [row["client_order_id"] for row in harbour.orders] == [rests.id, lost.id]
            shown = at_once(lambda *words: pointsman(*words, **house.environment), ["queues", "accounts"])
            assert "harbour.orders" in shown["queues"].out
            assert "harbour testnet" in shown["accounts"].out
