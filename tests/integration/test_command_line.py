"""The commands as a person types them: what they print, how they end, and what they say when something is wrong."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
import redis
from support.command_line import Done, Up, alive, at_once, one_sentence, pointsman
from support.pages import as_shown, blocks, typed_in
from support.processes import ROOT, Simulator, Worker, eventually, free_port, ready_workers, running

pytestmark = pytest.mark.processes
NOBODY = "redis://127.0.0.1:1/0"


@dataclass
class Run:
    up: Up
    order: str


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    up = Up(tmp_path_factory.mktemp("up"))
    with running(up):
        placed = up.tell("order", "buy", "BTC/USDT", "0.02", "--price", "50000", "--json")
        assert placed.code == 0, placed
        yield Run(up, placed.document["command_id"])


def test_the_demo_ends_well_and_shows_that_both_stories_agree(tmp_path: Path) -> None:
    done = pointsman("demo", "--state", str(tmp_path / "state"))
    assert done.code == 0, done.out + done.err
    rows = [line for line in done.out.splitlines() if re.search(r"│ (yes|NO) +│$", line)]
    assert len(rows) >= 4
    assert all("yes" in row for row in rows)
    for title in ("Starting", "Trading", "Balances of several accounts", "What the journal says", "Stopping"):
        assert title in done.out
    assert "its reply lost on purpose: filled" in done.out
    assert re.findall(r"(\S+) +stopped", done.out)[-1] == "valkey"


def test_everything_that_up_starts_is_well(run: Run) -> None:
    assert list(run.up.pids) == ["valkey", "simulator", "worker-1", "worker-reads", "flower"]
    assert all(alive(pid) for pid in run.up.pids.values())
    assert "Flower's login: pointsman / " in run.up.output()
    for name in run.up.pids:
        assert (run.up.state / "logs" / f"{name}.log").exists()


def test_up_shows_what_the_tutorial_says(run: Run) -> None:
    (typed,) = typed_in(blocks(ROOT / "docs" / "tutorial.md", "console")[2])
    assert typed.line == "pointsman up"
    assert as_shown(typed.shown.replace("redis://127.0.0.1:6379/0", run.up.redis_url), run.up.output())


def test_an_order_is_placed_amended_looked_at_and_cancelled(run: Run) -> None:
    amended = run.up.tell("amend", run.order, "--quantity", "0.01", "--json")
    assert (amended.code, Decimal(amended.document["quantity"])) == (0, Decimal("0.01"))
    shown = run.up.tell("status", run.order)
    assert shown.code == 0
    assert "orders.place" in shown.out
    cancelled = run.up.tell("cancel", run.order, "--json")
    assert (cancelled.code, cancelled.document["status"]) == (0, "cancelled")
    words = ("order", "buy", "BTC/USDT:USDT", "0.01", "--account", "sim-4")
    opened = run.up.tell(*words)
    held = run.up.tell("positions", "--symbol", "BTC/USDT:USDT", "--account", "sim-4", "--json")
    assert (opened.code, [each["side"] for each in held.document]) == (0, ["long"])
    closed = run.up.tell("order", "sell", *words[2:], "--reduce-only", "--json")
    assert (closed.code, closed.document["status"], closed.document["reduce_only"]) == (0, "filled", True)
    filled = run.up.tell("order", "sell", "BTC/USDT", "0.01")
    assert filled.code == 0
    assert re.search(r"status +│ filled", filled.out)
    assert re.search(r"^command [0-9a-f]{32}$", filled.out, re.MULTILINE)


READS: dict[str, tuple[str, str]] = {
    "balances --account sim-1 --account sim-2": (r"sim-2 +│ BTC +│ [\d.]+ +│ 0", "sim-2"),
    "positions": ("no positions", "[]"),
    "balances --account sim-1 --market linear": (r"sim-1 +│ USDT", "linear"),
    "settings BTC/USDT:USDT --account sim-3": (r"margin mode +│ cross", "position_mode"),
    "leverage BTC/USDT:USDT 9 --account sim-3": (r"leverage +│ 9", "leverage"),
    "margin-mode cross --symbol BTC/USDT:USDT --account sim-3": (r"margin mode +│ cross", "margin_mode"),
    "position-mode one_way --account sim-3": (r"position mode +│ one_way", "position_mode"),
    "cancel-after 0 --symbol BTC/USDT:USDT --account sim-3": (r"seconds +│ 0", "seconds"),
    "ticker BTC/USDT": (r"last price +│ \d", "last_price"),
    "book BTC/USDT --depth 3": ("BTC/USDT on binance", "bids"),
    "status": (r"commands not ended +│ \d", "in_doubt"),
    "queues": (r"binance\.cancels +│ 0", "binance.orders"),
    "accounts": (r"sim-9 +│ binance simulator", "sim-1"),
    "dead": (r"(?i)reason", "[]"),
}


@pytest.fixture(scope="module")
def read(run: Run) -> dict[str, Done]:
    """What each read answers, as a table and as JSON; asked all at once, since most of the time is Python's start."""
    return at_once(run.up.tell, [*READS, *(f"{words} --json" for words in READS)])


