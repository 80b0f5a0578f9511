"""The accounts file, the command line, and secrets that stay secret."""

from __future__ import annotations

import base64
import logging
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sim_support import Local, Remote, sign

from simulator.accounts import AccountsError, default_accounts, load_accounts
from simulator.redacted import Secret
from simulator.server import main

ROOT = Path(__file__).parents[2]


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "accounts.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_field(tmp_path: Path) -> None:
    edwards = ed25519.Ed25519PrivateKey.generate().public_key()
    der = base64.b64encode(edwards.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    pem = (
        rsa.generate_private_key(65537, 2048).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    path = write(
        tmp_path,
        f'[accounts.a]\napi_key = "k1"\napi_secret = "s1"\npassphrase = "p1"\n[accounts.a.balances]\nBTC = "1.5"\n'
        f'[accounts.b]\napi_key = "k2"\npublic_key = "{der}"\n'
        f'[accounts.c]\napi_key = "k3"\npublic_key = """{pem.decode()}"""\n',
    )
    first, second, third = load_accounts(path)
    assert (first.name, first.secret and first.secret.reveal()) == ("a", "s1")
    assert first.balances == {"BTC": 1_500_000_000_000}
    assert second.public_key == edwards
    assert isinstance(third.public_key, rsa.RSAPublicKey)
    assert "USDT" in second.balances
    local = Local([first])
    query = f"omitZeroBalances=true&timestamp={local.clock.now_ms()}"
    ask = local.ask("GET", "/api/v3/account")
    ask.query, ask.headers = f"{query}&signature={sign('s1', query)}", {"X-MBX-APIKEY": "k1"}
    assert local.send(ask).body["balances"] == [{"asset": "BTC", "free": "1.50000000", "locked": "0.00000000"}]


CURVE = base64.b64encode(
    ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must have at least one [accounts.NAME] table"),
        ("accounts = 1", "must have at least one"),
        ("[accounts", "must be readable TOML"),
        ("[accounts]\na = 1", "accounts.a: 1 must be a table"),
        ('[accounts.a]\napi_secret = "s"', "accounts.a.api_key: must be a text that is not empty"),
        ('[accounts.a]\napi_key = ""\napi_secret = "s"', "accounts.a.api_key: must be a text"),
        ('[accounts.a]\napi_key = "k"', "accounts.a: needs exactly one of api_secret (HMAC) and public_key"),
        ('[accounts.a]\napi_key = "k"\napi_secret = "s"\npublic_key = "x"', "needs exactly one of"),
        ('[accounts.a]\napi_key = "k"\nsecret = "hush"', "accounts.a.secret: unknown field; known are api_key"),
        ('[accounts.a]\napi_key = "k"\npublic_key = "x"', "accounts.a.public_key: must be an RSA or Ed25519"),
        (f'[accounts.a]\napi_key = "k"\npublic_key = "{CURVE}"', "accounts.a.public_key: must be an RSA or Ed25519"),
        ('[accounts.a]\napi_key = "k"\napi_secret = "s"\nbalances = 1', "accounts.a.balances: 1 must be a table"),
        ('[accounts.a]\napi_key = "k"\napi_secret = "s"\nbalances.BTC = 1.5', "accounts.a.balances.BTC: 1.5 must be"),
        ('[accounts.a]\napi_key = "k"\napi_secret = "s"\nbalances.BTC = "-1"', "balances.BTC: '-1' must be a plain"),
        ('[accounts.a]\napi_key = "k"\napi_secret = "s"\n[accounts.b]\napi_key = "k"\napi_secret = "t"', "must differ"),
    ],
)  # fmt: skip
def test_bad_files(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(AccountsError) as caught:
        load_accounts(path)
    assert words in str(caught.value)
    assert "hush" not in str(caught.value)
    assert main(["--accounts", str(path), "--port", "0"]) == 2
    assert words in capsys.readouterr().err


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--accounts", str(tmp_path / "none.toml")]) == 2
    assert "none.toml" in capsys.readouterr().err


def test_a_busy_port(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert f"port: {port}" in captured.err


@pytest.mark.parametrize("options", [["--port", "65536"], ["--port", "x"], ["--limits", "0"], ["--limits", "soft"]])
def test_bad_options(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(options)
    assert caught.value.code == 2
    assert options[1] in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_stop_it_cleanly(number: signal.Signals) -> None:
    argv = [sys.executable, "-m", "simulator", "--port", "0", "--limits", "2", "--seed", "7"]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    client = Remote(url)
    limits = client.session.get(f"{url}/api/v3/exchangeInfo?symbol=BTCUSDT").json()["rateLimits"]
    assert limits[0]["limit"] == 12_000
    client.control("POST", "faults", {"kind": "late_execute", "delay_ms": 60_000})
    with pytest.raises(requests.ConnectionError):
        client.buy()
    process.send_signal(number)
    assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == 0
    client.session.close()


def test_secrets_do_not_print() -> None:
    secret = Secret("hush")
    account = default_accounts()[0]
    logged = logging.makeLogRecord({"msg": "%s %r", "args": (secret, account)}).getMessage()
    for text in (str(secret), repr(secret), f"{secret}", logged, repr(account)):
        assert "hush" not in text
        assert "sim-secret-1" not in text
        assert "sim-key-1" not in text
    assert secret.reveal() == "hush"
