"""How a setting is read from the environment: the variable itself, or the file that NAME_FILE points to.

A file keeps a secret out of what `docker inspect` and a process list show; container secrets are such files.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from router.errors import ConfigurationError

PREFIX: Final = "POINTSMAN_"
FILE: Final = "_FILE"
PASSWORD: Final = f"{PREFIX}REDIS_PASSWORD"


def told(environment: Mapping[str, str], name: str) -> str | None:
    """The variable's value, else the content of the file that its ``NAME_FILE`` names; None when neither is set.

    Raises: ConfigurationError naming the variable when both are set, or the file cannot be read or is empty.
    """
    value, path = environment.get(name), environment.get(name + FILE)
    if not path:
        return value or None
    if value:
        raise ConfigurationError.because(name + FILE, path, f"must not be set together with {name}")
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not text"
        raise ConfigurationError.because(name + FILE, path, f"cannot be read: {reason}") from None
    if not text:
        raise ConfigurationError.because(name + FILE, path, "is empty")
    return text


def is_set(name: str) -> bool:
    """Whether a setting is given by this process's environment, in either way."""
    return bool(os.environ.get(name) or os.environ.get(name + FILE))


def with_password(url: str, environment: Mapping[str, str]) -> str:
    """The address with POINTSMAN_REDIS_PASSWORD in it, unless there is none or it brings one itself."""
    password = told(environment, PASSWORD)
    address = urlsplit(url)
    if password is None or address.password is not None or not address.hostname:
        return url
    place = address.netloc.rpartition("@")[2]
    return urlunsplit(address._replace(netloc=f"{address.username or ''}:{quote(password, safe='')}@{place}"))