@pytest.mark.parametrize("words", READS)
def test_every_read_and_setting_prints_a_table_or_json(read: dict[str, Done], words: str) -> None:
    pattern, word = READS[words]
    table, printed = read[words], read[f"{words} --json"]
    assert (table.code, bool(re.search(pattern, table.out))) == (0, True), table
    assert (printed.code, printed.err) == (0, "")
    assert isinstance(printed.document, dict | list)
    assert word in printed.out


WRONG = {
    "order hold BTC/USDT 0.01": "side 'hold': ",
    "order buy BTC/USDT 0": "quantity '0': ",
    "order buy BTC/USDT 0.01 --exchange kraken": "exchange 'kraken': must be one of binance",
    "order buy BTC/USDT 0.01 --account nobody": "account 'nobody': ",
    "order buy NO/SUCH 0.01": "symbol 'NO/SUCH': is not listed",
    "order buy [/b] 0.01": "symbol '[/b]'",
    "order sell BTC/USDT 0.01 --reduce-only": "reduce_only True: needs a position, and spot markets have none",
    "order sell BTC/USDT:USDT 0.01 --position-side both": "position_side 'both': ",
    "position-mode sideways": "position_mode 'sideways': ",
    "ticker BTC/USDT --account nobody": "account 'nobody': ",
    "worker kraken": "exchange 'kraken': must be one of binance",
    "worker binance --log-level loud": "log-level 'loud': must be debug, info, warning or error",
}


@pytest.fixture(scope="module")
def refused(run: Run) -> dict[str, Done]:
    return at_once(run.up.tell, list(WRONG))


@pytest.mark.parametrize("words", WRONG)
def test_bad_input_is_named_with_its_rule(refused: dict[str, Done], words: str) -> None:
    assert WRONG[words] in one_sentence(refused[words], 2)


def test_a_command_that_nobody_knows_is_said_so(run: Run) -> None:
    for words, said in at_once(run.up.tell, ["status nothing", "cancel nothing", "amend nothing --price 1"]).items():
        assert "no command nothing is known" in one_sentence(said, 3), words


def test_what_the_exchange_refuses_ends_with_3(run: Run) -> None:
    refused = run.up.tell("order", "sell", "SOL/USDT", "60000", "--price", "140")
    assert one_sentence(refused, 3).startswith("insufficient_balance ")
    some = run.up.tell("balances", "--account", "sim-1", "--account", "nobody", "--json")
    assert (some.code, some.document["accounts"]["nobody"]["problem"]["kind"]) == (3, "unknown_account")


def test_what_is_not_answered_in_time_ends_with_4_and_what_is_not_sent_in_time_with_3(run: Run) -> None:
    workers = [run.up.pids[name] for name in ("worker-1", "worker-reads")]
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        late = run.up.tell("order", "buy", "BTC/USDT", "0.01", "--timeout", "1", "--expires-in", "0.2")
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
    said = one_sentence(late, 4)
    assert "still queued" in said
    (command,) = re.findall(r"[0-9a-f]{32}", said)
    eventually(lambda: run.up.tell("status", command, "--json").document["state"] == "expired", 10, "it expires")


def test_a_second_up_in_the_same_folder_is_refused(run: Run) -> None:
    said = one_sentence(pointsman("up", "--state", str(run.up.state)), 2)
    assert said.startswith(f"configuration state '{str(run.up.state)[:60]}")
    assert run.up.tell("queues").code == 0


def test_an_exchange_that_is_gone_lets_an_order_expire_and_no_worker_end(run: Run, tmp_path: Path) -> None:
    """A database of its own, with a worker of its own: the other one's exchange is there."""
    url = run.up.redis_url.removesuffix("/0") + "/1"
    told = {"POINTSMAN_REDIS_URL": url, "POINTSMAN_SIMULATOR_URL": f"http://127.0.0.1:{free_port()}"}
    with running(worker := Worker(tmp_path, "worker", told)), redis.Redis.from_url(url) as client:
        eventually(lambda: ready_workers(client), 20, "the worker beats")
        done = pointsman("order", "buy", "BTC/USDT", "0.01", "--expires-in", "1.5", "--timeout", "20", **told)
        assert one_sentence(done, 5).startswith("expired ")
        assert worker.alive()
        assert "Traceback" not in worker.output()


