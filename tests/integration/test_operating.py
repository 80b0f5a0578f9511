"""What operators type: config check, watch, confirmation of live orders, exit codes, trouble as JSON, the doctor."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from support.command_line import POINTSMAN, Done, one_sentence, typed
from support.house import House, a_house
from support.processes import ROOT, Valkey, eventually, running

from router.catalog import ServedAccount
from workers.cli import cli

pytestmark = pytest.mark.processes
ACCOUNT = """
[accounts.main]
exchange = "binance"
environment = "testnet"
api_key = { env = "THE_KEY" }
api_secret = "PLANTED-SECRET"
[accounts.main.guards]
max_notional = 500
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("house"), workers=1) as built:
        yield built


def tell(house: House, *words: str, **environment: str) -> Done:
    return typed(*words, **{**house.environment, **environment})


class TestConfigCheck:
    def test_good_settings_are_shown_without_secrets(self, tmp_path: Path) -> None:
        (tmp_path / "accounts.toml").write_text(ACCOUNT)
        told = {"POINTSMAN_ACCOUNTS": str(tmp_path / "accounts.toml"), "THE_KEY": "PLANTED-KEY"}
        told |= {"POINTSMAN_REDIS_URL": "redis://:PLANTED@nowhere:1/0"}
        table, document = typed("config", "check", **told), typed("config", "check", "--json", **told)
        assert (table.code, document.code) == (0, 0), table
        assert document.document["accounts"]["main"]["guards"] == "max_notional 500"
        assert document.document["settings"]["redis_url"] == "redis://***@nowhere:1/0"
        assert "PLANTED" not in table.out + table.err + document.out + document.err

    def test_every_mistake_is_named_with_the_nearest_name(self, tmp_path: Path) -> None:
        (tmp_path / "accounts.toml").write_text(ACCOUNT.replace("max_notional", "max_notionl"))
        told = {"POINTSMAN_ACCOUNTS": str(tmp_path / "accounts.toml"), "THE_KEY": "k"}
        misspelt = "POINTSMAN_REDIS_ULR"
        told |= {misspelt: "redis://:PLANTED@x/0", "POINTSMAN_FLOWER_PASSWORD": "a,b"}
        done = typed("config", "check", **told)
        assert (done.code, done.out) == (2, "")
        assert done.err.splitlines() == [
            f"configuration {misspelt} '(not shown)': is no setting of Pointsman; did you mean POINTSMAN_REDIS_URL?",
            "configuration accounts.main.guards.max_notionl 'max_notionl': is no guard; did you mean max_notional?",
            "configuration POINTSMAN_FLOWER_PASSWORD '(not shown)': must be printable ASCII without comma",
        ]

    def test_the_examples_are_right(self, tmp_path: Path) -> None:
        keys = {"BINANCE_KEY": "k", "BINANCE_SECRET": "s", "SIMULATOR_KEY": "k", "SIMULATOR_SECRET": "s"}
        example = ROOT / "config" / "accounts.example.toml"
        assert typed("config", "check", POINTSMAN_ACCOUNTS=str(example), **keys).code == 0
        for file in sorted((ROOT / "config" / "accounts").glob("*.example.toml")):
            text = re.sub(r"\{ file = [^}]*\}", '"planted-x"', file.read_text())
            (tmp_path / "here.toml").write_text(text)
            assert typed("config", "check", POINTSMAN_ACCOUNTS=str(tmp_path / "here.toml")).code == 0, file


class TestWatch:
    def test_it_shows_everything_in_eighty_columns(self, house: House) -> None:
        placed = tell(house, "order", "buy", "BTC/USDT", "0.01", "--json").document
        eventually(lambda: "binance.orders" in tell(house, "watch", "--once").out, 20, "the worker is seen")
        shown = tell(house, "watch", "--once", COLUMNS="200").out
        assert max(map(len, shown.splitlines())) <= 80
        for word in ("not ended", "in doubt", "queue", "unknown", "budget", "breaker", "clock", "worker", "canary"):
            assert word in shown
        assert re.search(rf"done +sim-1 buy 0.01 BTC/USDT market +{placed['command_id'][:8]}", shown)

    def test_as_json_it_is_one_line_a_look(self, house: House) -> None:
        (line,) = tell(house, "watch", "--once", "--json").out.splitlines()
        assert {"queues", "workers", "budgets", "breakers", "clocks", "bans", "halts", "commands"} <= set(
            json.loads(line)
        )

    def test_on_a_terminal_it_stays_and_ctrl_c_ends_it(self, house: House) -> None:
        child, screen = on_a_terminal(house, "watch", "--interval", "0.2")
        seen = b""
        end = time.monotonic() + 20
        while b"Pointsman" not in seen and time.monotonic() < end:
            seen += os.read(screen, 4096)
        child.send_signal(signal.SIGINT)
        eventually(lambda: drained(screen) and child.poll() is not None, 20, "it ends")
        assert child.returncode == 0
        assert b"Pointsman" in seen
        os.close(screen)


