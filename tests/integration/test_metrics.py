"""Orders through real workers, and what Prometheus is then told: it must agree with what really happened."""

from __future__ import annotations

import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.command_line import one_sentence, typed
from support.house import House, a_house
from support.processes import Process, eventually, running

from router import OrderRouter, Rejected

pytestmark = pytest.mark.processes
AT = {"exchange": "binance", "account": "sim-1"}
SECRETS = ("sim-key-1", "sim-secret-1")


class Exporter(Process):
    """`pointsman metrics` on a free port."""

    def __init__(self, folder: Path, name: str, environment: dict[str, str]) -> None:
        argv = [sys.executable, "-m", "workers.cli", "metrics", "--port", "0"]
        super().__init__(name, argv, folder / f"{name}.log", environment)

    def start(self) -> None:
        super().start()
        eventually(lambda: "serving http" in self.output(), 20, "the exporter listens")

    def text(self) -> str:
        found = re.search(r"serving (http://\S+)", self.output())
        assert found is not None
        with urllib.request.urlopen(found.group(1), timeout=10) as reply:
            return str(reply.read().decode())

    def value(self, name: str, **labels: str) -> float:
        """The sum of the samples that have these labels; 0 when there is none."""
        wanted = {f'{key}="{value}"' for key, value in labels.items()}
        rows = re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", self.text(), re.MULTILINE)
        return sum(float(value) for told, value in rows if wanted <= set(re.findall(r'\w+="[^"]*"', told)))

    def becomes(self, wanted: float, name: str, **labels: str) -> None:
        """Wait until it has at least that value, looking as seldom as is good enough."""

        def enough() -> bool:
            time.sleep(0.2)
            return self.value(name, **labels) >= wanted

        eventually(enough, 15, f"{name} {labels} is {wanted}")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("metrics"), workers=1) as built:
        yield built


@pytest.fixture(scope="module")
def exporter(house: House) -> Iterator[Exporter]:
    with running(made := Exporter(house.folder, "metrics", house.environment)):
        yield made


@pytest.fixture(scope="module")
def traded(house: House, exporter: Exporter) -> Iterator[OrderRouter]:
    """Ten orders that fill, one that is refused, one whose reply is lost."""
    with house.router() as router:
        for ticket in [router.buy_market("BTC/USDT", quantity="0.001", **AT) for _ in range(10)]:
            ticket.result(10)
        with pytest.raises(Rejected):
            router.sell_limit("SOL/USDT", "60000", "140", **AT).result(10)
        house.simulator.fault("lose_reply", method="POST", path="/api/v3/order")
        router.buy_market("BTC/USDT", quantity="0.001", **AT).result(20)
        exporter.becomes(12, "pointsman_commands_total", kind="orders.place")
        exporter.becomes(12, "pointsman_calls_total", account="sim-1", endpoint="POST /api/v3/order")
        yield router


def ended(exporter: Exporter) -> float:
    return exporter.value("pointsman_commands_total", kind="orders.place")


def workers(exporter: Exporter) -> float:
    return exporter.value("pointsman_workers", exchange="binance", lane="orders")


@pytest.mark.usefixtures("traded")
def test_every_end_is_counted_with_its_reason(exporter: Exporter) -> None:
    of = {"exchange": "binance", "account": "sim-1", "kind": "orders.place"}
    assert exporter.value("pointsman_commands_total", **of, state="done") == 11
    assert exporter.value("pointsman_commands_total", **of, state="rejected", reason="insufficient_balance") == 1
    assert exporter.value("pointsman_command_seconds_count", exchange="binance", lane="orders") == 12


@pytest.mark.usefixtures("traded")
def test_a_lost_reply_shows_as_a_doubt_that_was_settled(exporter: Exporter) -> None:
    assert exporter.value("pointsman_doubts_total", outcome="began") == 1
    assert exporter.value("pointsman_doubts_total", outcome="found") == 1
    assert exporter.value("pointsman_unknown_all") == 0


