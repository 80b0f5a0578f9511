"""Where a secret comes from: the accounts file itself, an environment variable, a file, or the system's keyring."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from router.errors import ConfigurationError

_RULE = "must be text, or one of {env = NAME}, {file = PATH} and {keyring = SERVICE/NAME}"


def resolve(field: str, source: object) -> str:
    """The secret behind a source; ``field`` is how errors name it, such as ``accounts.main.api_secret``.

    Raises: ConfigurationError naming field, source and rule; never the secret.
    """
    if isinstance(source, str):
        return source
    if not isinstance(source, Mapping) or len(source) != 1:
        raise ConfigurationError.because(field, type(source).__name__, _RULE)
    kind, where = next(iter(source.items()))
    read = _SOURCES.get(kind)
    if read is None or not isinstance(where, str):
        raise ConfigurationError.because(field, str(kind), _RULE)
    secret = read(field, where).strip()
    if not secret:
        raise ConfigurationError.because(field, f"{kind} {where}", "is empty")
    return secret


def _from_environment(field: str, name: str) -> str:
    try:
        return os.environ[name]
    except KeyError:
        raise ConfigurationError.because(field, f"env {name}", "is not set in the environment") from None


def _from_file(field: str, name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not text"
        raise ConfigurationError.because(field, f"file {name}", f"cannot be read: {reason}") from None


def _from_keyring(field: str, name: str) -> str:
    service, _, user = name.rpartition("/")
    try:
        keyring = import_module("keyring")
    except ImportError:
        raise ConfigurationError.because(
            field, f"keyring {name}", "needs the package keyring (extra 'keyring')"
        ) from None
    try:
        secret: str | None = keyring.get_password(service, user)
    except import_module("keyring.errors").KeyringError as error:
        raise ConfigurationError.because(field, f"keyring {name}", f"cannot be read: {type(error).__name__}") from None
    if secret is None:
        raise ConfigurationError.because(
            field, f"keyring {name}", f"has no entry for service {service!r} and name {user!r}"
        )
    return secret


_SOURCES: dict[str, Callable[[str, str], str]] = {
    "env": _from_environment,
    "file": _from_file,
    "keyring": _from_keyring,
}
