"""One account's settings: where its exchange is, which key signs, how long a call may take. Secrets never print."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from workers.calls.keys import BadKey, KeyType, key_type_of, signature
from workers.guard_settings import GuardSettings

SIMULATOR_URL = "http://127.0.0.1:9100"
Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Patience = Annotated[float, Field(gt=0, le=60, allow_inf_nan=False)]


class Environment(StrEnum):
    """Which of an exchange's worlds an account lives in; only LIVE is real money."""

    SIMULATOR = "simulator"
    TESTNET = "testnet"
    DEMO = "demo"
    LIVE = "live"


class AccountSettings(BaseModel):
    """One set of API keys on one exchange and environment.

    ``base_url`` replaces the environment's address, ``proxy`` is the account's egress, ``receive_window_ms`` how long
    after its timestamp a request may still execute, ``budget_share`` the part of each published limit we may use,
    ``guards`` what the account may not do, ``dead_man_seconds`` how long after our last sign of life the exchange
    cancels its open orders (docs/dead-man.md; off unless set).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
    exchange: str
    environment: Environment = Environment.TESTNET
    base_url: str | None = None
    proxy: SecretStr | None = None  # it may carry a user and a password
    api_key: SecretStr
    api_secret: SecretStr
    passphrase: SecretStr | None = None
    key_type: KeyType | None = None
    connect_timeout_seconds: Patience = 2.0
    timeout_seconds: Patience = 5.0
    receive_window_ms: Annotated[int, Field(ge=100, le=5_000)] = 3_000
    budget_share: Share = 1.0
    guards: GuardSettings = GuardSettings()
    dead_man_seconds: Annotated[int, Field(ge=10, le=3_600, strict=True)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _simulator_has_an_address(cls, data: object) -> object:
        if isinstance(data, dict) and data.get("environment") == Environment.SIMULATOR and not data.get("base_url"):
            return {**data, "base_url": SIMULATOR_URL}
        return data

    @model_validator(mode="after")
    def _addresses_are_urls(self) -> Self:
        if self.base_url is not None and _check_url("base_url", self.base_url).username:
            raise ValueError("base_url: must not carry a user or password")
        if self.proxy is not None:
            _check_url("proxy", self.proxy.get_secret_value())
        return self

    @model_validator(mode="after")
    def _secrets_are_usable(self) -> Self:
        for field in ("api_key", "api_secret"):
            _check_printable(field, getattr(self, field).get_secret_value())
        try:
            signature(self.signs_with, self.api_secret.get_secret_value())
        except BadKey as error:
            raise ValueError(f"api_secret: {error}") from None
        return self

    @property
    def signs_with(self) -> KeyType:
        """The key's type: as set, else as the secret itself tells. Raises: BadKey."""
        return self.key_type or key_type_of(self.api_secret.get_secret_value())

    @property
    def egress(self) -> str:
        """By which address the exchange sees this account; budgets and bans of an address are kept per egress."""
        if self.proxy is None:
            return "direct"
        url = AnyHttpUrl(self.proxy.get_secret_value())
        return f"{url.host}:{url.port}"


def secrets_of(account: AccountSettings) -> list[str]:
    """What of an account must never be shown, for those who take it out of texts."""
    values = (getattr(account, field) for field in AccountSettings.model_fields)
    return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]


def _check_url(field: str, text: str) -> AnyHttpUrl:
    try:
        url = AnyHttpUrl(text)
    except ValueError:
        raise ValueError(f"{field}: must be a URL such as 'https://host:port'") from None
    if url.query or url.fragment:
        raise ValueError(f"{field}: must be a URL without query and fragment")
    return url


def _check_printable(field: str, secret: str) -> None:
    text = secret.strip()
    if not text:
        raise ValueError(f"{field}: must not be empty")
    if field == "api_key" and not (text.isascii() and text.isprintable()):
        raise ValueError(f"{field}: must be one line of printable ASCII")
