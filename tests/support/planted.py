"""Keys, secrets and passwords that nobody can mistake, and where a house is given them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from support.processes import Valkey, free_port

PLANTED = {name: f"PLANTED/{name}+{number}=&%~q" for number, name in enumerate(
    ["key", "secret", "passphrase", "wrong-secret", "wrong-key", "proxied-key", "proxied-secret", "proxy-password",
     "redis-password", "gone-key", "gone-secret"], 7001)}  # fmt: skip
PLANTED["flower-password"] = "PLANTED/flower-password+7100"


class LockedValkey(Valkey):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.argv += ["--requirepass", PLANTED["redis-password"]]
        self.url = f"redis://:{quote(PLANTED['redis-password'], safe='')}@127.0.0.1:{self.port}/0"


def simulated(folder: Path) -> Path:
    """The accounts as the exchange knows them."""
    pairs = {
        "good": ("key", "secret"),
        "wrong": ("wrong-key", "proxied-secret"),
        "proxied": ("proxied-key", "proxied-secret"),
    }
    tables = [
        f'[accounts.{name}]\napi_key = "{PLANTED[key]}"\napi_secret = "{PLANTED[secret]}"\n'
        f'passphrase = "{PLANTED["passphrase"]}"\n'
        for name, (key, secret) in pairs.items()
    ]
    path = folder / "exchange.toml"
    path.write_text("\n".join(tables))
    return path


def ours(folder: Path, exchange: str, proxy: int) -> Path:
    """The accounts as a worker is told them: plain, from the environment and from files. The one that works is last."""
    (folder / "secret.txt").write_text(PLANTED["secret"] + "\n")
    login = f"http://user:{quote(PLANTED['proxy-password'], safe='')}@127.0.0.1:{proxy}"
    sources = {
        "gone": (f"http://127.0.0.1:{free_port()}", f'"{PLANTED["gone-key"]}"', f'"{PLANTED["gone-secret"]}"', ""),
        "wrong": (exchange, f'"{PLANTED["wrong-key"]}"', f'"{PLANTED["wrong-secret"]}"', ""),
        "proxied": (exchange, f'"{PLANTED["proxied-key"]}"', '{ env = "PLANTED_SECRET" }', f'proxy = "{login}"\n'),
        "good": (exchange, '{ env = "PLANTED_KEY" }', f'{{ file = "{folder / "secret.txt"}" }}', ""),
    }
    passphrase = f'passphrase = "{PLANTED["passphrase"]}"'
    tables = []
    for name, (url, key, secret, more) in sources.items():
        world = "testnet" if name == "gone" else "simulator"  # its failures are to open no circuit but its own
        lines = ['exchange = "binance"', f'environment = "{world}"', f'base_url = "{url}"', "timeout_seconds = 1"]
        lines += [f"api_key = {key}", f"api_secret = {secret}", passphrase, more]
        tables.append("\n".join([f"[accounts.{name}]", *lines]))
    path = folder / "accounts.toml"
    path.write_text("\n".join(tables))
    return path