@pytest.mark.usefixtures("traded")
def test_every_hop_is_timed(exporter: Exporter) -> None:
    of = {"exchange": "binance", "lane": "orders"}
    for hop in ("queued_claimed", "claimed_sent", "sent_answered", "answered_result"):
        count = exporter.value("pointsman_hop_seconds_count", **of, hop=hop)
        assert count == (12 if hop in ("queued_claimed", "claimed_sent") else 11), hop
        assert exporter.value("pointsman_hop_seconds_sum", **of, hop=hop) > 0, hop


@pytest.mark.usefixtures("traded")
def test_the_state_of_the_house_is_told(exporter: Exporter) -> None:
    assert exporter.value("pointsman_redis_up") == 1
    assert exporter.value("pointsman_workers", exchange="binance", lane="orders") == 1
    assert exporter.value("pointsman_workers", exchange="okx", lane="orders") == 0
    assert exporter.value("pointsman_canary_age_seconds", exchange="binance", lane="cancels") < 15
    assert exporter.value("pointsman_clock_stable", way="binance:simulator:direct:" + way_host(exporter)) == 1
    assert exporter.value("pointsman_sweeper_leads") == 1
    assert exporter.value("pointsman_budget_limit", budget="request_weight", exchange="binance") == 6_000
    left = exporter.value("pointsman_budget_left", budget="request_weight", exchange="binance")
    assert 5_000 < left < 6_000
    assert exporter.value("pointsman_breaker_open") == 0


def way_host(exporter: Exporter) -> str:
    ways = re.findall(r'pointsman_clock_stable\{way="binance:simulator:direct:([^"]+)"', exporter.text())
    return next(way for way in ways if "usdm" not in way)


def test_a_halt_and_a_waiting_command_show(traded: OrderRouter, exporter: Exporter) -> None:
    traded.halt("look", account="sim-2")
    assert exporter.value("pointsman_halted", what="account:sim-2") == 1
    traded.resume(account="sim-2")
    assert exporter.value("pointsman_halts") == 0


def test_names_are_bounded_and_nothing_secret_or_single_is_a_label(traded: OrderRouter, exporter: Exporter) -> None:
    ticket = traded.buy_market("BTC/USDT", quantity="0.001", **AT)
    ticket.result(10)
    text = exporter.text()
    assert ticket.id not in text
    assert not [secret for secret in SECRETS if secret in text]
    assert len(text.splitlines()) < 1_500
    assert len(list(text_string_to_metric_families(text))) > 30  # Prometheus' own reader takes it
    exporter.becomes(13, "pointsman_commands_total", kind="orders.place")


def test_counts_go_on_over_a_restart(traded: OrderRouter, exporter: Exporter) -> None:
    before = ended(exporter)
    exporter.kill()
    traded.buy_market("BTC/USDT", quantity="0.001", **AT).result(10)
    exporter.log.write_text("")
    exporter.start()
    exporter.becomes(before + 1, "pointsman_commands_total", kind="orders.place")
    assert ended(exporter) == before + 1  # what happened meanwhile is counted too, and once


@pytest.mark.usefixtures("traded")
def test_a_killed_worker_takes_no_count_along(exporter: Exporter, house: House) -> None:
    calls = exporter.value("pointsman_calls_total")
    house.workers[0].kill()
    eventually(lambda: time.sleep(0.5) or workers(exporter) == 0, 20, "none is left")
    assert exporter.value("pointsman_calls_total") >= calls


def test_without_redis_it_says_so_and_comes_back(house: House, exporter: Exporter) -> None:
    house.valkey.kill()
    assert exporter.value("pointsman_redis_up") == 0
    assert "pointsman_commands_total" not in exporter.text()
    house.valkey.start()
    exporter.becomes(1, "pointsman_redis_up")
    assert exporter.alive()


def test_what_is_wrong_is_said_in_one_sentence() -> None:
    said = one_sentence(typed("metrics", POINTSMAN_REDIS_URL="redis://127.0.0.1:1/0"), 6)
    assert "Redis at redis://127.0.0.1:1/0 does not take commands" in said