def drained(screen: int) -> bool:
    """Read what is drawn: a terminal that nobody reads is full at some time, and who draws waits."""
    with contextlib.suppress(OSError):  # nobody has the other side open any more
        while select.select([screen], [], [], 0)[0] and os.read(screen, 4096):
            pass
    return True


def on_a_terminal(house: House, *words: str) -> tuple[subprocess.Popen[bytes], int]:
    ours, theirs = pty.openpty()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, for all it starts, in the background of a shell
    environment = {**os.environ, **house.environment, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    child = subprocess.Popen(
        [*POINTSMAN, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=ROOT
    )
    os.close(theirs)
    return child, ours


class TestLiveOrders:
    """No worker serves them here; a record of the account is what the command line goes by."""

    @pytest.fixture
    def live(self, tmp_path: Path) -> Iterator[House]:
        with running(server := Valkey(tmp_path)):
            client = server.client()
            account = ServedAccount(exchange="binance", environment="live").model_dump_json()
            client.hset("pointsman:accounts", "real", account)
            client.close()
            yield House(tmp_path, server, simulator=None)  # type: ignore[arg-type]

    def ask(self, live: House, *words: str) -> Done:
        return typed("order", "buy", "BTC/USDT", "1", "--account", "real", *words, POINTSMAN_REDIS_URL=live.valkey.url)

    def test_nothing_is_sent_unless_it_is_meant(self, live: House) -> None:
        assert "trades real money: say --yes" in one_sentence(self.ask(live), 2)
        client = live.valkey.client()
        assert client.xlen("pointsman:events") == 0
        assert self.ask(live, "--yes", "--timeout", "0.3").code == 4
        assert client.xlen("pointsman:events") == 1
        (event,) = client.xrange("pointsman:events")
        amend = typed("amend", event[1][b"id"].decode(), "--price", "1", POINTSMAN_REDIS_URL=live.valkey.url)
        assert "trades real money: say --yes" in one_sentence(amend, 2)
        client.close()

    @pytest.mark.parametrize(("typed", "code"), [("real\n", 4), ("yes\n", 2)])
    def test_on_a_terminal_the_accounts_name_is_asked_for(self, live: House, typed: str, code: int) -> None:
        live.simulator = live.valkey  # only its address is told
        words = ("order", "buy", "BTC/USDT", "1", "--account", "real", "--timeout", "0.3")
        child, screen = on_a_terminal(live, *words)
        seen = b""
        while b"go on" not in seen:
            seen += os.read(screen, 4096)
        assert b"Real money: buy 1 BTC/USDT market on binance, account real." in seen
        os.write(screen, typed.encode())
        assert child.wait(20) == code
        os.close(screen)


def test_each_class_of_outcome_has_its_exit_code(house: House) -> None:
    buy = ("order", "buy", "BTC/USDT", "0.01")
    assert tell(house, *buy).code == 0
    assert tell(house, "order", "hold", "BTC/USDT", "0.01").code == 2
    assert tell(house, "order", "sell", "SOL/USDT", "60000", "--price", "140").code == 3
    tell(house, "halt", "--reason", "look")
    assert tell(house, *buy).code == 5
    tell(house, "resume")
    assert tell(house, *buy, POINTSMAN_REDIS_URL="redis://127.0.0.1:1/0").code == 6


def test_with_json_trouble_is_json_too(house: House) -> None:
    done = tell(house, "order", "sell", "SOL/USDT", "60000", "--price", "140", "--json")
    assert (done.code, done.out) == (3, "")
    assert json.loads(done.err)["error"]["kind"] == "insufficient_balance"
    late = tell(house, "order", "buy", "BTC/USDT", "0", "--json")
    assert json.loads(late.err)["error"]["field"] == "quantity"


def test_shell_completion_can_be_had() -> None:
    program = Path(sys.executable).with_name("pointsman")
    asked = ["bash", "-c", f"{program} --show-completion; exit $?"]  # it looks which shell has started it
    done = subprocess.run(asked, check=True, capture_output=True, text=True)
    assert "_POINTSMAN_COMPLETE" in done.stdout


def test_every_command_that_ends_by_itself_has_json() -> None:
    starts = {"up", "demo", "sim", "worker", "flower", "metrics", "http", "schema"}  # a schema is JSON anyway
    commands = typer.main.get_command(cli).commands  # type: ignore[attr-defined]
    assert {"order", "balances", "watch", "doctor", "config", "dead"} <= set(commands)
    for name, command in commands.items():
        ends = list(getattr(command, "commands", {}).values()) or [command]
        for each in ends if name not in starts else []:
            assert "json" in {parameter.name for parameter in each.params}, (name, each.name)


def doctor(house: House, *words: str) -> Done:
    return typed("doctor", *words, **house.environment)


def found(house: House) -> list[str]:
    findings: list[dict[str, Any]] = doctor(house, "--json").document
    return [finding["what"] for finding in findings]


def test_a_well_house_has_no_findings(house: House) -> None:
    eventually(lambda: doctor(house).code == 0, 20, "the worker takes its canaries")
    assert doctor(house).out.strip() == "All is well."


@pytest.mark.parametrize(
    ("setting", "bad", "good", "what"),
    [
        ("appendfsync", "everysec", "always", "Redis writes to disk everysec"),
        ("appendonly", "no", "yes", "Redis keeps no append-only file"),
    ],
)
def test_it_finds_a_redis_that_forgets(house: House, setting: str, bad: str, good: str, what: str) -> None:
    client = house.valkey.client()
    client.config_set(setting, bad)
    try:
        assert found(house) == [what]
        assert doctor(house).code == 3
    finally:
        client.config_set(setting, good)
        eventually(lambda: not client.info("persistence")["aof_rewrite_in_progress"], what="its file is whole again")
        client.close()


def test_it_finds_other_programs_and_dead_letters(house: House) -> None:
    client = house.valkey.client()
    client.set("somebody:else", "x")
    client.lpush("binance.orders", "garbage")
    eventually(lambda: len(found(house)) == 2, 20, "both are found")
    assert found(house) == ["foreign keys: somebody:else, ...", "1 dead letters"]
    client.delete("somebody:else", "pointsman:dead")
    client.close()


def test_it_finds_a_key_that_is_refused_and_one_without_permission(tmp_path: Path) -> None:
    """A testnet key on another world, and a read-only one, as the exchange says it."""
    accounts = tmp_path / "accounts.toml"
    account = '[accounts.{0}]\nexchange = "binance"\nenvironment = "simulator"\napi_key = "{1}"\napi_secret = "{2}"\n'
    rows = [
        ("good", "sim-key-1", "sim-secret-1"),
        ("stray", "other-key", "other-secret"),
        ("mixed", "sim-key-2", "wrong"),
    ]
    with a_house(tmp_path, workers=0) as made:
        text = "".join(f'{account.format(*row)}base_url = "{made.simulator.url}"\n' for row in rows)
        accounts.write_text(text)
        made.extra["POINTSMAN_ACCOUNTS"] = str(accounts)
        made.add_worker()
        made.wait_for_workers(1)
        eventually(lambda: len(found(made)) == 2, 20, "both are found")
        told = doctor(made, "--json").document
        assert [each["what"] for each in told] == [
            f"binance simulator refuses the key of {name}" for name in ("mixed", "stray")
        ]
        assert all("[-" in each["means"] for each in told)  # the exchange's own code
        assert not [secret for _, _, secret in rows[1:] if secret in doctor(made).out.split()]


def test_it_finds_a_limit_that_is_used_up(house: House) -> None:
    client = house.valkey.client()
    limit = ["binance", "simulator", "sim-1", "orders_10s", "", 100, 86_400_000, False]
    client.hset("pointsman:limits", "x:made:up", json.dumps(limit))
    day = int(client.time()[0]) // 86_400
    client.set("pointsman:budget:x:made:up", struct.pack("<10d", day, 97, 97, 0, 0, 0, 0, 0, 0, 0))
    assert found(house) == ["orders_10s of sim-1 on binance: 3 of 100 left"]
    client.hdel("pointsman:limits", "x:made:up")
    client.delete("pointsman:budget:x:made:up")
    client.close()


def test_it_finds_that_nobody_works(house: House) -> None:
    client = house.valkey.client()
    house.workers[0].stop()
    client.lpush("binance.orders", "{}")
    assert found(house) == ["nobody serves binance.orders", "no worker beats"]
    client.close()
