"""Addresses of Redis: what a URL says, be it of one server or of a group that Sentinel watches."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

SENTINEL: Final = ("sentinel://", "sentinels://")
_SENTINEL_PORT: Final = 26379
_PLACE: Final = re.compile(r"^(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(:(?P<port>[0-9]{1,5}))?$")
_GROUP: Final = re.compile(r"^/(?P<name>[A-Za-z0-9_.-]+)(/(?P<db>[0-9]{1,4}))?/?$")


class SentinelAddress(NamedTuple):
    """A primary that is found by asking Sentinels: their hosts and ports, its name there, and how to log in to it."""

    places: tuple[tuple[str, int], ...]
    name: str
    db: int
    user: str | None
    password: str | None
    tls: bool


def is_sentinel(url: str) -> bool:
    """Whether the address is one of Sentinels: sentinel:// plain, sentinels:// with TLS to them and to Redis."""
    return url.startswith(SENTINEL)


def read_sentinel(url: str) -> SentinelAddress:
    """Read ``sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT,.../NAME/DB``.

    User, password, ports (26379) and database (0) may be left out. Raises: ValueError, which shows no password.
    """
    scheme, _, _ = url.partition("://")
    address = urlsplit(url)
    login, _, hosts = address.netloc.rpartition("@")
    group = _GROUP.match(address.path)
    found = [_PLACE.match(place) for place in hosts.split(",")]
    if group is None or address.query or address.fragment or not all(found):
        raise ValueError("must be like sentinel://USER:PASSWORD@HOST:26379,HOST:26379/NAME/0")
    places = tuple((each["host"].strip("[]"), int(each["port"] or _SENTINEL_PORT)) for each in found if each)
    if any(port > 65_535 for _, port in places):  # noqa: PLR2004 - the highest there is
        raise ValueError("must have ports below 65536")
    user, _, password = login.partition(":")
    return SentinelAddress(
        places,
        group["name"],
        int(group["db"] or 0),
        unquote(user) or None,
        unquote(password) or None,
        scheme[-1] == "s",
    )


def readable(url: str) -> str:
    """Refuse what the clients would choke on later, with the password in their complaint. Raises: ValueError."""
    for part in url.split(";"):  # Celery takes several brokers
        if is_sentinel(part):
            read_sentinel(part)
            continue
        try:
            address = urlsplit(part)
            _ = address.port
        except ValueError:
            raise ValueError("is no URL; a password's own / ? # @ : are written %2F %3F %23 %40 %3A") from None
        if "password" in parse_qs(address.query):
            raise ValueError("must have its password before the host, as in redis://:PASSWORD@host")
    return url


def redis_address(url: str) -> str:
    """The same for an address that must be one of Redis. Raises: ValueError."""
    if not url.startswith(("redis://", "rediss://", "unix://", *SENTINEL)):
        raise ValueError("must start with redis://, rediss://, sentinel://, sentinels:// or unix://")
    return readable(url)


def hide_password(url: str) -> str:
    """An address fit to be shown: redis://user:secret@host becomes redis://***@host, ?password=secret becomes ?***."""
    scheme, found, rest = url.partition("://") if "://" in url else ("", "", url)
    user, at, host = rest.rpartition("@")
    place, query, _ = host.partition("?")
    shown = f"{place}?***" if query else place
    return f"{scheme}{found}***@{'***' if '?' in user else shown}" if at else f"{scheme}{found}{shown}"
