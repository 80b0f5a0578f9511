"""Who may ask for what: tokens are kept as hashes, with their scopes and accounts."""

from __future__ import annotations

import hashlib
import secrets
import tomllib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from router.errors import ConfigurationError

Scope = Literal["trade", "read"]
_BYTES = 32  # as random as its hash is long: a slow hash, as for passwords, would add nothing


class Token(BaseModel):
    """What its bearer may do: these ``scopes`` on these ``accounts``, where * stands for any part of a name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    scopes: frozenset[Scope] = Field(min_length=1)
    accounts: tuple[str, ...] = Field(min_length=1)

    def allows(self, scope: Scope, account: str) -> bool:
        """Whether it may do that there."""
        return scope in self.scopes and any(fnmatchcase(account, pattern) for pattern in self.accounts)


class Tokens:
    """The tokens that are known, found by their hashes.

    How long a look-up takes may tell of a hash how much of it is right, but nobody can choose a token by its hash.
    """

    def __init__(self, known: Iterable[Token]) -> None:
        self._by_hash = {token.sha256: token for token in known}

    def __len__(self) -> int:
        return len(self._by_hash)

    def find(self, presented: str) -> Token | None:
        """The token, None for one that nobody gave out."""
        return self._by_hash.get(hash_of(presented))

    @classmethod
    def load(cls, path: Path) -> Tokens:
        """Read the tokens file. Raises: ConfigurationError naming the field, its value and the rule."""
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8")).get("tokens")
            known = _TABLES.validate_python(tables)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
            raise ConfigurationError.because("tokens file", str(path), f"cannot be read: {reason}") from None
        except tomllib.TOMLDecodeError as error:
            raise ConfigurationError.because("tokens file", str(path), f"is not TOML: {error}") from None
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(("tokens", *map(str, first["loc"])))
            raise ConfigurationError.because(field, str(first.get("input")), first["msg"]) from None
        return cls(known.values())


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """One that nobody can guess."""
    return f"pm_{secrets.token_urlsafe(_BYTES)}"


_TABLES: TypeAdapter[dict[str, Token]] = TypeAdapter(Annotated[dict[str, Token], Field(min_length=1)])