ACCOUNT = '[accounts.main]\nexchange = "binance"\nenvironment = "simulator"\napi_secret = "s"\n'
KEY = "accounts.main.api_key"
FILES = {
    "": "accounts file '{file}': cannot be read: No such file or directory",
    "accounts = ": "accounts file '{file}': is not TOML: ",
    "[account.main]": "account 'account': is no section of this file",
    f"{ACCOUNT}api_key = {{ env = 'NOT_THERE' }}": f"{KEY} 'env NOT_THERE': is not set in the environment",
    f"{ACCOUNT}api_key = {{ file = '/not/there' }}": f"{KEY} 'file /not/there': cannot be read",
    f"{ACCOUNT}api_key = {{ vault = 'x' }}": f"{KEY} 'vault': must be text, or one of",
    ACCOUNT: f"{KEY} '(not shown)': is required",
    f"{ACCOUNT}api_key = 'k'\nexchnge = 'x'": "accounts.main.exchnge 'exchnge': is no setting of an account; did you",
    f"{ACCOUNT.replace('simulator', 'live')}api_key = 'k'": "trades real money and must be armed by name",
}


def test_a_worker_says_what_is_wrong_with_its_accounts(tmp_path: Path) -> None:
    """Each file's sentence; the shown path is cut at 80 characters."""
    names = {str(number): text for number, text in enumerate(FILES)}
    for name, text in names.items():
        if text:
            (tmp_path / name).write_text(text)

    def tell(name: str) -> Done:
        file = str(tmp_path / name)
        return pointsman("worker", "binance", POINTSMAN_ACCOUNTS=file, POINTSMAN_REDIS_URL=NOBODY)

    for name, done in at_once(tell, list(names)).items():
        assert FILES[names[name]].format(file=tmp_path / name) in one_sentence(done, 2)


def test_the_plain_celery_way_ends_likewise(tmp_path: Path) -> None:
    environment = {**os.environ, "POINTSMAN_ACCOUNTS": str(tmp_path / "none.toml"), "POINTSMAN_REDIS_URL": NOBODY}
    argv = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", "binance.orders"]
    done = subprocess.run(argv, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "the worker cannot start: accounts file" in done.stderr


def test_a_redis_that_is_gone_is_said_so() -> None:
    words = ["order buy BTC/USDT 0.01", "balances --account sim-1", "status", "queues", "accounts", "dead"]
    for said in at_once(lambda *words: pointsman(*words, POINTSMAN_REDIS_URL=NOBODY), words).values():
        assert one_sentence(said, 6).startswith(f"queue Redis at {NOBODY} does not take commands (")


def test_a_wrong_setting_is_named_as_it_was_set(tmp_path: Path) -> None:
    said = one_sentence(pointsman("status", POINTSMAN_REDIS_URL="localhost"), 2)
    rule = "must start with redis://, rediss://, sentinel://, sentinels:// or unix://"
    assert said == f"configuration POINTSMAN_REDIS_URL 'localhost': {rule}"
    (tmp_path / "file").write_text("")
    assert "state" in one_sentence(pointsman("up", "--state", str(tmp_path / "file" / "x")), 2)
    assert "PASSWORD '(not shown)'" in one_sentence(
        pointsman("up", "--state", str(tmp_path / "s"), POINTSMAN_FLOWER_PASSWORD="a,b"), 2
    )


def test_a_busy_port_is_named(tmp_path: Path) -> None:
    with running(taken := Simulator(tmp_path)):
        port = taken.url.rpartition(":")[2]
        assert one_sentence(pointsman("sim", "--port", port), 2).startswith(f"port: {port} on '127.0.0.1' must be free")


def test_up_without_its_redis_says_which_service_ended_and_why(tmp_path: Path) -> None:
    done = pointsman("up", "--state", str(tmp_path), "--workers", "1", "--any-port", POINTSMAN_REDIS_URL=NOBODY)
    assert done.code == 3
    assert "worker-1 ended with exit code 3" in done.err
    assert f"Redis at {NOBODY} does not take commands" in done.err
    assert "Traceback" not in done.err


def test_ctrl_c_stops_all_in_order_and_the_data_stays(run: Run) -> None:
    """The last test of the house, as it ends it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        up = run.up if number is signal.SIGINT else Up(run.up.state.parent)
        if number is signal.SIGTERM:
            up.start()
            kept = up.tell("status", run.order, "--json")
            assert (kept.code, kept.document["state"]) == (0, "done")
            assert up.tell("order", "buy", "BTC/USDT", "0.01", "--json").code == 0
        pids = up.pids
        up.signal(number)
        up.signal(number)  # an impatient one
        assert up.child.wait(30) == 0
        assert up.stopped() == ["flower", "worker-reads", "worker-1", "simulator", "valkey"]
        assert not [name for name, pid in pids.items() if alive(pid)]
