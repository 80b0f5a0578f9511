"""Who may trade: API keys, what their requests are signed with, and what they start with."""

import base64
import binascii
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from simulator.amounts import parse
from simulator.redacted import Secret

PublicKey = RSAPublicKey | Ed25519PublicKey
FUNDS = {
    asset: parse(amount)
    for asset, amount in (
        ("BTC", "1000"), ("ETH", "10000"), ("BNB", "10000"), ("SOL", "50000"),
        ("XRP", "5000000"), ("LTC", "50000"), ("USDT", "10000000"), ("USDC", "10000000"),
    )
}  # fmt: skip
"""What an account gets that names no balances of its own."""
ENVIRONMENTS = ("live", "demo")
_FIELDS = {"api_key", "api_secret", "public_key", "passphrase", "balances", "environment", "ips", "read_only"}


class AccountsError(ValueError):
    """The accounts file cannot be used; the message names field, value and rule, never a secret."""


@dataclass(frozen=True, slots=True)
class Account:
    """A key pair with a name: `secret` for HMAC, or `public_key` for RSA and Ed25519.

    `environment` empty fits every environment that an exchange tells apart by a header; `ips` empty allows every
    address.
    """

    name: str
    api_key: str = field(repr=False)
    secret: Secret | None = None
    public_key: PublicKey | None = None
    passphrase: Secret | None = None
    balances: Mapping[str, int] = field(default_factory=lambda: FUNDS)
    environment: str = ""
    ips: frozenset[str] = frozenset()
    read_only: bool = False


def default_accounts() -> list[Account]:
    """`sim-1` to `sim-9`, with keys anybody can guess."""
    return [
        Account(f"sim-{n}", f"sim-key-{n}", Secret(f"sim-secret-{n}"), passphrase=Secret(f"sim-pass-{n}"))
        for n in range(1, 10)
    ]


def load_accounts(path: Path) -> list[Account]:
    """Read a TOML file of `[accounts.NAME]` tables.

    Raises: AccountsError.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AccountsError(f"accounts file {str(path)!r} must be readable TOML: {error}") from error
    tables = document.get("accounts")
    if not isinstance(tables, dict) or not tables:
        raise AccountsError(f"accounts file {str(path)!r} must have at least one [accounts.NAME] table")
    accounts = [_account(name, table) for name, table in tables.items()]
    keys = [each.api_key for each in accounts]
    for each in accounts:
        if keys.count(each.api_key) > 1:
            raise AccountsError(f"accounts.{each.name}.api_key: must differ from every other account's")
    return accounts


def _account(name: str, table: object) -> Account:
    if not isinstance(table, dict):
        raise AccountsError(f"accounts.{name}: {table!r} must be a table")
    unknown = sorted(table.keys() - _FIELDS)
    if unknown:
        raise AccountsError(f"accounts.{name}.{unknown[0]}: unknown field; known are {', '.join(sorted(_FIELDS))}")
    if ("api_secret" in table) == ("public_key" in table):
        raise AccountsError(f"accounts.{name}: needs exactly one of api_secret (HMAC) and public_key (RSA, Ed25519)")
    secret = Secret(_text(name, table, "api_secret")) if "api_secret" in table else None
    public_key = _public_key(name, _text(name, table, "public_key")) if "public_key" in table else None
    passphrase = Secret(_text(name, table, "passphrase")) if "passphrase" in table else None
    balances = _balances(name, table["balances"]) if "balances" in table else FUNDS
    return Account(
        name,
        _text(name, table, "api_key"),
        secret,
        public_key,
        passphrase,
        balances,
        environment=_environment(name, table),
        ips=_ips(name, table),
        read_only=_flag(name, table, "read_only"),
    )


def _text(name: str, table: Mapping[str, object], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise AccountsError(f"accounts.{name}.{key}: must be a text that is not empty")
    return value.strip()


def _environment(name: str, table: Mapping[str, object]) -> str:
    value = table.get("environment", "")
    if value not in ("", *ENVIRONMENTS):
        raise AccountsError(f"accounts.{name}.environment: {value!r} must be one of {', '.join(ENVIRONMENTS)}")
    return str(value)


def _ips(name: str, table: Mapping[str, object]) -> frozenset[str]:
    value = table.get("ips", [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise AccountsError(f"accounts.{name}.ips: {value!r} must be a list of addresses in quotes")
    return frozenset(value)


def _flag(name: str, table: Mapping[str, object], key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise AccountsError(f"accounts.{name}.{key}: {value!r} must be true or false")
    return value


def _public_key(name: str, text: str) -> PublicKey:
    rule = f"accounts.{name}.public_key: must be an RSA or Ed25519 public key, as PEM or as the base64 of its DER"
    try:
        if text.startswith("-----"):
            key = load_pem_public_key(text.encode())
        else:
            key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm) as error:
        raise AccountsError(rule) from error
    if not isinstance(key, RSAPublicKey | Ed25519PublicKey):
        raise AccountsError(rule)
    return key


def _balances(name: str, table: object) -> dict[str, int]:
    if not isinstance(table, dict):
        raise AccountsError(f'accounts.{name}.balances: {table!r} must be a table of asset = "amount"')
    balances = {}
    for asset, amount in table.items():
        try:
            balances[asset] = parse(amount if isinstance(amount, str) else "")
        except ValueError as error:
            raise AccountsError(
                f'accounts.{name}.balances.{asset}: {amount!r} must be a plain decimal in quotes, such as "1.5"'
            ) from error
    return balances
