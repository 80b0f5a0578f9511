"""Flower in a real browser: log in, look around as a trader does, and try to do harm from another site."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from support.browser import Page, a_page, chromium
from support.flower import PASSWORD, USER, Flower
from support.house import House, a_house
from support.processes import eventually, running

from router import OrderRouter

pytestmark = pytest.mark.processes
AT = {"exchange": "binance", "account": "sim-1"}
PICTURE = os.environ.get("POINTSMAN_TEST_PICTURES")  # where `make pictures` wants them


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    chromium()
    with a_house(tmp_path_factory.mktemp("browser"), workers=1) as made:
        yield made


@pytest.fixture
def elsewhere(house: House) -> str:
    return house.simulator.url


@pytest.fixture(scope="module")
def flower(house: House) -> Iterator[Flower]:
    made = Flower(house.folder, house.environment)
    with running(made), house.router() as router:
        eventually(lambda: any(made.document("/api/workers?status=1").values()), 30, "Flower knows the worker")
        trade(house, router)
        eventually(lambda: len(made.document("/api/tasks")) >= 6, 10, "Flower has heard of the orders")
        yield made


def trade(house: House, router: OrderRouter) -> None:
    """One of each that a trader wants to see: filled, resting, refused, and one that waits for its turn."""
    router.buy_market("BTC/USDT", quantity="0.01", **AT).result(10)
    router.buy_limit("ETH/USDT", "0.5", "2500", **AT).result(10)
    router.sell_limit("SOL/USDT", "60000", "140", **AT)
    router.get_balances(**AT)
    router.get_market_data(symbol="BTC/USDT", **AT)
    house.simulator.fault("maintenance", method="POST", path="/api/v3/order", times=50)
    router.buy_market("ETH/USDT", quantity="0.1", expires_in=60, **AT)


def look(visit: Callable[[Page], Awaitable[None]]) -> None:
    async def run() -> None:
        async with asyncio.timeout(60):
            async with a_page() as page:
                await visit(page)
                assert page.errors == []

    asyncio.run(run())


def test_a_person_logs_in_and_sees_workers_queues_and_an_order(flower: Flower, tmp_path: Path) -> None:
    folder = Path(PICTURE) if PICTURE else tmp_path

    async def visit(page: Page) -> None:
        page.log_in(USER, PASSWORD)
        await page.go(f"{flower.url}/workers", "document.body.innerText.includes('binance-')")
        assert "Online" in await page.text()
        await page.go(f"{flower.url}/broker", "document.body.innerText.includes('binance.cancels')")
        for queue in ("binance.cancels", "binance.orders", "binance.queries"):
            assert queue in await page.text()
        await page.go(f"{flower.url}/tasks", "document.body.innerText.includes('sim-1 buy 0.01 BTC/USDT market')")
        shown = await page.text()
        assert "orders.place" in shown
        assert "sim-1 buy 0.5 ETH/USDT limit 2500 GTC" in shown
        assert "insufficient_balance" in shown
        await page.picture(folder / "flower.png")
        link = await page.evaluate("[...document.links].map(l => l.href).find(h => h.includes('/task/'))")
        await page.go(
            str(link), "document.body.innerText.includes('orders.') || document.body.innerText.includes('queries.')"
        )
        assert "sim-1" in await page.text()

    look(visit)


def test_what_waits_is_a_retry_with_its_reason(flower: Flower) -> None:
    async def visit(page: Page) -> None:
        page.log_in(USER, PASSWORD)
        await page.go(f"{flower.url}/tasks", "document.body.innerText.includes('RETRY')")
        row = await page.evaluate(
            "[...document.querySelectorAll('tr')].map(r => r.innerText).find(t => t.includes('RETRY'))"
        )
        assert "sim-1 buy 0.1 ETH/USDT market" in row
        assert "waiting" in row or "unknown" in row

    look(visit)


def test_without_the_login_a_browser_sees_nothing(flower: Flower) -> None:
    async def visit(page: Page) -> None:
        for path in ("/", "/workers", "/tasks", "/broker"):
            await page.go(f"{flower.url}{path}")
            assert page.said[f"{flower.url}{path}"] == 401
            assert "binance" not in await page.text()

    look(visit)


def test_another_site_cannot_act_in_the_name_of_who_is_logged_in(flower: Flower, elsewhere: str) -> None:
    """A page of somebody else's, in the browser that has the login: it sends, is refused, and reads nothing.

    The simulator plays that somebody: another port of this machine, so that the browser sends the login along.
    """
    place = f"{flower.url}/api/task/send-task/orders.place"

    async def visit(page: Page) -> None:
        page.log_in(USER, PASSWORD)
        await page.go(f"{flower.url}/workers", "document.body.innerText.includes('binance-')")
        await page.go(f"{elsewhere}/api/v3/time", "document.body.innerText.includes('serverTime')")
        send = f"fetch('{place}', {{method: 'POST', mode: 'no-cors', credentials: 'include', body: '{{}}'}})"
        await page.evaluate(f"{send}.then(reply => reply.type)")
        assert page.said.get(place) in (401, 403)
        read = f"fetch('{flower.url}/api/tasks', {{credentials: 'include'}}).then(r => r.text()).catch(e => 'refused')"
        assert await page.evaluate(read) == "refused"
        form = f"<form id=f method=post action={place}><input name=x value=1></form><script>f.submit()</script>"
        await page.evaluate(f"document.body.innerHTML = {form!r}; document.getElementById('f').submit()")
        await asyncio.sleep(0.5)
        assert page.said.get(place) in (401, 403)

    look(visit)
