"""The accounts file: what it says, where secrets come from, and every way it can be wrong, without showing a secret."""

from __future__ import annotations

import json
import sys
import tomllib
import types
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from router.errors import ConfigurationError
from router.symbols import Symbol
from workers.accounts import every_simulator_account, load_accounts, simulator_accounts
from workers.guard_settings import GuardSettings
from workers.settings import AccountSettings, Environment

PLANTED = "PLANTED-SECRET-PLANTED"
HEAD = '[accounts.main]\nexchange = "binance"\napi_key = "key"\n'
GOOD = f'{HEAD}api_secret = "{PLANTED}"\n'
GUARDS = f"{GOOD}[accounts.main.guards]\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "accounts.toml"


def load(file: Path, text: str, *live: str) -> dict[str, AccountSettings]:
    file.write_text(text)
    return load_accounts(file, frozenset(live))


def refused(file: Path, text: str, *live: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        load(file, text, *live)
    assert PLANTED not in f"{caught.value!r}{caught.value.problem}"
    assert caught.value.__cause__ is None
    return caught.value


def test_an_account_and_its_defaults(file: Path) -> None:
    (account,) = load(file, GOOD).values()
    assert (account.name, account.exchange, account.environment) == ("main", "binance", Environment.TESTNET)
    assert (account.connect_timeout_seconds, account.timeout_seconds) == (2.0, 5.0)
    assert (account.receive_window_ms, account.budget_share, account.egress) == (3_000, 1.0, "direct")
    assert account.api_secret.get_secret_value() == PLANTED


def test_guards_are_off_unless_named_and_exact_as_written(file: Path) -> None:
    assert load(file, GOOD)["main"].guards == GuardSettings()
    text = """max_notional = 50000.10
max_quantity = "0.1"
price_collar = 0.05
max_open_orders = 20
orders_per_minute = 120
symbols = ["BTC/USDT", "ETH/USDT:USDT"]
"""
    guards = load(file, GUARDS + text)["main"].guards
    assert (guards.max_notional, guards.max_quantity) == (Decimal("50000.10"), Decimal("0.1"))
    assert (guards.price_collar, guards.max_open_orders, guards.orders_per_minute) == (Decimal("0.05"), 20, 120)
    assert guards.symbols == (Symbol("BTC", "USDT"), Symbol("ETH", "USDT", "USDT"))


def test_the_shown_value_is_as_it_was_written(file: Path) -> None:
    assert refused(file, f"{GUARDS}price_collar = 1.50").problem.value == "'1.50'"


def test_the_example_can_be_loaded_once_its_secrets_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BINANCE_KEY", "BINANCE_SECRET", "SIMULATOR_KEY", "SIMULATOR_SECRET"):
        monkeypatch.setenv(name, "there")
    example = Path(__file__).parents[3] / "config" / "accounts.example.toml"
    assert load_accounts(example, frozenset())["main"].guards == GuardSettings()
    lines = [line.removeprefix("# ") for line in example.read_text().splitlines()]
    (start,) = [number for number, line in enumerate(lines) if line == "[accounts.main.guards]"]
    told = "\n".join(lines[start : start + 1 + len(GuardSettings.model_fields)])
    guards = GuardSettings.model_validate(tomllib.loads(told, parse_float=Decimal)["accounts"]["main"]["guards"])
    assert all(getattr(guards, field) is not None for field in GuardSettings.model_fields)


def test_secrets_come_from_where_they_are_kept(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text(f"{PLANTED}\n")
    monkeypatch.setenv("SOME_KEY", "from-env")
    keyring, errors = types.ModuleType("keyring"), types.ModuleType("keyring.errors")
    keyring.get_password = lambda service, name: f"{service}|{name}"  # type: ignore[attr-defined]
    errors.KeyringError = RuntimeError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    text = (
        '[accounts.main]\nexchange = "binance"\napi_key = { env = "SOME_KEY" }\n'
        f'api_secret = {{ file = "{tmp_path / "secret"}" }}\npassphrase = {{ keyring = "pointsman/binance" }}\n'
    )
    account = load(file, text)["main"]
    assert account.passphrase is not None
    found = [account.api_key, account.api_secret, account.passphrase]
    assert [secret.get_secret_value() for secret in found] == ["from-env", PLANTED, "pointsman|binance"]


@pytest.mark.parametrize(
    ("text", "field", "rule"),
    [
        (HEAD, "accounts.main.api_secret", "is required"),
        ('[accounts.main]\napi_key="k"\napi_secret="s"', "accounts.main.exchange", "is required"),
        (
            f'{HEAD}api_secret = {{ env = "NO_SUCH_VARIABLE" }}',
            "accounts.main.api_secret",
            "not set in the environment",
        ),
        (f'{HEAD}api_secret = {{ file = "/no/such/file" }}', "accounts.main.api_secret", "No such file"),
        (f'{HEAD}api_secret = {{ vault = "x" }}', "accounts.main.api_secret", "one of {env = NAME}"),
        (f'{HEAD}api_secret = {{ env = "A", file = "B" }}', "accounts.main.api_secret", "one of {env = NAME}"),
        (f"{HEAD}api_secret = 5", "accounts.main.api_secret", "must be text"),
        (f'{HEAD}api_secret = " "', "accounts.main.api_secret", "must not be empty"),
        (f'{HEAD}api_secrt = "{PLANTED}"', "accounts.main.api_secrt", "did you mean api_secret?"),
        (GOOD.replace('"binance"', '"binanse"'), "accounts.main.exchange", "did you mean binance?"),
        (f'{GOOD}environment = "prod"', "accounts.main.environment", "simulator, testnet, demo, live"),
        (f'{GOOD}environment = "live"', "accounts.main.environment", "POINTSMAN_LIVE_ACCOUNTS=main"),
        (f'{GOOD}key_type = "rsa"', "accounts.main.api_secret", "no PEM private key"),
        (f'{GOOD}key_type = "dsa"', "accounts.main.key_type", "'hmac', 'rsa' or 'ed25519'"),
        (f"{GOOD}receive_window_ms = 99", "accounts.main.receive_window_ms", "greater than or equal to 100"),
        (f"{GOOD}receive_window_ms = 5001", "accounts.main.receive_window_ms", "less than or equal to 5000"),
        (f"{GOOD}budget_share = 0", "accounts.main.budget_share", "greater than 0"),
        (f"{GOOD}budget_share = 1.01", "accounts.main.budget_share", "less than or equal to 1"),
        (f"{GOOD}timeout_seconds = 0", "accounts.main.timeout_seconds", "greater than 0"),
        (f'{GOOD}base_url = "nowhere"', "accounts.main.base_url", "must be a URL"),
        (f'{GOOD}base_url = "http://u:{PLANTED}@h"', "accounts.main.base_url", "must not carry a user"),
        (f'{GOOD}proxy = "{PLANTED}"', "accounts.main.proxy", "must be a URL"),
        (GOOD.replace("[accounts.main]", "[accounts.Main]"), "accounts.Main.name", "should match pattern"),
        (GOOD.replace("[accounts.main]", "[account.main]"), "account", "[accounts.NAME]"),
        (f"{GOOD}guards = 5", "accounts.main.guards", "[accounts.main.guards]"),
        (f"{GUARDS}max_notionl = 5", "accounts.main.guards.max_notionl", "did you mean max_notional?"),
        (f"{GUARDS}max_notional = -5", "accounts.main.guards.max_notional", "greater than 0"),
        (f"{GUARDS}max_quantity = nan", "accounts.main.guards.max_quantity", "finite number"),
        (f"{GUARDS}price_collar = 1.0", "accounts.main.guards.price_collar", "less than 1"),
        (f"{GUARDS}max_open_orders = 2.5", "accounts.main.guards.max_open_orders", "valid integer"),
        (f"{GUARDS}symbols = []", "accounts.main.guards.symbols", "at least 1 item"),
        (f'{GUARDS}symbols = ["BTCUSDT"]', "accounts.main.guards.symbols.0", "unified symbol"),
        ("accounts = 3", "accounts", "must be a table"),
        ("[accounts]\nmain = 3", "accounts.main", "must be a table"),
        ("[accounts\n", "accounts file", "at line 1"),
    ],
)
def test_a_wrong_file_is_refused_by_field_value_and_rule(file: Path, text: str, field: str, rule: str) -> None:
    problem = refused(file, text).problem
    assert problem.field == field
    assert rule in (problem.rule or "")


@pytest.mark.parametrize(
    "secret",
    [
        f"-----BEGIN PRIVATE KEY-----\\n{PLANTED}\\n-----END PRIVATE KEY-----",
        f"-----BEGIN ENCRYPTED PRIVATE KEY-----\\n{PLANTED}\\n-----END ENCRYPTED PRIVATE KEY-----",
        f"-----BEGIN PUBLIC KEY-----\\n{PLANTED}\\n-----END PUBLIC KEY-----",
    ],
)
def test_malformed_key_material_is_refused(file: Path, secret: str) -> None:
    problem = refused(file, f'{HEAD}api_secret = "{secret}"').problem
    assert problem.field == "accounts.main.api_secret"
    assert "PEM private key" in (problem.rule or "")


def test_a_missing_file_is_refused(file: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load_accounts(file, frozenset())


def test_a_keyring_that_is_not_installed_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    rule = refused(file, f'{HEAD}api_secret = {{ keyring = "a/b" }}').problem.rule
    assert "extra 'keyring'" in (rule or "")


def test_live_accounts_are_armed_by_name(file: Path) -> None:
    text = f'{GOOD}environment = "live"\n'
    assert load(file, text, "main")["main"].environment is Environment.LIVE
    assert refused(file, text, "main", "mian").problem.field == "live accounts"


def test_a_secret_shows_nowhere(file: Path) -> None:
    account = load(file, f'{GOOD}passphrase = "{PLANTED}"\nproxy = "http://user:{PLANTED}@proxy:3128"\n')["main"]
    shown = f"{account!r} {account} {account.model_dump()} {account.model_dump_json()} {json.dumps(account.egress)}"
    assert PLANTED not in shown
    assert account.egress == "proxy:3128"


def test_a_validation_error_shows_no_input() -> None:
    with pytest.raises(ValidationError) as caught:
        AccountSettings(name="X", exchange="binance", api_key=SecretStr("k"), api_secret=PLANTED, extra=PLANTED)  # type: ignore[arg-type, call-arg]
    assert PLANTED not in str(caught.value)


def test_the_simulators_accounts() -> None:
    accounts = simulator_accounts("http://127.0.0.1:1234")
    assert sorted(accounts) == [f"sim-{number}" for number in range(1, 10)]
    third = accounts["sim-3"]
    assert third.passphrase is not None
    secrets = [third.api_key, third.api_secret, third.passphrase]
    assert [secret.get_secret_value() for secret in secrets] == ["sim-key-3", "sim-secret-3", "sim-pass-3"]
    assert (third.environment, third.base_url) == (Environment.SIMULATOR, "http://127.0.0.1:1234")


def test_the_simulators_accounts_on_every_exchange_have_names_of_their_own() -> None:
    accounts = every_simulator_account("http://127.0.0.1:1234")
    assert {name: account.name for name, account in accounts.items()} == {name: name for name in accounts}
    exchanges = [accounts[name].exchange for name in ("sim-9", "sim-bybit-9", "sim-okx-9")]
    assert (len(accounts), exchanges) == (27, ["binance", "bybit", "okx"])
    assert len({accounts[name].api_key for name in ("sim-9", "sim-bybit-9", "sim-okx-9")}) == 1


def test_a_simulator_account_has_an_address_by_default(file: Path) -> None:
    assert load(file, f'{GOOD}environment = "simulator"')["main"].base_url == "http://127.0.0.1:9100"
